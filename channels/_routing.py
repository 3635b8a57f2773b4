"""What every provider of a channel for phones has: whom it serves, who it sends as, how fast."""

import math
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, field_validator

from channels._codes import CONFIG_PAUSE
from channels._numbers import country_of, longest_first, prefix_of
from warnbroker.contracts import Limit
from warnbroker.errors import TemporarySendError
from warnbroker.model.receipt import Reason

Rate = Annotated[float, Field(gt=0)]
ProviderName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,31}$")]


class Routing(BaseModel):
    """What every provider has: its share, whom it serves, how fast, and who it sends as.

    ``countries`` and ``prefixes`` say whom it serves, empty for all. ``senders`` are by
    country or prefix, ``from`` is for all others. ``sender_rates`` and ``country_rates`` are
    sends a second, beside ``per_second`` for all.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    weight: float = Field(1.0, ge=0)
    countries: tuple[str, ...] = ()
    prefixes: tuple[str, ...] = ()
    senders: dict[str, str] = {}
    per_second: Rate | None = None
    sender_rates: dict[str, Rate] = {}
    country_rates: dict[str, Rate] = {}

    @field_validator("countries", "prefixes")
    @classmethod
    def _are_places(cls, places: tuple[str, ...]) -> tuple[str, ...]:
        for place in places:
            prefix_of(place)
        return places

    @field_validator("senders", "country_rates")
    @classmethod
    def _are_by_place(cls, table: dict[str, Any]) -> dict[str, Any]:
        for place in table:
            prefix_of(place)
        return table

    @property
    def served(self) -> tuple[str, ...]:
        """Return the prefixes of the numbers that it serves, empty for all."""
        return tuple(prefix_of(place) for place in (*self.countries, *self.prefixes))

    def senders_or(self, others: str) -> Sequence[tuple[str, str]]:
        """Return the senders by prefix; the empty prefix is for all others."""
        by_place = {prefix_of(place): sender for place, sender in self.senders.items()}
        return longest_first({"": others} | by_place)

    def lacks_sender(self, others: str) -> bool:
        """Tell whether a number that it serves may have no sender; ``others`` is for all others."""
        own = tuple(prefix for prefix, sender in self.senders_or("") if prefix and sender)
        is_covered = bool(self.served) and all(place.startswith(own) for place in self.served)
        return not (others or is_covered)

    def without_sender(self, address: str) -> TemporarySendError:
        """Return the error for a number that no sender is set for: other numbers have theirs."""
        text = "no sender is set for this number"
        scope = scope_of("country", "", address) if self.senders else ""
        # Without a country the fault would seem to be that of all who are served.
        reason = Reason.CONFIG if scope or not self.senders else Reason.REFUSED_FOR_NOW
        return TemporarySendError(reason, text, scope=scope, retry_after=CONFIG_PAUSE)

    def limits(self, name: str, sender: str, country: str) -> Sequence[Limit]:
        """Return the rates that a send counts against, of a provider of that name."""
        limits = [
            Limit(name, self.per_second or math.inf),
            Limit(f"{name}/from/{sender}", self.sender_rates.get(sender, math.inf)),
            Limit(f"{name}/country/{country}", _of_country(self.country_rates, country)),
        ]
        return [limit for limit in limits if not limit.key.endswith("/")]


def scope_of(kind: str, sender: str, address: str) -> str:
    """Return what alone a fault concerns, by the kind that the table of codes says."""
    value = {"from": sender, "country": country_of(address)}.get(kind, "")
    return f"{kind}/{value}" if value else ""


def _of_country(rates: Mapping[str, float], country: str) -> float:
    found = [
        rate
        for place, rate in rates.items()
        if place == country or (place.startswith("+") and country_of(place) == country)
    ]
    return min(found, default=math.inf)
