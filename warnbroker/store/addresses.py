"""Address rows: written once, never changed; deliveries point to them."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sqlalchemy import select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from warnbroker.store.cipher import AddressCipher
from warnbroker.store.statements import insert_new
from warnbroker.store.tables import address

KindAndAddress = tuple[str, str]


async def keep(
    connection: AsyncConnection,
    cipher: AddressCipher,
    ids: Iterator[int],
    wanted: Iterable[KindAndAddress],
) -> Mapping[KindAndAddress, int]:
    """Return the ids of addresses, writing those that are new."""
    hashes = {(kind, cipher.keyed_hash(kind, text)): (kind, text) for kind, text in set(wanted)}
    known = await _known(connection, list(hashes))
    new: list[dict[str, Any]] = [
        {
            "id": next(ids),
            "kind": kind,
            "keyed_hash": keyed,
            "ciphertext": cipher.encrypt(text),
            "key_id": cipher.key_id,
        }
        for (kind, keyed), (_, text) in hashes.items()
        if (kind, keyed) not in known
    ]
    if new:
        await connection.execute(insert_new(connection, address), new)
        known |= {(row["kind"], row["keyed_hash"]): row["id"] for row in new}
    return {hashes[key]: found for key, found in known.items()}


async def _known(
    connection: AsyncConnection, keys: list[tuple[str, bytes]]
) -> dict[tuple[str, bytes], int]:
    if not keys:
        return {}
    statement = select(address.c.id, address.c.kind, address.c.keyed_hash).where(
        tuple_(address.c.kind, address.c.keyed_hash).in_(keys)
    )
    rows = (await connection.execute(statement)).all()
    return {(kind, keyed): found for found, kind, keyed in rows}
