"""When a provider counts as slow or broken, and how it comes back."""

from typing import Annotated

from pydantic import Field

from warnbroker.settings.section import Section

Seconds = Annotated[float, Field(gt=0, le=86_400)]
Share = Annotated[float, Field(ge=0, le=1)]
Number = Annotated[int, Field(ge=1)]
Factor = Annotated[float, Field(gt=0, lt=1)]


class Failover(Section):
    """The thresholds of fail-over; times in seconds (docs/howto/failover.md)."""

    window: Seconds = 60
    trip_least: Number = 5
    trip_share: Share = 0.5
    last_share: Share = 0.9
    ease_least: Number = 50
    ease_share: Share = 0.1
    slow_after: Seconds = 240
    slow_window: Seconds = 600
    slow_share: Share = 0.2
    slow_least: Number = 20
    step_down: Factor = 0.5
    lowest: Factor = 0.1
    step_up: Factor = 0.1
    restore_every: Seconds = 60
    pause: Seconds = 30
    longest_pause: Seconds = 600
    config_pause: Seconds = 60
    probe_every: Seconds = 10
    probe_rank: Number = 3
    last_resort: Annotated[float, Field(gt=0)] = 5
    retry_share: Annotated[float, Field(ge=0)] = 0.2
    retry_share_grave: Annotated[float, Field(ge=0)] = 1
    retry_least: Annotated[float, Field(gt=0)] = 10
    grave_rank: Annotated[int, Field(ge=0)] = 2
    throttle_share: Annotated[float, Field(gt=0, le=1)] = 0.2
    slowest: Annotated[float, Field(gt=0)] = 5
