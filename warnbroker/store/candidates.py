"""Candidates: subscribers as the planning sees them, with regions and ids of addresses."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from sqlalchemy import Row, Select, String, cast, func, select

from warnbroker.model.enums import Category
from warnbroker.model.record import Candidate
from warnbroker.store.tables import subscriber, subscriber_address, subscriber_region


def candidates() -> Select[Any]:
    """Select subscribers with their regions and the ids of their addresses, a row each."""
    pair = subscriber_address.c.kind + "=" + cast(subscriber_address.c.address_id, String)
    addresses = (
        select(func.aggregate_strings(pair, ";"))
        .where(subscriber_address.c.subscriber_id == subscriber.c.id)
        .scalar_subquery()
        .label("kinds_and_addresses")
    )
    regions = (
        select(func.aggregate_strings(subscriber_region.c.region_code, ";"))
        .where(subscriber_region.c.subscriber_id == subscriber.c.id)
        .scalar_subquery()
        .label("regions")
    )
    return select(
        subscriber.c.id.label("subscriber_id"),
        subscriber.c.language.label("wanted_language"),
        subscriber.c.lat,
        subscriber.c.lon,
        subscriber.c.min_level,
        subscriber.c.categories,
        subscriber.c.channels,
        subscriber.c.role,
        subscriber.c.drills,
        subscriber.c.ref,
        subscriber.c.quiet_hours,
        regions,
        addresses,
    )


def candidate(row: Row[Any]) -> Candidate:
    """Build a candidate from a row of ``candidates``."""
    return Candidate(
        subscriber_id=row.subscriber_id,
        language=row.wanted_language,
        position=None if row.lat is None else (row.lat, row.lon),
        regions=_words(row.regions),
        min_level=row.min_level,
        categories=_categories(row.categories),
        channels=_words(row.channels),
        addresses=_by_kind(row.kinds_and_addresses),
        role=row.role,
        drills=row.drills,
        ref=row.ref,
        quiet_hours=row.quiet_hours,
    )


# People share most of what they wish for.
@lru_cache(maxsize=4096)
def _words(text: str | None) -> frozenset[str]:
    return frozenset(item for item in text.split(";") if item) if text else frozenset()


@lru_cache(maxsize=4096)
def _categories(text: str) -> frozenset[Category]:
    return frozenset(map(Category, _words(text)))


def _by_kind(text: str | None) -> Mapping[str, int]:
    pairs = (item.split("=") for item in text.split(";")) if text else ()
    return {kind: int(found) for kind, found in pairs}
