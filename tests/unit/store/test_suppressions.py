"""Suppressed addresses: asked for once, lifted, kept as history, and shown on deliveries."""

from datetime import timedelta

import pytest

from tests.unit.store.conftest import MESSAGE, NOW, begin
from warnbroker.errors import NotFoundError
from warnbroker.model.actor import CONFIGURATION
from warnbroker.model.identity import sortable_ids
from warnbroker.model.receipt import AttemptKey, Evidence, Reason, Receipt, State
from warnbroker.model.record import PlannedDelivery
from warnbroker.model.suppression import WISHES, Request, SuppressionReason
from warnbroker.receipts.judge import Judge

PHONE = ("phone", "+15550000001")
_IDS = sortable_ids(lambda: NOW)
STOP = Request("sms", *PHONE, SuppressionReason.STOP, "sms", ref="m-1")
START = Request("sms", *PHONE, None, "sms", ref="m-2")


async def planned(store, alert, channel="sms", pair=PHONE, **given):
    ids = await store.deliveries.addresses([pair])
    item = PlannedDelivery(
        next(_IDS), channel, MESSAGE, 1, NOW + timedelta(hours=1), address_id=ids[pair], **given
    )
    await store.deliveries.plan(alert.id, [item], NOW)
    return item


@pytest.fixture
async def alert(store, make_alert):
    return await accepted(store, make_alert(1))


async def accepted(store, record):
    found = await store.alerts.accept(record, (), actor=CONFIGURATION)
    await store.deliveries.messages(found.id, [MESSAGE])
    return found


async def shown(store, alert):
    page = await store.deliveries.page(alert.id, channel="", state="", after=0, limit=99)
    return [
        (item.state, item.task and item.task.value, [(r.reason, r.code) for _, r in item.receipts])
        for item in page
    ]


async def standing(store):
    return [(s.scope, s.reason.value) for s in await store.suppressions.page(0, 99)]


async def test_who_said_stop_gets_a_row_that_says_so_and_is_never_tried(store, alert):
    await store.suppressions.hear([STOP], NOW)

    await planned(store, alert)

    assert await shown(store, alert) == [(State.SUPPRESSED, None, [(Reason.OPTED_OUT, "stop")])]
    assert await store.deliveries.awaiting(alert.id, {"sms": None}) == 0


async def test_stop_on_one_channel_leaves_the_others(store, alert):
    await store.suppressions.hear([STOP], NOW)

    await planned(store, alert, "sms")
    await planned(store, alert, "chat")

    assert [state for state, *_ in await shown(store, alert)] == [State.SUPPRESSED, State.QUEUED]


async def test_stop_all_ends_texts_and_calls_to_a_number(store, alert):
    everywhere = Request("sms", *PHONE, SuppressionReason.STOP, "", ref="m-1")
    await store.suppressions.hear([everywhere], NOW)

    await planned(store, alert, "sms")
    await planned(store, alert, "voice", ("voice", PHONE[1]))

    assert {state for state, *_ in await shown(store, alert)} == {State.SUPPRESSED}


async def test_start_brings_warnings_back_and_the_history_stays(store, alert):
    await store.suppressions.hear([STOP], NOW)
    await store.suppressions.hear([START], NOW)

    await planned(store, alert)

    assert [state for state, *_ in await shown(store, alert)] == [State.QUEUED]
    history = await store.suppressions.page(0, 99, standing=False, addresses=[PHONE])
    assert [(s.reason, s.lifted_at) for s in history] == [("stop", NOW)]


async def test_a_repeat_of_an_older_word_undoes_no_newer_one(store):
    await store.suppressions.hear([START], NOW)
    await store.suppressions.hear([STOP], NOW)
    await store.suppressions.hear([START], NOW)
    assert await standing(store) == [("sms", "stop")]

    again = Request("sms", *PHONE, None, "sms", ref="m-3")
    await store.suppressions.hear([again, STOP], NOW)

    assert await standing(store) == []


async def test_start_does_not_undo_what_an_operator_decided(store):
    await store.suppressions.add(
        [PHONE], "", SuppressionReason.OPERATOR, actor=CONFIGURATION, now=NOW
    )

    await store.suppressions.hear([START], NOW)

    assert await standing(store) == [("", "operator")]


async def test_a_bounce_of_an_address_that_nobody_has_is_nothing(store):
    bounce = Request("email", "email", "a@b.example", SuppressionReason.HARD_BOUNCE, "email")

    await store.suppressions.hear([bounce], NOW)

    assert await standing(store) == []


async def test_a_delivery_that_nobody_knows_of_is_said_to_be_unknown(store, alert):
    item = await planned(store, alert)
    lost, found = (
        Request("sms", "phone", "", SuppressionReason.STOP, "sms",
                key=AttemptKey(alert.public_id, number, 0))
        for number in (item.id + 1, item.id)
    )  # fmt: skip

    assert await store.suppressions.hear([lost, found, STOP], NOW) == [False, True, True]


async def test_what_names_only_a_delivery_concerns_its_address(store, alert):
    item = await planned(store, alert)
    key = AttemptKey(alert.public_id, item.id, 1)
    by_key = Request("sms", "phone", "", SuppressionReason.COMPLAINT, "sms", key=key)

    await store.suppressions.hear([by_key], NOW)

    found = await store.suppressions.page(0, 99, addresses=[PHONE])
    assert [s.reason for s in found] == [SuppressionReason.COMPLAINT]


@pytest.mark.parametrize("reason", SuppressionReason)
async def test_an_override_goes_out_in_spite_of_wishes_alone_and_is_recorded(store, alert, reason):
    await store.suppressions.add([PHONE], "sms", reason, actor=CONFIGURATION, now=NOW)

    item = await planned(store, alert, in_spite_of=WISHES)

    ((state, *_),) = await shown(store, alert)
    noted = [e for e in await store.audit.entries() if e.event == "suppression_overridden"]
    assert state is (State.QUEUED if reason in WISHES else State.SUPPRESSED)
    assert [str(item.id) in e.detail for e in noted] == ([True] if reason in WISHES else [])


async def test_planning_again_after_a_crash_changes_no_row(store, alert):
    await planned(store, alert)
    await store.suppressions.hear([STOP], NOW)

    await planned(store, alert)
    await planned(store, alert, in_spite_of=WISHES)

    assert await shown(store, alert) == [(State.QUEUED, "send", [])]
    assert not [e for e in await store.audit.entries() if e.event == "suppression_overridden"]


async def fail(store, make_alert, number, reason=Reason.RECIPIENT):
    told = Receipt(State.FAILED_PERM, "twilio", reason=reason, code="21610")
    return await settle(store, make_alert, number, told)


async def settle(store, make_alert, number, told):
    alert = await accepted(store, make_alert(number, id=next(_IDS)))
    item = await planned(store, alert)
    owner, later = "me", NOW + timedelta(seconds=9)
    claimed = await store.deliveries.claim("sms", owner, later, later, 9, 9)
    await begin(store, claimed, owner, later, later)
    judge = Judge()
    await store.deliveries.apply(
        [Evidence(AttemptKey(alert.public_id, item.id, 1), told)], later, lambda h: judge(h, later)
    )
    return item


async def test_a_providers_own_block_is_heeded_at_once_and_learnt_once(store, make_alert):
    await fail(store, make_alert, 1, Reason.OPTED_OUT)
    await store.suppressions.learn(3, NOW)
    (found,) = await store.suppressions.page(0, 99)
    assert (found.scope, found.reason) == ("sms", SuppressionReason.BLOCKED)

    await store.suppressions.lift(found.id, actor=CONFIGURATION, now=NOW)
    await store.suppressions.learn(3, NOW)
    await after_restart(store).learn(3, NOW)

    assert await standing(store) == []


def after_restart(store):
    """Return what a new process over the same ledger has: the cursor alone."""
    from warnbroker.store.suppressions import SuppressionTable

    cipher = store.suppressions._cipher
    return SuppressionTable(store.database, cipher, _IDS)


async def test_an_address_that_fails_for_good_time_after_time_is_given_up(store, make_alert):
    await fail(store, make_alert, 1)
    await fail(store, make_alert, 2)
    await store.suppressions.learn(3, NOW)
    assert await standing(store) == []

    await fail(store, make_alert, 3)
    await after_restart(store).learn(3, NOW + timedelta(days=1))
    await after_restart(store).learn(3, NOW + timedelta(days=1))

    assert await standing(store) == [("sms", "hard_bounce")]


@pytest.mark.parametrize("state", [State.ACCEPTED, State.HANDED_OFF, State.DELIVERED])
async def test_what_goes_well_in_between_begins_the_count_anew(store, make_alert, state):
    await fail(store, make_alert, 1)
    await fail(store, make_alert, 2)
    # Of a mail no more is ever learnt than that its relay took it.
    await settle(store, make_alert, 3, Receipt(state, "smtp"))
    await fail(store, make_alert, 4)

    await store.suppressions.learn(3, NOW)

    assert await standing(store) == []


async def test_an_address_is_not_given_up_where_the_setting_says_never(store, make_alert):
    for number in range(4):
        await fail(store, make_alert, number)

    await store.suppressions.learn(0, NOW)

    assert await standing(store) == []


async def test_lifting_what_is_not_there_is_told(store):
    with pytest.raises(NotFoundError):
        await store.suppressions.lift(7, actor=CONFIGURATION, now=NOW)


async def test_the_record_and_the_list_show_no_address(store):
    await store.suppressions.hear([STOP], NOW)

    told = f"{await store.audit.entries()}{await store.suppressions.page(0, 99)}"

    assert PHONE[1] not in told


async def test_what_waits_is_not_due_and_says_for_what(store, alert):
    morning = NOW + timedelta(minutes=30)
    await planned(store, alert, due_at=morning, delayed_by="quiet_hours")

    (found,) = await store.deliveries.page(alert.id, channel="", state="", after=0, limit=9)
    early = await store.deliveries.claim("sms", "me", NOW, NOW, 9, 9)

    assert (found.due_at, found.delayed_by) == (morning, "quiet_hours")
    assert await store.deliveries.delayed(alert.id) == {"quiet_hours": 1}
    assert await store.deliveries.delayed_until(alert.id) == {"quiet_hours": morning}
    assert early == []
    assert len(await store.deliveries.claim("sms", "me", morning, morning, 9, 9)) == 1


async def test_who_is_spared_has_a_row_that_says_why(store, alert):
    await planned(store, alert, withheld="quiet_hours")

    assert await shown(store, alert) == [(State.SUPPRESSED, None, [(Reason.SPARED, "quiet_hours")])]


async def test_one_mailbox_in_two_writings_on_two_lists_is_told_once(store, alert):
    for text in ("Fang@mail.example", "fang@mail.example"):
        await planned(store, alert, "email", ("email", text))

    assert len(await shown(store, alert)) == 1


async def test_two_writings_of_one_mailbox_in_one_batch_are_one_address(store):
    both = [("email", "Fang@mail.example"), ("email", "fang@mail.example")]

    found = await store.deliveries.addresses(both)

    assert sorted(found) == sorted(both)
    assert len(set(found.values())) == 1


@pytest.mark.parametrize(
    ("named", "is_gone"), [("LI@home.example", True), ("teacher7@home.example", False)]
)
async def test_a_bounce_silences_whom_it_names_and_only_where_the_mail_went_to_them(
    store, make_alert, named, is_gone
):
    alert = await accepted(store, make_alert(1))
    item = await planned(store, alert, "email", ("email", "Li@home.example"))
    await store.deliveries.addresses([("email", "teacher7@home.example")])
    key = AttemptKey(alert.public_id, item.id, 0)
    bounce = Request("email", "email", named, SuppressionReason.HARD_BOUNCE, "email", key=key)

    await store.suppressions.hear([bounce], NOW)

    assert bool(await standing(store)) is is_gone
    assert await store.deliveries.went_to([(key, named)]) == [is_gone]


async def test_nothing_went_to_anybody_by_a_delivery_that_nobody_knows(store):
    assert await store.deliveries.went_to([(AttemptKey("a" * 26, 1, 1), "li@h.example")]) == [False]
