"""The JSON form of CAP 1.2 as pydantic models: structure, vocabularies, times and numbers.

XML is read into the same form, so both syntaxes break the same rules.
"""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic.alias_generators import to_camel

from warnbroker.cap.fields import (
    CapCircle,
    CapPolygon,
    Many,
    Number,
    References,
    Size,
    Text,
    Time,
    Token,
    Words,
)
from warnbroker.model.alert import Alert, Area, Info, NamedValue, Resource
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

DEFAULT_LANGUAGE = "en-US"


class _Form(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, alias_generator=to_camel)

    @model_validator(mode="before")
    @classmethod
    def _without_nulls(cls, value: Any) -> Any:
        """Take null for absent, as many programs write it."""
        if not isinstance(value, dict):
            return value
        return {key: item for key, item in value.items() if item is not None}


class PairForm(_Form):
    """An eventCode, a parameter or a geocode."""

    value_name: Text
    value: Text

    def build(self) -> NamedValue:
        """Return the model's form."""
        return NamedValue(self.value_name, self.value)


class ResourceForm(_Form):
    """A resource."""

    resource_desc: Text
    mime_type: Text
    size: Size | None = None
    uri: Text = ""
    deref_uri: Text = ""
    digest: Text = ""

    def build(self) -> Resource:
        """Return the model's form."""
        return Resource(**dict(self))


class AreaForm(_Form):
    """An area."""

    area_desc: Text
    polygon: Many[CapPolygon] = []
    circle: Many[CapCircle] = []
    geocode: Many[PairForm] = []
    altitude: Number | None = None
    ceiling: Number | None = None

    def build(self) -> Area:
        """Return the model's form."""
        return Area(
            area_desc=self.area_desc,
            polygons=tuple(self.polygon),
            circles=tuple(self.circle),
            geocodes=tuple(pair.build() for pair in self.geocode),
            altitude=self.altitude,
            ceiling=self.ceiling,
        )


class InfoForm(_Form):
    """An info."""

    language: Text = DEFAULT_LANGUAGE
    category: Many[Category] = Field(min_length=1)
    event: Text
    response_type: Many[ResponseType] = []
    urgency: Urgency
    severity: Severity
    certainty: Certainty
    audience: Text = ""
    event_code: Many[PairForm] = []
    effective: Time | None = None
    onset: Time | None = None
    expires: Time | None = None
    sender_name: Text = ""
    headline: Text = ""
    description: Text = ""
    instruction: Text = ""
    web: Text = ""
    contact: Text = ""
    parameter: Many[PairForm] = []
    resource: Many[ResourceForm] = []
    area: Many[AreaForm] = []

    def build(self) -> Info:
        """Return the model's form; an empty language is CAP's default, as an absent one."""
        return Info(
            language=self.language or DEFAULT_LANGUAGE,
            categories=tuple(self.category),
            event=self.event,
            response_types=tuple(self.response_type),
            urgency=self.urgency,
            severity=self.severity,
            certainty=self.certainty,
            audience=self.audience,
            event_codes=tuple(pair.build() for pair in self.event_code),
            effective=self.effective,
            onset=self.onset,
            expires=self.expires,
            sender_name=self.sender_name,
            headline=self.headline,
            description=self.description,
            instruction=self.instruction,
            web=self.web,
            contact=self.contact,
            parameters=tuple(pair.build() for pair in self.parameter),
            resources=tuple(resource.build() for resource in self.resource),
            areas=tuple(area.build() for area in self.area),
        )


class AlertForm(_Form):
    """A whole message."""

    model_config = ConfigDict(title="Alert")

    identifier: Token
    sender: Token
    sent: Time
    status: Status
    msg_type: MsgType
    source: Text = ""
    scope: Scope
    restriction: Text = ""
    addresses: Words = ()
    code: Many[Text] = []
    note: Text = ""
    references: References = ()
    incidents: Words = ()
    info: Many[InfoForm] = []

    def build(self) -> Alert:
        """Return the model's form."""
        return Alert(
            identifier=self.identifier,
            sender=self.sender,
            sent=self.sent,
            status=self.status,
            msg_type=self.msg_type,
            source=self.source,
            scope=self.scope,
            restriction=self.restriction,
            addresses=self.addresses,
            codes=tuple(self.code),
            note=self.note,
            references=self.references,
            incidents=self.incidents,
            infos=tuple(info.build() for info in self.info),
        )


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of the JSON form; a copy stands in ``schema/``."""
    form = AlertForm.model_json_schema(by_alias=True, mode="validation")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **form}
