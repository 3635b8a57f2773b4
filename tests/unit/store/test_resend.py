"""An operator may have a delivery sent again, once for each attempt, and never what is over."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.unit.store.conftest import begin
from warnbroker.bus.local import LocalBus
from warnbroker.errors import NotFoundError, ResendError
from warnbroker.intake.resend import Resend
from warnbroker.model.actor import Actor
from warnbroker.model.receipt import AttemptKey, Evidence, Reason, Receipt, State
from warnbroker.model.record import PlannedDelivery, Task
from warnbroker.model.suppression import SuppressionReason
from warnbroker.receipts.judge import Judge
from warnbroker.receipts.recorder import Recorder

DUTY = Actor("duty")
NOW = datetime(2026, 11, 23, 2, 10, tzinfo=UTC)
LATER = NOW + timedelta(seconds=60)


class StandingClock:
    def __init__(self):
        self.moment = NOW

    def now(self):
        return self.moment

    async def sleep(self, seconds):
        self.moment += timedelta(seconds=seconds)


@pytest.fixture
def clock():
    return StandingClock()


@pytest.fixture
def resend(store, clock):
    recorder = Recorder(store.deliveries, Judge(), clock)
    return Resend(store.deliveries, store.audit, recorder, LocalBus(), clock, {"sms"})


@pytest.fixture
async def begun(store, make_alert, message):
    alert = await store.alerts.accept(make_alert(), (), actor=DUTY)
    await store.deliveries.messages(alert.id, [message])
    row = PlannedDelivery(100, "sms", message, 1, alert.expires, None, 0, "somebody")
    await store.deliveries.plan(alert.id, [row], NOW)
    claimed = await store.deliveries.claim("sms", "a", NOW, LATER, 9, 9)
    await begin(store, claimed, "a", NOW, LATER)
    return alert


async def hear(resend, alert, state, reason=None):
    key = AttemptKey(alert.public_id, 100, 1)
    await resend.sink.record([Evidence(key, Receipt(state, "p", reason=reason))])


@pytest.mark.parametrize(
    ("state", "reason"),
    [(State.FAILED_PERM, Reason.RECIPIENT), (State.ACCEPTED, None), (State.HANDED_OFF, None)],
)
async def test_what_failed_or_was_never_heard_of_is_sent_again_at_once(
    resend, begun, state, reason
):
    await hear(resend, begun, state, reason)

    again = await resend.again(100, DUTY)

    assert (again.task, again.due_at) == (Task.SEND, NOW)


async def test_the_wish_names_the_person_who_had_it_sent_again(resend, begun):
    await hear(resend, begun, State.FAILED_PERM, Reason.RECIPIENT)

    again = await resend.again(100, DUTY)

    _, wish = again.receipts[-1]
    assert (wish.provider, wish.code, wish.provider_ref) == ("warnbroker", "operator", DUTY.name)


async def test_asking_twice_is_asking_once(resend, begun, clock):
    await hear(resend, begun, State.FAILED_PERM, Reason.RECIPIENT)
    first = await resend.again(100, DUTY)
    clock.moment += timedelta(seconds=5)

    second = await resend.again(100, DUTY)

    assert (first.receipts, first.due_at) == (second.receipts, second.due_at)


async def test_what_arrived_is_not_sent_again(resend, begun):
    await hear(resend, begun, State.DELIVERED)

    with pytest.raises(ResendError, match="arrived"):
        await resend.again(100, DUTY)


async def test_what_is_on_the_wire_is_waited_for(resend, begun):
    with pytest.raises(ResendError, match="on its way"):
        await resend.again(100, DUTY)


@pytest.fixture
async def one(store, make_alert, message):
    """Plan a delivery of its own; return how it is refused."""
    alert = await store.alerts.accept(make_alert(), (), actor=DUTY)
    await store.deliveries.messages(alert.id, [message])

    async def plan(channel="sms", **values):
        row = PlannedDelivery(7, channel, message, 1, alert.expires, **values)
        await store.deliveries.plan(alert.id, [row], NOW)

    return plan


async def refusal(resend):
    with pytest.raises(ResendError) as caught:
        await resend.again(7, DUTY)
    return str(caught.value)


@pytest.mark.parametrize(
    ("channel", "says"), [("door", "answer on the list"), ("fax", "nothing is sent on fax")]
)
async def test_what_no_lane_sends_is_not_sent_again(resend, one, channel, says):
    await one(channel)

    assert says in await refusal(resend)


@pytest.mark.parametrize(
    ("cause", "says"), [("quiet_hours", "quiet hours"), ("unchanged", "changed")]
)
async def test_whoever_was_left_in_peace_has_nothing_to_lift(resend, one, cause, says):
    await one(withheld=cause)

    found = await refusal(resend)

    assert says in found
    assert found.endswith("; nothing to lift")


async def test_what_an_operator_suppressed_is_lifted_by_one(resend, store, one):
    pair = ("phone", "+15550001")
    operator = SuppressionReason.OPERATOR
    await store.suppressions.add([pair], "sms", operator, actor=DUTY, now=NOW)
    ids = await store.deliveries.addresses([pair])

    await one(address_id=ids[pair])

    assert (await refusal(resend)).startswith("an operator suppressed it; lift that first")


async def test_what_waits_says_for_what_and_until_when(resend, one):
    await one(due_at=LATER, delayed_by="quiet_hours")

    assert "it waits for quiet_hours until 2026-11-23 02:11:00 UTC" in await refusal(resend)


async def test_nothing_is_sent_again_when_its_alert_is_over(resend, begun, clock):
    await hear(resend, begun, State.FAILED_PERM, Reason.RECIPIENT)
    clock.moment = begun.expires

    with pytest.raises(ResendError, match="over"):
        await resend.again(100, DUTY)


async def test_a_delivery_that_is_not_there_is_named(resend, begun):
    with pytest.raises(NotFoundError, match="101"):
        await resend.again(101, DUTY)


async def test_who_had_it_sent_again_stands_in_the_record(resend, begun, store):
    await hear(resend, begun, State.FAILED_PERM, Reason.RECIPIENT)

    await resend.again(100, DUTY)

    newest = (await store.audit.entries(0, 100))[-1]
    assert (newest.actor, newest.event) == ("duty", "delivery_resent")
