"""Attempts by the names that providers gave them."""

from collections.abc import Mapping, Sequence

from msgspec.structs import replace
from sqlalchemy import Connection, String, and_, select

from warnbroker.model.receipt import AttemptKey, Evidence
from warnbroker.store.statements import ConflictInsert, given, insert_into, packed, storable
from warnbroker.store.tables import alert, provider_ref

ProviderRef = tuple[str, str]
"""A provider's name, and what it calls an attempt."""

_ASKED = given(provider=String, ref=String)
_FOUND = (
    select(
        provider_ref.c.provider,
        provider_ref.c.ref,
        alert.c.public_id,
        provider_ref.c.delivery_id,
        provider_ref.c.attempt,
    )
    .select_from(_ASKED)
    .join(
        provider_ref,
        and_(provider_ref.c.provider == _ASKED.c.provider, provider_ref.c.ref == _ASKED.c.ref),
    )
    .join(alert, alert.c.id == provider_ref.c.alert_id)
)


def named(connection: Connection, items: Sequence[Evidence]) -> Sequence[Evidence]:
    """Return evidence with the attempts that it speaks of, as far as its names are known."""
    asked = {_ref(item) for item in items if item.key is None}
    if not asked:
        return items
    known = find(connection, sorted(asked))
    return [
        replace(item, key=known.get(_ref(item))) if item.key is None else item for item in items
    ]


def find(connection: Connection, asked: Sequence[ProviderRef]) -> Mapping[ProviderRef, AttemptKey]:
    """Return the attempts of those names that are known."""
    return {
        (provider, ref): AttemptKey(public_id, delivery, attempt)
        for provider, ref, public_id, delivery, attempt in connection.execute(_FOUND, packed(asked))
    }


def note(connection: Connection, items: Sequence[Evidence]) -> None:
    """Keep the names of attempts whose later evidence will say nothing else."""
    wanted = [
        (item.receipt.provider, storable(ref), item.key)
        for item in items
        if item.receipt.by_ref and item.key is not None
        for ref in (item.receipt.provider_ref, *item.receipt.more_refs)
        if ref
    ]
    if not wanted:
        return
    public = select(alert.c.public_id, alert.c.id).where(
        alert.c.public_id.in_({key.alert for _, _, key in wanted})
    )
    ids = {row[0]: row[1] for row in connection.execute(public)}
    rows = {
        (provider, ref): {
            "provider": provider,
            "ref": ref,
            "alert_id": ids[key.alert],
            "delivery_id": key.delivery,
            "attempt": key.attempt,
        }
        for provider, ref, key in wanted
        if key.alert in ids
    }
    if rows:
        statement = newest_named(insert_into(connection.dialect.name, provider_ref))
        connection.execute(statement, list(rows.values()))


def newest_named(statement: ConflictInsert) -> ConflictInsert:
    """Let a name stand for the newest attempt that got it: some providers count from 1 again."""
    return statement.on_conflict_do_update(
        index_elements=[provider_ref.c.provider, provider_ref.c.ref],
        set_={name: statement.excluded[name] for name in ("alert_id", "delivery_id", "attempt")},
    )


def _ref(item: Evidence) -> ProviderRef:
    return item.receipt.provider, storable(item.receipt.provider_ref)
