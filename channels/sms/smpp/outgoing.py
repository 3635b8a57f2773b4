"""PDUs that we write: a text is encoded once, and each recipient's number spliced in."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from channels._segments import EXTENDED, Encoding, segments

Alphabet = Literal["gsm", "latin-1", "ascii"]
_CODECS = {"gsm": "gsm0338", "latin-1": "latin_1", "ascii": "ascii"}
_HEADED = 0b01000000
_WITH_RECEIPT = 0b00000001
_HEADER_SIZE = 16
# Octets of one message: whole, and beside the six octets that number a part.
_ALONE, _JOINED = 140, 134
_SHORTEST_NATIONAL = 8


@dataclass(frozen=True, slots=True)
class Submit:
    """A ``submit_sm`` without its recipient."""

    head: bytes
    middle: bytes
    tail: bytes

    def body(self, number: str, validity: str) -> bytes:
        """Return the body for a number (E.164) and a validity in SMPP's own words."""
        digits = number.removeprefix("+").encode("ascii")
        return b"".join(
            (
                self.head,
                b"\x01\x01",
                digits,
                b"\0",
                self.middle,
                validity.encode(),
                b"\0",
                self.tail,
            )
        )


@dataclass(frozen=True, slots=True)
class Origin:
    """Who a text is from, as SMPP puts it: an address, its type of number and numbering plan."""

    address: str
    ton: int
    npi: int

    @classmethod
    def of(cls, sender: str, ton: int | None, npi: int | None) -> "Origin":
        """Return a sender's form; what the settings say goes before what it looks like."""
        digits = sender.removeprefix("+")
        if not digits.isdecimal():
            found = (5, 0)
        elif sender.startswith("+"):
            found = (1, 1)
        else:
            found = (3, 0) if len(digits) <= _SHORTEST_NATIONAL else (0, 1)
        return cls(
            digits if digits.isdecimal() else sender,
            found[0] if ton is None else ton,
            found[1] if npi is None else npi,
        )


@dataclass(frozen=True, slots=True)
class Shape:
    """How a centre wants texts: its alphabet, long ones in parts or whole, its service type."""

    alphabet: Alphabet
    long: Literal["udh", "payload"]
    service_type: str


def submits(text: str, origin: Origin, shape: Shape, reference: int) -> tuple[Submit, ...]:
    """Return what a text is sent as; ``reference`` (0 to 255) is common to its parts."""
    unicode = not _fits(text, shape.alphabet)
    parts = split(text, shape.alphabet)
    if len(parts) == 1:
        return (_submit(origin, shape, unicode, encoded=_encoded(text, shape.alphabet, unicode)),)
    if shape.long == "payload":
        return (_submit(origin, shape, unicode, payload=text),)
    return tuple(
        _submit(
            origin,
            shape,
            unicode,
            encoded=bytes((5, 0, 3, reference, len(parts), number))
            + _encoded(part, shape.alphabet, unicode),
            headed=True,
        )
        for number, part in enumerate(parts, 1)
    )


def split(text: str, alphabet: Alphabet) -> list[str]:
    """Return the parts of a text; no escape pair and no surrogate pair is parted."""
    if not _fits(text, alphabet):
        return _parts(text, [2 if ord(sign) < 0x10000 else 4 for sign in text], _ALONE, _JOINED)
    if alphabet == "gsm":
        widths = [2 if sign in EXTENDED else 1 for sign in text]
        return _parts(text, widths, 160, 153)
    return _parts(text, [1] * len(text), _ALONE, _JOINED)


@lru_cache(maxsize=256)
def segments_in(text: str, alphabet: Alphabet) -> int:
    """Count the segments of a text; an empty one takes one."""
    return len(split(text, alphabet))


def _fits(text: str, alphabet: Alphabet) -> bool:
    if alphabet == "gsm":
        return segments(text).encoding is Encoding.GSM_7
    try:
        text.encode(alphabet)
    except UnicodeEncodeError:
        return False
    return True


def _parts(text: str, widths: list[int], alone: int, joined: int) -> list[str]:
    if sum(widths) <= alone:
        return [text]
    parts, start, used = [], 0, 0
    for at, width in enumerate(widths):
        if used + width > joined:
            parts.append(text[start:at])
            start, used = at, 0
        used += width
    return [*parts, text[start:]]


def _encoded(text: str, alphabet: Alphabet, unicode: bool) -> bytes:
    if unicode:
        return text.encode("utf-16-be")
    if alphabet != "gsm":
        return text.encode(alphabet)
    from aiosmpplib import GSM7BitCodec

    encoded: bytes = GSM7BitCodec().encode(text)[0]
    return encoded


def _submit(
    origin: Origin,
    shape: Shape,
    unicode: bool,
    *,
    encoded: bytes = b"",
    payload: str = "",
    headed: bool = False,
) -> Submit:
    from aiosmpplib import NPI, TON, PhoneNumber, SubmitSm

    message = SubmitSm(
        # The library wants a text even where the octets are given.
        short_message="" if payload else "-",
        message_payload=payload,
        source=PhoneNumber(origin.address, TON(origin.ton), NPI(origin.npi)),
        service_type=shape.service_type,
        esm_class=_HEADED if headed else 0,
        registered_delivery=_WITH_RECEIPT,
        encoding="ucs2" if unicode else None,
    )
    message.set_encoding_info(_CODECS[shape.alphabet], None)
    if encoded:
        message.set_encoded_message(encoded)
    return _opened(message.pdu()[_HEADER_SIZE:], shape.service_type, origin)


def _opened(body: bytes, service_type: str, origin: Origin) -> Submit:
    """Take a body apart where the recipient (two octets and a text) and the validity stand."""
    at = len(service_type) + 1 + 2 + len(origin.address) + 1
    recipient, classes, schedule, validity = 2 + 1, 3, 1, 1
    middle = at + recipient
    tail = middle + classes + schedule + validity
    return Submit(body[:at], body[middle : middle + classes + schedule], body[tail:])


def validity_of(seconds: int) -> str:
    """Return a time from now, as SMPP writes it (7.1.1); a year has 365 days, a month 30."""
    minutes, second = divmod(seconds, 60)
    hours, minute = divmod(minutes, 60)
    days, hour = divmod(hours, 24)
    months, day = divmod(min(days, 364), 30)
    return f"00{months:02}{day:02}{hour:02}{minute:02}{second:02}000R"
