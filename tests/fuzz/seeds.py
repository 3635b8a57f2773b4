"""Messages that mutations start from: every form that the readers know."""

import orjson

from warnbroker.cap import parse_xml, to_json

CAP_12 = "urn:oasis:names:tc:emergency:cap:1.2"
CAP_11 = "urn:oasis:names:tc:emergency:cap:1.1"
CAP_10 = "http://www.incident.com/cap/1.0"

FULL = f"""<?xml version="1.0" encoding="UTF-8"?>
<alert xmlns="{CAP_12}">
  <identifier>urn:oid:2.49.0.1.156.7</identifier>
  <sender>duty@storm.example</sender>
  <sent>2026-11-23T02:10:00+08:00</sent>
  <status>Actual</status>
  <msgType>Update</msgType>
  <source>Tide gauge 7</source>
  <scope>Public</scope>
  <restriction/>
  <addresses>alpha "bravo charlie"</addresses>
  <code>profile:a</code>
  <note>Second message</note>
  <references>duty@storm.example,urn:oid:2.49.0.1.156.6,2026-11-23T01:10:00+08:00</references>
  <incidents>surge "tide two"</incidents>
  <info>
    <language>zh-CN</language>
    <category>Met</category><category>Safety</category>
    <event>风暴潮</event>
    <responseType>Evacuate</responseType>
    <urgency>Immediate</urgency>
    <severity>Extreme</severity>
    <certainty>Observed</certainty>
    <audience>沿海居民</audience>
    <eventCode><valueName>GBT</valueName><value>11B22</value></eventCode>
    <effective>2026-11-23T02:10:00+08:00</effective>
    <onset>2026-11-23T03:00:00+08:00</onset>
    <expires>2026-11-23T08:00:00+08:00</expires>
    <senderName>市应急管理局</senderName>
    <headline>风暴潮红色预警</headline>
    <description>潮位将超过警戒 &lt;1.5 米&gt; &amp; 继续上涨</description>
    <instruction><![CDATA[请立即撤离]]></instruction>
    <web>https://storm.example/7</web>
    <contact>12345</contact>
    <parameter><valueName>level</valueName><value>red</value></parameter>
    <resource>
      <resourceDesc>map</resourceDesc><mimeType>image/png</mimeType><size>2048</size>
      <uri>https://storm.example/7.png</uri><derefUri>aGVsbG8=</derefUri>
      <digest>2fd4e1c67a2d28fced849ee1bb76e7391b93eb12</digest>
    </resource>
    <area>
      <areaDesc>东港区</areaDesc>
      <polygon>22.5,113.25 22.5,114 23,114 22.5,113.25</polygon>
      <circle>22.75,113.5 3.5</circle>
      <geocode><valueName>GBT2260</valueName><value>440300</value></geocode>
      <altitude>0</altitude><ceiling>328.084</ceiling>
    </area>
  </info>
  <info>
    <language>en-US</language><category>Met</category><event>Storm surge</event>
    <urgency>Immediate</urgency><severity>Extreme</severity><certainty>Observed</certainty>
    <area><areaDesc>East Harbour</areaDesc><circle>22.75,113.5 3.5</circle></area>
  </info>
</alert>
"""
"""A message that uses every element."""

OLD = f"""<?xml version="1.0"?>
<cap:alert xmlns:cap="{CAP_10}"><cap:identifier>TRI13970876.1</cap:identifier>
<cap:sender>quakes@old.example</cap:sender><cap:sent>2006-06-11T20:56:00.5</cap:sent>
<cap:status>actual</cap:status><cap:msgType>Alert</cap:msgType><cap:password>x</cap:password>
<cap:info><cap:event>Earthquake</cap:event><cap:urgency>Past</cap:urgency>
<cap:severity>Minor</cap:severity><cap:certainty>Very Likely</cap:certainty>
<cap:eventCode>SAME=EQW</cap:eventCode><cap:parameter>Magnitude=3.4</cap:parameter>
<cap:area><cap:areaDesc>1 mi. WSW of Berkeley</cap:areaDesc>
<cap:circle>37.86,-122.28,0</cap:circle><cap:geocode>FIPS6=006001</cap:geocode></cap:area>
</cap:info></cap:alert>
"""
"""CAP 1.0 with the habits of its time."""

_INNER = FULL.partition("\n")[2]
EDXL = f"""<EDXLDistribution xmlns="urn:oasis:names:tc:emergency:EDXL:DE:1.0">
<distributionID>d1</distributionID><contentObject><xmlContent><embeddedXMLContent>
{_INNER}</embeddedXMLContent></xmlContent></contentObject></EDXLDistribution>
"""
ATOM = f"""<entry xmlns="http://www.w3.org/2005/Atom"><id>1</id><title>t</title>
<content type="text/xml">{_INNER.replace(CAP_12, CAP_11)}</content></entry>
"""
ESCAPED = f"""<entry xmlns="http://www.w3.org/2005/Atom"><content type="html"><![CDATA[
{_INNER.replace("<![CDATA[", "").replace("]]>", "")}]]></content></entry>
"""

XML = tuple(text.encode() for text in (FULL, OLD, EDXL, ATOM, ESCAPED))
JSON = (orjson.dumps(to_json(parse_xml(FULL.encode()))),)
