"""For every rule of the table a message that just keeps it, and one that breaks it alone."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import NamedTuple

from tests.unit.cap.rules.good import (
    EARLIER,
    GOOD,
    INFO,
    NEXT,
    PLACE,
    SENT,
    SQUARE,
    alert,
    circle,
    filed,
    placed,
    ring,
    sliver,
    told,
    twice,
)
from warnbroker.model.alert import Alert, Area, NamedValue
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


class Pair(NamedTuple):
    keeps: Alert
    breaks: Alert


def about(kind: MsgType, **changed) -> Alert:
    return alert(msg_type=kind, **({"references": (EARLIER,)} | changed))


HOUR = timedelta(hours=1)
LONG = "x" * 160
CROSSED = ((22.0, 113.0), (23.0, 114.0), (22.0, 114.0), (23.0, 113.0), (22.0, 113.0))
FLAT = ((22.0, 113.0), (24.0, 115.0), (23.0, 114.0), (22.0, 113.0))
WIDE = ((10.0, -100.0), (10.0, 100.0), (11.0, 100.0), (11.0, -100.0), (10.0, -100.0))
FINE = ((22.0, 113.0), (22.0, 114.0), (23.0, 114.123456), (22.0, 113.0))
FINER = ((22.0, 113.0), (22.0, 114.0), (23.0, 114.1234567), (22.0, 113.0))
CODE = NamedValue("GBT2260", "440300")
WEST = Area("West Harbour", polygons=(NEXT,))

PAIRS: Mapping[str, Pair] = {
    "cap.alert.identifier.empty": Pair(alert(identifier="x"), alert(identifier="")),
    "cap.alert.identifier.characters": Pair(alert(identifier="a;1"), alert(identifier="a,1")),
    "cap.alert.identifier.oid": Pair(
        alert(identifier="2.49.0.1.156.7"), alert(identifier="urn:oid:2.49.0.0.156.7")
    ),
    "cap.alert.sender.empty": Pair(GOOD, alert(sender="")),
    "cap.alert.sender.characters": Pair(
        alert(sender="a;b@storm.example"), alert(sender="a&b@storm.example")
    ),
    "cap.alert.sender.form": Pair(alert(sender="storm.example"), alert(sender="storm-desk")),
    "cap.alert.sent.future": Pair(
        alert(sent=SENT + timedelta(minutes=16)), alert(sent=SENT + timedelta(minutes=17))
    ),
    "cap.alert.note.exercise": Pair(
        alert(status=Status.EXERCISE, note="Spring tide 2026"), alert(status=Status.EXERCISE)
    ),
    "cap.alert.note.error": Pair(about(MsgType.ERROR, note="no area"), about(MsgType.ERROR)),
    "cap.alert.restriction.scope": Pair(
        alert(scope=Scope.RESTRICTED, restriction="staff"), alert(restriction="staff")
    ),
    "cap.alert.restriction.required": Pair(
        alert(scope=Scope.RESTRICTED, restriction="staff"), alert(scope=Scope.RESTRICTED)
    ),
    "cap.alert.addresses.required": Pair(
        alert(scope=Scope.PRIVATE, addresses=("staff",)), alert(scope=Scope.PRIVATE)
    ),
    "cap.alert.info.required": Pair(about(MsgType.CANCEL, infos=()), alert(infos=())),
    "cap.alert.info.count": Pair(alert(infos=(INFO,) * 200), alert(infos=(INFO,) * 201)),
    "cap.alert.references.required": Pair(about(MsgType.UPDATE), alert(msg_type=MsgType.UPDATE)),
    "cap.alert.references.self": Pair(
        about(MsgType.UPDATE),
        about(MsgType.UPDATE, references=(replace(EARLIER, identifier=GOOD.identifier),)),
    ),
    "cap.alert.references.later": Pair(
        about(MsgType.UPDATE, references=(replace(EARLIER, sent=SENT),)),
        about(MsgType.UPDATE, references=(replace(EARLIER, sent=SENT + HOUR),)),
    ),
    "cap.alert.references.repeated": Pair(
        about(MsgType.UPDATE, references=(EARLIER, replace(EARLIER, identifier="b"))),
        about(MsgType.UPDATE, references=(EARLIER, EARLIER)),
    ),
    "cap.alert.references.sender": Pair(
        about(MsgType.ACK, references=(replace(EARLIER, sender="a.example"),)),
        about(MsgType.CANCEL, references=(replace(EARLIER, sender="a.example"),)),
    ),
    "cap.info.language.form": Pair(told(language="en"), told(language="english_us")),
    "cap.info.category.required": Pair(GOOD, told(categories=())),
    "cap.info.event.empty": Pair(told(event="Surge"), told(event=" ")),
    "cap.info.response_type.instruction": Pair(
        about(MsgType.CANCEL, infos=(replace(INFO, response_types=(), instruction=""),)),
        about(MsgType.CANCEL, infos=(replace(INFO, instruction=""),)),
    ),
    "cap.info.urgency.unknown": Pair(told(urgency=Urgency.PAST), told(urgency=Urgency.UNKNOWN)),
    "cap.info.severity.unknown": Pair(
        told(severity=Severity.MINOR), told(severity=Severity.UNKNOWN)
    ),
    "cap.info.certainty.unknown": Pair(
        told(certainty=Certainty.UNLIKELY), told(certainty=Certainty.UNKNOWN)
    ),
    "cap.info.event_code.pair": Pair(
        told(event_codes=(NamedValue("a", "b"),)), told(event_codes=(NamedValue("a", ""),))
    ),
    "cap.info.parameter.name": Pair(
        told(parameters=(NamedValue("a", ""),)), told(parameters=(NamedValue("", "b"),))
    ),
    "cap.info.value_name.acronym": Pair(
        told(event_codes=(NamedValue("SAME", "TOR"),)),
        told(event_codes=(NamedValue("same", "TOR"),)),
    ),
    "cap.info.web.absolute": Pair(told(web="http://storm.example"), told(web="/alerts/7")),
    "cap.info.area.required": Pair(
        about(MsgType.CANCEL, infos=(replace(INFO, areas=()),)), told(areas=())
    ),
    "cap.info.expires.missing": Pair(
        about(MsgType.CANCEL, infos=(replace(INFO, expires=None),)), told(expires=None)
    ),
    "cap.info.expires.order": Pair(
        alert(sent=SENT + 2 * HOUR - timedelta(minutes=119)),
        alert(
            sent=SENT + timedelta(minutes=10),
            infos=(replace(INFO, onset=None, expires=SENT + timedelta(minutes=5)),),
        ),
    ),
    "cap.info.expires.past": Pair(
        told(onset=None, expires=SENT + timedelta(minutes=2)),
        told(onset=None, expires=SENT + timedelta(minutes=1)),
    ),
    "cap.info.effective.after_expires": Pair(
        told(onset=None, effective=SENT + 6 * HOUR), told(onset=None, effective=SENT + 7 * HOUR)
    ),
    "cap.info.effective.after_onset": Pair(
        told(effective=SENT + HOUR), told(effective=SENT + 2 * HOUR)
    ),
    "cap.info.onset.after_expires": Pair(told(onset=SENT + 6 * HOUR), told(onset=SENT + 7 * HOUR)),
    "cap.info.headline.length": Pair(told(headline=LONG), told(headline=LONG + "x")),
    "cap.info.headline.repeated": Pair(
        told(headline="", description="The sea."), told(headline="The sea.", description="The sea.")
    ),
    "cap.info.instruction.repeated": Pair(
        told(description="Go."), told(description="Go inland on foot.")
    ),
    "cap.info.sender_name.missing": Pair(told(sender_name="Desk"), told(sender_name="")),
    "cap.info.contact.missing": Pair(told(contact="12345"), told(contact="")),
    "cap.info.instruction.missing": Pair(
        told(response_types=(ResponseType.ALL_CLEAR,), instruction=""),
        told(response_types=(), instruction=""),
    ),
    "cap.info.text.markup": Pair(
        told(description="wind < 8 & gusts > 10"), told(description="Leave <b>now</b>")
    ),
    "cap.info.language.text": Pair(
        told(event="风暴潮", headline="撤离", description="海水", instruction="撤", language="ja"),
        told(event="风暴潮", headline="撤离", description="海水", instruction="撤"),
    ),
    "cap.info.category.differs": Pair(twice(), twice(categories=(Category.MET, Category.SAFETY))),
    "cap.info.event.differs": Pair(
        twice(), twice(language="en-US", event="Flood", headline="Flood", description="It rains.")
    ),
    "cap.info.event_code.differs": Pair(twice(), twice(event_codes=())),
    "cap.info.language.same_text": Pair(
        twice(language="en-GB", event="Storm surge", headline=INFO.headline),
        twice(language="fr", headline=INFO.headline, event="x", description="y", instruction="z"),
    ),
    "cap.info.sequence.override": Pair(
        twice(language="en-US", event="Storm surge", severity=Severity.MINOR, areas=(WEST,)),
        twice(
            language="en-US",
            event="Storm surge",
            headline="a",
            description="b",
            instruction="c",
            severity=Severity.MINOR,
        ),
    ),
    "cap.resource.resource_desc.empty": Pair(filed(resource_desc="a"), filed(resource_desc="")),
    "cap.resource.mime_type.form": Pair(
        filed(mime_type="text/html; charset=utf-8"), filed(mime_type="png")
    ),
    "cap.resource.content.missing": Pair(
        filed(uri="https://storm.example/7.png", deref_uri=""), filed(uri="", deref_uri="")
    ),
    "cap.resource.uri.absolute": Pair(filed(uri="7.png"), filed(uri="7.png", deref_uri="")),
    "cap.resource.deref_uri.base64": Pair(filed(deref_uri="aGVs\nbG8="), filed(deref_uri="hello!")),
    "cap.resource.size.differs": Pair(filed(size=None), filed(size=6)),
    "cap.resource.digest.sha1": Pair(filed(digest=""), filed(digest="xyz")),
    "cap.resource.digest.differs": Pair(
        filed(digest="AAF4C61DDCC5E8A2DABEDE0F3B482CD9AEA9434D"), filed(digest="0" * 40)
    ),
    "cap.area.area_desc.empty": Pair(placed(area_desc="a"), placed(area_desc=" ")),
    "cap.area.place.missing": Pair(
        told(areas=(PLACE, WEST)), told(areas=(PLACE, Area("The pier")))
    ),
    "cap.area.polygon.length": Pair(
        placed(polygons=((*SQUARE[:3], SQUARE[0]),)),
        placed(polygons=((SQUARE[0], SQUARE[1], SQUARE[0]),)),
    ),
    "cap.area.polygon.closed": Pair(placed(polygons=(SQUARE,)), placed(polygons=(SQUARE[:4],))),
    "cap.area.polygon.range": Pair(
        placed(polygons=(((89.0, 10.0), (89.0, 11.0), (90.0, 11.0), (89.0, 10.0)),)),
        placed(polygons=(((89.0, 10.0), (89.0, 11.0), (91.0, 11.0), (89.0, 10.0)),)),
    ),
    "cap.area.polygon.vertices": Pair(placed(polygons=(ring(100),)), placed(polygons=(ring(101),))),
    "cap.area.polygon.decimals": Pair(placed(polygons=(FINE,)), placed(polygons=(FINER,))),
    "cap.area.polygon.span": Pair(placed(polygons=(SQUARE,)), placed(polygons=(WIDE,))),
    "cap.area.circle.range": Pair(
        placed(circles=(circle(1),)), placed(circles=(circle(1, (91.0, 113.0)),))
    ),
    "cap.area.circle.radius": Pair(placed(circles=(circle(0.1),)), placed(circles=(circle(-1),))),
    "cap.area.circle.empty": Pair(placed(circles=(circle(0.1),)), placed(circles=(circle(0),))),
    "cap.area.geocode.pair": Pair(
        placed(geocodes=(CODE,)), placed(geocodes=(NamedValue("GBT2260", ""),))
    ),
    "cap.area.geocode.alone": Pair(placed(geocodes=(CODE,)), placed(polygons=(), geocodes=(CODE,))),
    "cap.area.ceiling.altitude": Pair(placed(altitude=0.0), placed(ceiling=5.0)),
    "cap.area.ceiling.order": Pair(
        placed(altitude=4.0, ceiling=5.0), placed(altitude=5.0, ceiling=5.0)
    ),
    "cap.alert.positions.count": Pair(
        placed(polygons=tuple(ring(100, index / 5) for index in range(200))),
        placed(polygons=tuple(ring(100, index / 5) for index in range(201))),
    ),
    "cap.alert.circles.count": Pair(
        placed(circles=tuple(circle(index / 10) for index in range(1, 101))),
        placed(circles=tuple(circle(index / 10) for index in range(1, 102))),
    ),
    "cap.alert.shapes.tangled": Pair(
        placed(polygons=tuple(sliver(index) for index in range(50))),
        placed(polygons=tuple(sliver(index) for index in range(400))),
    ),
    "cap.area.polygon.crossing": Pair(placed(polygons=(SQUARE,)), placed(polygons=(CROSSED,))),
    "cap.area.polygon.flat": Pair(placed(polygons=(NEXT,)), placed(polygons=(FLAT,))),
    "cap.area.overlap": Pair(
        told(areas=(PLACE, WEST)), told(areas=(PLACE, Area("Also there", polygons=(SQUARE,))))
    ),
}
