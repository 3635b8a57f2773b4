"""When a provider counts as slow or broken, and how it comes back; times in seconds."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FailoverRules:
    """The thresholds (docs/howto/failover.md).

    ``window``: over how long failures are counted. A provider is broken when at least
    ``trip_least`` sends failed there and they are ``trip_share`` of all, or ``last_share``
    where no other is left: half of the people told are more than none. It gets less when
    ``ease_least`` failed and they are ``ease_share``. ``slow_after`` is how long a receipt
    may take, ``slow_window`` over which sends that is looked at, ``slow_share`` the share
    that makes a provider slow, of at least ``slow_least`` sends.

    ``step_down`` multiplies a share that is lowered, never below ``lowest``; ``step_up`` is
    added every ``restore_every``. ``pause`` is how long a broken one rests before a probe,
    doubled up to ``longest_pause`` while probes fail; ``config_pause`` the same after a fault
    of the configuration. ``probe_every`` parts two probes, ``probe_rank`` is the gravest rank
    that probes. ``last_resort`` is how many grave sends a second are tried where all are
    broken. Retries are ``retry_share`` of what a provider gets, and ``retry_least`` a second
    besides; ``retry_share_grave`` is the share up to ``grave_rank``. A provider that takes no
    more of ``throttle_share`` of its sends is slowed down, never below ``slowest`` a second.
    """

    window: float = 60.0
    trip_least: int = 5
    trip_share: float = 0.5
    last_share: float = 0.9
    ease_least: int = 50
    ease_share: float = 0.1
    slow_after: float = 240.0
    slow_window: float = 600.0
    slow_share: float = 0.2
    slow_least: int = 20
    step_down: float = 0.5
    lowest: float = 0.1
    step_up: float = 0.1
    restore_every: float = 60.0
    pause: float = 30.0
    longest_pause: float = 600.0
    config_pause: float = 60.0
    probe_every: float = 10.0
    probe_rank: int = 3
    last_resort: float = 5.0
    retry_share: float = 0.2
    retry_least: float = 10.0
    retry_share_grave: float = 1.0
    grave_rank: int = 2
    throttle_share: float = 0.2
    slowest: float = 5.0
