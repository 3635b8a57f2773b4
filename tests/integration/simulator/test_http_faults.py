import pytest
from aiohttp import ClientConnectionError
from twilio.base.exceptions import TwilioRestException

from warnbroker.simulator.journal import Kind

TO, FROM = "+15550000001", "+15551999999"
TWIML = "<Response><Say>Leave now</Say></Response>"


async def sms(client, to=TO, **more):
    return await client.messages.create_async(to=to, from_=FROM, body="x", **more)


async def voice(client, to=TO, **more):
    return await client.calls.create_async(to=to, from_=FROM, twiml=TWIML, **more)


WAYS = [
    pytest.param("sms", sms, Kind.SMS, id="sms"),
    pytest.param("voice", voice, Kind.CALL, id="voice"),
]


def script(way: str, fault: str, **keys) -> dict:
    return {way: [{"fault": fault, "rate": 1, **keys}]}


@pytest.mark.parametrize(("way", "send", "kind"), WAYS)
@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        ("throttle", 429, 20429),
        ("error_before_accepting", 500, 20500),
        ("bad_number", 400, 21211),
        ("unauthorized", 401, 20003),
    ],
)
async def test_a_refusing_fault_is_seen_and_nothing_is_accepted(
    start, sdk, way, send, kind, fault, status, code
):
    simulator = await start(script(way, fault))

    with pytest.raises(TwilioRestException) as refused:
        await send(sdk(simulator))

    assert (refused.value.status, refused.value.code) == (status, code)
    (entry,) = simulator.journal.entries()
    assert (entry["kind"], entry["what"]) == ("refused", kind.value)
    assert (entry["fault"], entry["to"], entry["accepted"]) == (fault, TO, False)
    assert await sdk(simulator).messages.list_async() == []


async def test_a_throttled_client_is_told_when_to_come_back(start, sdk):
    simulator = await start(script("sms", "throttle", retry_after=7))
    client = sdk(simulator)

    with pytest.raises(TwilioRestException):
        await sms(client)

    assert client.http_client.headers["Retry-After"] == "7"


@pytest.mark.parametrize(("way", "send", "kind"), WAYS)
async def test_an_error_after_accepting_hides_a_message_that_goes_out(
    start, sdk, receiver, way, send, kind
):
    simulator = await start(script(way, "error_after_accepting"))

    with pytest.raises(TwilioRestException) as refused:
        await send(sdk(simulator), status_callback=f"{receiver.url}/r")
    await simulator.settle()

    assert (refused.value.status, refused.value.code) == (500, 20500)
    (entry,) = simulator.journal.entries(kind)
    assert (entry["accepted"], entry["fault"]) == (True, "error_after_accepting")
    assert receiver.statuses[-1] in {"delivered", "completed"}


@pytest.mark.parametrize(("way", "send", "kind"), WAYS)
async def test_a_reset_after_the_request_hides_a_message_that_goes_out(
    start, sdk, receiver, way, send, kind
):
    simulator = await start(script(way, "reset_after_request"))

    with pytest.raises(ClientConnectionError):
        await send(sdk(simulator), status_callback=f"{receiver.url}/r")
    await simulator.settle()

    (entry,) = simulator.journal.entries(kind)
    assert entry["accepted"] is True
    assert receiver.statuses[-1] in {"delivered", "completed"}


@pytest.mark.parametrize(("way", "send", "kind"), WAYS)
async def test_a_reset_before_accepting_leaves_nothing(start, sdk, receiver, way, send, kind):
    simulator = await start(script(way, "reset_before_accepting"))

    with pytest.raises(ClientConnectionError):
        await send(sdk(simulator), status_callback=f"{receiver.url}/r")
    await simulator.settle()

    (entry,) = simulator.journal.entries()
    assert (entry["kind"], entry["fault"]) == ("refused", "reset_before_accepting")
    assert simulator.journal.counts[kind] == 0
    assert receiver.posts == []


@pytest.mark.parametrize(("way", "send", "kind"), WAYS)
async def test_a_slow_answer_comes_late_and_is_an_acceptance(start, sdk, clock, way, send, kind):
    simulator = await start(script(way, "slow", seconds=12.5))

    record = await send(sdk(simulator))

    assert record.status
    assert 12.5 in clock.slept
    assert simulator.journal.counts[kind] == 1


@pytest.mark.parametrize(
    ("keys", "statuses", "code"),
    [
        ({}, ["sent", "undelivered"], "30003"),
        ({"code": 30005}, ["sent", "undelivered"], "30005"),
        ({"status": "failed", "code": 30008}, ["failed"], "30008"),
    ],
)
async def test_an_undeliverable_message_says_so_later(start, sdk, receiver, keys, statuses, code):
    simulator = await start(script("sms", "undeliverable", **keys))
    client = sdk(simulator)

    message = await sms(client, status_callback=f"{receiver.url}/r")
    await simulator.settle()

    assert message.status == "queued"
    assert receiver.statuses == statuses
    assert receiver.posts[-1].fields["ErrorCode"] == code
    assert receiver.posts[-1].is_signed
    shown = await client.messages(message.sid).fetch_async()
    assert (shown.status, shown.error_code) == (statuses[-1], int(code))


async def test_a_fault_with_times_lets_the_retry_pass(start, sdk):
    simulator = await start(script("sms", "throttle", times=1))
    client = sdk(simulator)

    with pytest.raises(TwilioRestException):
        await sms(client)
    message = await sms(client)

    assert message.status == "queued"
    assert [(e["kind"], e["nth"]) for e in simulator.journal.entries()] == [
        ("refused", 1),
        ("sms", 2),
    ]


async def test_faults_of_messages_and_calls_are_apart(start, sdk):
    simulator = await start(script("sms", "throttle"))

    call = await voice(sdk(simulator))

    assert call.status == "queued"
