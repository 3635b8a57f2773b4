"""GB/T messages as implementers write them."""

from warnbroker.cap.gbt import Register

CODE = "33100341600000"
SENDER = "met@tz.example"
OFFICE = "通州区气象局"
REGISTER = Register({CODE: SENDER}, {SENDER: OFFICE}, {"G01002": "grid-officer"})
IDENTIFIER = f"{CODE}_20261123190800"

FULL = f"""<?xml version="1.0" encoding="UTF-8"?>
<alert xmlns="http://com.icss.amp">
	<identifier>{IDENTIFIER}</identifier>
	<sender>{OFFICE}</sender>
	<senderCode>{CODE}</senderCode>
	<phone>18501377889</phone>
	<sendTime>2026-11-23 19:08:00+08:00</sendTime>
	<status>Actual</status>
	<msgType>Alert</msgType>
	<scope>Public</scope>
	<code>
		<method><methodName>LED</methodName><message>台风红色</message><audienceGrp>L1</audienceGrp><audenceprt>,</audenceprt></method>
		<method><methodName>SMS</methodName><message>请立即撤离</message><audienceGrp>G01002,G02003</audienceGrp><audenceprt>13736220960</audenceprt></method>
		<method><methodName>WEB</methodName><message/><audienceGrp/><audenceprt>,</audenceprt></method>
	</code>
	<secClassification>None</secClassification>
	<note/>
	<references/>
	<info>
		<language>zh-CN</language>
		<eventType>11B01</eventType>
		<urgency>Unknown</urgency>
		<severity>Red</severity>
		<certainty>VeryLikely</certainty>
		<effective>2026-11-23 19:08:00+08:00</effective>
		<onset/>
		<expires>2026-11-24 19:08:00+08:00</expires>
		<senderName>通州区气象局李明</senderName>
		<headline>通州区气象局发布台风红色预警</headline>
		<description>台风即将登陆</description>
		<instruction>立即撤离</instruction>
		<web/>
		<resource><resourceDesc>{IDENTIFIER}_11B01_RED_ALERT_O_01.jpg</resourceDesc><size>84k</size><digest/></resource>
		<area>
			<areaDesc>通州区,东镇</areaDesc>
			<polygon>28.5,121.3 28.5,121.5 28.7,121.5 28.5,121.3</polygon>
			<circle>28.6,121.4 3500</circle>
			<geocode>331003000000,331003100000</geocode>
		</area>
	</info>
</alert>
"""


def full(*changes: tuple[str, str]) -> bytes:
    """Return the whole message with texts replaced."""
    text = FULL
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    return text.encode()


def cancel(*changes: tuple[str, str]) -> bytes:
    return full(
        ("<msgType>Alert", "<msgType>Cancel"),
        ("<note/>", "<note>台风已过</note>"),
        ("<references/>", f"<references>{CODE}_20261123100000</references>"),
        ("发布台风", "解除台风"),
        *changes,
    )
