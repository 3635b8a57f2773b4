"""The HTTP client: what an answer means, and what is known where none comes."""

import asyncio
import ssl

import pytest
from yarl import URL

from channels._client import HttpClient, dialer
from channels._client.connection import LONGEST_BODY, LONGEST_HEAD
from tests.unit.channels.authority import make_authority
from tests.unit.channels.client.conftest import request_of
from warnbroker.errors import TemporarySendError, UnknownOutcome
from warnbroker.model.receipt import Reason

OK = b"HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
REFUSED = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 2\r\n\r\nno"


async def post(client, far, body=b"x", **headers):
    return await client.request("POST", far.url, headers, body)


async def test_a_request_arrives_as_it_was_meant(client, far):
    there = await far(OK)

    answer = await client.request("POST", there.url, {"Idempotency-Key": "a/1"}, b"to=%2B1")

    assert (answer.status, answer.body) == (201, b"{}")
    assert answer.fields["content-type"] == answer.fields["Content-Type"] == "application/json"
    head, _, body = there.connections[0][0].partition(b"\r\n\r\n")
    assert head.splitlines()[0] == b"POST /messages?x=1 HTTP/1.1"
    assert set(head.splitlines()[1:]) == {
        b"Host: 127.0.0.1:%d" % there.port, b"Idempotency-Key: a/1", b"Accept: */*",
        b"User-Agent: warnbroker", b"Content-Length: 7",
    }  # fmt: skip
    assert body == b"to=%2B1"


async def test_one_connection_serves_many(client, far):
    there = await far(OK, REFUSED, OK)

    found = [(await post(client, there)).status for _ in range(3)]

    assert found == [201, 400, 201]
    assert len(there.connections) == 1


async def test_requests_at_once_have_connections_of_their_own(client, far):
    there = await far(OK)

    answers = await asyncio.gather(*(post(client, there) for _ in range(50)))

    assert [answer.status for answer in answers] == [201] * 50
    assert len(there.connections) == 50


@pytest.mark.parametrize(
    ("answer", "status", "body"),
    [
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n",
         200, b"abc"),
        (b"HTTP/1.1 204 No Content\r\n\r\n", 204, b""),
        (b"HTTP/1.1 100 Continue\r\n\r\n" + OK, 201, b"{}"),
        (b"HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n", 302, b""),
    ],
    ids=["chunked", "nothing", "wait for it", "elsewhere"],
)  # fmt: skip
async def test_each_form_of_answer_is_read(client, far, answer, status, body):
    there = await far(answer, OK)

    found = await post(client, there)
    again = await post(client, there)

    assert (found.status, found.body) == (status, body)
    assert again.status == 201
    assert len(there.connections) == 1


async def test_an_answer_may_come_byte_by_byte(client, far):
    async def drip(_, reader, writer):
        await request_of(reader)
        for byte in OK:
            writer.write(bytes([byte]))
            await writer.drain()
        await reader.read()

    assert (await post(client, await far(script=drip))).body == b"{}"


async def test_a_body_without_a_length_ends_with_the_connection(client, far):
    async def end(_, reader, writer):
        await request_of(reader)
        writer.write(b"HTTP/1.1 200 OK\r\n\r\nall of it")

    answer = await post(client, await far(script=end))

    assert answer.body == b"all of it"


async def test_where_nobody_listens_nothing_was_sent(client, far):
    there = await far(OK)
    there.port, gone = 1, there.port

    with pytest.raises(TemporarySendError) as refused:
        await post(client, there)

    assert gone
    assert refused.value.reason is Reason.CONNECT


async def test_a_name_that_does_not_exist_is_no_address_in_the_error(client):
    with pytest.raises(TemporarySendError) as refused:
        await client.request("POST", URL("http://nobody.invalid/+15551234"), {})

    assert (refused.value.reason, "nobody" in str(refused.value)) == (Reason.CONNECT, False)


async def test_a_name_that_did_not_exist_is_looked_up_again(client, far, monkeypatch):
    there = await far(OK)
    loop = asyncio.get_running_loop()
    look_up = loop.getaddrinfo

    async def gone(*_, **__):
        raise OSError("no DNS")

    monkeypatch.setattr(loop, "getaddrinfo", gone)
    with pytest.raises(TemporarySendError):
        await post(client, there)
    monkeypatch.setattr(loop, "getaddrinfo", look_up)

    assert (await post(client, there)).status == 201


@pytest.mark.parametrize("address", ["", "/messages", "ftp://x.example/", "http:///x"])
async def test_what_is_no_web_address_is_a_fault_of_the_settings(client, address):
    with pytest.raises(TemporarySendError) as refused:
        await client.request("POST", URL(address), {})

    assert refused.value.reason is Reason.CONFIG


@pytest.mark.parametrize("value", ["a\r\nX: 1", "a\nb", "a\0b"])
async def test_a_header_begins_no_other_line(client, far, value):
    there = await far(OK)

    with pytest.raises(ValueError, match="header"):
        await post(client, there, To=value)

    assert not there.connections


async def test_silence_leaves_the_outcome_open(client, far):
    async def silent(_, reader, writer):
        await reader.read()

    with pytest.raises(UnknownOutcome) as unknown:
        await post(client, await far(script=silent))

    assert unknown.value.reason is Reason.TIMEOUT


async def test_an_answer_that_never_ends_is_given_up(client, far):
    async def drip(_, reader, writer):
        await request_of(reader)
        writer.write(b"HTTP/1.1 201 Created\r\nContent-Length: 9000\r\n\r\n")
        while True:
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.05)

    with pytest.raises(UnknownOutcome) as unknown:
        await asyncio.wait_for(post(client, await far(script=drip)), 5)

    assert unknown.value.reason is Reason.TIMEOUT


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n" + b"X: y\r\n" * 999_999,
         Reason.SERVER_ERROR),
        (b"", Reason.RESET),
        (b"HTTP/1.1 201 Crea", Reason.RESET),
        (b"HTTP/1.1 201 Created\r\nContent-Length: 9\r\n\r\nhalf", Reason.RESET),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n", Reason.RESET),
        (b"220 mail.example ESMTP\r\n", Reason.RESET),
        (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
         Reason.RESET),
        (b"HTTP/1.1 201 Created\r\nX: " + b"x" * (LONGEST_HEAD + 10), Reason.SERVER_ERROR),
        (b"HTTP/1.1 201 Created\r\n\r\n" + b"x" * (LONGEST_BODY + 10), Reason.SERVER_ERROR),
    ],
    ids=["trailers without end", "nothing", "half a line", "half a body", "half in chunks",
         "not HTTP", "another protocol", "a head without end", "a body without end"],
)  # fmt: skip
async def test_what_is_no_whole_answer_leaves_the_outcome_open(client, far, said, reason):
    async def say(_, reader, writer):
        await request_of(reader)
        writer.write(said)
        await writer.drain()

    with pytest.raises(UnknownOutcome) as unknown:
        await post(client, await far(script=say))

    assert unknown.value.reason is reason


@pytest.mark.parametrize(
    "said",
    [
        b"HTTP/1.1 503 Busy\r\nRetry-After: 7\r\nContent-Length: 9\r\n\r\nhalf",
        b"HTTP/1.1 503 Busy\r\nRetry-After: 7\r\n\r\n" + b"x" * (LONGEST_BODY + 10),
    ],
    ids=["half a body", "a body without end"],
)
async def test_a_refusal_is_one_without_its_whole_body(client, far, said):
    async def say(_, reader, writer):
        await request_of(reader)
        writer.write(said)
        await writer.drain()

    answer = await post(client, await far(script=say))

    assert (answer.status, answer.body) == (503, b"")
    assert answer.fields["Retry-After"] == "7"


@pytest.mark.parametrize(
    "first",
    [
        OK + OK,
        b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n",
    ],
    ids=["two answers to one request", "asked to close", "an old server"],
)
async def test_a_connection_that_cannot_be_trusted_is_not_used_again(client, far, first):
    there = await far(first, OK)
    await post(client, there)

    assert (await post(client, there)).status in {200, 201}
    assert len(there.connections) == 2


async def test_a_connection_that_the_other_side_closed_meanwhile_is_not_used(client, far):
    async def once(found, reader, writer):
        await request_of(reader)
        writer.write(OK)

    there = await far(script=once)
    await post(client, there)
    await asyncio.sleep(0.05)

    assert (await post(client, there)).status == 201


async def test_who_is_cancelled_takes_the_connection_along(client, far):
    async def second_only(found, reader, writer):
        await request_of(reader)
        if len(found.connections) == 1:
            await asyncio.sleep(0.1)
        writer.write(OK)
        await reader.read()

    there = await far(script=second_only)
    task = asyncio.create_task(post(client, there))
    await asyncio.sleep(0.05)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)

    assert (await post(client, there)).status == 201
    assert len(there.connections) == 2


@pytest.mark.parametrize("said", [b"", b"220 mail.example ESMTP\r\n", OK], ids=["bye", "hi", "ok"])
async def test_a_connection_that_ends_before_it_is_used_got_nothing(client, far, monkeypatch, said):
    async def early(_, reader, writer):
        writer.write(said)
        await writer.drain()

    connect = client._dialer.connect

    async def slowly(*given):
        connection = await connect(*given)
        # What came before anybody asked breaks the trust in what comes after.
        await asyncio.sleep(0.05)
        return connection

    monkeypatch.setattr(client._dialer, "connect", slowly)

    with pytest.raises(TemporarySendError) as refused:
        await post(client, await far(script=early))

    assert refused.value.reason is Reason.CONNECT


async def test_nothing_is_sent_once_the_client_is_closed(client, far):
    there = await far(OK)
    task = asyncio.create_task(post(client, there))
    await asyncio.sleep(0)
    await client.close()

    with pytest.raises(TemporarySendError) as refused:
        await task

    assert refused.value.reason is Reason.CONNECT
    assert there.connections in ([], [[]])


async def test_closing_tells_who_waits_that_nobody_knows(client, far):
    async def silent(_, reader, writer):
        await reader.read()

    task = asyncio.create_task(post(client, await far(script=silent)))
    await asyncio.sleep(0.05)
    await client.close()

    with pytest.raises(UnknownOutcome):
        await task


async def test_idle_connections_end(client, far, monkeypatch):
    monkeypatch.setattr("channels._client.client.IDLE_FOR", 0.1)
    ended = asyncio.Event()

    async def until_the_end(_, reader, writer):
        await request_of(reader)
        writer.write(OK)
        await reader.read()
        ended.set()

    await post(client, await far(script=until_the_end))

    await asyncio.wait_for(ended.wait(), 5)


async def test_a_trusted_server_is_spoken_to_under_tls(client, tmp_path, monkeypatch):
    authority = make_authority(tmp_path)
    trust = ssl.create_default_context(cafile=authority.file)
    monkeypatch.setattr(dialer, "_trust", lambda: trust)

    async def serve(reader, writer):
        for _ in range(2):
            await request_of(reader)
            writer.write(OK)
        await reader.read()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=authority.server)
    async with server:
        url = URL(f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}/")
        found = [(await client.request("POST", url, {}, b"x")).status for _ in range(2)]
        await client.close()

    assert found == [201, 201]


async def test_a_name_in_the_address_is_a_credential(client, far):
    there = await far(OK)

    await client.request("GET", there.url.with_user("u").with_password("p"), {})

    assert b"\r\nAuthorization: Basic dTpw\r\n" in there.connections[0][0]
    assert b"Content-Length" not in there.connections[0][0]


async def test_a_client_that_was_never_used_can_be_closed():
    await HttpClient(1, 1).close()
