"""Bytes as a browser gets them: compressed, with a tag, and told what the page may do."""

import gzip
import hashlib
from dataclasses import dataclass, field
from types import MappingProxyType

from aiohttp import web

SECURITY = MappingProxyType(
    {
        "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Opener-Policy": "same-origin",
    }
)


@dataclass(frozen=True, slots=True)
class Body:
    """Bytes of one content type, and the same packed."""

    plain: bytes
    content_type: str
    packed: bytes = field(init=False)
    digest: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "packed", gzip.compress(self.plain, 6, mtime=0))
        object.__setattr__(self, "digest", hashlib.sha256(self.plain).hexdigest()[:24])


def answer(
    request: web.Request, body: Body, *, max_age: int, vary: str = "", status: int = 200
) -> web.Response:
    """Serve bytes that may be kept for ``max_age`` seconds; 304 where the browser has them."""
    packed = "gzip" in request.headers.get("Accept-Encoding", "").lower()
    tag = f'"{body.digest}-gzip"' if packed else f'"{body.digest}"'
    headers = {
        **SECURITY,
        "ETag": tag,
        "Cache-Control": f"public, max-age={max_age}" if max_age else "no-cache",
        "Vary": ", ".join(filter(None, ("Accept-Encoding", vary))),
    }
    if status == 200 and _has_it(request, tag):
        return web.Response(status=304, headers=headers)
    headers["Content-Type"] = body.content_type
    if packed:
        headers["Content-Encoding"] = "gzip"
    return web.Response(status=status, body=body.packed if packed else body.plain, headers=headers)


def _has_it(request: web.Request, tag: str) -> bool:
    tags = request.headers.get("If-None-Match", "").split(",")
    return any(item.strip().removeprefix("W/") in {tag, "*"} for item in tags)
