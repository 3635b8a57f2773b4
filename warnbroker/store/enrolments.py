"""Subscriptions that people make and end by themselves, on a page of a channel's own."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from warnbroker.contracts.enrolment import Enrolment
from warnbroker.model.actor import Actor
from warnbroker.model.event import Event
from warnbroker.store import addresses, audit
from warnbroker.store.cipher import AddressCipher
from warnbroker.store.statements import upsert
from warnbroker.store.tables import subscriber, subscriber_address, subscriber_region


def enrol(
    connection: Connection,
    cipher: AddressCipher,
    enrolment: Enrolment,
    cell: int | None,
    new: tuple[int, int],
    now: datetime,
) -> None:
    """Write somebody with one address, or that address of somebody known."""
    person, text = _person(connection, enrolment, cell, new[0]), enrolment.address
    kept = addresses.keep(connection, cipher, {(enrolment.kind, text): new[1]})
    connection.execute(
        upsert(connection, subscriber_address, ("subscriber_id", "kind"), ("address_id",)),
        {
            "subscriber_id": person,
            "kind": enrolment.kind,
            "address_id": kept[enrolment.kind, text],
        },
    )
    if enrolment.regions or enrolment.position:
        _write_regions(connection, person, enrolment.regions)
    _note(connection, Event.SUBSCRIBER_ENROLLED, enrolment.kind, person, now)


def forget(
    connection: Connection, cipher: AddressCipher, kind: str, text: str, now: datetime
) -> None:
    """Remove an address from all who have it, and those who then have none."""
    found = addresses.known(connection, cipher, [(kind, text)]).get((kind, text))
    if found is None:
        return
    mine = (subscriber_address.c.kind == kind) & (subscriber_address.c.address_id == found)
    people = connection.scalars(select(subscriber_address.c.subscriber_id).where(mine)).all()
    connection.execute(delete(subscriber_address).where(mine))
    for person in people:
        _drop_unreachable(connection, person)
        _note(connection, Event.SUBSCRIBER_FORGOTTEN, kind, person, now)


def _person(connection: Connection, enrolment: Enrolment, cell: int | None, new: int) -> int:
    known = connection.scalar(select(subscriber.c.id).where(subscriber.c.ref == enrolment.ref))
    given = _given(enrolment, cell)
    if known is None:
        blank = {"name": "", "language": "", "min_level": "", "quiet_hours": "", "drills": False}
        blank |= {"categories": "", "channels": "", "role": "resident"}
        connection.execute(insert(subscriber), {**blank, **given, "id": new, "ref": enrolment.ref})
    elif given:
        connection.execute(update(subscriber).where(subscriber.c.id == known).values(given))
    return new if known is None else known


def _given(enrolment: Enrolment, cell: int | None) -> dict[str, Any]:
    given: dict[str, Any] = {}
    if enrolment.language:
        given["language"] = enrolment.language
    if enrolment.min_level:
        given["min_level"] = enrolment.min_level
    if enrolment.regions or enrolment.position:
        lat, lon = enrolment.position or (None, None)
        given |= {"lat": lat, "lon": lon, "cell": cell}
    return given


def _write_regions(connection: Connection, person: int, codes: tuple[str, ...]) -> None:
    connection.execute(delete(subscriber_region).where(subscriber_region.c.subscriber_id == person))
    rows = [{"subscriber_id": person, "region_code": code} for code in sorted(set(codes))]
    if rows:
        connection.execute(insert(subscriber_region), rows)


def _drop_unreachable(connection: Connection, person: int) -> None:
    mine = subscriber_address.c.subscriber_id == person
    if connection.scalar(select(subscriber_address.c.kind).where(mine).limit(1)) is None:
        connection.execute(
            delete(subscriber_region).where(subscriber_region.c.subscriber_id == person)
        )
        connection.execute(delete(subscriber).where(subscriber.c.id == person))


def _note(connection: Connection, event: Event, kind: str, person: int, now: datetime) -> None:
    actor = Actor("subscriber", kind)
    audit.append(connection, now, actor, event, f"subscriber {person}", {"address_kind": kind})
