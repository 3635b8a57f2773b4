"""Alerts as text, so that each can be wrong in its own way."""

import json
from datetime import UTC, datetime, timedelta
from uuid import uuid4

SENDER = "warning@demo-harbour.example"
SQUARE = "60.165,24.940 60.165,24.950 60.170,24.950 60.165,24.940"
HERE = f"<polygon>{SQUARE}</polygon>"
NAMESPACE = "urn:oasis:names:tc:emergency:cap:1.2"


def instant(minutes: float = 0) -> str:
    moment = datetime.now(UTC).replace(microsecond=0) + timedelta(minutes=minutes)
    return moment.strftime("%Y-%m-%dT%H:%M:%S-00:00")


def info(**changed: str) -> str:
    words = {
        "language": "en-US",
        "event": "Wind",
        "urgency": "Expected",
        "severity": "Minor",
        "onset": instant(10),
        "expires": instant(60),
        "headline": "Strong wind",
        "place": HERE,
        "more": "",
    } | changed
    onset = f"<onset>{words['onset']}</onset>" if words["onset"] else ""
    return (
        f"<info><language>{words['language']}</language><category>Met</category>"
        f"<event>{words['event']}</event><urgency>{words['urgency']}</urgency>"
        f"<severity>{words['severity']}</severity><certainty>Likely</certainty>"
        f"{onset}<expires>{words['expires']}</expires><senderName>Harbour office</senderName>"
        f"<headline>{words['headline']}</headline><description>It blows.</description>"
        f"<instruction>Stay in.</instruction>{words['more']}"
        f"<area><areaDesc>Market</areaDesc>{words['place']}</area></info>"
    )


def _told(**changed: str) -> str:
    chinese = {"language": "zh-CN", "event": "大风", "headline": "大风预警"}
    is_grave = changed.get("severity") in {"Severe", "Extreme"}
    return info(**changed) + (info(**changed | chinese) if is_grave else "")


def cap(infos: str | None = None, *, references: str = "", **changed: str) -> str:
    """Write an alert; what is no element of ``<alert>`` changes its info.

    A grave one has a second info in Chinese, as red and orange must have.
    """
    own = {
        "identifier": f"a-{uuid4().hex}",
        "sender": SENDER,
        "sent": instant(-1),
        "status": "Actual",
        "msgType": "Alert",
        "scope": "Public",
    }
    head = "".join(f"<{name}>{changed.pop(name, value)}</{name}>" for name, value in own.items())
    extra = changed.pop("extra", "")
    named = f"<references>{references}</references>" if references else ""
    body = _told(**changed) if infos is None else infos
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<alert xmlns="{NAMESPACE}">'
        f"{head}{extra}{named}{body}</alert>"
    )


def cap_json(**changed: object) -> dict[str, object]:
    """Return an alert in the JSON form; ``info`` changes its only info."""
    told = {
        "language": "en-US",
        "category": ["Met"],
        "event": "Wind",
        "urgency": "Expected",
        "severity": "Minor",
        "certainty": "Likely",
        "expires": instant(60),
        "senderName": "Harbour office",
        "headline": "Strong wind",
        "description": "It blows.",
        "instruction": "Stay in.",
        "area": [{"areaDesc": "Market", "polygon": [SQUARE]}],
    } | dict(changed.pop("info", {}))
    return {
        "identifier": f"j-{uuid4().hex}",
        "sender": SENDER,
        "sent": instant(-1),
        "status": "Actual",
        "msgType": "Alert",
        "scope": "Public",
        "info": [told],
    } | changed


def as_json(**changed: object) -> str:
    return json.dumps(cap_json(**changed))
