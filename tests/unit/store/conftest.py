"""A real ledger of the test's own: a SQLite file, and a PostgreSQL database."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from tests.postgres import Postgres
from warnbroker.contracts.clock import SystemClock
from warnbroker.model.actor import Actor
from warnbroker.model.enums import MsgType
from warnbroker.model.identity import public_id, sortable_ids
from warnbroker.model.message import Message, MessageKind
from warnbroker.model.record import AlertRecord, AlertState, PlannedDelivery, Turn
from warnbroker.model.subscriber import AddressKind, Subscriber
from warnbroker.store import Store, open_store

NOW = datetime(2026, 11, 23, 2, 10, tzinfo=UTC)

only_sqlite = pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
"""For what only a file has: its bytes, its threads, its statements."""


@pytest.fixture(scope="session")
async def postgres() -> AsyncIterator[Postgres]:
    server = Postgres()
    yield server
    await server.stop()


@pytest.fixture(params=["sqlite", "postgresql"])
def backend(request) -> str:
    return request.param


@pytest.fixture
async def url(backend, tmp_path, postgres) -> AsyncIterator[str]:
    """Yield the address of a database that holds nothing."""
    if backend == "sqlite":
        yield f"sqlite:///{tmp_path / 'w.db'}"
        return
    async with postgres.database() as address:
        yield address


@pytest.fixture
async def store(url, tmp_path) -> AsyncIterator[Store]:
    ids, keys = sortable_ids(lambda: NOW), (tmp_path / "w.key", tmp_path / "w.audit.key")
    opened = await open_store(url, keys[0], SystemClock(), ids, audit_key=keys[1])
    yield opened
    await opened.close()


async def begin(store, claimed, owner, now, answer_by):
    """Commit one attempt for each that may still be sent, and return those."""
    turn = Turn(owner, now, answer_by)
    return await store.deliveries.turn((), claimed, turn, lambda history: None)


@pytest.fixture
def make_alert():
    def make(number: int = 1, **kwargs) -> AlertRecord:
        identity = public_id("s@x.example", f"id-{number}", NOW)
        values = {
            "id": number,
            "public_id": identity,
            "warning_id": identity,
            "authority_id": 1,
            "issuer_id": 1,
            "sender": "s@x.example",
            "identifier": f"id-{number}",
            "sent": NOW,
            "content_hash": b"h",
            "msg_type": MsgType.ALERT,
            "level": "red",
            "rank": 1,
            "state": AlertState.ACCEPTED,
            "reason": "lifted",
            "document": b"<alert/>",
            "received": b"<alert/>",
            "content_type": "application/cap+xml",
            "received_at": NOW,
            "expires": NOW + timedelta(hours=1),
            "released_at": NOW,
        }
        return AlertRecord(**values | kwargs)

    return make


MESSAGE = Message(7, "sms", "en", MessageKind.ALERT, 0, {"txt": "Go to higher ground"})


@pytest.fixture
def message() -> Message:
    return MESSAGE


@pytest.fixture
async def people(store):
    persons = [
        Subscriber(f"p{n}", {AddressKind.PHONE: f"+1555000{n:04d}"}, position=(60.0, 24.0))
        for n in range(10)
    ]
    await store.subscribers.write([(person, n) for n, person in enumerate(persons)])
    return [
        candidate async for page in store.subscribers.by_cells([(0, 100)], 4) for candidate in page
    ]


@pytest.fixture
async def planned(store, make_alert, message, people):
    alert = await store.alerts.accept(make_alert(), (), actor=Actor("duty"))
    await store.deliveries.messages(alert.id, [message])
    rows = [
        PlannedDelivery(
            100 + n, "sms", message, 1, alert.expires, person.subscriber_id,
            person.addresses[AddressKind.PHONE],
        )
        for n, person in enumerate(people)
    ]  # fmt: skip
    await store.deliveries.plan(alert.id, rows, NOW)
    await store.deliveries.plan(alert.id, rows, NOW)
    return alert
