"""Learn from evidence which addresses providers refuse, with a cursor that survives a crash."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, select, text

from warnbroker.model.actor import Actor
from warnbroker.model.identity import first_id
from warnbroker.model.receipt import POSITIVE, Reason, State
from warnbroker.model.suppression import SuppressionReason
from warnbroker.store.database import Database
from warnbroker.store.statements import upsert
from warnbroker.store.suppression_tables import HAS_FAILED, cursor, suppression
from warnbroker.store.tables import alert, delivery, evidence

NAME = "refusals"
AT_ONCE = 100
"""So many are looked at in one transaction, which must not hold the others up."""

SETTLED = timedelta(seconds=60)
"""What has a lower id may still be on its way to the table for so long."""

Origin = tuple[Actor, str]
Write = Callable[[Connection, int, str, SuppressionReason, Origin, datetime], None]

_POSITION = select(cursor.c.position).where(cursor.c.name == NAME)
_PAGE: Select[Any] = (
    select(
        evidence.c.id,
        evidence.c.reason,
        evidence.c.state,
        evidence.c.provider,
        delivery.c.channel,
        delivery.c.address_id,
        delivery.c.dedupe_key,
    )
    .join(
        delivery,
        (delivery.c.alert_id == evidence.c.alert_id) & (delivery.c.id == evidence.c.delivery_id),
    )
    .where(
        # The words of the index, so that the table is not walked through.
        text("evidence.reason IN ('opted_out', 'recipient') AND evidence.attempt > 0"),
        evidence.c.id > bindparam("after"),
    )
    .order_by(evidence.c.id)
    .limit(AT_ONCE)
)
_IS_OF_ADDRESS = evidence.c.reason == Reason.RECIPIENT
_FAILURES = (
    select(delivery.c.alert_id)
    .where(
        HAS_FAILED,
        delivery.c.address_id == bindparam("of_address"),
        delivery.c.channel == bindparam("on_channel"),
        select(evidence.c.id)
        .where(
            evidence.c.alert_id == delivery.c.alert_id,
            evidence.c.delivery_id == delivery.c.id,
            _IS_OF_ADDRESS,
        )
        .exists(),
    )
    .order_by(delivery.c.alert_id.desc())
    .limit(bindparam("at_most"))
)
_ARRIVED_SINCE = (
    select(delivery.c.id)
    .join(alert, alert.c.id == delivery.c.alert_id)
    .where(
        alert.c.id > bindparam("since"),
        delivery.c.dedupe_key == bindparam("of_key"),
        delivery.c.state.in_(sorted(POSITIVE)),
    )
    .limit(1)
)


class Reader:
    """Reads new evidence once; after a crash some of it again, which changes nothing."""

    def __init__(self, database: Database, ids: Iterator[int]) -> None:
        self._database = database
        self._ids = ids
        self._done: set[int] = set()

    async def read_on(self, failures: int, now: datetime, write: Write) -> None:
        """Read what is new and suppress what it calls for."""
        position = await self._database.read(lambda c: c.scalar(_POSITION)) or 0
        after = position
        while rows := await self._page(after):
            after = rows[-1].id
            new = [row for row in rows if row.id not in self._done]
            if new:
                await self._take(new, failures, now, write)
        await self._keep(position, min(after, first_id(now - SETTLED)))

    async def _page(self, after: int) -> Sequence[Row[Any]]:
        return await self._database.read(lambda c: c.execute(_PAGE, {"after": after}).all())

    async def _take(
        self, rows: Sequence[Row[Any]], failures: int, now: datetime, write: Write
    ) -> None:
        def work(connection: Connection) -> None:
            for row in rows:
                why = _why(connection, row, failures)
                if why is not None and not _is_known(connection, row):
                    origin = (Actor("provider", row.provider), str(row.id))
                    write(connection, row.address_id, row.channel, why, origin, now)

        await self._database.write(work)
        self._done.update(row.id for row in rows)

    async def _keep(self, old: int, new: int) -> None:
        self._done = {found for found in self._done if found > new}
        if new > old:
            row = {"name": NAME, "position": new}
            await self._database.write(
                lambda c: c.execute(upsert(c, cursor, "name", ("position",)), row)
            )


def _why(connection: Connection, row: Row[Any], failures: int) -> SuppressionReason | None:
    if row.address_id is None:
        return None
    if row.reason == Reason.OPTED_OUT:
        return SuppressionReason.BLOCKED
    if row.state != State.FAILED_PERM or not failures:
        return None
    of = {"of_address": row.address_id, "on_channel": row.channel, "at_most": failures}
    alerts = connection.scalars(_FAILURES, of).all()
    if len(alerts) < failures:
        return None
    since = {"since": alerts[-1], "of_key": row.dedupe_key}
    has_arrived = connection.scalar(_ARRIVED_SINCE, since) is not None
    return None if has_arrived else SuppressionReason.HARD_BOUNCE


def _is_known(connection: Connection, row: Row[Any]) -> bool:
    """Tell whether this very evidence has had its effect, which may have been lifted since."""
    mine = (suppression.c.address_id == row.address_id) & (suppression.c.ref == str(row.id))
    return connection.scalar(select(suppression.c.id).where(mine).limit(1)) is not None
