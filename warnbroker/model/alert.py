"""One CAP 1.2 message as frozen data: Alert, its Infos, their Areas and Resources.

Names are CAP's element names in snake_case; repeated elements are plural tuples.
Instants are aware datetimes that keep the offset they were written with.
"""

from dataclasses import dataclass, field
from datetime import datetime

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

Position = tuple[float, float]
"""Latitude and longitude in degrees, WGS 84, in CAP's order."""


@dataclass(frozen=True, slots=True)
class NamedValue:
    """A ``valueName``/``value`` pair: an eventCode, a parameter or a geocode."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Circle:
    """A centre and a radius in kilometres."""

    center: Position
    radius: float


@dataclass(frozen=True, slots=True)
class Area:
    """One ``<area>``: the union of its polygons, circles and geocodes."""

    area_desc: str
    polygons: tuple[tuple[Position, ...], ...] = ()
    circles: tuple[Circle, ...] = ()
    geocodes: tuple[NamedValue, ...] = ()
    altitude: float | None = None
    ceiling: float | None = None


@dataclass(frozen=True, slots=True)
class Resource:
    """One ``<resource>``: a file that belongs to an info."""

    resource_desc: str
    mime_type: str
    size: int | None = None
    uri: str = ""
    deref_uri: str = ""
    digest: str = ""


@dataclass(frozen=True, slots=True)
class Info:
    """One ``<info>``: one event in one language."""

    event: str
    categories: tuple[Category, ...]
    urgency: Urgency
    severity: Severity
    certainty: Certainty
    language: str = "en-US"
    response_types: tuple[ResponseType, ...] = ()
    audience: str = ""
    event_codes: tuple[NamedValue, ...] = ()
    effective: datetime | None = None
    onset: datetime | None = None
    expires: datetime | None = None
    sender_name: str = ""
    headline: str = ""
    description: str = ""
    instruction: str = ""
    web: str = ""
    contact: str = ""
    parameters: tuple[NamedValue, ...] = ()
    resources: tuple[Resource, ...] = ()
    areas: tuple[Area, ...] = ()

    def parameter(self, name: str) -> str | None:
        """Return the first parameter of that name, or None."""
        return next((pair.value for pair in self.parameters if pair.name == name), None)


@dataclass(frozen=True, slots=True)
class Reference:
    """An earlier message, as CAP's ``sender,identifier,sent`` triple."""

    sender: str
    identifier: str
    sent: datetime


@dataclass(frozen=True, slots=True)
class Alert:
    """One ``<alert>``."""

    identifier: str
    sender: str
    sent: datetime
    status: Status
    msg_type: MsgType
    scope: Scope
    source: str = ""
    restriction: str = ""
    addresses: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    note: str = ""
    references: tuple[Reference, ...] = ()
    incidents: tuple[str, ...] = ()
    infos: tuple[Info, ...] = field(default=())
