import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.twiml.voice_response import Gather, VoiceResponse

from warnbroker.simulator.journal import Kind

TO, FROM = "+15550000001", "+15551999999"
EVENTS = ["initiated", "ringing", "answered", "completed"]


def announcement(action: str = "") -> str:
    document = VoiceResponse()
    gather = Gather(action=action, num_digits=1, timeout=5)
    gather.say("红色预警，请立即撤离", language="cmn-CN")
    gather.say("请按1确认", language="cmn-CN")
    document.append(gather)
    document.say("再见", language="cmn-CN")
    return str(document)


async def ring(client, receiver, **more):
    request = {
        "to": TO,
        "from_": FROM,
        "twiml": announcement(f"{receiver.url}/key?lang=zh-CN"),
        "status_callback": f"{receiver.url}/r",
        "status_callback_event": EVENTS,
        **more,
    }
    return await client.calls.create_async(**request)


def progress(receiver) -> list:
    return [post for post in receiver.posts if post.path == "/r"]


async def test_a_call_is_journaled_rung_answered_and_completed(start, sdk, receiver):
    simulator = await start(press_rate=0, machine_rate=0)

    call = await ring(sdk(simulator), receiver)
    await simulator.settle()

    assert call.status == "queued"
    assert call.sid.startswith("CA")
    (entry,) = simulator.journal.entries(Kind.CALL)
    assert (entry["to"], entry["sid"], entry["accepted"]) == (TO, call.sid, True)
    assert "红色预警" in entry["twiml"]
    assert receiver.statuses == ["initiated", "ringing", "in-progress", "completed"]
    assert [post.fields["SequenceNumber"] for post in receiver.posts] == ["0", "1", "2", "3"]
    assert all(post.is_signed and post.fields["CallSid"] == call.sid for post in receiver.posts)
    assert int(receiver.posts[-1].fields["CallDuration"]) > 0
    assert "CallDuration" not in receiver.posts[0].fields
    assert "AnsweredBy" not in receiver.posts[-1].fields


async def test_only_the_end_is_told_unless_more_was_asked_for(start, sdk, receiver):
    simulator = await start(press_rate=0)

    await ring(sdk(simulator), receiver, status_callback_event=[])
    await simulator.settle()

    assert receiver.statuses == ["completed"]
    assert receiver.posts[0].fields["SequenceNumber"] == "0"


async def test_whoever_presses_1_confirms_by_a_signed_post_and_hears_the_answer(
    start, sdk, receiver
):
    simulator = await start(press_rate=1, machine_rate=0)
    receiver.answers = [(204, "")] * 3
    receiver.answers.append((200, "<Response><Say>谢谢</Say></Response>"))

    await ring(sdk(simulator), receiver)
    await simulator.settle()

    (key,) = [post for post in receiver.posts if post.path == "/key"]
    assert key.url.endswith("/key?lang=zh-CN")
    assert (key.fields["Digits"], key.fields["CallStatus"]) == ("1", "in-progress")
    assert key.is_signed
    (heard,) = simulator.journal.entries(Kind.HEARD)
    assert heard["text"] == "红色预警，请立即撤离\n请按1确认\n谢谢"
    assert (heard["digits"], heard["machine"], heard["to"]) == ("1", False, TO)


async def test_whoever_presses_nothing_hears_the_end(start, sdk, receiver):
    simulator = await start(press_rate=0, machine_rate=0)

    await ring(sdk(simulator), receiver)
    await simulator.settle()

    (heard,) = simulator.journal.entries(Kind.HEARD)
    assert heard["text"] == "红色预警，请立即撤离\n请按1确认\n再见"
    assert heard["digits"] == ""


async def test_the_share_who_press_is_kept_and_depends_on_the_seed_alone(start, sdk, receiver):
    pressed = []
    for seed in (1, 1, 2):
        simulator = await start(seed=seed, press_rate=0.6, machine_rate=0)
        for number in range(100):
            await ring(sdk(simulator), receiver, to=f"+1555100{number:04d}")
        await simulator.settle()
        pressed.append({e["to"] for e in simulator.journal.entries(Kind.HEARD) if e["digits"]})

    assert pressed[0] == pressed[1] != pressed[2]
    assert 45 < len(pressed[0]) < 75


@pytest.mark.parametrize(
    ("machine_rate", "detection", "answered_by"),
    [
        (0, "Enable", "human"),
        (1, "Enable", "machine_start"),
        (1, "DetectMessageEnd", "machine_end_beep"),
    ],
)
async def test_who_answered_is_told_when_asked_for(
    start, sdk, receiver, machine_rate, detection, answered_by
):
    simulator = await start(press_rate=1, machine_rate=machine_rate)
    client = sdk(simulator)

    call = await ring(client, receiver, machine_detection=detection)
    await simulator.settle()

    assert progress(receiver)[-1].fields["AnsweredBy"] == answered_by
    assert "AnsweredBy" not in progress(receiver)[0].fields
    assert (await client.calls(call.sid).fetch_async()).answered_by == answered_by
    (heard,) = simulator.journal.entries(Kind.HEARD)
    assert heard["digits"] == ("" if machine_rate else "1")


async def test_who_answered_is_told_apart_when_that_was_asked_for(start, sdk, receiver):
    simulator = await start(machine_rate=1)

    await ring(
        sdk(simulator),
        receiver,
        machine_detection="Enable",
        async_amd="true",
        async_amd_status_callback=f"{receiver.url}/amd",
    )
    await simulator.settle()

    (told,) = [post for post in receiver.posts if post.path == "/amd"]
    assert told.fields["AnsweredBy"] == "machine_start"
    assert told.is_signed


@pytest.mark.parametrize(
    ("rule", "statuses", "code"),
    [
        ({"fault": "busy"}, ["initiated", "busy"], None),
        ({"fault": "no_answer"}, ["initiated", "ringing", "no-answer"], None),
        ({"fault": "undeliverable", "code": 32224}, ["initiated", "failed"], "32224"),
    ],
)
async def test_a_call_that_is_not_answered_says_how_it_ended(
    start, sdk, receiver, rule, statuses, code
):
    simulator = await start({"voice": [{"rate": 1, **rule}]}, press_rate=1)
    client = sdk(simulator)

    call = await ring(client, receiver)
    await simulator.settle()

    assert receiver.statuses == statuses
    assert receiver.posts[-1].fields.get("ErrorCode") == code
    assert simulator.journal.counts[Kind.CALL] == 1
    assert simulator.journal.counts[Kind.HEARD] == 0
    assert (await client.calls(call.sid).fetch_async()).status == statuses[-1]


async def test_calls_are_found_by_recipient_and_time(start, sdk, receiver):
    simulator = await start()
    client = sdk(simulator)
    call = await ring(client, receiver)
    await ring(client, receiver, to="+15550000002")
    await simulator.settle()

    since = call.date_created
    found = await client.calls.list_async(to=TO, from_=FROM, start_time_after=since)

    assert [each.sid for each in found] == [call.sid]
    assert found[0].status == "completed"
    assert found[0].start_time >= since
    assert int(found[0].duration) > 0


async def test_a_document_is_fetched_where_a_url_was_given(start, sdk, receiver):
    simulator = await start(press_rate=0, machine_rate=0)
    receiver.answers = [(200, "<Response><Say>from afar</Say></Response>")]

    await sdk(simulator).calls.create_async(to=TO, from_=FROM, url=f"{receiver.url}/twiml")
    await simulator.settle()

    (heard,) = simulator.journal.entries(Kind.HEARD)
    assert heard["text"] == "from afar"
    assert receiver.posts[0].is_signed


async def test_a_redirect_without_end_is_left(start, sdk, receiver):
    simulator = await start(press_rate=0)
    again = f"<Response><Say>again</Say><Redirect>{receiver.url}/again</Redirect></Response>"
    receiver.answers = [(200, again)] * 20

    await sdk(simulator).calls.create_async(to=TO, from_=FROM, twiml=again)
    await simulator.settle()

    (heard,) = simulator.journal.entries(Kind.HEARD)
    assert heard["text"].splitlines() == ["again"] * 5


@pytest.mark.parametrize(
    ("twiml", "fault"),
    [("<Response><Say>", "12100"), (announcement("/key"), "11100")],
)
async def test_a_broken_document_is_journaled_with_twilios_code(start, sdk, receiver, twiml, fault):
    simulator = await start(press_rate=1, machine_rate=0)

    await ring(sdk(simulator), receiver, twiml=twiml)
    await simulator.settle()

    (heard,) = simulator.journal.entries(Kind.HEARD)
    assert heard["fault"].startswith(fault)
    assert receiver.statuses[-1] == "completed"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"to": "12345"}, 21211),
        ({"to": ""}, 21201),
        ({"from_": ""}, 21213),
        ({"twiml": ""}, 21205),
        ({"url": "twiml.xml"}, 21205),
        ({"twiml": f"<Response><Say>{'x' * 4000}</Say></Response>"}, 20001),
    ],
)
async def test_a_wrong_request_is_refused_with_twilios_code(start, sdk, receiver, fields, code):
    simulator = await start()

    with pytest.raises(TwilioRestException) as refused:
        await ring(sdk(simulator), receiver, **fields)

    assert (refused.value.status, refused.value.code) == (400, code)
    assert simulator.journal.counts == {Kind.REFUSED: 1}
