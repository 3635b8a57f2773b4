"""PDUs that a centre sends, read leniently (SMPP 3.4, sections 4 and 5)."""

import re
import struct
from dataclasses import dataclass
from typing import Self

from warnbroker.errors import WarnbrokerError

HEADER = struct.Struct("!IIII")
LONGEST = 128 * 1024
_RESPONSE = 0x80000000
GENERIC_NACK, SUBMIT_SM_RESP, DELIVER_SM = 0x80000000, 0x80000004, 0x00000005
BIND_RESP, UNBIND, ENQUIRE_LINK = 0x80000009, 0x00000006, 0x00000015
_RECEIPTED_ID, _MESSAGE_STATE, _PAYLOAD = 0x001E, 0x0427, 0x0424
_RECEIPT_KINDS = 0x04
_KIND, _HAS_HEADER = 0x3C, 0x40
_FIELD = re.compile(r"(id|stat|err):(\S*)", re.IGNORECASE)
# The basic table of 3GPP TS 23.038 in its order; \x1b announces the extension.
_GSM = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡"
    "ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = {10: "\f", 20: "^", 40: "{", 41: "}", 47: "\\", 60: "[", 61: "~", 62: "]", 64: "|",
             101: "€"}  # fmt: skip


class MalformedError(WarnbrokerError):
    """A PDU is not one."""


@dataclass(frozen=True, slots=True)
class Pdu:
    """One PDU: what it is, how it went, which request it belongs to, and its body."""

    command: int
    status: int
    sequence: int
    body: bytes

    @property
    def is_response(self) -> bool:
        """Tell whether it answers a request."""
        return bool(self.command & _RESPONSE)

    @property
    def message_id(self) -> str:
        """Return the id in the answer to a submit."""
        return self.body.partition(b"\0")[0].decode("latin-1")


@dataclass(frozen=True, slots=True)
class Delivered:
    """A ``deliver_sm``: a receipt where ``is_receipt``, else a text that somebody wrote."""

    source: str
    ton: int
    to: str
    is_receipt: bool
    text: str
    receipted_id: str = ""
    state: str = ""
    part: tuple[int, int, int] | None = None

    @classmethod
    def read(cls, body: bytes, alphabet: str) -> Self:
        """Read a body; ``alphabet`` is the centre's own (data coding 0).

        Raises:
            MalformedError: it breaks off.
        """
        try:
            return cls._read(body, alphabet)
        except (IndexError, ValueError, struct.error) as error:
            raise MalformedError("a deliver_sm breaks off") from error

    @classmethod
    def _read(cls, body: bytes, alphabet: str) -> Self:
        at = body.index(0) + 1
        ton, source, at = _address(body, at)
        _, to, at = _address(body, at)
        kind, at = body[at], at + 3
        for _ in ("schedule", "validity"):
            at = body.index(0, at) + 1
        coding, length = body[at + 2], body[at + 4]
        at += 5
        raw, options = body[at : at + length], _options(body[at + length :])
        raw = options.get(_PAYLOAD, raw)
        part, raw = _unheaded(raw) if kind & _HAS_HEADER else (None, raw)
        state = options.get(_MESSAGE_STATE, b"")
        is_receipt = kind & _KIND == _RECEIPT_KINDS
        return cls(
            source=source,
            ton=ton,
            to=to,
            is_receipt=is_receipt,
            text=_reported(raw, coding) if is_receipt else decoded(raw, coding, alphabet),
            receipted_id=options.get(_RECEIPTED_ID, b"").rstrip(b"\0").decode("latin-1"),
            state=str(state[0]) if state else "",
            part=part,
        )

    def fields(self) -> dict[str, str]:
        """Return ``id``, ``stat`` and ``err`` of a receipt's text."""
        head = re.split(r"\btext:", self.text, maxsplit=1, flags=re.IGNORECASE)[0]
        return {name.lower(): value for name, value in _FIELD.findall(head)}


def _address(body: bytes, at: int) -> tuple[int, str, int]:
    """Return an address' type of number, the address, and where it ends."""
    end = body.index(0, at + 2)
    return body[at], body[at + 2 : end].decode("latin-1"), end + 1


def _options(data: bytes) -> dict[int, bytes]:
    found, at = {}, 0
    while at + 4 <= len(data):
        tag, length = struct.unpack_from("!HH", data, at)
        found[tag] = data[at + 4 : at + 4 + length]
        at += 4 + length
    return found


def _unheaded(raw: bytes) -> tuple[tuple[int, int, int] | None, bytes]:
    """Return the part that a user data header names (reference, total, number), and the rest."""
    length = raw[0]
    header, rest, part, at = raw[1 : 1 + length], raw[1 + length :], None, 0
    while at + 2 <= len(header):
        kind, size = header[at], header[at + 1]
        value = header[at + 2 : at + 2 + size]
        if (kind, size) in {(0x00, 3), (0x08, 4)}:
            part = (int.from_bytes(value[:-2], "big"), value[-2], value[-1])
        at += 2 + size
    return part, rest


def decoded(raw: bytes, coding: int, alphabet: str) -> str:
    """Return a text; what does not fit its alphabet becomes a mark of replacement."""
    if coding == 8:
        return raw.decode("utf-16-be", "replace")
    if coding in {1, 3}:
        return raw.decode("latin-1")
    return _from_gsm(raw) if alphabet == "gsm" else raw.decode("latin-1")


def _reported(raw: bytes, coding: int) -> str:
    """Return a receipt's text: a form in ASCII (SMPP 3.4, appendix B), whatever its coding says.

    Some centres end it as C ends its texts.
    """
    return decoded(raw, 8 if coding == 8 else 3, "").rstrip("\0")


def _from_gsm(raw: bytes) -> str:
    text, escaped = [], False
    for septet in raw:
        if escaped:
            text.append(_EXTENDED.get(septet, " "))
            escaped = False
        elif septet == 0x1B:
            escaped = True
        else:
            text.append(_GSM[septet] if septet < len(_GSM) else "\ufffd")
    return "".join(text)
