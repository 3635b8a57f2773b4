"""Subscribers by the hundred thousand, written straight into the ledger's tables."""

from collections.abc import Iterator
from itertools import count

from sqlalchemy import Connection, insert

from warnbroker.model.subscriber import AddressKind, Subscriber
from warnbroker.store import Store
from warnbroker.store.cipher import AddressCipher
from warnbroker.store.subscribers import _row
from warnbroker.store.tables import address, subscriber, subscriber_address
from warnbroker.targeting import cell_of

AT_ONCE = 20_000
WEST, EAST, SOUTH, NORTH = 24.0, 25.5, 60.0, 60.5
CENTRE = (60.17, 24.94)


def person(number: int) -> Subscriber:
    """Return somebody in the area, with a phone and a mailbox; spread evenly, not at random."""
    addresses = {
        AddressKind.PHONE: f"+1555{number:07d}",
        AddressKind.EMAIL: f"person.{number}@mail.example",
    }
    # Steps of the golden ratio and of another such number fill a plane evenly.
    share_north, share_east = number * 0.7548776662 % 1, number * 0.5698402910 % 1
    at = (SOUTH + share_north * (NORTH - SOUTH), WEST + share_east * (EAST - WEST))
    return Subscriber(f"p{number}", addresses, language="en", position=at)


async def write_people(store: Store, number: int) -> None:
    """Fill a ledger that has no subscribers."""
    table = store.subscribers
    ids = count(1)
    for start in range(0, number, AT_ONCE):
        numbers = range(start, min(start + AT_ONCE, number))
        rows = _rows(numbers, table._cipher, ids)  # noqa: SLF001
        await table._database.write(lambda c, rows=rows: _write(c, rows))  # noqa: SLF001


def _rows(
    numbers: range, cipher: AddressCipher, ids: Iterator[int]
) -> tuple[list[dict[str, object]], ...]:
    people, sealed, theirs = [], [], []
    for number in numbers:
        each, own = person(number), next(ids)
        people.append(_row(own, each, cell_of(*each.position)))
        for kind, text in each.addresses.items():
            sealed.append(
                {
                    "id": next(ids),
                    "kind": kind.value,
                    "keyed_hash": cipher.keyed_hash(kind.value, text),
                    "ciphertext": cipher.encrypt(text),
                    "key_id": cipher.key_id,
                }
            )
            theirs.append(
                {"subscriber_id": own, "kind": kind.value, "address_id": sealed[-1]["id"]}
            )
    return people, sealed, theirs


def _write(connection: Connection, rows: tuple[list[dict[str, object]], ...]) -> None:
    for table, mine in zip((subscriber, address, subscriber_address), rows, strict=True):
        connection.execute(insert(table), mine)
