"""Evidence: append-only rows, and the verdicts written on the deliveries they are about."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, func, insert, literal, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from warnbroker.model.receipt import POSITIVE, Evidence, Reason, Receipt, State
from warnbroker.model.record import Attempt, History, Task, Verdict
from warnbroker.store.statements import insert_new
from warnbroker.store.tables import Instant, alert, attempt, delivery, evidence, orphan

DeliveryKey = tuple[int, int]
_NO_SEQUENCE = -1


async def add(
    connection: AsyncConnection, items: Sequence[Evidence], ids: Iterator[int], now: datetime
) -> set[DeliveryKey]:
    """Write evidence and return the deliveries that learnt something new.

    Evidence of an attempt that nobody knows is kept aside.
    """
    alerts = await _alert_ids(connection, {item.key.alert for item in items})
    known = await _known_attempts(connection, items, alerts)
    rows = []
    for item in items:
        key = (alerts.get(item.key.alert, 0), item.key.delivery, item.key.attempt)
        if key in known:
            rows.append(_row(key, item.receipt, next(ids), now))
        else:
            await _keep_aside(connection, item, next(ids), now)
    return await _insert(connection, rows)


async def histories(
    connection: AsyncConnection, keys: Iterable[tuple[Any, ...]]
) -> Sequence[History]:
    """Return the histories of deliveries, by key."""
    wanted = sorted(keys)
    if not wanted:
        return ()
    rows = (await connection.execute(_deliveries(wanted))).all()
    attempts = await _grouped(connection, attempt, wanted, attempt.c.number)
    receipts = await _grouped(connection, evidence, wanted, evidence.c.id)
    return [
        _history(row, attempts[row.alert_id, row.id], receipts[row.alert_id, row.id])
        for row in rows
    ]


_VERDICT = (
    "state", "task", "due_at", "claimed_by", "told", "late", "conflict", "duplicates", "changed_at",
)  # fmt: skip
_SETTLE = (
    update(delivery)
    .where(delivery.c.alert_id == bindparam("of_alert"), delivery.c.id == bindparam("of_id"))
    .values({name: bindparam(f"new_{name}") for name in _VERDICT})
)


async def settle(
    connection: AsyncConnection, judged: Sequence[tuple[History, Verdict]], now: datetime
) -> None:
    """Write verdicts on their deliveries, which nobody holds any longer."""
    rows = [
        {
            "of_alert": history.alert_id,
            "of_id": history.id,
            "new_state": verdict.state,
            "new_task": verdict.task,
            "new_due_at": verdict.due_at,
            "new_claimed_by": None,
            "new_told": verdict.told,
            "new_late": verdict.late,
            "new_conflict": verdict.conflict,
            "new_duplicates": verdict.duplicates,
            "new_changed_at": now,
        }
        for history, verdict in judged
    ]
    if rows:
        await connection.execute(_SETTLE, rows)


async def note_handoffs(connection: AsyncConnection, alert_ids: set[int], now: datetime) -> None:
    """Note the first and the last time that a provider took something of an alert."""
    if not alert_ids:
        return
    taken = (
        select(evidence.c.alert_id)
        .where(
            evidence.c.alert_id.in_(alert_ids),
            evidence.c.state.in_(POSITIVE),
            evidence.c.received_at == now,
        )
        .distinct()
    )
    await connection.execute(
        update(alert)
        .where(alert.c.id.in_(taken))
        .values(
            first_handoff_at=func.coalesce(alert.c.first_handoff_at, literal(now, Instant())),
            last_handoff_at=now,
        )
    )


async def _alert_ids(connection: AsyncConnection, public_ids: set[str]) -> dict[str, int]:
    statement = select(alert.c.public_id, alert.c.id).where(alert.c.public_id.in_(public_ids))
    return {public: found for public, found in (await connection.execute(statement)).all()}


async def _known_attempts(
    connection: AsyncConnection, items: Sequence[Evidence], alerts: dict[str, int]
) -> set[tuple[int, int, int]]:
    keys = {
        (alerts[item.key.alert], item.key.delivery, item.key.attempt)
        for item in items
        if item.key.alert in alerts
    }
    whole = {key[:2] for key in keys if key[2] == 0}
    columns = (attempt.c.alert_id, attempt.c.delivery_id, attempt.c.number)
    found = await connection.execute(select(*columns).where(tuple_(*columns).in_(keys)))
    tries = {(row[0], row[1], row[2]) for row in found.all()}
    pair = (delivery.c.alert_id, delivery.c.id)
    rows = await connection.execute(select(*pair).where(tuple_(*pair).in_(whole)))
    return tries | {(row[0], row[1], 0) for row in rows.all()}


async def _keep_aside(
    connection: AsyncConnection, item: Evidence, new_id: int, now: datetime
) -> None:
    receipt = asdict(item.receipt)
    receipt["at"] = item.receipt.at.isoformat() if item.receipt.at else None
    await connection.execute(
        insert(orphan).values(
            id=new_id,
            alert=item.key.alert,
            delivery_id=item.key.delivery,
            attempt=item.key.attempt,
            receipt=receipt,
            received_at=now,
        )
    )


def _row(key: tuple[int, int, int], receipt: Receipt, new_id: int, now: datetime) -> dict[str, Any]:
    return {
        "alert_id": key[0],
        "delivery_id": key[1],
        "attempt": key[2],
        "provider": receipt.provider,
        "state": receipt.state,
        "code": receipt.code,
        "sequence": _NO_SEQUENCE if receipt.sequence is None else receipt.sequence,
        "id": new_id,
        "reason": receipt.reason,
        "provider_ref": receipt.provider_ref,
        "at": receipt.at,
        "received_at": now,
    }


async def _insert(connection: AsyncConnection, rows: list[dict[str, Any]]) -> set[DeliveryKey]:
    if not rows:
        return set()
    # Ids rise, so what is new in the table is what carries one of these.
    lowest = min(row["id"] for row in rows)
    await connection.execute(insert_new(connection, evidence), rows)
    pair = (evidence.c.alert_id, evidence.c.delivery_id)
    mine = {(row["alert_id"], row["delivery_id"]) for row in rows}
    fresh = select(*pair).where(tuple_(*pair).in_(mine), evidence.c.id >= lowest).distinct()
    return {(row[0], row[1]) for row in (await connection.execute(fresh)).all()}


def _deliveries(keys: list[tuple[Any, ...]]) -> Any:
    return (
        select(delivery, alert.c.public_id, alert.c.level, alert.c.stopped_at)
        .join(alert, alert.c.id == delivery.c.alert_id)
        .where(tuple_(delivery.c.alert_id, delivery.c.id).in_(keys))
        .order_by(delivery.c.alert_id, delivery.c.id)
    )


async def _grouped(
    connection: AsyncConnection, table: Any, keys: list[tuple[Any, ...]], order: Any
) -> defaultdict[DeliveryKey, list[Row[Any]]]:
    statement = (
        select(table).where(tuple_(table.c.alert_id, table.c.delivery_id).in_(keys)).order_by(order)
    )
    found: defaultdict[DeliveryKey, list[Row[Any]]] = defaultdict(list)
    for row in (await connection.execute(statement)).all():
        found[row.alert_id, row.delivery_id].append(row)
    return found


def _history(row: Row[Any], attempts: list[Row[Any]], receipts: list[Row[Any]]) -> History:
    return History(
        alert_id=row.alert_id,
        alert=row.public_id,
        id=row.id,
        channel=row.channel,
        level=row.level,
        rank=row.rank,
        state=State(row.state),
        task=Task(row.task) if row.task else None,
        due_at=row.due_at,
        expires=row.expires,
        stopped=row.stopped_at is not None,
        own_target=row.target is not None,
        attempts=tuple(Attempt(item.number, item.started_at, item.repeat) for item in attempts),
        receipts=tuple((item.attempt, _receipt(item)) for item in receipts),
        late=row.late,
    )


def _receipt(row: Row[Any]) -> Receipt:
    return Receipt(
        state=State(row.state),
        provider=row.provider,
        provider_ref=row.provider_ref,
        reason=Reason(row.reason) if row.reason else None,
        code=row.code,
        sequence=None if row.sequence == _NO_SEQUENCE else row.sequence,
        at=row.at,
    )
