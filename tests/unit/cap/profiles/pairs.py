"""For every profile a message that keeps it, and for every rule one that breaks it alone."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC
from typing import Any

from tests.unit.cap.rules.good import GOOD, INFO, PLACE, SENT, alert, twice
from warnbroker.model.alert import Alert, Area, NamedValue
from warnbroker.model.enums import Category, MsgType, Severity, Status

CODE_AU = "urn:oasis:names:tc:emergency:cap:1.2:profile:CAP-AU:1.0"
EVENTS_AU = "https://govshare.gov.au/xmlui/handle/10772/6495"


def pair(name: str, value: str) -> NamedValue:
    return NamedValue(name, value)


def of(kept: Alert, **changed: Any) -> Alert:
    """Return a message with all its infos changed."""
    return replace(kept, infos=tuple(replace(info, **changed) for info in kept.infos))


def area_of(kept: Alert, **changed: Any) -> Alert:
    """Return a message with the area of all its infos changed."""
    return of(kept, areas=(replace(kept.infos[0].areas[0], **changed),))


def second(kept: Alert, **changed: Any) -> Alert:
    """Return a message with a second info that differs."""
    first = kept.infos[0]
    return replace(kept, infos=(first, replace(first, language="fr", **changed)))


def said(kept: Alert, *parameters: NamedValue) -> Alert:
    """Return a message with parameters added."""
    return of(kept, parameters=(*kept.infos[0].parameters, *parameters))


IPAWS = alert(
    codes=("IPAWSv1.0",),
    infos=(
        replace(
            INFO,
            effective=None,
            onset=None,
            event_codes=(pair("SAME", "TOR"),),
            areas=(replace(PLACE, geocodes=(pair("SAME", "006037"),)),),
        ),
    ),
)
CP = twice(
    language="fr-CA",
    event="Onde de tempête",
    headline="Quittez le port",
    description="La mer va déborder.",
    instruction="Partez à pied.",
)
CAP_CP = of(
    replace(CP, codes=("profile:CAP-CP:0.4",)),
    event_codes=(pair("profile:CAP-CP:Event:0.4", "stormSurge"),),
    areas=(replace(PLACE, geocodes=(pair("profile:CAP-CP:Location:0.3", "1310032"),)),),
)
CAP_AU = of(alert(codes=(CODE_AU,)), event_codes=(pair(EVENTS_AU, "stormSurge"),))
METEOALARM = of(
    said(
        GOOD, pair("awareness_level", "4; red; Extreme"), pair("awareness_type", "7; coastalevent")
    ),
    areas=(replace(PLACE, geocodes=(pair("EMMA_ID", "FI813"),)),),
)
GOOD_ONES: Mapping[str, Alert] = {
    "ipaws": IPAWS,
    "cap-cp": CAP_CP,
    "cap-au": CAP_AU,
    "meteoalarm": METEOALARM,
    "google": GOOD,
}
CANCEL = {"msg_type": MsgType.CANCEL}
BOTH = (Category.MET, Category.SAFETY)
UTC_TIME = SENT.astimezone(UTC)
POINTLESS = {"polygons": (), "circles": ()}

BREAKS: Mapping[str, Alert] = {
    "ipaws.code": replace(IPAWS, codes=("IPAWSv1x0",)),
    "ipaws.expires": of(IPAWS, expires=None),
    "ipaws.same.event_code": of(IPAWS, event_codes=(pair("SAME", "TOR"), pair("SAME", "FFW"))),
    "ipaws.same.event_code_form": of(IPAWS, event_codes=(pair("SAME", "tornado"),)),
    "ipaws.category.same": second(IPAWS, categories=BOTH),
    "ipaws.event_code.same": second(IPAWS, event_codes=(pair("SAME", "FFW"),)),
    "ipaws.area": of(IPAWS, areas=()),
    "ipaws.same.geocode": area_of(IPAWS, geocodes=()),
    "ipaws.same.geocode_form": area_of(IPAWS, geocodes=(pair("SAME", "6037"),)),
    "ipaws.effective.ignored": of(IPAWS, effective=SENT),
    "ipaws.onset.ignored": of(IPAWS, onset=SENT),
    "ipaws.time.local": replace(IPAWS, sent=UTC_TIME),
    "ipaws.cmam_text": said(IPAWS, pair("CMAMtext", "x" * 91)),
    "ipaws.cmam_long_text": said(IPAWS, pair("CMAMlongtext", "x" * 361)),
    "ipaws.cmam_characters": said(IPAWS, pair("CMAMtext", "撤离")),
    "ipaws.wea_handling": said(IPAWS, pair("WEAHandling", "Soon")),
    "ipaws.eas_org": said(IPAWS, pair("EAS-ORG", "ABC")),
    "ipaws.block_channel": said(IPAWS, pair("BLOCKCHANNEL", "SMS")),
    "cap_cp.code": replace(CAP_CP, codes=()),
    "cap_cp.info": replace(CAP_CP, infos=()),
    "cap_cp.event_code": of(CAP_CP, event_codes=()),
    "cap_cp.event_code_form": of(
        CAP_CP, event_codes=(pair("profile:CAP-CP:Event:0.4", "storm surge"),)
    ),
    "cap_cp.category.same": replace(
        CAP_CP, infos=(CAP_CP.infos[0], replace(CAP_CP.infos[1], categories=BOTH))
    ),
    "cap_cp.event_code.same": replace(
        CAP_CP,
        infos=(
            CAP_CP.infos[0],
            replace(CAP_CP.infos[1], event_codes=(pair("profile:CAP-CP:Event:0.4", "flood"),)),
        ),
    ),
    "cap_cp.area": of(CAP_CP, areas=()),
    "cap_cp.location": area_of(CAP_CP, geocodes=()),
    "cap_cp.location_form": area_of(
        CAP_CP, geocodes=(pair("profile:CAP-CP:Location:0.3", "131003"),)
    ),
    "cap_cp.expires": of(CAP_CP, expires=None),
    "cap_cp.sender_name": of(CAP_CP, sender_name=""),
    "cap_cp.response_type": of(CAP_CP, response_types=()),
    "cap_cp.languages": replace(CAP_CP, infos=CAP_CP.infos[:1]),
    "cap_cp.outline": area_of(CAP_CP, **POINTLESS),
    "cap_cp.broadcast_immediately": said(
        CAP_CP, pair("layer:SOREM:1.0:Broadcast_Immediately", "now")
    ),
    "cap_au.code": replace(CAP_AU, codes=()),
    "cap_au.info": replace(CAP_AU, infos=()),
    "cap_au.sender": replace(CAP_AU, sender="storm.example"),
    "cap_au.event_code": of(CAP_AU, event_codes=()),
    "cap_au.event_code.same": second(CAP_AU, event_codes=(pair(EVENTS_AU, "flood"),)),
    "cap_au.category.same": second(CAP_AU, categories=BOTH),
    "cap_au.event.same": replace(
        CAP_AU, infos=(CAP_AU.infos[0], replace(CAP_AU.infos[0], event="Flood"))
    ),
    "cap_au.effective.cancel": replace(CAP_AU, **CANCEL),
    "cap_au.area": of(CAP_AU, areas=()),
    "cap_au.test": replace(CAP_AU, status=Status.TEST),
    "cap_au.time.local": replace(CAP_AU, sent=UTC_TIME),
    "cap_au.expires": of(CAP_AU, expires=None),
    "cap_au.response_type": of(CAP_AU, response_types=()),
    "cap_au.outline": area_of(CAP_AU, **POINTLESS),
    "meteoalarm.awareness_level": of(METEOALARM, parameters=(pair("awareness_type", "1; Wind"),)),
    "meteoalarm.awareness_level_form": of(
        METEOALARM,
        parameters=(
            pair("awareness_level", "1; green; Extreme"),
            pair("awareness_type", "1; Wind"),
        ),
    ),
    "meteoalarm.awareness_level_severity": of(METEOALARM, severity=Severity.MINOR),
    "meteoalarm.awareness_type": of(
        METEOALARM, parameters=(pair("awareness_level", "4; red; Extreme"),)
    ),
    "meteoalarm.awareness_type_form": of(
        METEOALARM,
        parameters=(pair("awareness_level", "4; red; Extreme"), pair("awareness_type", "Wind")),
    ),
    "meteoalarm.onset": of(METEOALARM, onset=None),
    "meteoalarm.expires": of(METEOALARM, expires=None),
    "meteoalarm.category": of(METEOALARM, categories=(Category.INFRA,)),
    "meteoalarm.area": of(METEOALARM, areas=()),
    "meteoalarm.geocode": area_of(METEOALARM, geocodes=()),
    "meteoalarm.geocode_form": area_of(METEOALARM, geocodes=(pair("EMMA_ID", "1234567"),)),
    "google.description": of(GOOD, description=""),
    "google.web": of(GOOD, web=""),
    "google.expires": of(GOOD, expires=None),
    "google.info": replace(GOOD, infos=()),
    "google.category.same": second(GOOD, categories=BOTH),
    "google.event_code.same": second(GOOD, event_codes=()),
    "google.effective": of(GOOD, effective=INFO.expires.replace(hour=23)),
    "google.area": of(GOOD, areas=()),
    "google.place": of(GOOD, areas=(PLACE, Area("The pier"))),
    "google.headline": of(GOOD, headline="x" * 141),
    "google.area_desc": area_of(GOOD, area_desc="x" * 50),
    "google.outline": area_of(GOOD, geocodes=(pair("GBT2260", "440300"),), **POINTLESS),
    "google.time.local": replace(GOOD, sent=UTC_TIME),
    "google.test": replace(GOOD, status=Status.TEST),
}
