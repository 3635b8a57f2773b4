"""Who is calling: the issuer that a bearer key belongs to, and how much they may ask."""

from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime

from aiohttp import web

from warnbroker.api.problem import TooManyError, UnauthorisedError
from warnbroker.contracts.clock import Clock
from warnbroker.contracts.store import IssuerStore
from warnbroker.intake.authority import require_role
from warnbroker.model.record import IssuerRecord

KEPT_BUCKETS = 10_000


@dataclass(slots=True)
class Bucket:
    """What an issuer may still ask: ``tokens`` requests as of a moment."""

    tokens: float
    at: datetime


@dataclass(slots=True)
class Gate:
    """Lets each issuer ask ``rate`` times a minute, and ``burst`` times at once.

    A token bucket for each key in this process. An issuer's own rate goes before ``rate``.
    """

    clock: Clock
    rate: float
    burst: int
    _buckets: OrderedDict[int, Bucket] = field(default_factory=OrderedDict)

    def admit(self, issuer: IssuerRecord) -> None:
        """Let a request pass.

        Raises:
            UnauthorisedError: the key has expired.
            TooManyError: the issuer has asked too often.
        """
        now = self.clock.now()
        if issuer.expires_at is not None and issuer.expires_at <= now:
            ended = f"{issuer.expires_at:%Y-%m-%d %H:%M} UTC"
            raise UnauthorisedError(f"this key expired at {ended}; ask for a new one")
        a_second = (issuer.rate or self.rate) / 60
        bucket = self._bucket(issuer.id, now)
        # A clock that was set back must not take away what was there.
        passed = max(0.0, (now - bucket.at).total_seconds())
        bucket.tokens, bucket.at = min(self.burst, bucket.tokens + passed * a_second), now
        if bucket.tokens < 1:
            text = f"{issuer.name} may ask {issuer.rate or self.rate:g} times a minute; wait"
            raise TooManyError(text, (1 - bucket.tokens) / a_second)
        bucket.tokens -= 1

    def _bucket(self, issuer_id: int, now: datetime) -> Bucket:
        bucket = self._buckets.setdefault(issuer_id, Bucket(self.burst, now))
        self._buckets.move_to_end(issuer_id)
        if len(self._buckets) > KEPT_BUCKETS:
            self._buckets.popitem(last=False)
        return bucket


GATE = web.AppKey("gate", Gate)
"""Where the application keeps its gate."""

CALLER = web.RequestKey("caller", IssuerRecord)
"""Where a request keeps who sends it, once that is known."""


async def caller(request: web.Request, issuers: IssuerStore) -> IssuerRecord:
    """Return who sends a request.

    Raises:
        UnauthorisedError: no key, or none that is valid.
        TooManyError: they have asked too often.
    """
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not key.strip():
        raise UnauthorisedError("send the header 'Authorization: Bearer KEY'")
    key = key.strip()
    found = await issuers.by_key(key) if key.isascii() else None
    if found is None:
        raise UnauthorisedError("this key is unknown or revoked; ask for a new one")
    request.app[GATE].admit(found)
    request[CALLER] = found
    return found


async def operator(request: web.Request, issuers: IssuerStore) -> IssuerRecord:
    """Return who sends a request, if they run the broker.

    Raises:
        UnauthorisedError: no valid key.
        ForbiddenError: the key is no operator's.
        TooManyError: they have asked too often.
    """
    found = await caller(request, issuers)
    require_role(found, "operator")
    return found
