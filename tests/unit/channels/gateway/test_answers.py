"""What becomes of a send, whatever a described gateway answers."""

import asyncio

import pytest

from channels._codes import load_codes
from channels._gateway import load_gateway
from channels._gateway.description import shipped_gateways
from tests.unit.channels.gateway.conftest import KANNEL, PLAIN
from warnbroker.errors import PermanentSendError, SendError, TemporarySendError, UnknownOutcome
from warnbroker.model.receipt import Reason, State

RAISED = {
    State.FAILED_TEMP: TemporarySendError,
    State.FAILED_PERM: PermanentSendError,
    State.EXPIRED: PermanentSendError,
    State.UNKNOWN: UnknownOutcome,
}
ACCOUNTS = {"plain": PLAIN, "kannel": KANNEL}
ROWS = [
    pytest.param(name, row, id=f"{name}-{row.codes[0]}")
    for name, path in shipped_gateways().items()
    if name in ACCOUNTS
    for row in load_gateway(path).codes
]


async def outcome(channel, delivery) -> tuple[type[SendError] | None, Reason | None]:
    try:
        await channel.send(delivery)
    except SendError as error:
        return type(error), error.reason
    return None, None


@pytest.mark.parametrize(
    "row", [pytest.param(r, id=r.codes[0]) for r in load_codes("http")["statuses"].rows]
)
async def test_every_status_is_judged_by_its_row(opened, gateway, delivery, row):
    channel = await opened(PLAIN)

    for code in row.codes:
        gateway.status, gateway.body = int(code.replace("xx", "07").replace("default", "499")), "{}"
        got = await outcome(channel, delivery())
        assert got == (RAISED[row.verdict.state], row.verdict.reason)


@pytest.mark.parametrize(("name", "row"), ROWS)
async def test_every_code_of_a_shipped_gateway_is_judged_by_its_row(
    opened, gateway, delivery, name, row
):
    channel = await opened(ACCOUNTS[name])

    for code in row.codes:
        if code == "503":
            gateway.status, gateway.body = 503, "Temporal failure"
        elif name == "kannel":
            gateway.status, gateway.body = 403, f"{code}: no"
        else:
            gateway.status, gateway.body = 422, f'{{"error": {{"code": "{code}"}}}}'
        got = await outcome(channel, delivery())
        assert got == (RAISED[row.verdict.state], row.verdict.reason)


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (200, '{"id": "x"}', (None, None)),
        (202, '{"id": 17}', (None, None)),
        (200, "{}", (UnknownOutcome, Reason.SERVER_ERROR)),
        (200, "<html>", (UnknownOutcome, Reason.SERVER_ERROR)),
        (200, '{"error": {"code": "opted_out"}}', (PermanentSendError, Reason.OPTED_OUT)),
        (200, '{"error": {"code": "news"}}', (UnknownOutcome, Reason.SERVER_ERROR)),
        (200, '{"id": "x", "error": {"code": "news"}}', (UnknownOutcome, Reason.SERVER_ERROR)),
        (422, '{"error": {"code": "news"}}', (TemporarySendError, Reason.REFUSED_FOR_NOW)),
        (500, '{"error": {"code": "opted_out"}}', (UnknownOutcome, Reason.SERVER_ERROR)),
        (307, "", (TemporarySendError, Reason.CONFIG)),
    ],
)
async def test_an_answer_is_read_as_described(opened, gateway, delivery, status, body, expected):
    gateway.status, gateway.body = status, body
    gateway.headers = {"Location": "/elsewhere"} if status == 307 else {}
    channel = await opened(PLAIN)

    assert await outcome(channel, delivery()) == expected
    assert len(gateway.asked) == 1


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("ref: {json: id}, ", (None, None)),
        ("", (UnknownOutcome, Reason.SERVER_ERROR)),
    ],
    ids=["with an id", "without one"],
)
async def test_a_word_that_nobody_described_is_no_refusal(
    opened, gateway, delivery, described, answer, expected
):
    gateway.body = '{"id": "x", "status": "scheduled"}'
    states = "states: [{codes: [queued], class: ACCEPTED}]"
    account = described(f"request: {{}}\nanswer: {{{answer}status: {{json: status}}, {states}}}")
    channel = await opened(account)

    assert await outcome(channel, delivery()) == expected


async def test_a_description_may_say_what_every_other_word_means(
    opened, gateway, delivery, described
):
    gateway.body = '{"id": "x", "status": "scheduled"}'
    states = "states: [{codes: [default], class: POLICY}]"
    account = described(
        f"request: {{}}\nanswer: {{ref: {{json: id}}, status: {{json: status}}, {states}}}"
    )
    channel = await opened(account)

    assert await outcome(channel, delivery()) == (PermanentSendError, Reason.POLICY)


async def test_a_fault_of_one_country_or_sender_concerns_nobody_else(opened, gateway, delivery):
    channel = await opened(PLAIN)
    scopes = []

    for code in ("country_not_allowed", "invalid_sender", "unauthorized"):
        gateway.status, gateway.body = 403, f'{{"error": {{"code": "{code}"}}}}'
        with pytest.raises(TemporarySendError) as refused:
            await channel.send(delivery())
        scopes.append(refused.value.scope)

    assert scopes == ["country/FI", "from/Vaara", ""]


@pytest.mark.parametrize(
    ("header", "pause"),
    [("7", 7), ("Wed, 21 Oct 2015 07:28:00 GMT", 0), ("soon", 0), ("", 0)],
)
async def test_a_throttle_lasts_as_long_as_the_gateway_says(
    opened, gateway, delivery, header, pause
):
    gateway.status, gateway.headers = 429, {"Retry-After": header}
    channel = await opened(PLAIN)

    with pytest.raises(TemporarySendError) as throttled:
        await channel.send(delivery())

    assert (throttled.value.reason, throttled.value.retry_after) == (Reason.THROTTLED, pause)


async def test_an_operators_row_goes_before_ours(opened, gateway, delivery, tmp_path):
    codes = tmp_path / "codes.yaml"
    codes.write_text("statuses: [{codes: [409], class: RECIPIENT}]", encoding="utf-8")
    gateway.status, gateway.body = 409, ""
    channel = await opened(PLAIN, codes=codes)

    assert await outcome(channel, delivery()) == (PermanentSendError, Reason.RECIPIENT)


async def test_an_endless_answer_is_not_read_to_its_end(opened, gateway, delivery):
    gateway.status, gateway.body = 400, "x" * 1_000_000
    channel = await opened(PLAIN)

    assert await outcome(channel, delivery()) == (TemporarySendError, Reason.REFUSED_FOR_NOW)


async def test_a_gateway_that_is_not_there_is_known_not_sent(opened, delivery):
    channel = await opened(PLAIN, base_url="http://127.0.0.1:1")

    assert await outcome(channel, delivery()) == (TemporarySendError, Reason.CONNECT)


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        pytest.param(False, (UnknownOutcome, Reason.TIMEOUT), id="silent"),
        pytest.param(True, (UnknownOutcome, Reason.RESET), id="gone"),
    ],
)
async def test_a_gateway_that_took_the_request_and_fell_silent_leaves_it_open(
    opened, delivery, answers, expected
):
    over, connections = asyncio.Event(), []

    async def talk(reader, writer):
        connections.append(await reader.readuntil(b"\r\n\r\n"))
        if answers:
            writer.transport.abort()
        await over.wait()
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    channel = await opened(PLAIN, base_url=f"http://127.0.0.1:{port}", read_timeout=0.2)

    got = await outcome(channel, delivery())

    over.set()
    server.close()
    assert got == expected
    assert len(connections) == 1


async def test_an_error_never_repeats_a_number(opened, gateway, delivery, context):
    gateway.status, gateway.body = 400, '{"error": {"code": "no +358401234567"}}'
    channel = await opened(KANNEL)

    with pytest.raises(SendError) as refused:
        await channel.send(delivery())

    assert "401234567" not in str(refused.value)
