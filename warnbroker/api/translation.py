"""What a post of GB/T 35965 asks beside its body, and what its answer says of losses."""

from collections.abc import Sequence

from aiohttp import web

from warnbroker.cap.gbt import CONTENT_TYPE, Loss, Wishes
from warnbroker.model.enums import Certainty, Urgency

GBT_PARAMETERS = frozenset({"urgency", "certainty", "line_width"})
WIDEST = 50_000
"""Metres to each side of a line."""


def wishes_of(request: web.Request) -> Wishes:
    """Return what the caller states where GB/T says Unknown.

    Raises:
        HTTPBadRequest: a value is none of CAP's, or the body is not GB/T.
    """
    query = request.query
    stated = sorted(GBT_PARAMETERS & set(query))
    if stated and request.content_type != CONTENT_TYPE:
        raise web.HTTPBadRequest(text=f"{stated[0]} is for {CONTENT_TYPE} only")
    urgency, certainty = query.get("urgency"), query.get("certainty")
    try:
        return Wishes(
            urgency=Urgency(urgency) if urgency else None,
            certainty=Certainty(certainty) if certainty else None,
            line_width=_width(query.get("line_width", "")),
        )
    except ValueError as error:
        raise web.HTTPBadRequest(text=str(error)[:200]) from None


def losses_json(losses: Sequence[Loss]) -> dict[str, object]:
    """Return what an answer says of the losses of a translation."""
    rows = [
        {
            "loss": loss.id,
            "path": loss.path,
            "what": loss.what,
            "why": {"en": loss.why, "zh-CN": loss.why_chinese},
        }
        for loss in losses
    ]
    return {"losses": rows}


def _width(text: str) -> float | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit()) or not 0 < int(text[:9]) <= WIDEST:
        raise ValueError(f"line_width must be metres from 1 to {WIDEST}")
    return float(text)
