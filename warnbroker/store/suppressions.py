"""Suppressed addresses: asked for, lifted, listed; each method is one transaction."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, Select, delete, select, update

from warnbroker.contracts.suppression import SuppressionStore
from warnbroker.errors import NotFoundError
from warnbroker.model.actor import Actor
from warnbroker.model.event import Event
from warnbroker.model.suppression import (
    EVERY_CHANNEL,
    Request,
    Suppression,
    SuppressionReason,
)
from warnbroker.store import addresses, audit, refusals
from warnbroker.store.addresses import KindAndAddress
from warnbroker.store.cipher import AddressCipher
from warnbroker.store.database import Database
from warnbroker.store.statements import insert_new
from warnbroker.store.suppression_tables import heard, suppression
from warnbroker.store.tables import address, alert, delivery, subscriber, subscriber_address

REMEMBERED = timedelta(days=30)
"""For how long a repeat of what was said is known as one."""

TWINS = {"phone": ("phone", "voice"), "voice": ("voice", "phone")}
"""Kinds of address that are one thing to a person: the same number."""

_ROWS = select(suppression, address.c.kind).join(address, address.c.id == suppression.c.address_id)


class SuppressionTable:
    """Reads and writes suppressions."""

    def __init__(self, database: Database, cipher: AddressCipher, ids: Iterator[int]) -> None:
        self._database = database
        self._cipher = cipher
        self._ids = ids
        self._reader = refusals.Reader(database, ids)

    async def hear(self, requests: Sequence[Request], now: datetime) -> Sequence[bool]:
        """Carry out what people want; a repeat of a ``ref`` on a channel changes nothing.

        Returns for each whether the address is known that it is about.
        """

        def work(connection: Connection) -> Sequence[bool]:
            connection.execute(delete(heard).where(heard.c.at < now - REMEMBERED))
            return [
                not _is_new(connection, request, now) or self._carry_out(connection, request, now)
                for request in requests
            ]

        return await self._database.write(work) if requests else ()

    async def languages(self, wanted: Sequence[KindAndAddress]) -> Sequence[str]:
        """Return the language of whoever has each address, empty where none is known."""

        def work(connection: Connection) -> Sequence[str]:
            known = addresses.known(connection, self._cipher, wanted)
            return [_language(connection, known.get(pair)) for pair in wanted]

        return await self._database.read(work)

    async def page(
        self,
        after: int,
        limit: int,
        *,
        standing: bool = True,
        addresses: Sequence[KindAndAddress] | None = None,
    ) -> Sequence[Suppression]:
        """Return suppressions in the order of their ids, those of some addresses or all."""
        statement = _ROWS.where(suppression.c.id > after).order_by(suppression.c.id).limit(limit)
        if standing:
            statement = statement.where(suppression.c.lifted_at.is_(None))
        return await self._database.read(lambda c: self._page(c, statement, addresses))

    async def add(
        self,
        wanted: Sequence[KindAndAddress],
        scope: str,
        reason: SuppressionReason,
        *,
        actor: Actor,
        now: datetime,
    ) -> Sequence[Suppression]:
        """Suppress addresses; return what stands of that scope and reason for them now."""
        new = {pair: next(self._ids) for pair in wanted}

        def work(connection: Connection) -> Sequence[Suppression]:
            ids = set(addresses.keep(connection, self._cipher, new).values())
            for found in ids:
                self._write(connection, found, scope, reason, (actor, ""), now)
            mine = _ROWS.where(
                suppression.c.address_id.in_(ids),
                suppression.c.scope == scope,
                suppression.c.reason == reason,
                suppression.c.lifted_at.is_(None),
            )
            return [_suppression(row) for row in connection.execute(mine).all()]

        return await self._database.write(work)

    async def lift(self, suppression_id: int, *, actor: Actor, now: datetime) -> None:
        """Lift a suppression; one that is lifted stays as it is.

        Raises:
            NotFoundError: there is none of that id.
        """

        def work(connection: Connection) -> None:
            mine = suppression.c.id == suppression_id
            if connection.scalar(select(suppression.c.id).where(mine)) is None:
                raise NotFoundError("there is no suppression of this id")
            _lift(connection, select(suppression.c.id).where(mine), actor, now)

        await self._database.write(work)

    async def learn(self, failures: int, now: datetime) -> None:
        """Suppress what providers refuse: at once where somebody opted out there."""
        await self._reader.read_on(failures, now, self._write)

    def _carry_out(self, connection: Connection, request: Request, now: datetime) -> bool:
        actor = Actor("subscriber", request.channel)
        ids = self._addressed(connection, request)
        if request.reason is None:
            theirs = select(suppression.c.id).where(
                suppression.c.address_id.in_(ids),
                suppression.c.scope.in_([request.channel, EVERY_CHANNEL]),
                suppression.c.reason != SuppressionReason.OPERATOR,
            )
            _lift(connection, theirs, actor, now)
            return True
        for found in ids if request.scope == EVERY_CHANNEL else ids[:1]:
            origin = (actor, request.ref)
            self._write(connection, found, request.scope, request.reason, origin, now)
        return bool(ids)

    def _addressed(self, connection: Connection, request: Request) -> Sequence[int]:
        """Return the ids of the address, its own first and then its twins'.

        Who says STOP is remembered before they are on any list; a bounce of an address that
        nobody here has is nothing to us.
        """
        if request.key is not None or not request.address:
            return self._delivered_to(connection, request)
        kinds = TWINS.get(request.address_kind, (request.address_kind,))
        pairs = [(kind, request.address) for kind in kinds]
        if request.reason in {SuppressionReason.STOP, SuppressionReason.UNSUBSCRIBE}:
            new = {pair: next(self._ids) for pair in pairs}
            known = addresses.keep(connection, self._cipher, new)
        else:
            known = addresses.known(connection, self._cipher, pairs)
        return [known[pair] for pair in pairs if pair in known]

    def _delivered_to(self, connection: Connection, request: Request) -> Sequence[int]:
        """Return the id of a delivery's address, none where another address is named."""
        found = _delivered_to(connection, request)
        if found is None or not request.address:
            return [] if found is None else [found]
        pair = (request.address_kind, request.address)
        known = addresses.known(connection, self._cipher, [pair])
        return [found] if known.get(pair) == found else []

    def _write(
        self,
        connection: Connection,
        address_id: int,
        scope: str,
        reason: SuppressionReason,
        origin: tuple[Actor, str],
        now: datetime,
    ) -> None:
        actor, ref = origin
        row = {"id": next(self._ids), "address_id": address_id, "scope": scope, "reason": reason}
        row |= {"source": f"{actor.name} ({actor.origin})", "ref": ref, "since": now}
        done = connection.execute(insert_new(connection, suppression), row)
        if done.rowcount:
            detail = {"scope": scope or "all", "reason": reason}
            subject = f"suppression {row['id']}"
            audit.append(connection, now, actor, Event.SUPPRESSION_ADDED, subject, detail)

    def _page(
        self,
        connection: Connection,
        statement: Select[Any],
        wanted: Sequence[KindAndAddress] | None,
    ) -> Sequence[Suppression]:
        if wanted is not None:
            ids = addresses.known(connection, self._cipher, wanted).values()
            statement = statement.where(suppression.c.address_id.in_(set(ids)))
        return [_suppression(row) for row in connection.execute(statement).all()]


def _is_new(connection: Connection, request: Request, now: datetime) -> bool:
    if not request.ref:
        return True
    row = {"channel": request.channel, "ref": request.ref, "at": now}
    return bool(connection.execute(insert_new(connection, heard), row).rowcount)


def _delivered_to(connection: Connection, request: Request) -> int | None:
    if request.key is None:
        return None
    statement = (
        select(delivery.c.address_id)
        .join(alert, alert.c.id == delivery.c.alert_id)
        .where(alert.c.public_id == request.key.alert, delivery.c.id == request.key.delivery)
    )
    return connection.scalar(statement)


def _language(connection: Connection, address_id: int | None) -> str:
    if address_id is None:
        return ""
    statement = (
        select(subscriber.c.language)
        .join(subscriber_address, subscriber_address.c.subscriber_id == subscriber.c.id)
        .where(subscriber_address.c.address_id == address_id)
        .order_by(subscriber.c.id)
        .limit(1)
    )
    return connection.scalar(statement) or ""


def _lift(connection: Connection, which: Select[Any], actor: Actor, now: datetime) -> None:
    standing = which.where(suppression.c.lifted_at.is_(None)).order_by(suppression.c.id)
    for found in connection.scalars(standing).all():
        lifted = {"lifted_at": now, "lifted_by": f"{actor.name} ({actor.origin})"}
        connection.execute(update(suppression).where(suppression.c.id == found).values(lifted))
        audit.append(connection, now, actor, Event.SUPPRESSION_LIFTED, f"suppression {found}", {})


def _suppression(row: Row[Any]) -> Suppression:
    return Suppression(
        id=row.id,
        address_kind=row.kind,
        scope=row.scope,
        reason=SuppressionReason(row.reason),
        source=row.source,
        since=row.since,
        lifted_at=row.lifted_at,
        lifted_by=row.lifted_by,
    )


_: type[SuppressionStore] = SuppressionTable
