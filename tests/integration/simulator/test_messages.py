from datetime import UTC, datetime, timedelta

import pytest
from aiohttp import encode_basic_auth
from twilio.base.exceptions import TwilioException, TwilioRestException

from warnbroker.simulator.journal import Kind

TO, FROM = "+15550000001", "+15551999999"
CREDENTIALS = ("AC00000000000000000000000000000001", "simulated")


async def send(client, to=TO, body="红色预警：请立即撤离", **more):
    return await client.messages.create_async(to=to, from_=FROM, body=body, **more)


async def test_a_message_is_accepted_journaled_and_delivered(start, sdk, receiver):
    simulator = await start()

    message = await send(sdk(simulator), status_callback=f"{receiver.url}/receipts/a/1.1")
    await simulator.settle()

    assert message.status == "queued"
    assert message.sid.startswith("SM")
    assert len(message.sid) == 34
    assert message.body == "红色预警：请立即撤离"
    (entry,) = simulator.journal.entries(Kind.SMS)
    assert entry["accepted"] is True
    assert (entry["to"], entry["from"], entry["sid"]) == (TO, FROM, message.sid)
    assert (entry["body"], entry["nth"], entry["fault"]) == ("红色预警：请立即撤离", 1, "")
    assert receiver.statuses == ["sent", "delivered"]
    assert {post.fields["MessageSid"] for post in receiver.posts} == {message.sid}
    assert {post.path for post in receiver.posts} == {"/receipts/a/1.1"}


async def test_callbacks_carry_twilios_signature_and_are_journaled(start, sdk, receiver):
    simulator = await start()

    await send(sdk(simulator), status_callback=f"{receiver.url}/receipts/a/1.1?x=1&y=%20z")
    await simulator.settle()

    assert [post.is_signed for post in receiver.posts] == [True, True]
    receiver.posts[0].fields["MessageStatus"] = "delivered"
    assert not receiver.posts[0].is_signed
    entries = list(simulator.journal.entries(Kind.CALLBACK))
    assert [(entry["status"], entry["answer"]) for entry in entries] == [
        ("sent", 204),
        ("delivered", 204),
    ]


async def test_a_message_shows_how_far_it_came(start, sdk):
    simulator = await start()
    client = sdk(simulator)
    message = await send(client)
    await simulator.settle()

    shown = await client.messages(message.sid).fetch_async()

    assert (shown.status, shown.to, shown.from_) == ("delivered", TO, FROM)
    assert shown.error_code is None
    assert shown.date_created <= shown.date_sent <= datetime.now(UTC)


async def test_messages_are_found_by_recipient_sender_and_time(start, sdk):
    simulator = await start()
    client = sdk(simulator)
    before = datetime.now(UTC) - timedelta(seconds=1)
    first = await send(client, body="one")
    await send(client, to="+15550000002")
    second = await send(client, body="two")
    await simulator.settle()

    found = await client.messages.list_async(to=TO, from_=FROM, date_sent_after=before)

    assert [message.sid for message in found] == [second.sid, first.sid]
    assert [message.body for message in found] == ["two", "one"]
    later = datetime.now(UTC) + timedelta(seconds=2)
    assert await client.messages.list_async(to=TO, date_sent_after=later) == []
    assert await client.messages.list_async(to=TO, date_sent_before=before) == []
    assert await client.messages.list_async(to=TO, from_="+15551000000") == []


async def test_a_long_list_is_paged_by_the_sdk(start, sdk):
    simulator = await start()
    client = sdk(simulator)
    sent = [(await send(client, body=str(number))).sid for number in range(7)]
    await simulator.settle()

    pages = [message.sid async for message in await client.messages.stream_async(page_size=3)]
    limited = await client.messages.list_async(limit=4)

    assert pages == sent[::-1]
    assert [message.sid for message in limited] == sent[:2:-1]


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"to": "12345"}, 21211),
        ({"to": "+0155500001"}, 21211),
        ({"body": ""}, 21602),
        ({"body": "x" * 1601}, 21617),
        ({"from_": ""}, 21603),
        ({"status_callback": "receipts/a"}, 21609),
    ],
)
async def test_a_wrong_request_is_refused_with_twilios_code(start, sdk, fields, code):
    simulator = await start()
    request = {"to": TO, "from_": FROM, "body": "x", **fields}

    with pytest.raises(TwilioRestException) as refused:
        await sdk(simulator).messages.create_async(**request)

    assert (refused.value.status, refused.value.code) == (400, code)
    (entry,) = simulator.journal.entries(Kind.REFUSED)
    assert (entry["accepted"], entry["code"], entry["fault"]) == (False, code, "")
    assert not simulator.journal.counts[Kind.SMS]


@pytest.mark.parametrize("wrong", [{"token": "guessed"}, {"account": "AC2"}])
async def test_a_stranger_is_not_let_in(start, sdk, wrong):
    simulator = await start()
    client = sdk(simulator, **wrong)

    for ask in (send, lambda client: client.messages("SM1").fetch_async()):
        with pytest.raises(TwilioRestException) as refused:
            await ask(client)
        assert (refused.value.status, refused.value.code) == (401, 20003)
    with pytest.raises(TwilioException, match="20003"):
        await client.messages.list_async()
    (entry,) = simulator.journal.entries()
    assert (entry["kind"], entry["accepted"], entry["status"]) == ("refused", False, 401)


async def test_an_unknown_message_is_not_found(start, sdk):
    simulator = await start()

    with pytest.raises(TwilioRestException) as refused:
        await sdk(simulator).messages("SM00000000000000000000000000000000").fetch_async()

    assert (refused.value.status, refused.value.code) == (404, 20404)


async def test_another_account_is_not_found(start, session):
    simulator = await start()
    headers = {"Authorization": encode_basic_auth(*CREDENTIALS)}
    address = f"{simulator.http_url}/2010-04-01/Accounts/AC9/Messages.json"

    async with session.get(address, headers=headers) as answer:
        assert answer.status == 404
        assert (await answer.json())["code"] == 20404


async def test_steps_take_the_time_that_was_set_and_the_same_for_a_seed(start, sdk, clock):
    durations = []
    for seed in (1, 1, 2):
        clock.slept.clear()
        simulator = await start(seed=seed, callback_delay=(0.1, 0.3))
        await send(sdk(simulator))
        await simulator.settle()
        durations.append(list(clock.slept))

    assert durations[0] == durations[1] != durations[2]
    assert all(0.1 <= seconds <= 0.3 for seconds in durations[0])
    assert len(durations[0]) == 2
