"""Who shares one send of a channel: only those for whom it would be the very same."""

import asyncio

import pytest
from msgspec.structs import replace

from tests.unit.dispatch.ledger import StandingClock, delivery
from warnbroker.dispatch.wire import Wire
from warnbroker.model.message import Message, MessageKind
from warnbroker.model.receipt import Receipt, State


class Post:
    """A channel that takes ten at once."""

    name, concurrency, batch = "email", 1, 10

    def __init__(self):
        self.batches = []

    async def send_batch(self, deliveries):
        self.batches.append([(item.key.delivery, item.repeat) for item in deliveries])
        return [Receipt(State.ACCEPTED, "wire") for _ in deliveries]


class Words:
    """Has one message for all."""

    def at_hand(self, item):
        return Message(7, "email", "en", MessageKind.ALERT, 0, {"txt": "Go"}), None


@pytest.mark.parametrize("first", [False, True])
async def test_who_may_have_been_told_shares_no_mail_with_who_was_not(first):
    post = Post()
    wire = Wire(post, Words(), StandingClock())
    rows = [replace(delivery(n), repeat=first is (n < 3)) for n in (1, 2, 3, 4)]

    wire.start(rows)
    await asyncio.wait_for(wire.finish(), 5)

    assert post.batches == [[(1, first), (2, first)], [(3, not first), (4, not first)]]
