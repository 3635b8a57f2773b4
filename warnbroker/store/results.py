"""What came of sends: the plain case, taken by a provider at the first try, in few steps."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import BigInteger, Connection, Integer, String, bindparam, select, update

from warnbroker.model.receipt import State
from warnbroker.model.record import Sent
from warnbroker.store.evidence import EVIDENCE_FORM, note_handoffs
from warnbroker.store.histories import NO_SEQUENCE, DeliveryKey
from warnbroker.store.prepared import Prepared
from warnbroker.store.refs import newest_named
from warnbroker.store.statements import given, insert_into, packed, storable
from warnbroker.store.tables import Instant, delivery, evidence, microseconds, provider_ref

_NOW = bindparam("at_now", type_=Instant)
_NEWS = given(alert_id=BigInteger, **EVIDENCE_FORM)
_PLAIN = given(alert_id=BigInteger, id=BigInteger)
_NAMES = ("alert_id", *EVIDENCE_FORM)


def _add(dialect: str) -> Prepared:
    # Without a condition SQLite takes ON CONFLICT for a part of a join.
    rows = select(*(_NEWS.c[name] for name in _NAMES), _NOW).where(_NEWS.c.id.is_not(None))
    columns = [*(evidence.c[name] for name in _NAMES), evidence.c.received_at]
    return Prepared(
        insert_into(dialect, evidence).from_select(columns, rows).on_conflict_do_nothing()
    )


ADD = {dialect: _add(dialect) for dialect in ("sqlite", "postgresql")}
SETTLE = Prepared(
    update(delivery)
    .where(
        delivery.c.alert_id == _PLAIN.c.alert_id,
        delivery.c.id == _PLAIN.c.id,
        delivery.c.state == State.IN_FLIGHT,
        delivery.c.attempts == 1,
    )
    .values(
        state=State.ACCEPTED,
        task=None,
        due_at=None,
        told=True,
        claimed_by=None,
        changed_at=_NOW,
    )
)


_REFS = given(
    provider=String, ref=String, alert_id=BigInteger, delivery_id=BigInteger, attempt=Integer
)


def _note_ref(dialect: str) -> Prepared:
    rows = select(*_REFS.c).where(_REFS.c.ref.is_not(None))
    columns = [provider_ref.c[column.name] for column in _REFS.c]
    return Prepared(newest_named(insert_into(dialect, provider_ref).from_select(columns, rows)))


NOTE_REF = {dialect: _note_ref(dialect) for dialect in ("sqlite", "postgresql")}


def add(connection: Connection, numbered: Sequence[tuple[int, Sent]], now: datetime) -> None:
    """Write the evidence of sends; what is known already stays as it is."""
    rows = [row(number, sent) for number, sent in numbered]
    at = {"at_now": microseconds(now)}
    ADD[connection.dialect.name].run(connection, {**packed(rows), **at})
    _note_refs(connection, [sent for _, sent in numbered])
    taken = [(sent.item.alert_id, sent.item.id) for _, sent in numbered if sent.is_taken]
    note_handoffs(connection, taken, now)


def _note_refs(connection: Connection, sent: Sequence[Sent]) -> None:
    """Keep the names of attempts whose later evidence will say nothing else."""
    rows = ref_rows(sent)
    if rows:
        NOTE_REF[connection.dialect.name].run(connection, packed(rows))


def ref_rows(sent: Sequence[Sent]) -> Sequence[tuple[object, ...]]:
    """Return the names of attempts that later evidence will use, in the order of ``NOTE_REF``."""
    rows = {
        (of.receipt.provider, storable(ref)): (of.item.alert_id, of.item.id, of.item.attempts + 1)
        for of in sent
        if of.receipt.by_ref
        for ref in (of.receipt.provider_ref, *of.receipt.more_refs)
        if ref
    }
    return [(*name, *attempt) for name, attempt in rows.items()]


def settle_plain(connection: Connection, plain: Sequence[Sent], now: datetime) -> bool:
    """Settle first attempts of which nothing is known but that a provider has them.

    A judge would find nothing owed: who gets no receipt in time stands on a ladder of their own.
    Returns False where more is known of any of them: then a judge has to look at all.
    """
    rows = [(sent.item.alert_id, sent.item.id) for sent in plain]
    settled = SETTLE.changed(connection, {**packed(rows), "at_now": microseconds(now)})
    return settled == len(plain)


def keys_of(sent: Sequence[Sent]) -> set[DeliveryKey]:
    """Return the keys of the deliveries that were sent."""
    return {(item.item.alert_id, item.item.id) for item in sent}


def row(number: int, sent: Sent) -> tuple[object, ...]:
    """Return what is kept of a send, in the order of ``ADD``."""
    item, receipt = sent.item, sent.receipt
    return (
        item.alert_id,
        number,
        item.id,
        item.attempts + 1,
        receipt.provider,
        receipt.state,
        storable(receipt.code),
        NO_SEQUENCE if receipt.sequence is None else receipt.sequence,
        receipt.reason,
        storable(receipt.provider_ref),
        None if receipt.at is None else microseconds(receipt.at),
    )
