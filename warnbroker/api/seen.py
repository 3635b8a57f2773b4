"""The alert that a request names, for those who may know of it."""

from aiohttp import web

from warnbroker.api.access import CALLER
from warnbroker.contracts.store import AlertStore
from warnbroker.errors import NotFoundError
from warnbroker.model.record import AlertRecord, IssuerRecord

_OUTSIDE = frozenset({"media", "relay"})
"""The roles of those who are not on duty."""


async def alert_of(request: web.Request, alerts: AlertStore) -> AlertRecord:
    """Return the alert of the address; the caller must be known by then.

    Raises:
        NotFoundError: there is none, or it is internal to another office than the caller's,
            who is not even told that it exists.
    """
    record = await alerts.find(request.match_info["id"])
    if record is None or not may_see(request[CALLER], record):
        raise NotFoundError("there is no alert of this id")
    return record


def may_see(caller: IssuerRecord, record: AlertRecord) -> bool:
    """Tell whether a key may know of an alert: what is internal stays in its office.

    Other platforms and the media learn of their own, and of what everybody may see.
    """
    if _OUTSIDE.issuperset(caller.roles):
        return record.is_public or record.issuer_id == caller.id
    return not record.internal or caller.authority_id == record.authority_id
