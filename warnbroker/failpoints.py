"""Fail points: named places between two states, where a test lets the process die as if killed.

``WARNBROKER_FAIL_AT=begun:3,page_planned`` ends the process with SIGKILL when it comes to
``begun`` for the third time, or to ``page_planned`` for the first. Without the variable a
point costs one look into an empty table.
"""

import os
import signal
from collections.abc import Mapping, MutableMapping
from enum import StrEnum

from warnbroker.errors import ConfigError

VARIABLE = "WARNBROKER_FAIL_AT"


class Point(StrEnum):
    """A moment at which a crash leaves one thing done and the next one not."""

    ALERT_ACCEPTED = "alert_accepted"
    ALERT_PUBLISHED = "alert_published"
    TEXTS_KEPT = "texts_kept"
    PAGE_PLANNED = "page_planned"
    PAGES_PLANNED = "pages_planned"
    ALERT_PLANNED = "alert_planned"
    CLAIMED = "claimed"
    BEGUN = "begun"
    SENT = "sent"
    RESULTS_ADDED = "results_added"
    RESULTS_KEPT = "results_kept"
    EVIDENCE_ADDED = "evidence_added"
    CALLBACK_READ = "callback_read"
    CALLBACK_KEPT = "callback_kept"
    CLAIMS_FREED = "claims_freed"
    CRASHES_NOTED = "crashes_noted"
    OUTCOME_DECIDED = "outcome_decided"
    OUTCOME_KEPT = "outcome_kept"
    STEPS_CHOSEN = "steps_chosen"
    STEPS_TAKEN = "steps_taken"


def read(text: str) -> MutableMapping[str, int]:
    """Return how many more times each named point may be passed, the last one included.

    Raises:
        ConfigError: no point has that name, or the number is none.
    """
    wanted: dict[str, int] = {}
    for item in filter(None, (part.strip() for part in text.split(","))):
        name, _, times = item.partition(":")
        if name not in set(Point):
            raise ConfigError(f"{VARIABLE}: no fail point is called {name!r}; {', '.join(Point)}")
        if not (times or "1").isdecimal() or int(times or 1) < 1:
            raise ConfigError(f"{VARIABLE}: {item!r} must be NAME or NAME:TIMES, from 1")
        wanted[name] = int(times or 1)
    return wanted


_armed: MutableMapping[str, int] = {}


def arm(environment: Mapping[str, str] = os.environ) -> bool:
    """Arm the points that the environment names; tell whether there are any.

    Raises:
        ConfigError: as ``read``.
    """
    _armed.update(read(environment.get(VARIABLE, "")))
    return bool(_armed)


def reach(point: Point) -> None:
    """Die here if this is the moment that was asked for."""
    if point in _armed:
        _armed[point] -= 1
        if not _armed[point]:
            os.kill(os.getpid(), signal.SIGKILL)
