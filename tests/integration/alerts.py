"""CAP messages over the demo municipality."""

from datetime import UTC, datetime, timedelta

from warnbroker.cap import to_xml
from warnbroker.model.alert import Alert, Area, Info, NamedValue, Reference
from warnbroker.model.enums import (
    Category,
    Certainty,
    MsgType,
    Scope,
    Severity,
    Status,
    Urgency,
)

SENDER = "warning@demo-harbour.example"
SOUTH = ((60.163, 24.934), (60.163, 24.954), (60.1715, 24.954), (60.1715, 24.934), (60.163, 24.934))
NORTH = ((60.1705, 24.934), (60.1705, 24.954), (60.18, 24.954), (60.18, 24.934), (60.1705, 24.934))

SEVERITY = {
    "red": Severity.EXTREME,
    "orange": Severity.SEVERE,
    "yellow": Severity.MODERATE,
    "blue": Severity.MINOR,
}


def info(level="red", language="en-US", polygon=SOUTH, **kwargs) -> Info:
    now = datetime.now(UTC).replace(microsecond=0)
    values = {
        "event": "Storm surge" if language.startswith("en") else "风暴潮",
        "categories": (Category.MET,),
        "urgency": Urgency.IMMEDIATE,
        "severity": SEVERITY[level],
        "certainty": Certainty.LIKELY,
        "language": language,
        "expires": now + timedelta(hours=2),
        "sender_name": "Harbour office" if language.startswith("en") else "港务应急办",
        "headline": "Red storm surge warning" if language.startswith("en") else "风暴潮红色预警",
        "instruction": "Leave now." if language.startswith("en") else "立即撤离。",
        "parameters": (NamedValue("level", level),),
        "areas": (Area("The sea side", polygons=(polygon,)),),
    }
    return Info(**values | kwargs)


def alert(identifier="surge-1", msg_type=MsgType.ALERT, references=(), infos=None, **kwargs):
    now = datetime.now(UTC).replace(microsecond=0)
    values = {
        "identifier": identifier,
        "sender": SENDER,
        "sent": now,
        "status": Status.ACTUAL,
        "msg_type": msg_type,
        "scope": Scope.PUBLIC,
        "references": tuple(references),
        "infos": tuple(infos if infos is not None else (info(), info(language="zh-CN"))),
    }
    return Alert(**values | kwargs)


def reference(earlier: Alert) -> Reference:
    return Reference(earlier.sender, earlier.identifier, earlier.sent)


def xml(message: Alert) -> bytes:
    return to_xml(message)
