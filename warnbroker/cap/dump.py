"""Alert to plain data in the JSON form of CAP, and to CAP XML."""

from collections.abc import Iterable, Mapping
from typing import Any

from lxml import etree

from warnbroker.cap.shape import CHILDREN, NAMESPACE
from warnbroker.cap.text import (
    write_circle,
    write_decimal,
    write_position,
    write_triples,
    write_words,
)
from warnbroker.model.alert import Alert, Area, Info, NamedValue, Resource
from warnbroker.model.identity import cap_time

Data = dict[str, Any]


def to_json(alert: Alert) -> Data:
    """Return the JSON form; what is empty and optional is left out.

    Polygons, circles, references, addresses and incidents are in CAP's own text form.
    """
    return {
        "identifier": alert.identifier,
        "sender": alert.sender,
        "sent": cap_time(alert.sent),
        "status": alert.status.value,
        "msgType": alert.msg_type.value,
        "scope": alert.scope.value,
        **_present(
            source=alert.source,
            restriction=alert.restriction,
            addresses=write_words(alert.addresses),
            code=list(alert.codes),
            note=alert.note,
            references=write_triples(alert.references),
            incidents=write_words(alert.incidents),
            info=[_info(info) for info in alert.infos],
        ),
    }


def to_xml(alert: Alert) -> bytes:
    """Return CAP 1.2 XML in UTF-8, valid by the OASIS schema if the alert passes ``check``."""
    # The stubs forget that None names the default namespace.
    spaces = {None: NAMESPACE}
    root = etree.Element(f"{{{NAMESPACE}}}alert", nsmap=spaces)  # type: ignore[arg-type]
    _fill(root, "alert", to_json(alert))
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True, pretty_print=True)


def _fill(parent: etree._Element, name: str, data: Mapping[str, Any]) -> None:
    for child in CHILDREN[name]:
        if child not in data:
            continue
        found = data[child]
        for value in found if isinstance(found, list) else [found]:
            element = etree.SubElement(parent, f"{{{NAMESPACE}}}{child}")
            if child in CHILDREN:
                _fill(element, child, value)
            else:
                element.text = write_decimal(value) if isinstance(value, float) else str(value)


def _present(**fields: Any) -> Data:
    return {name: value for name, value in fields.items() if value not in (None, "", [])}


def _info(info: Info) -> Data:
    times = {"effective": info.effective, "onset": info.onset, "expires": info.expires}
    return {
        "language": info.language,
        "category": [category.value for category in info.categories],
        "event": info.event,
        "urgency": info.urgency.value,
        "severity": info.severity.value,
        "certainty": info.certainty.value,
        **{name: cap_time(moment) for name, moment in times.items() if moment is not None},
        **_present(
            responseType=[kind.value for kind in info.response_types],
            audience=info.audience,
            eventCode=_pairs(info.event_codes),
            senderName=info.sender_name,
            headline=info.headline,
            description=info.description,
            instruction=info.instruction,
            web=info.web,
            contact=info.contact,
            parameter=_pairs(info.parameters),
            resource=[_resource(resource) for resource in info.resources],
            area=[_area(area) for area in info.areas],
        ),
    }


def _pairs(pairs: Iterable[NamedValue]) -> list[Data]:
    return [{"valueName": pair.name, "value": pair.value} for pair in pairs]


def _resource(resource: Resource) -> Data:
    return {
        "resourceDesc": resource.resource_desc,
        "mimeType": resource.mime_type,
        **_present(
            size=resource.size,
            uri=resource.uri,
            derefUri=resource.deref_uri,
            digest=resource.digest,
        ),
    }


def _area(area: Area) -> Data:
    polygons = [" ".join(write_position(point) for point in polygon) for polygon in area.polygons]
    return {
        "areaDesc": area.area_desc,
        **_present(
            polygon=polygons,
            circle=[write_circle(circle) for circle in area.circles],
            geocode=_pairs(area.geocodes),
            altitude=area.altitude,
            ceiling=area.ceiling,
        ),
    }
