"""Candidates: subscribers as the planning sees them, with regions and ids of addresses."""

from typing import Any

from sqlalchemy import Row, Select, func, select

from warnbroker.model.enums import Category
from warnbroker.model.record import Candidate
from warnbroker.model.subscriber import AddressKind
from warnbroker.store.tables import subscriber, subscriber_address, subscriber_region


def candidates() -> Select[Any]:
    """Select subscribers with their regions and the ids of their addresses, a row each."""

    def address_of(kind: AddressKind) -> Any:
        return (
            select(subscriber_address.c.address_id)
            .where(
                subscriber_address.c.subscriber_id == subscriber.c.id,
                subscriber_address.c.kind == kind.value,
            )
            .scalar_subquery()
            .label(f"address_{kind.value}")
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
        regions,
        *(address_of(kind) for kind in AddressKind),
    )


def candidate(row: Row[Any]) -> Candidate:
    """Build a candidate from a row of ``candidates``."""
    by_kind = {kind: getattr(row, f"address_{kind.value}") for kind in AddressKind}
    return Candidate(
        subscriber_id=row.subscriber_id,
        language=row.wanted_language,
        position=None if row.lat is None else (row.lat, row.lon),
        regions=frozenset(row.regions.split(";")) if row.regions else frozenset(),
        min_level=row.min_level,
        categories=frozenset(Category(item) for item in row.categories.split(";") if item),
        channels=frozenset(item for item in row.channels.split(";") if item),
        addresses={kind: found for kind, found in by_kind.items() if found is not None},
        role=row.role,
        drills=row.drills,
        ref=row.ref,
    )
