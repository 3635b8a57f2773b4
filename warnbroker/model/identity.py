"""Identities: the public id of an alert, and time-sortable 64-bit ids inside."""

import base64
import hashlib
import secrets
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import count

from warnbroker.model.alert import Alert

_EPOCH = datetime(2020, 1, 1, tzinfo=UTC)
_COUNTER_BITS = 22
PUBLIC_ID_LENGTH = 26


def cap_time(moment: datetime) -> str:
    """Write an instant as CAP does: seconds, numeric offset, ``-00:00`` for UTC."""
    text = moment.replace(microsecond=0).isoformat()
    return text[:-6] + "-00:00" if text.endswith("+00:00") else text


def public_id(sender: str, identifier: str, sent: datetime) -> str:
    """Return an alert's id for URLs and file names: 26 characters of base32(sha256(...)).

    ``sent`` counts as an instant, so the same moment in two zones is one alert.
    """
    key = "\n".join((sender, identifier, cap_time(sent))).encode()
    return base64.b32encode(hashlib.sha256(key).digest()).decode().lower()[:PUBLIC_ID_LENGTH]


def alert_public_id(alert: Alert) -> str:
    """Return the public id of an alert."""
    return public_id(alert.sender, alert.identifier, alert.sent)


def first_id(moment: datetime) -> int:
    """Return the lowest of ``sortable_ids`` that an instant can have."""
    return int((moment - _EPOCH).total_seconds() * 1000) << _COUNTER_BITS


def lone_id(moment: datetime) -> int:
    """Return one of ``sortable_ids`` for what is made by itself, beside others who make some.

    Its counter is drawn: two made in one millisecond are not the same.
    """
    return first_id(moment) | secrets.randbits(_COUNTER_BITS)


def sortable_ids(now: Callable[[], datetime]) -> Iterator[int]:
    """Yield ids that sort by time: milliseconds since 2020, then a counter of 22 bits.

    Ids stay strictly rising when the clock steps back or a millisecond overflows.
    """
    last = 0
    for _ in count():
        last = max(last + 1, first_id(now()))
        yield last
