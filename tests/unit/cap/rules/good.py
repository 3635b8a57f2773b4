"""A message that keeps every rule, and short ways to change it."""

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

from warnbroker.model.alert import Alert, Area, Circle, Info, NamedValue, Reference, Resource
from warnbroker.model.enums import (
    Category,
    Certainty,
    MsgType,
    ResponseType,
    Scope,
    Severity,
    Status,
    Urgency,
)

ZONE = timezone(timedelta(hours=8))
SENT = datetime(2026, 11, 23, 2, 10, tzinfo=ZONE)
NOW = SENT + timedelta(minutes=1)
SQUARE = ((22.0, 113.0), (22.0, 114.0), (23.0, 114.0), (23.0, 113.0), (22.0, 113.0))
NEXT = ((23.0, 113.0), (23.0, 114.0), (24.0, 114.0), (24.0, 113.0), (23.0, 113.0))
PLACE = Area("East Harbour", polygons=(SQUARE,))
FILE = Resource(
    "map",
    "image/png",
    size=5,
    uri="7.png",
    deref_uri="aGVsbG8=",
    digest="aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d",
)
INFO = Info(
    event="Storm surge",
    categories=(Category.MET,),
    urgency=Urgency.IMMEDIATE,
    severity=Severity.EXTREME,
    certainty=Certainty.OBSERVED,
    language="en-US",
    response_types=(ResponseType.EVACUATE,),
    event_codes=(NamedValue("hazard", "STORM_SURGE"),),
    effective=SENT,
    onset=SENT + timedelta(hours=1),
    expires=SENT + timedelta(hours=6),
    sender_name="Storm desk",
    headline="Leave the harbour now",
    description="The sea will come over the quays.",
    instruction="Go inland on foot.",
    web="https://storm.example/7",
    contact="12345",
    parameters=(NamedValue("level", "red"),),
    resources=(FILE,),
    areas=(PLACE,),
)
GOOD = Alert(
    identifier="urn:oid:2.49.0.1.156.7",
    sender="duty@storm.example",
    sent=SENT,
    status=Status.ACTUAL,
    msg_type=MsgType.ALERT,
    scope=Scope.PUBLIC,
    infos=(INFO,),
)
EARLIER = Reference(GOOD.sender, "urn:oid:2.49.0.1.156.6", SENT - timedelta(hours=1))


def alert(**changed: Any) -> Alert:
    """Return the message with elements of its own changed."""
    return replace(GOOD, **changed)


def told(**changed: Any) -> Alert:
    """Return the message with its info changed."""
    return alert(infos=(replace(INFO, **changed),))


def placed(**changed: Any) -> Alert:
    """Return the message with its area changed."""
    return told(areas=(replace(PLACE, **changed),))


def filed(**changed: Any) -> Alert:
    """Return the message with its resource changed."""
    return told(resources=(replace(FILE, **changed),))


def twice(**changed: Any) -> Alert:
    """Return the message with a second info, in Chinese unless it says otherwise."""
    chinese = {
        "language": "zh-CN",
        "event": "风暴潮",
        "headline": "立即撤离",
        "description": "海水将漫过码头。",
        "instruction": "步行前往内陆。",
    }
    return alert(infos=(INFO, replace(INFO, **chinese | changed)))


def circle(radius: float, centre: tuple[float, float] = (22.5, 113.5)) -> Circle:
    """Return a circle."""
    return Circle(centre, radius)


def ring(count: int, east: float = 0.0) -> tuple[tuple[float, float], ...]:
    """Return a simple outline of so many positions, one degree high."""
    steps = count - 3
    edge = tuple((22.0, round(113 + east + index / steps / 10, 6)) for index in range(steps))
    return (*edge, (23.0, round(113.1 + east, 6)), (23.0, round(113 + east, 6)), edge[0])


def sliver(index: int) -> tuple[tuple[float, float], ...]:
    """Return one of many long triangles whose boxes all meet."""
    lift = index / 1000
    return ((22 + lift, 113.0), (23 + lift, 114.0), (23 + lift, 114.001), (22 + lift, 113.0))
