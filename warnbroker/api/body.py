"""Read what a caller sends: so many bytes, in so much time, packed in a known way."""

import asyncio

from aiohttp import web
from aiohttp.web_protocol import RequestPayloadError

from warnbroker.errors import TooLargeError, UnreadableError

PATIENCE = 60.0
"""Seconds that a whole body may take; a caller on a bad line still gets a mebibyte through."""

_PACKINGS = frozenset({"", "identity", "gzip", "deflate"})


async def read_body(request: web.Request, limit: int, *, patience: float = PATIENCE) -> bytes:
    """Return a body of at most ``limit`` bytes, unpacked.

    Raises:
        TooLargeError: it is larger, as sent or unpacked.
        UnreadableError: it breaks off, or is not packed as it says.
        HTTPUnsupportedMediaType: it is packed in a way that we do not know.
        HTTPRequestTimeout: it did not come in time.
    """
    packing = request.headers.get("Content-Encoding", "").strip().lower()
    if packing not in _PACKINGS:
        raise web.HTTPUnsupportedMediaType(text="pack the body with gzip or deflate, or not at all")
    if (request.content_length or 0) > limit:
        raise _too_large(limit)
    try:
        async with asyncio.timeout(patience):
            return await _read(request, limit)
    except TimeoutError:
        text = f"the body did not come within {patience:.0f} seconds"
        raise web.HTTPRequestTimeout(text=text) from None
    except RequestPayloadError:
        raise UnreadableError("the body is not framed or packed as its headers say") from None
    except ConnectionError:
        raise UnreadableError("the body broke off") from None


async def _read(request: web.Request, limit: int) -> bytes:
    body = bytearray()
    # Piece by piece: what unpacks to gigabytes must not be unpacked first and measured then.
    async for piece in request.content.iter_any():
        body += piece
        if len(body) > limit:
            raise _too_large(limit)
    return bytes(body)


def _too_large(limit: int) -> TooLargeError:
    return TooLargeError(f"the body may hold {limit} bytes at most")
