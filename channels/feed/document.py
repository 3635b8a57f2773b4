"""A document: bytes ready to be served, and the answer to a reader who may have them already."""

import gzip
import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from aiohttp import web

MAX_AGE = 15
"""Seconds that a reader or a proxy may keep a feed: a Cancel must not wait longer."""

OPEN = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "ETag, Last-Modified",
    "X-Content-Type-Options": "nosniff",
}


@dataclass(frozen=True, slots=True)
class Document:
    """Bytes, and a second form of them for readers of gzip; ``modified`` is a whole second."""

    body: bytes
    content_type: str
    modified: datetime
    zipped: bytes = field(init=False)
    digest: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "zipped", gzip.compress(self.body, 6, mtime=0))
        object.__setattr__(self, "digest", hashlib.sha256(self.body).hexdigest()[:32])


def after(previous: Document | None, changed: datetime) -> datetime:
    """Return the Last-Modified of a change: its second, later than that of the previous bytes.

    Two changes within one second must not share a date, or a reader of the first would
    be told that nothing is new.
    """
    second = changed.astimezone(UTC).replace(microsecond=0)
    return max(second, previous.modified + timedelta(seconds=1)) if previous else second


def answer(
    request: web.Request, document: Document, now: datetime, until: datetime
) -> web.Response:
    """Serve a document that holds ``until`` then: 304 where the reader has it, gzip where taken."""
    zipped = takes_gzip(request.headers.get("Accept-Encoding", ""))
    tag = f'"{document.digest}-gzip"' if zipped else f'"{document.digest}"'
    left = int((until - now).total_seconds())
    headers = {
        **OPEN,
        "ETag": tag,
        # RFC 9110, 8.8.2.1: never later than the answer's own date.
        "Last-Modified": format_datetime(min(document.modified, _second(now)), usegmt=True),
        "Cache-Control": f"public, max-age={max(0, min(MAX_AGE, left))}",
        "Vary": "Accept-Encoding",
    }
    if _has_it(request, tag, document.modified):
        return web.Response(status=304, headers=headers)
    headers["Content-Type"] = document.content_type
    if zipped:
        headers["Content-Encoding"] = "gzip"
    return web.Response(body=document.zipped if zipped else document.body, headers=headers)


def takes_gzip(accepted: str) -> bool:
    """Read an Accept-Encoding header: is gzip in it, and not with a weight of zero?"""
    weights: dict[str, str] = {}
    for item in accepted.lower().split(","):
        coding, _, parameter = item.partition(";")
        weights[coding.strip()] = parameter.strip().removeprefix("q=")
    weight = weights.get("gzip", weights.get("*", "0"))
    return weight.strip("0.") != "" or weight == ""


def _has_it(request: web.Request, tag: str, modified: datetime) -> bool:
    """Compare the reader's validators; a tag outranks a date (RFC 9110, 13.2.2).

    A date counts only if it is the very one that we gave, as nginx does by default: a
    reader whose clock is ahead would otherwise miss a warning.
    """
    tags = request.headers.get("If-None-Match")
    if tags is not None:
        known = {item.strip().removeprefix("W/") for item in tags.split(",")}
        return tag in known or "*" in known
    return request.if_modified_since == modified


def _second(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(microsecond=0)
