"""What a query says of pages."""

import re

from aiohttp import web

LARGEST_PAGE = 1000
LARGEST_ID = 2**63 - 1


def cursor_of(request: web.Request) -> int:
    """Return the number after which a page begins.

    Raises:
        HTTPBadRequest: it is no whole number, or one that no database holds.
    """
    return _number(request.query.get("cursor", "0"))


def limit_of(request: web.Request) -> int:
    """Return how much a page may hold.

    Raises:
        HTTPBadRequest: it is no whole number.
    """
    return min(max(_number(request.query.get("limit", "100")), 1), LARGEST_PAGE)


def _number(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,19}", text) or int(text) > LARGEST_ID:
        raise web.HTTPBadRequest(text="cursor and limit must be whole numbers")
    return int(text)
