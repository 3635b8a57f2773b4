"""Who is calling: the issuer that a bearer key belongs to."""

from aiohttp import web

from warnbroker.api.problem import UnauthorisedError
from warnbroker.contracts.store import IssuerStore
from warnbroker.intake.authority import require_role
from warnbroker.model.record import IssuerRecord

ROLES = ("issuer", "approver", "operator", "auditor")


async def caller(request: web.Request, issuers: IssuerStore) -> IssuerRecord:
    """Return who sends a request.

    Raises:
        UnauthorisedError: no key, or none that is valid.
    """
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not key.strip():
        raise UnauthorisedError("send the header 'Authorization: Bearer KEY'")
    key = key.strip()
    found = await issuers.by_key(key) if key.isascii() else None
    if found is None:
        raise UnauthorisedError("this key is unknown or revoked; ask for a new one")
    return found


async def operator(request: web.Request, issuers: IssuerStore) -> IssuerRecord:
    """Return who sends a request, if they run the broker.

    Raises:
        UnauthorisedError: no valid key.
        ForbiddenError: the key is no operator's.
    """
    found = await caller(request, issuers)
    require_role(found, "operator")
    return found
