"""Address rows: written once, never changed; deliveries point to them."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, select, tuple_

from warnbroker.model.receipt import AttemptKey
from warnbroker.store.cipher import AddressCipher
from warnbroker.store.statements import insert_new
from warnbroker.store.tables import address, alert, delivery

KindAndAddress = tuple[str, str]

_DELIVERY = tuple_(alert.c.public_id, delivery.c.id)
_WENT_TO = (
    select(alert.c.public_id, delivery.c.id, address.c.kind, address.c.keyed_hash)
    .join(delivery, delivery.c.alert_id == alert.c.id)
    .join(address, address.c.id == delivery.c.address_id)
)


def keep(
    connection: Connection, cipher: AddressCipher, wanted: Mapping[KindAndAddress, int]
) -> Mapping[KindAndAddress, int]:
    """Return the ids of addresses, writing those that are new with the ids they come with."""
    hashes = {(kind, cipher.keyed_hash(kind, text)): (kind, text) for kind, text in wanted}
    there = _known(connection, hashes)
    new: list[dict[str, Any]] = [
        {
            "id": wanted[kind, text],
            "kind": kind,
            "keyed_hash": keyed,
            "ciphertext": cipher.encrypt(text),
            "key_id": cipher.key_id,
        }
        for (kind, keyed), (_, text) in hashes.items()
        if (kind, keyed) not in there
    ]
    if new:
        connection.execute(insert_new(connection, address), new)
        there |= {(row["kind"], row["keyed_hash"]): row["id"] for row in new}
    return _of_each(cipher, wanted, there)


def known(
    connection: Connection, cipher: AddressCipher, wanted: Collection[KindAndAddress]
) -> Mapping[KindAndAddress, int]:
    """Return the ids of those addresses that are there; writes nothing."""
    hashes = {(kind, cipher.keyed_hash(kind, text)): (kind, text) for kind, text in wanted}
    return _of_each(cipher, wanted, _known(connection, hashes))


def went_to(
    connection: Connection, cipher: AddressCipher, asked: Sequence[tuple[AttemptKey, str]]
) -> Sequence[bool]:
    """Return whether each delivery went to the address that stands beside it."""
    keys = {(key.alert, key.delivery) for key, _ in asked}
    rows = connection.execute(_WENT_TO.where(_DELIVERY.in_(keys))).all() if keys else ()
    went = {(alert_id, number): (kind, keyed) for alert_id, number, kind, keyed in rows}
    found = [(went.get((key.alert, key.delivery)), text) for key, text in asked]
    return [
        there is not None and cipher.keyed_hash(there[0], text) == there[1] for there, text in found
    ]


def _of_each(
    cipher: AddressCipher,
    wanted: Collection[KindAndAddress],
    there: Mapping[tuple[str, bytes], int],
) -> Mapping[KindAndAddress, int]:
    # Two writings of one address are one row.
    pairs = {(kind, text): (kind, cipher.keyed_hash(kind, text)) for kind, text in wanted}
    return {pair: there[key] for pair, key in pairs.items() if key in there}


def _known(
    connection: Connection, keys: Collection[tuple[str, bytes]]
) -> dict[tuple[str, bytes], int]:
    if not keys:
        return {}
    statement = select(address.c.id, address.c.kind, address.c.keyed_hash).where(
        tuple_(address.c.kind, address.c.keyed_hash).in_(keys)
    )
    return {(kind, keyed): found for found, kind, keyed in connection.execute(statement).all()}
