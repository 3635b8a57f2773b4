"""What becomes of a call, whatever happens at the other end and to the callbacks about it."""

from datetime import timedelta

import pytest

from channels.voice.redial import Redial
from tests.integration.voice.conftest import (
    ALERT,
    CHINESE,
    ENDED,
    ENGLISH,
    messages,
    publication,
)
from warnbroker.model.enums import MsgType
from warnbroker.model.message import MessageKind
from warnbroker.model.receipt import Reason, State
from warnbroker.simulator.journal import Kind

MACHINE = {"machine_rate": 1}
PRESSES = {"press_rate": 1}

ENDS = [
    pytest.param({}, PRESSES, State.CONFIRMED, None, 0, id="a person presses 1"),
    pytest.param({}, {}, State.DELIVERED, None, 0, id="a person listens"),
    pytest.param({}, MACHINE, State.DELIVERED, Reason.MACHINE, 0, id="a machine records it"),
    pytest.param({"fault": "fax"}, {}, State.FAILED_PERM, Reason.RECIPIENT, 0, id="a fax"),
    pytest.param({"fault": "hung_up"}, {}, State.FAILED_TEMP, Reason.NO_ANSWER, 60, id="hung up"),
    pytest.param({"fault": "busy"}, {}, State.FAILED_TEMP, Reason.BUSY, 30, id="busy"),
    pytest.param({"fault": "no_answer"}, {}, State.FAILED_TEMP, Reason.NO_ANSWER, 60, id="rings"),
    pytest.param(
        {"fault": "undeliverable", "code": 13224}, {}, State.FAILED_PERM, Reason.RECIPIENT, 0,
        id="no such number",
    ),
    pytest.param(
        {"fault": "undeliverable", "code": 30003}, {}, State.FAILED_TEMP, Reason.UNREACHABLE, 0,
        id="out of reach",
    ),
]  # fmt: skip


@pytest.mark.parametrize("order", ["", "duplicate", "out_of_order", "before_response"])
@pytest.mark.parametrize(("fault", "far", "state", "reason", "pause"), ENDS)
async def test_each_end_is_one_state_in_whatever_order_it_is_told(
    exchange, fault, far, state, reason, pause, order
):
    faults = {"voice": [{"rate": 1, **fault}]} if fault else {}
    if order:
        faults["callbacks"] = [{"fault": order, "rate": 1}]
    call = await exchange(faults, far=far)

    await call.call(messages()[0])

    assert (call.state, call.last.reason, call.last.retry_after) == (state, reason, pause)
    answers = {entry["answer"] for entry in call.simulator.journal.entries(Kind.CALLBACK)}
    assert answers <= {200, 204}


async def test_without_detection_nobody_claims_that_a_person_heard_it(exchange):
    call = await exchange(machine_detection=None)

    await call.call(messages()[0])

    assert (call.state, call.last.reason) == (State.DELIVERED, Reason.MACHINE)


@pytest.mark.parametrize(("attempt", "state"), [(2, State.FAILED_TEMP), (3, State.FAILED_PERM)])
async def test_a_busy_line_is_called_so_often_as_its_level_says(exchange, attempt, state):
    rule = Redial(times=2, busy=7, no_answer=9)
    call = await exchange({"voice": [{"rate": 1, "fault": "busy"}]}, redial={"red": rule})

    await call.call(messages()[0], attempt=attempt)

    assert (call.state, call.last.reason) == (state, Reason.BUSY)
    assert call.last.retry_after == (7 if state is State.FAILED_TEMP else 0)


async def test_a_text_too_long_for_the_request_is_fetched_and_heard_whole_twice(exchange):
    script = "".join(f"第{number}街道的居民请立即撤离。" for number in range(400))
    call = await exchange(far=PRESSES)
    (message,) = messages(zh=CHINESE | {"script": script})
    await call.channel.prepare(publication((message,)))

    await call.call(message)

    assert len(script) > 4_000
    assert call.heard == [f"{script} {CHINESE['confirm']}", "谢谢。"]
    assert call.state is State.CONFIRMED


async def test_both_keys_for_languages_tell_it_in_the_other_one(exchange):
    for keys in ("91", "*1"):
        call = await exchange(far={"press_rate": 1, "keys": keys})
        await call.channel.prepare(publication(messages()))

        await call.call(messages()[0])

        chinese, english = (f"{t['script']} {t['confirm']}" for t in (CHINESE, ENGLISH))
        assert call.heard == [
            chinese, "For English, press 9.", chinese,
            english, "收听中文，请按9。", english, "Thank you.",
        ]  # fmt: skip
        assert call.state is State.CONFIRMED


async def test_any_other_key_has_it_told_again_and_confirms_nothing(exchange):
    call = await exchange(far={"press_rate": 1, "keys": "5"})
    await call.channel.prepare(publication(messages(zh=CHINESE)))

    await call.call(messages(zh=CHINESE)[0])

    told = f"{CHINESE['script']} {CHINESE['confirm']}"
    assert call.heard == [told, told, "本次通知播报完毕。再见。"]
    assert call.state is State.DELIVERED


async def test_a_channel_that_was_started_anew_still_knows_the_other_language(exchange):
    before = await exchange(far={"press_rate": 1, "keys": "91"})
    await before.channel.prepare(publication(messages()))
    call = await exchange(far={"press_rate": 1, "keys": "91"})
    (name,) = before.channel._scripts._of_alert[ALERT].values()

    sheet = call.channel._scripts.get(name)

    assert [words.language for words in sheet.words] == ["zh-CN", "en"]


async def test_a_key_for_a_cancelled_warning_is_answered_with_its_end(exchange):
    call = await exchange(far=PRESSES)
    await call.channel.prepare(publication(messages()))
    ended = publication(
        messages(MessageKind.CANCEL, en=ENDED), msg_type=MsgType.CANCEL, supersedes=(ALERT,)
    )
    await call.channel.prepare(ended)

    await call.call(messages()[1])

    assert call.heard[-1] == ENDED["script"]
    assert "Thank you." not in call.heard
    assert call.state is State.CONFIRMED


async def test_the_words_of_what_has_expired_are_not_told_again(exchange):
    call = await exchange(far={"press_rate": 1, "keys": "9"})
    await call.channel.prepare(publication(messages(), lasts=timedelta(seconds=-1)))

    await call.call(messages()[0])

    assert call.heard[-1] == "本次通知播报完毕。再见。"
    assert ENGLISH["script"] not in "".join(call.heard)
