"""Reads a mail that anybody may have written: so much of it, and never an error.

What a report says stands at its beginning, so the beginning is all that is parsed.
"""

import re
from collections.abc import Iterator
from email.errors import HeaderParseError, MessageError
from email.header import decode_header
from email.message import Message
from email.parser import BytesParser
from email.policy import compat32
from itertools import islice

_PARSED = 256 << 10
_PARTS = 64
# Lines that may begin a part: the parser takes long over each.
_MARKS = 200
_TEXT = 64 << 10
_HEADER = 2000
_COMMENT = re.compile(r"\([^()]*\)")


class Mail:
    """A mail as far as it can be read."""

    def __init__(self, content: bytes) -> None:
        try:
            self.message: Message = BytesParser(policy=compat32).parsebytes(_beginning(content))
        except (MessageError, RecursionError, ValueError, LookupError):
            self.message = Message()
        self.parts: tuple[Message, ...] = tuple(_walk(self.message))

    def header(self, name: str) -> str:
        """Return a header of the mail, decoded; empty if there is none."""
        return header(self.message, name)

    @property
    def kind(self) -> str:
        """Return what a multipart/report reports, such as ``delivery-status``; else nothing."""
        if self.message.get_content_type() != "multipart/report":
            return ""
        return parameter(self.message, "report-type")

    def of_type(self, *types: str) -> list[Message]:
        """Return the parts of these content types."""
        return [part for part in self.parts if part.get_content_type() in types]

    def texts(self, *types: str) -> str:
        """Return the texts of its parts of these types, up to a bound."""
        return "\n".join(text_of(part) for part in self.of_type(*types))[:_TEXT]

    def returned(self) -> Message | None:
        """Return the headers of the mail that came back, if a report holds them."""
        for part in self.of_type("message/rfc822", "text/rfc822-headers", "message/global"):
            inner = mails_in(part)
            return inner[0] if inner else headers_in(text_of(part))
        return None


def payload_of(part: Message, *, decode: bool = False) -> object:
    """Return what a part holds; None where the charset that it claims is none for text."""
    try:
        return part.get_payload(decode=True) if decode else part.get_payload()
    except (LookupError, ValueError, TypeError):
        return None


def mails_in(part: Message) -> list[Message]:
    """Return the parts or mails that a part consists of, none where it is text."""
    payload = payload_of(part)
    found = payload if isinstance(payload, list) else []
    return [item for item in found if isinstance(item, Message)]


def headers_in(text: str) -> Message:
    """Read header lines in a text."""
    return BytesParser(policy=compat32).parsebytes(text.encode(errors="replace"), headersonly=True)


def header(message: Message, name: str) -> str:
    """Return a header on one line, decoded as far as it can be."""
    try:
        raw = str(message.get(name, ""))[:_HEADER]
        words = [
            word.decode(charset or "latin-1", "replace") if isinstance(word, bytes) else word
            for word, charset in decode_header(raw)
        ]
    except (HeaderParseError, LookupError, ValueError):
        words = [raw]
    return _storable("".join(words))


def _storable(text: str) -> str:
    """Return a text on one line without what no database takes: half characters, and NUL."""
    return " ".join(text.replace("\0", "").encode(errors="replace").decode().split())


def parameter(message: Message, name: str) -> str:
    """Return a parameter of the content type, in lower case."""
    try:
        found = message.get_param(name)
    except (ValueError, LookupError, TypeError):
        return ""
    return (found if isinstance(found, str) else "").lower()


def text_of(part: Message) -> str:
    """Return a part's text, whatever its charset claims to be; a bound amount of it."""
    payload = payload_of(part, decode=True) if not part.is_multipart() else b""
    raw = payload[:_TEXT] if isinstance(payload, bytes) else b""
    for charset in (parameter(part, "charset") or "utf-8", "utf-8", "gb18030"):
        try:
            return raw.decode(charset)
        except (LookupError, ValueError):
            continue
    return raw.decode("latin-1")


def address_in(value: str) -> str:
    """Return the mailbox of a field such as ``rfc822; <li@home.example> (Li)``, in lower case."""
    _, _, address = value.rpartition(";")
    return _COMMENT.sub("", address).strip().strip("<>").strip().lower()[:320]


def _beginning(content: bytes) -> bytes:
    """Return so much of a mail as is worth parsing, whole lines of it."""
    beginning = content[:_PARSED]
    marks = list(islice(re.finditer(rb"^--", beginning, re.MULTILINE), _MARKS + 1))
    if len(marks) > _MARKS:
        return beginning[: marks[-1].start()]
    return beginning if len(content) <= _PARSED else beginning[: beginning.rfind(b"\n") + 1]


def _walk(message: Message) -> Iterator[Message]:
    """Yield the mail and its parts, but none of a mail within it."""
    waiting = [message]
    for _ in range(_PARTS):
        if not waiting:
            return
        part = waiting.pop(0)
        yield part
        if part.get_content_maintype() == "multipart":
            waiting.extend(mails_in(part)[:_PARTS])
