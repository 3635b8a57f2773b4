from collections.abc import Callable
from datetime import UTC, datetime

import pytest

NAMESPACE = "urn:oasis:names:tc:emergency:cap:1.2"
SQUARE = "<polygon>22,113 22,114 23,114 23,113 22,113</polygon>"

FULL = f"""<?xml version="1.0" encoding="UTF-8"?>
<alert xmlns="{NAMESPACE}">
  <identifier>urn:oid:2.49.0.1.156.7</identifier>
  <sender>duty@storm.example</sender>
  <sent>2026-11-23T02:10:00+08:00</sent>
  <status>Actual</status>
  <msgType>Update</msgType>
  <source>Tide gauge 7</source>
  <scope>Public</scope>
  <addresses>alpha "bravo charlie"</addresses>
  <code>profile:a</code>
  <code>profile:b</code>
  <note>Second message</note>
  <references>duty@storm.example,urn:oid:2.49.0.1.156.6,2026-11-23T01:10:00+08:00</references>
  <incidents>surge "tide two"</incidents>
  <info>
    <language>zh-CN</language>
    <category>Met</category>
    <category>Safety</category>
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
    <instruction>请立即撤离</instruction>
    <web>https://storm.example/7</web>
    <contact>12345</contact>
    <parameter><valueName>level</valueName><value>red</value></parameter>
    <resource>
      <resourceDesc>map</resourceDesc>
      <mimeType>image/png</mimeType>
      <size>5</size>
      <uri>https://storm.example/7.png</uri>
      <derefUri>aGVsbG8=</derefUri>
      <digest>aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d</digest>
    </resource>
    <area>
      <areaDesc>东港区</areaDesc>
      <polygon>22.5,113.25 22.5,114 23,114 22.5,113.25</polygon>
      <circle>22.75,113.5 3.5</circle>
      <geocode><valueName>GBT2260</valueName><value>440300</value></geocode>
      <altitude>0</altitude>
      <ceiling>328.084</ceiling>
    </area>
  </info>
</alert>
"""

PLAIN = f"""<alert xmlns="{NAMESPACE}">
<identifier>a-1</identifier>
<sender>duty@storm.example</sender>
<sent>2026-11-23T02:10:00+08:00</sent>
<status>Actual</status>
<msgType>Alert</msgType>
<scope>Public</scope>
<info>
<language>en-US</language>
<category>Met</category>
<event>Storm surge</event>
<urgency>Immediate</urgency>
<severity>Extreme</severity>
<certainty>Observed</certainty>
<expires>2026-11-23T08:00:00+08:00</expires>
<senderName>Storm desk</senderName><instruction>Go inland.</instruction><contact>12345</contact>
<area>
<areaDesc>East Harbour</areaDesc>
{SQUARE}
</area>
</info>
</alert>"""

Edit = Callable[..., bytes]


@pytest.fixture
def now() -> datetime:
    """Return a moment just after the sample messages were sent."""
    return datetime(2026, 11, 22, 18, 11, tzinfo=UTC)


@pytest.fixture
def full() -> bytes:
    """Return a valid message that uses every element."""
    return FULL.encode()


@pytest.fixture
def plain() -> Edit:
    """Return a maker of the least valid message, with texts replaced."""

    def edit(*changes: tuple[str, str]) -> bytes:
        text = PLAIN
        for old, new in changes:
            assert old in text, old
            text = text.replace(old, new)
        return text.encode()

    return edit
