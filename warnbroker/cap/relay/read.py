"""Read a message of another platform: the alerts in it, and all that is wrong with them."""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from lxml import etree

from warnbroker.cap.document import MEBIBYTE
from warnbroker.cap.relay.build import LONGEST_NAME, Builder
from warnbroker.cap.relay.encoding import to_utf8
from warnbroker.cap.relay.node import (
    SIGNATURE_NAMESPACE,
    VERSIONS,
    Node,
    namespace_of,
    read_node,
)
from warnbroker.cap.relay.register import Register
from warnbroker.cap.relay.unwrap import alerts_in
from warnbroker.cap.relay.values import Values
from warnbroker.cap.shape import NAMESPACE
from warnbroker.cap.text import tidy
from warnbroker.cap.xml_reader import tree_of
from warnbroker.errors import Fault, TooLargeError, UnreadableError
from warnbroker.model.alert import Alert

LARGEST_RESOURCE = MEBIBYTE // 2


class Cause(StrEnum):
    """Why an alert of another platform is withheld; there are no other causes."""

    NOT_XML = "not_xml"
    NO_SENDER = "no_sender"
    NO_SENT = "no_sent"
    SIGNATURE = "signature"
    REISSUE = "reissue"


@dataclass(frozen=True, slots=True)
class Relayed:
    """One alert of another platform, as far as it could be read.

    ``alert`` is None exactly where ``cause`` says why it must be withheld; ``detail`` is that
    in words. ``content`` is the alert alone: the bytes as they came where nothing wraps it.
    ``signed`` says that it carries a signature, not that anybody verified it.
    """

    alert: Alert | None
    defects: tuple[Fault, ...] = ()
    cause: Cause | None = None
    detail: str = ""
    content: bytes = b""
    signed: bool = False
    sender: str = ""
    identifier: str = ""


def read_relayed(
    body: bytes, limit: int = MEBIBYTE, *, largest_resource: int = LARGEST_RESOURCE
) -> tuple[Relayed, ...]:
    """Read all alerts in a message: CAP 1.2, 1.1 or 1.0, alone, in EDXL-DE or in Atom.

    There is always at least one. Small faults never stop it: they stand in the register.

    Raises:
        TooLargeError: the body is longer than ``limit`` bytes, or holds too many alerts.
    """
    if len(body) > limit:
        raise TooLargeError(f"the message has {len(body)} bytes; the limit is {limit}")
    common = Register()
    try:
        root = tree_of(to_utf8(body, common))
        found = alerts_in(root)
    except UnreadableError as error:
        return (_withheld(Cause.NOT_XML, str(error), common, body),)
    if not found:
        name = etree.QName(root).localname[:40]
        text = f"there is no CAP <alert> in <{name}>"
        return (_withheld(Cause.NOT_XML, text, common, body),)
    return tuple(
        _one(
            element,
            body if element is root else _alone(element),
            Register(list(common.found)),
            largest_resource,
        )
        for element in found
    )


def _one(
    element: etree._Element, content: bytes, register: Register, largest_resource: int
) -> Relayed:
    namespace = namespace_of(element)
    version = VERSIONS.get(namespace, "")
    node = read_node(element, register)
    if version not in {"", "1.2"}:
        register.note("relay.version", line=node.line, version=version)
    elif namespace != NAMESPACE:
        register.note("relay.namespace", line=node.line, name="alert")
    signed = any(namespace_of(child) == SIGNATURE_NAMESPACE for child in element)
    sender, identifier = tidy(node.words("sender")), tidy(node.words("identifier"))
    if not sender or len(sender) > LONGEST_NAME:
        text = "no sender can be read"
        return _withheld(Cause.NO_SENDER, text, register, content, identifier=identifier)
    sent = Values(register, UTC).moment(node.one("sent"))
    if sent is None:
        text = "the time of sending cannot be read"
        return _withheld(
            Cause.NO_SENT, text, register, content, sender=sender, identifier=identifier
        )
    alert = _build(node, sent, register, version, largest_resource)
    return Relayed(
        alert,
        tuple(register.found),
        content=content,
        signed=signed,
        sender=sender,
        identifier=alert.identifier,
    )


def _build(
    node: Node, sent: datetime, register: Register, version: str, largest_resource: int
) -> Alert:
    # Times without an offset are in the sender's own zone, as its clock showed when it sent.
    values = Values(register, sent.tzinfo or UTC)
    return Builder(register, values, version, largest_resource).alert(node, sent)


def _withheld(
    cause: Cause,
    detail: str,
    register: Register,
    content: bytes,
    *,
    sender: str = "",
    identifier: str = "",
) -> Relayed:
    return Relayed(
        None,
        tuple(register.found),
        cause,
        detail,
        content,
        sender=sender[:LONGEST_NAME],
        identifier=identifier[:LONGEST_NAME],
    )


def _alone(element: etree._Element) -> bytes:
    return etree.tostring(element, encoding="UTF-8", xml_declaration=True, with_tail=False)
