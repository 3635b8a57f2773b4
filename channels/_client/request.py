"""A request in the form in which it goes over the wire."""

import re
from collections.abc import Mapping

from aiohttp import encode_basic_auth
from msgspec import Struct
from yarl import URL

from channels._codes import CONFIG_PAUSE
from warnbroker.errors import TemporarySendError
from warnbroker.model.receipt import Reason

_HARMLESS = re.compile(r"[^\x00\r\n]*")
_WITH_BODY = (b"POST ", b"PUT ", b"PATCH ")
_USUAL = {"Accept": "*/*", "User-Agent": "warnbroker"}


class Origin(Struct, frozen=True):
    """Whom a connection leads to."""

    host: str
    port: int
    is_secure: bool


def origin_of(url: URL) -> Origin:
    """Return whom a request to an address goes to.

    Raises:
        TemporarySendError: it is no web address.
    """
    if url.scheme not in {"http", "https"} or not url.raw_host or not url.port:
        text = "base_url is no web address"
        raise TemporarySendError(Reason.CONFIG, text, retry_after=CONFIG_PAUSE)
    return Origin(url.raw_host, url.port, url.scheme == "https")


def head_of(method: str, url: URL, headers: Mapping[str, str]) -> bytes:
    """Return request line and header fields, but for the length of the body.

    Raises:
        ValueError: a header holds what would begin another line.
    """
    given = {name.lower() for name in headers}
    lines = [f"{method} {url.raw_path_qs} HTTP/1.1"]
    fields = {"Host": url.host_port_subcomponent or "", **_credentials(url, given), **headers}
    fields |= {name: value for name, value in _USUAL.items() if name.lower() not in given}
    lines += [f"{name}: {value}" for name, value in fields.items()]
    for line in lines:
        if not _HARMLESS.fullmatch(line):
            raise ValueError("a header would begin another line")
    return "\r\n".join(lines).encode() + b"\r\n"


def whole(head: bytes, body: bytes) -> bytes:
    """Return a request with its body; one that only asks says nothing of a length."""
    if body or head.startswith(_WITH_BODY):
        return b"%bContent-Length: %d\r\n\r\n%b" % (head, len(body), body)
    return head + b"\r\n"


def _credentials(url: URL, given: set[str]) -> Mapping[str, str]:
    if not url.user or "authorization" in given:
        return {}
    return {"Authorization": encode_basic_auth(url.user, url.password or "")}
