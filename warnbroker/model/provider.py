"""What is known of a provider's health, as the readiness board shows it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class ProviderState(StrEnum):
    """How a provider is; ``SLOW`` and ``FAILING`` get less, ``OPEN`` gets nothing but probes."""

    OK = "ok"
    SLOW = "slow"
    FAILING = "failing"
    OPEN = "open"


class Fault(StrEnum):
    """Why a breaker opened, or why a provider gets less."""

    CONFIG = "config"
    FAILURES = "failures"
    RECEIPTS = "receipts"


UNSERVED = "unserved"


@dataclass(frozen=True, slots=True)
class Hold:
    """Why a delivery may not go now, and until when.

    ``cause`` is ``breaker:PROVIDER``, ``throttled:PROVIDER``, ``retries:PROVIDER``,
    ``rate:LIMIT`` or ``unserved``; the last is for good: no provider takes such an address.
    """

    cause: str
    until: datetime

    @property
    def kind(self) -> str:
        """Return the first word of the cause."""
        return self.cause.partition(":")[0]

    @property
    def provider(self) -> str:
        """Return the provider that the cause names, empty for none."""
        return self.cause.partition(":")[2].partition("/")[0]

    @property
    def is_final(self) -> bool:
        """Say whether waiting cannot help."""
        return self.cause == UNSERVED


@dataclass(frozen=True, slots=True)
class BreakerReport:
    """An open breaker; ``scope`` as in a receipt, ``code`` the provider's own word.

    ``until`` is when the provider is asked again.
    """

    fault: Fault
    opened_at: datetime
    until: datetime
    scope: str = ""
    code: str = ""


@dataclass(frozen=True, slots=True)
class ProviderReport:
    """How a provider of a channel is.

    ``share`` is what it gets now of what it gets when all are well, 0 to 1. ``errors`` and
    ``throttled`` are shares of late sends that failed or were put off there; ``latency`` is
    the median of seconds to a receipt, None where none has come. ``pace`` is how many sends a
    second it is slowed down to, None for as fast as it goes. ``limits`` are the rates that
    were asked for, by key; ``slots`` the newest sends and their receipts, by when they began
    (dispatch/providers/promptness.py).
    """

    channel: str
    provider: str
    state: ProviderState
    weight: float
    share: float
    errors: float = 0.0
    throttled: float = 0.0
    latency: float | None = None
    throttled_until: datetime | None = None
    pace: float | None = None
    breakers: tuple[BreakerReport, ...] = ()
    last_handoff: datetime | None = None
    sent: int = 0
    limits: Mapping[str, float] = field(default_factory=dict)
    delays: tuple[Hold, ...] = ()
    slots: tuple[tuple[int, int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Change:
    """A breaker that opened or closed, or a share that moved; ``fault`` is None for the better."""

    channel: str
    provider: str
    state: ProviderState
    share: float
    fault: Fault | None = None
    scope: str = ""
    code: str = ""
    until: datetime | None = None
