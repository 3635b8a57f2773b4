"""What a channel costs and how fast it is, for the forecast before a release."""

from pydantic import Field

from warnbroker.settings.section import Section


class Expectation(Section):
    """One channel: cost of a message (of a segment for SMS), and messages a second.

    ``path`` names what it depends on: channels of one path fail together. ``mains`` tells
    whether it needs mains power where people are.
    """

    cost: float = Field(default=0, ge=0)
    per_second: float = Field(default=10, gt=0)
    first_after: float = Field(default=5, ge=0)
    path: str = ""
    mains: bool = True


class Forecast(Section):
    """Expectations by channel, and the currency of their costs."""

    currency: str = "EUR"
    channels: dict[str, Expectation] = {}
