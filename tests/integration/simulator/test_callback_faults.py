import asyncio

import pytest

from warnbroker.simulator.journal import Kind

TO, FROM = "+15550000001", "+15551999999"
TWIML = "<Response><Say>Leave now</Say></Response>"
EVENTS = ["initiated", "ringing", "answered", "completed"]


def script(fault: str, **keys) -> dict:
    return {"callbacks": [{"fault": fault, "rate": 1, **keys}]}


async def sms(client, receiver, path="/r"):
    return await client.messages.create_async(
        to=TO, from_=FROM, body="x", status_callback=f"{receiver.url}{path}"
    )


async def voice(client, receiver):
    return await client.calls.create_async(
        to=TO,
        from_=FROM,
        twiml=TWIML,
        status_callback=f"{receiver.url}/r",
        status_callback_event=EVENTS,
    )


async def test_a_duplicate_comes_twice_alike(start, sdk, receiver):
    simulator = await start(script("duplicate"))

    await sms(sdk(simulator), receiver)
    await simulator.settle()

    assert receiver.statuses == ["sent", "sent", "delivered", "delivered"]
    assert receiver.posts[0] == receiver.posts[1]
    assert all(post.is_signed for post in receiver.posts)


async def test_out_of_order_comes_last_first(start, sdk, receiver):
    simulator = await start(script("out_of_order"))

    await sms(sdk(simulator), receiver)
    await simulator.settle()

    assert receiver.statuses == ["delivered", "sent"]


async def test_calls_out_of_order_keep_their_sequence_numbers(start, sdk, receiver):
    simulator = await start(script("out_of_order"))

    await voice(sdk(simulator), receiver)
    await simulator.settle()

    assert [post.fields["SequenceNumber"] for post in receiver.posts] == ["3", "2", "1", "0"]
    assert receiver.statuses == ["completed", "in-progress", "ringing", "initiated"]


async def test_late_comes_after_its_seconds_while_the_message_is_long_delivered(
    start, sdk, receiver, clock
):
    simulator = await start(script("late", seconds=86_400))

    await sms(sdk(simulator), receiver)
    await simulator.settle()

    assert clock.slept.count(86_400) == 2
    assert receiver.statuses == ["sent", "delivered"]


async def test_never_leaves_the_truth_to_those_who_ask(start, sdk, receiver):
    simulator = await start(script("never"))
    client = sdk(simulator)

    message = await sms(client, receiver)
    await simulator.settle()

    assert receiver.posts == []
    assert (await client.messages(message.sid).fetch_async()).status == "delivered"
    (entry,) = simulator.journal.entries()
    assert entry["callback_fault"] == "never"


@pytest.mark.parametrize("send", [sms, voice])
async def test_a_callback_can_come_before_the_response(start, sdk, receiver, send):
    simulator = await start(script("before_response"))
    receiver.hold = asyncio.Event()

    answer = asyncio.create_task(send(sdk(simulator), receiver))
    await receiver.came.wait()

    assert receiver.statuses in (["sent"], ["initiated"])
    assert not answer.done()
    receiver.hold.set()
    sid = (await answer).sid
    fields = receiver.posts[0].fields
    assert sid == fields.get("MessageSid", fields.get("CallSid"))
    await simulator.settle()


async def test_a_bad_signature_is_on_every_callback(start, sdk, receiver):
    simulator = await start(script("bad_signature"))

    await sms(sdk(simulator), receiver)
    await simulator.settle()

    assert [post.is_signed for post in receiver.posts] == [False, False]
    assert {entry["fault"] for entry in simulator.journal.entries(Kind.CALLBACK)} == {
        "bad_signature"
    }


async def test_a_callback_without_a_connection_is_tried_once_more(start, sdk, unused_tcp_port):
    simulator = await start()

    await sdk(simulator).messages.create_async(
        to=TO, from_=FROM, body="x", status_callback=f"http://127.0.0.1:{unused_tcp_port}/r"
    )
    await simulator.settle()

    entries = list(simulator.journal.entries(Kind.CALLBACK))
    assert sorted((entry["status"], entry["answer"]) for entry in entries) == [
        ("delivered", "ct"),
        ("delivered", "ct"),
        ("sent", "ct"),
        ("sent", "ct"),
    ]


async def test_a_refused_callback_is_not_tried_again(start, sdk, receiver):
    simulator = await start()
    receiver.answers = [(500, "")]

    await sms(sdk(simulator), receiver)
    await simulator.settle()

    assert receiver.statuses == ["sent", "delivered"]


async def test_a_callback_is_tried_as_often_as_its_address_asks(start, sdk, receiver, clock):
    faults = {"sms": [{"fault": "undeliverable", "rate": 1, "status": "failed"}]}
    simulator = await start(faults, callback_delay=(0, 0))
    receiver.answers = [(500, ""), (403, ""), (503, ""), (500, "")]

    await sms(sdk(simulator), receiver, "/r#rc=2&rp=all")
    await simulator.settle()

    assert receiver.statuses == ["failed"] * 3
    assert all(post.is_signed for post in receiver.posts)
    assert {post.path for post in receiver.posts} == {"/r"}
    first, second = [seconds for seconds in clock.slept if seconds]
    assert 0 < first < second


async def test_a_message_goes_on_while_a_callback_waits_for_its_repeat(start, sdk, receiver, clock):
    simulator = await start()
    receiver.answers = [(500, "")]
    clock.stuck = 0.2

    await sms(sdk(simulator), receiver, "/r#rc=1&rp=5xx")
    while len(receiver.posts) < 2:
        await asyncio.sleep(0)

    assert receiver.statuses == ["sent", "delivered"]
    clock.release.set()
    await simulator.settle()
    assert receiver.statuses == ["sent", "delivered", "sent"]


async def test_one_fault_hits_the_answer_and_another_one_the_callbacks(start, sdk, receiver):
    faults = {"sms": [{"fault": "undeliverable", "rate": 1}], **script("duplicate")}
    simulator = await start(faults)

    await sms(sdk(simulator), receiver)
    await simulator.settle()

    assert receiver.statuses == ["sent", "sent", "undelivered", "undelivered"]
