"""An outlook: the answer of a forecast, as frozen data."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from warnbroker.errors import Fault


@dataclass(frozen=True, slots=True)
class MessageOutlook:
    """One text as it would go out; ``units`` are what a provider bills, such as SMS segments."""

    language: str
    kind: str
    group: int
    recipients: int
    units: int
    parts: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ChannelOutlook:
    """One channel; ``first`` and ``last`` are seconds from the release, ``targets`` its own."""

    recipients: int
    targets: int
    units: int
    cost: float
    first: float | None
    last: float | None
    messages: tuple[MessageOutlook, ...]


@dataclass(frozen=True, slots=True)
class DistrictOutlook:
    """One region at the bottom of the tree.

    ``population`` is that of the part within the area, ``told`` how many subscribers there
    would be told, ``last`` the seconds from the release to the last of them by channel.
    ``paths`` are the independent ways that reach the district, ``off_mains`` those that
    need no mains power.
    """

    region: str
    names: Mapping[str, str]
    population: int
    told: int
    late: int
    last: Mapping[str, float]
    paths: tuple[str, ...]
    off_mains: tuple[str, ...]

    @property
    def unreached(self) -> int:
        """Return how many people there no channel is known to reach."""
        return max(0, self.population - self.told)


@dataclass(frozen=True, slots=True)
class Remedy:
    """A change that brings the warning earlier; ``action`` is ``faster`` or ``add``."""

    action: str
    channel: str
    late: int
    last: float


@dataclass(frozen=True, slots=True)
class ClockOutlook:
    """The clock against the hazard, in seconds from the release.

    ``onset`` is when the hazard begins, None where the alert does not say; ``release_by``
    is the last moment to release at which everybody is told before.
    """

    now: datetime
    onset: datetime | None
    last: float
    late: int
    release_by: datetime | None
    remedy: Remedy | None


@dataclass(frozen=True, slots=True)
class Outlook:
    """Everything that would happen; ``warnings`` are what is advised otherwise.

    ``withheld`` are the messages that would not be tried, ``delayed`` those that would wait,
    by cause; those withheld are in no other number.
    """

    people: int
    population: int
    unreached: int
    currency: str
    cost: float
    channels: Mapping[str, ChannelOutlook]
    withheld: Mapping[str, int]
    delayed: Mapping[str, int]
    districts: tuple[DistrictOutlook, ...]
    clock: ClockOutlook
    warnings: tuple[Fault, ...]
