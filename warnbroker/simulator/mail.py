"""What the simulated relay sees in a mail: broken form, subject, Message-ID."""

import re
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from functools import lru_cache

_LONGEST_LINE = 998
"""Octets of a line without its CRLF (RFC 5321, 4.5.3.1.6)."""
_FOLD = re.compile(rb"\r\n[ \t]")


def _header(name: bytes) -> re.Pattern[bytes]:
    return re.compile(rb"(?im)^%s:[ \t]*([^\r\n]*(?:\r\n[ \t][^\r\n]*)*)" % name)


_SUBJECT = _header(b"subject")
_MESSAGE_ID = _header(b"message-id")


def head(content: bytes) -> bytes:
    """Return the header section of a mail."""
    return content.partition(b"\r\n\r\n")[0]


def message_id(headers: bytes) -> str:
    """Return the Message-ID, empty if there is none."""
    return _value(_MESSAGE_ID, headers).decode(errors="replace")


def subject(headers: bytes) -> str:
    """Return the subject as a person reads it, empty if there is none."""
    return _decoded(_value(_SUBJECT, headers))


def broken_form(content: bytes, *, utf8: bool) -> str:
    """Return the reply that refuses a mail which breaks SMTP's or its own form, or nothing.

    Checked are line ends and lengths (RFC 5321, 2.3.8 and 4.5.3.1.6), and that UTF-8 in
    headers was announced (``utf8``: SMTPUTF8, RFC 6531).
    """
    lines = content.split(b"\r\n")
    if max(map(len, lines)) > _LONGEST_LINE:
        return "500 5.6.0 Line too long (RFC 5321, 4.5.3.1.6)"
    if content.count(b"\n") >= len(lines) or content.count(b"\r") >= len(lines):
        return "550 5.6.11 Bare carriage return or line feed (RFC 5321, 2.3.8)"
    if not utf8 and not head(content).isascii():
        return "550 5.6.7 Non-ASCII headers without SMTPUTF8 (RFC 6531, 3.1)"
    return ""


def _value(pattern: re.Pattern[bytes], headers: bytes) -> bytes:
    found = pattern.search(headers)
    return _FOLD.sub(b" ", found[1]).strip() if found else b""


@lru_cache(maxsize=64)
def _decoded(raw: bytes) -> str:
    text = raw.decode(errors="replace")
    try:
        return str(make_header(decode_header(text)))
    except (HeaderParseError, LookupError, UnicodeDecodeError):
        return text
