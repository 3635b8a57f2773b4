"""Rates that all processes share: a row for each, which says from when on its time is unused.

A send uses up a span of ``1 / per_second``; so many may go as there are unused spans before
now. What nobody has used after a slice of time is lost, so that no pause ends in a burst.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, select

from warnbroker.contracts.rates import Grant, Want
from warnbroker.store.database import Database
from warnbroker.store.statements import insert_new, upsert
from warnbroker.store.tables import rate

SKEW = 1.0
"""Seconds by which the clocks of one database's processes may differ."""

_NEVER = -math.inf
_FIELDS = ("used_until", "low_used_until", "grave_until")


@dataclass(frozen=True, slots=True)
class Used:
    """Until when a rate is used up: all of it, the part of what is not grave; when grave waits."""

    all: float = _NEVER
    low: float = _NEVER
    grave_until: float = _NEVER


def take(
    used: Used, want: Want, now: float, *, slice_: float, reserve: float
) -> tuple[Used, Grant]:
    """Take what is free of a rate for a want; return what is used then, and the grant."""
    span = 1.0 / want.per_second
    start = _start(used.all, span, now, slice_)
    free = _spans(now - start, span)
    if want.grave:
        number = min(want.number + want.ahead, free)
        rest = start + number * span
        lacking = min(max(0, want.number - number), max(1, int(slice_ / span / 5)))
        wait = max(0.0, rest + lacking * span - now) if lacking else 0.0
        waits_until = now + max(2 * slice_, wait + slice_) if lacking else used.grave_until
        return replace(used, all=rest, grave_until=waits_until), Grant(number, wait)
    longest = 2 * slice_ + span + SKEW
    if now < used.grave_until <= now + longest:
        return used, Grant(0, used.grave_until - now)
    low_span = span / (1.0 - reserve)
    low_start = _start(used.low, low_span, now, slice_)
    number = min(want.number + want.ahead, free, _spans(now - low_start, low_span))
    after = Used(start + number * span, low_start + number * low_span, _NEVER)
    lacking = min(max(0, want.number - number), max(1, int(slice_ / low_span)))
    ready = max(after.all + lacking * span, after.low + lacking * low_span)
    return after, Grant(number, max(0.0, ready - now) if lacking else 0.0)


def _start(used_until: float, span: float, now: float, slice_: float) -> float:
    """Return where unused time begins: never long ago, and not later than the clock can be."""
    if used_until > now + SKEW:
        return now
    return max(used_until, now - max(slice_, span))


def _spans(seconds: float, span: float) -> int:
    return max(0, int(seconds / span + 1e-6))


class RateTable:
    """The rates of one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def lease(
        self, wants: Sequence[Want], now: datetime, *, slice_: float, reserve: float
    ) -> Sequence[Grant]:
        """Take what is free of each rate, in one transaction; a grant for each want.

        Raises:
            StoreError: the database refused; nothing is taken.
        """
        return await self._database.write(
            lambda connection: _lease(connection, wants, now, slice_, reserve)
        )


def _lease(
    connection: Connection, wants: Sequence[Want], now: datetime, slice_: float, reserve: float
) -> Sequence[Grant]:
    known = _lock(connection, sorted({want.key for want in wants}))
    at = _now(connection, now)
    grants = []
    for want in wants:
        known[want.key], grant = take(known[want.key], want, at, slice_=slice_, reserve=reserve)
        grants.append(grant)
    statement = upsert(connection, rate, "key", _FIELDS)
    connection.execute(statement, [_row(key, used) for key, used in known.items()])
    return grants


def _lock(connection: Connection, keys: Sequence[str]) -> dict[str, Used]:
    """Return the rows of rates, in one order for all, held until the transaction ends."""
    connection.execute(insert_new(connection, rate), [{"key": key} for key in keys])
    chosen = select(rate).where(rate.c.key.in_(keys)).order_by(rate.c.key).with_for_update()
    return {row.key: _used(row) for row in connection.execute(chosen)}


def _now(connection: Connection, now: datetime) -> float:
    """Return the time: where processes on several machines share a database, its own clock."""
    if connection.dialect.name == "sqlite":
        return now.timestamp()
    return float(
        connection.execute(select(func.extract("epoch", func.clock_timestamp()))).scalar_one()
    )


def _used(row: Row[Any]) -> Used:
    values = (getattr(row, name) for name in _FIELDS)
    return Used(*(_NEVER if value is None else value for value in values))


def _row(key: str, used: Used) -> dict[str, object]:
    values = (used.all, used.low, used.grave_until)
    named = zip(_FIELDS, (None if value == _NEVER else value for value in values), strict=True)
    return {"key": key, **dict(named)}
