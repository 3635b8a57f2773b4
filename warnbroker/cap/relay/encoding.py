"""Bytes of a relayed message to UTF-8: what they are counts, not what they claim to be."""

import codecs
import re

from warnbroker.cap.document import quote
from warnbroker.cap.relay.register import Register
from warnbroker.errors import UnreadableError

_DECLARED = re.compile(rb"\s*<\?xml\s[^>]*?encoding\s*=\s*[\"']([^\"'>]{1,40})[\"']")
# The longer marks first: that of UTF-16 begins that of UTF-32.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_UNMARKED = (
    (b"<\0\0\0", "utf-32-le"),
    (b"\0\0\0<", "utf-32-be"),
    (b"<\0", "utf-16-le"),
    (b"\0<", "utf-16-be"),
)
_PLAIN = frozenset({"utf-8", "ascii"})
# Supersets of ASCII that say with every byte what it is. Not among them: UTF-7, HZ and the
# ISO 2022 family, whose tags could hide in what other readers take for text, and EBCDIC.
_KNOWN = frozenset(
    {"gbk", "gb2312", "gb18030", "big5", "euc_kr", "euc_jp", "shift_jis", "koi8-r", "koi8-u"}
    | {f"cp{number}" for number in (874, 936, 949, 950, *range(1250, 1259))}
    | {f"iso8859-{part}" for part in range(1, 17) if part != 12}
)
_BEYOND_ASCII = re.compile(rb"[\x80-\xff]+")
_IN_PAIRS = 0.9


def to_utf8(body: bytes, register: Register) -> bytes:
    """Return a message in UTF-8 without a byte order mark.

    Raises:
        UnreadableError: no encoding that is safe to read fits.
    """
    for table, skip in ((_MARKS, True), (_UNMARKED, False)):
        for start, name in table:
            if body.startswith(start):
                register.note("relay.encoding.other", name=name)
                return _decoded(body[len(start) if skip else 0 :], name).encode()
    body = body.removeprefix(codecs.BOM_UTF8)
    declared = _declared(body)
    try:
        body.decode("utf-8")
    except UnicodeDecodeError as error:
        return _other(body, declared, error.start, register).encode()
    if declared not in {"", *_PLAIN}:
        register.note("relay.encoding.wrong", name=quote(declared), taken="utf-8")
    return body


def _declared(body: bytes) -> str:
    """Return the declared encoding by the name that Python knows it by, empty if none is.

    Raises:
        UnreadableError: it is declared to be in an encoding that is not safe to read.
    """
    found = _DECLARED.match(body)
    if found is None:
        return ""
    stated = found[1].decode("latin-1")
    try:
        name = codecs.lookup(stated).name
    except (LookupError, ValueError):
        # A made-up name says nothing; the bytes themselves may.
        return stated
    if name not in _PLAIN | _KNOWN and not name.startswith(("utf-16", "utf-32")):
        raise UnreadableError(f"the encoding is {quote(stated)}; send UTF-8")
    return name


def _other(body: bytes, declared: str, at: int, register: Register) -> str:
    if declared in _KNOWN:
        register.note("relay.encoding.other", name=declared)
        wider = {"gb2312": "gb18030", "gbk": "gb18030", "cp936": "gb18030"}
        return _decoded(body, wider.get(declared, declared))
    taken, text = _guess(body, at)
    register.note("relay.encoding.wrong", name=quote(declared or "UTF-8"), taken=taken)
    return text


def _guess(body: bytes, at: int) -> tuple[str, str]:
    """Read bytes that are not the UTF-8 they claim to be: Chinese, else Western European."""
    for name, fits in (("gb18030", _looks_chinese(body)), ("cp1252", True)):
        try:
            if fits:
                return name, body.decode(name)
        except UnicodeDecodeError:
            continue
    raise UnreadableError(f"not UTF-8 at byte {at}; send the XML as UTF-8")


def _looks_chinese(body: bytes) -> bool:
    """Say whether bytes beyond ASCII come in pairs and more; those of Western text stand alone."""
    runs = [len(run) for run in _BEYOND_ASCII.findall(body)]
    return sum(run for run in runs if run > 1) >= _IN_PAIRS * sum(runs)


def _decoded(body: bytes, name: str) -> str:
    try:
        return body.decode(name)
    except UnicodeDecodeError as error:
        raise UnreadableError(f"not {name} at byte {error.start}; send UTF-8") from None
