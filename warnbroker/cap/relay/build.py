"""A relayed message to the best Alert that can be made of it."""

import binascii
import hashlib
from dataclasses import dataclass
from datetime import datetime

from warnbroker.cap import text as cap_text
from warnbroker.cap.forms import DEFAULT_LANGUAGE
from warnbroker.cap.relay.node import Node
from warnbroker.cap.relay.register import Register
from warnbroker.cap.relay.values import Values
from warnbroker.cap.rules.alert import MAX_INFOS
from warnbroker.model.alert import Alert, Area, Info, Resource
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

LONGEST_NAME = 500
"""Characters of an identifier or a sender that an index can hold."""


@dataclass(slots=True)
class Builder:
    """Builds the parts of one alert.

    ``version`` is CAP's, as the namespace says; ``largest_resource`` is in bytes.
    """

    register: Register
    values: Values
    version: str
    largest_resource: int

    def alert(self, node: Node, sent: datetime) -> Alert:
        """Return the alert; its sender is there and its ``sent`` is known."""
        references = self.values.references(node.one("references"))
        return Alert(
            identifier=self._identifier(node),
            sender=_text(node, "sender"),
            sent=sent,
            # Only what surely is Actual and Public may reach people.
            status=self.values.required(node, "status", Status, Status.DRAFT),
            msg_type=self._msg_type(node, bool(references)),
            source=_text(node, "source"),
            scope=self._scope(node),
            restriction=_text(node, "restriction"),
            addresses=self.values.listed(node.one("addresses")),
            codes=tuple(cap_text.tidy(item.text) for item in node.many("code")),
            note=_text(node, "note"),
            references=references,
            incidents=self.values.listed(node.one("incidents")),
            infos=tuple(self._info(item) for item in self._infos(node)),
        )

    def _identifier(self, node: Node) -> str:
        stated = _text(node, "identifier")
        if stated and len(stated) <= LONGEST_NAME:
            return stated
        words = "\n".join((stated, _text(node, "sender"), _text(node, "sent"), _said(node)))
        made = f"unidentified-{hashlib.sha256(words.encode()).hexdigest()[:32]}"
        self.register.note("relay.identifier.missing", node.path, node.line, taken=made)
        return made

    def _msg_type(self, node: Node, refers: bool) -> MsgType:
        """Return what the message does; one that nobody knows must not pass for a warning.

        Without the element, a message that refers to no other is taken for a first Alert.
        """
        if not _text(node, "msgType") and not refers and not _text(node, "references"):
            return self.values.required(node, "msgType", MsgType, MsgType.ALERT)
        return self.values.required(node, "msgType", MsgType, MsgType.ERROR)

    def _scope(self, node: Node) -> Scope:
        """Return the scope; CAP 1.0 did not ask for it, and meant the public by leaving it out."""
        limited = _text(node, "restriction") or _text(node, "addresses")
        is_old = self.version == "1.0" and not limited
        if is_old and not _text(node, "scope"):
            return self.values.required(node, "scope", Scope, Scope.PUBLIC)
        return self.values.required(node, "scope", Scope, Scope.PRIVATE)

    def _infos(self, node: Node) -> list[Node]:
        infos = node.many("info")
        if len(infos) > MAX_INFOS:
            self.register.note(
                "relay.info.count", node.path, node.line, count=len(infos), most=MAX_INFOS
            )
        return infos[:MAX_INFOS]

    def _info(self, node: Node) -> Info:
        values = self.values
        answers = [values.word(item, ResponseType, None) for item in node.many("responseType")]
        return Info(
            language=values.language(node, DEFAULT_LANGUAGE),
            categories=self._categories(node),
            event=self._needed(node, "event"),
            response_types=tuple(item for item in answers if item is not None),
            urgency=values.required(node, "urgency", Urgency, Urgency.UNKNOWN),
            severity=values.required(node, "severity", Severity, Severity.UNKNOWN),
            certainty=values.required(node, "certainty", Certainty, Certainty.UNKNOWN),
            audience=_text(node, "audience"),
            event_codes=tuple(values.pair(item) for item in node.many("eventCode")),
            effective=values.moment(node.one("effective")),
            onset=values.moment(node.one("onset")),
            expires=values.moment(node.one("expires")),
            sender_name=_text(node, "senderName"),
            headline=_text(node, "headline"),
            description=_text(node, "description"),
            instruction=_text(node, "instruction"),
            web=values.link(node.one("web")),
            contact=_text(node, "contact"),
            parameters=tuple(values.pair(item) for item in node.many("parameter")),
            resources=tuple(self._resource(item) for item in node.many("resource")),
            areas=tuple(self._area(item) for item in node.many("area")),
        )

    def _categories(self, node: Node) -> tuple[Category, ...]:
        stated = [
            self.values.word(item, Category, Category.OTHER) for item in node.many("category")
        ]
        found = tuple(item for item in stated if item is not None)
        if not found:
            self.register.note(
                "relay.element.missing", node.path, node.line, name="category", taken="Other"
            )
        return found or (Category.OTHER,)

    def _resource(self, node: Node) -> Resource:
        return Resource(
            resource_desc=self._needed(node, "resourceDesc"),
            mime_type=self._needed(node, "mimeType"),
            size=self.values.size(node.one("size")),
            uri=self.values.link(node.one("uri")),
            deref_uri=self._content(node.one("derefUri")),
            digest=_text(node, "digest"),
        )

    def _content(self, node: Node | None) -> str:
        """Return the base64 of a file that is not too large to pass on."""
        stated = cap_text.tidy(node.text) if node else ""
        packed = len("".join(stated.split()))
        size = packed * 3 // 4
        if node is None or not stated:
            return ""
        if size > self.largest_resource:
            self.register.note(
                "relay.resource.too_large",
                node.path,
                node.line,
                size=size,
                limit=self.largest_resource,
            )
            return ""
        try:
            binascii.a2b_base64("".join(stated.split()), strict_mode=True)
        except ValueError:
            self.register.note(
                "relay.value.dropped", node.path, node.line, shown="derefUri", name="base64"
            )
            return ""
        return stated

    def _area(self, node: Node) -> Area:
        values = self.values
        polygons = [values.polygon(item) for item in self._filled(node, "polygon")]
        circles = [values.circle(item) for item in self._filled(node, "circle")]
        return Area(
            area_desc=self._needed(node, "areaDesc"),
            polygons=tuple(item for item in polygons if item is not None),
            circles=tuple(item for item in circles if item is not None),
            geocodes=tuple(values.pair(item) for item in self._filled(node, "geocode")),
            altitude=values.number(node.one("altitude")),
            ceiling=values.number(node.one("ceiling")),
        )

    def _filled(self, node: Node, name: str) -> list[Node]:
        """Return the children that say something: some services send empty shapes for none."""
        found = []
        for child in node.many(name):
            if _said(child).strip(" \t\r\n\x1f"):
                found.append(child)
            else:
                self.register.note("relay.element.empty", child.path, child.line, name=name)
        return found

    def _needed(self, node: Node, name: str) -> str:
        """Return a text that must be there, empty where it is not: nobody's words are made up."""
        found = _text(node, name)
        if not found:
            self.register.note("relay.element.missing", node.path, node.line, name=name, taken="''")
        return found


def _text(node: Node, name: str) -> str:
    return cap_text.tidy(node.words(name))


def _said(node: Node) -> str:
    """Return every text of a message, for an identity that two messages never share."""
    parts = [node.text]
    for name in sorted(node.children):
        parts += [_said(child) for child in node.children[name]]
    return "\x1f".join(parts)
