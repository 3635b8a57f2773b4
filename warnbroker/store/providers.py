"""What each process knows of the providers, and when an operator reset one."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import ColumnElement, Connection, Row, and_, delete, select

from warnbroker.contracts.providers import Noted
from warnbroker.model.actor import Actor
from warnbroker.model.enums import Status
from warnbroker.model.event import Event
from warnbroker.model.provider import ProviderReport
from warnbroker.store import audit
from warnbroker.store.database import Database
from warnbroker.store.statements import insert_into
from warnbroker.store.tables import alert, provider_health

OPERATOR = "operator"
"""The owner of rows that say when a provider was reset."""

KEPT = timedelta(minutes=10)
"""For how long what an ended process knew is kept once another one writes."""

NEWEST_DRILLS = 200

_REPORT = TypeAdapter(ProviderReport)
_KEY = ["channel", "provider", "owner"]
_KNOWN = (
    select(provider_health)
    .where(provider_health.c.owner != OPERATOR)
    .order_by(provider_health.c.changed_at.desc())
)
_RESETS = select(provider_health).where(provider_health.c.owner == OPERATOR)
_DRILLS = (
    select(alert.c.audience, alert.c.last_handoff_at)
    .where(alert.c.status.in_([Status.EXERCISE, Status.TEST]), alert.c.last_handoff_at.is_not(None))
    .order_by(alert.c.id.desc())
    .limit(NEWEST_DRILLS)
)


class ProviderTable:
    """The health of providers in one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def note(self, owner: str, reports: Sequence[ProviderReport], now: datetime) -> None:
        """Write what a process knows; what ended processes knew is dropped after a while.

        Raises:
            StoreError: the database refused.
        """
        rows = [_row(owner, report, now) for report in reports]

        def work(connection: Connection) -> None:
            _write(connection, rows)
            connection.execute(delete(provider_health).where(_ended(connection, owner, now)))

        if rows:
            await self._database.write(work)

    async def known(self) -> Sequence[Noted]:
        """Return what every process knows or knew, the newest first.

        Raises:
            StoreError: the database refused.
        """
        rows = await self._database.read(lambda c: c.execute(_KNOWN).all())
        return [noted for noted in map(_noted, rows) if noted]

    async def reset(self, channel: str, provider: str, now: datetime, *, actor: Actor) -> None:
        """Note, for every process and on the record, that a provider is to count as well.

        Raises:
            StoreError: the database refused.
        """
        row = {
            "channel": channel,
            "provider": provider,
            "owner": OPERATOR,
            "report": {},
            "changed_at": now,
        }

        def work(connection: Connection) -> None:
            _write(connection, [row])
            subject = f"{channel}/{provider}"
            audit.append(connection, now, actor, Event.PROVIDER_RESET, subject, {})

        await self._database.write(work)

    async def resets(self) -> Mapping[tuple[str, str], datetime]:
        """Return when each provider was last reset, by channel and name.

        Raises:
            StoreError: the database refused.
        """
        rows = await self._database.read(lambda c: c.execute(_RESETS).all())
        return {(row.channel, row.provider): row.changed_at for row in rows}

    async def tested(self) -> Mapping[str, datetime]:
        """Return when each channel last handed over something of a drill.

        Raises:
            StoreError: the database refused.
        """
        rows = await self._database.read(lambda c: c.execute(_DRILLS).all())
        found: dict[str, datetime] = {}
        for row in rows:
            for channel in row.audience or ():
                found[channel] = max(row.last_handoff_at, found.get(channel, row.last_handoff_at))
        return found


def _ended(connection: Connection, owner: str, now: datetime) -> ColumnElement[bool]:
    """Tell whether a row is of a process that has ended."""
    others = provider_health.c.owner.not_in([owner, OPERATOR])
    # Only one process at a time serves a SQLite file: all others have ended.
    if connection.dialect.name == "sqlite":
        return others
    return and_(others, provider_health.c.changed_at < now - KEPT)


def _write(connection: Connection, rows: Sequence[Mapping[str, object]]) -> None:
    statement = insert_into(connection.dialect.name, provider_health)
    replaced = {name: statement.excluded[name] for name in ("report", "changed_at")}
    connection.execute(
        statement.on_conflict_do_update(index_elements=_KEY, set_=replaced), list(rows)
    )


def _row(owner: str, report: ProviderReport, now: datetime) -> Mapping[str, object]:
    return {
        "channel": report.channel,
        "provider": report.provider,
        "owner": owner,
        "report": _REPORT.dump_python(report, mode="json"),
        "changed_at": now,
    }


def _noted(row: Row[Any]) -> Noted | None:
    try:
        return Noted(row.owner, row.changed_at, _REPORT.validate_python(row.report))
    except ValidationError:  # another release wrote it; it will be known anew soon
        return None
