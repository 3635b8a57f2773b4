"""The listener: who may hand over a mail, and that none is taken before it is on record."""

import asyncio
import logging

import pytest
from aiosmtplib import SMTP, SMTPResponseException

from channels.email.incoming.listener import Listener
from channels.email.seal import load_seal
from tests.unit.channels.email.mails import ALERT, failed, plain
from warnbroker.contracts import Wish
from warnbroker.model.receipt import AttemptKey, State

KEY = AttemptKey(ALERT, 42, 3)
OURS = {"bounce_domain": "bounce.city.example"}


@pytest.fixture
async def listen(start_server, open_channel, tmp_path):
    """Open a channel with a listener; return the channel, its port, and a return path."""

    async def start(**changes):
        server = await start_server()
        file = tmp_path / "email.key"
        channel = await open_channel(
            server.port, key_file=file, listener={"port": 0, **changes}, **OURS
        )
        seal = load_seal(file)
        path = f"bounce+{ALERT}.42.3-{seal.tag(seal.of(KEY))}@bounce.city.example"
        port = channel._listener._server.sockets[0].getsockname()[1]
        return channel, port, path

    return start


async def hand_over(port, content, *to, sender=""):
    client = SMTP(hostname="127.0.0.1", port=port, start_tls=False)
    async with client:
        return await client.sendmail(sender, list(to), content)


async def test_a_bounce_to_a_return_path_of_ours_is_on_record_when_it_is_answered(listen, ear):
    _, port, path = await listen()

    await hand_over(port, failed("5.1.1"), path)

    (evidence,) = ear.evidence
    assert (evidence.key, evidence.receipt.state) == (KEY, State.FAILED_PERM)
    assert [said.wish for said in ear.said] == [Wish.HARD_BOUNCE]


async def test_the_return_path_of_a_mail_is_one_that_the_listener_takes(
    start_server, open_channel, tmp_path, make_delivery, ear
):
    server = await start_server()
    channel = await open_channel(
        server.port, key_file=tmp_path / "email.key", listener={"port": 0}, **OURS
    )
    port = channel._listener._server.sockets[0].getsockname()[1]
    await channel.send(make_delivery(key=KEY))
    (mail_from,) = server.commands("MAIL")

    await hand_over(port, failed("4.4.1"), mail_from.partition("<")[2].partition(">")[0])

    assert [item.key for item in ear.evidence] == [KEY]


@pytest.mark.parametrize("to", ["li@city.example", f"bounce+{ALERT}.42.3@bounce.city.example"])
async def test_any_other_mailbox_is_refused(listen, ear, to):
    _, port, _ = await listen()

    with pytest.raises(Exception, match=r"5\.1\.1"):
        await hand_over(port, failed("5.1.1"), to)

    assert ear.heard == []


async def test_whoever_tries_return_paths_one_after_the_other_is_hung_up_on(listen):
    _, port, path = await listen()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    guesses = [f"RCPT TO:<bounce+{ALERT}.{n}.1-aaaaaa@bounce.city.example>" for n in range(10)]
    given = ["EHLO x", "MAIL FROM:<>", *guesses, f"RCPT TO:<{path}>"]

    writer.write("".join(f"{line}\r\n" for line in given).encode())
    answers = (await reader.read()).decode().splitlines()
    writer.close()

    codes = [line[:3] for line in answers if line[3] == " "]
    assert codes == ["220", "250", "250", *["550"] * 9, "421"]


async def test_a_configured_mailbox_takes_answers_and_what_proves_nothing_is_let_go(listen, ear):
    _, port, _ = await listen(mailboxes=["warn@city.example"])

    await hand_over(port, plain("Hello", "Thank you"), "Warn@City.example", sender="li@h.example")

    assert ear.heard == []


async def test_a_mail_that_cannot_be_recorded_is_not_taken(listen, ear):
    _, port, path = await listen()
    ear.deaf = True

    with pytest.raises(SMTPResponseException) as caught:
        await hand_over(port, failed("5.1.1"), path)

    assert caught.value.code == 451


async def test_a_mail_that_is_too_large_is_refused(listen, ear):
    _, port, path = await listen(largest=64 << 10)

    with pytest.raises(SMTPResponseException) as caught:
        await hand_over(port, failed("5.1.1") + b"x\r\n" * 40_000, path)

    assert caught.value.code == 552


async def test_more_mails_than_allowed_are_asked_to_come_later(listen, ear):
    _, port, path = await listen(per_minute=2)
    for _ in range(2):
        await hand_over(port, failed("5.1.1"), path)

    with pytest.raises(SMTPResponseException) as caught:
        await hand_over(port, failed("5.1.1"), path)

    assert caught.value.code == 451


async def test_more_connections_than_allowed_are_asked_to_come_later(listen):
    _, port, _path = await listen(connections=1)
    first = SMTP(hostname="127.0.0.1", port=port, start_tls=False)
    await first.connect()

    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    greeting = await reader.readline()
    writer.close()
    await first.quit()

    assert greeting.startswith(b"421 ")


async def test_long_lines_are_read(listen, ear):
    _, port, path = await listen()

    await hand_over(port, failed("5.1.1", diagnostic="550 5.1.1 " + "x" * 5000), path)

    assert len(ear.evidence) == 1


async def test_lmtp_takes_one_recipient_at_a_time(listen, ear):
    _, port, path = await listen(protocol="lmtp")
    reader, writer = await asyncio.open_connection("127.0.0.1", port)

    async def say(line):
        writer.write(line + b"\r\n")
        while (answer := await reader.readline())[3:4] == b"-":
            pass
        return answer[:3]

    await reader.readline()
    hello = [await say(b"EHLO relay"), await say(b"LHLO relay")]
    codes = [
        await say(b"MAIL FROM:<>"),
        await say(f"RCPT TO:<{path}>".encode()),
        await say(f"RCPT TO:<{path}>".encode()),
        await say(b"DATA"),
        await say(failed("5.1.1") + b"."),
    ]
    writer.close()

    assert hello == [b"500", b"250"]
    assert codes == [b"250", b"250", b"452", b"354", b"250"]
    assert len(ear.evidence) == 1


async def test_a_port_that_is_taken_is_named_and_mail_goes_out_all_the_same(
    start_server, open_channel, tmp_path, delivery
):
    server = await start_server()

    channel = await open_channel(
        server.port, key_file=tmp_path / "k", listener={"port": server.port}, **OURS
    )
    await channel.send(delivery)

    (fault,) = channel.faults()
    assert fault.startswith(f"channels.email.listener: 127.0.0.1 port {server.port}")
    assert len(server.mails) == 1


async def test_no_mailbox_is_logged(listen, ear, caplog):
    caplog.set_level(logging.DEBUG)
    _, port, path = await listen()
    ear.deaf = True

    with pytest.raises(SMTPResponseException):
        await hand_over(port, failed("5.1.1", "550 li@home.example unknown"), path)

    assert "li@" not in caplog.text
    assert "bounce+" not in caplog.text


async def test_a_listener_that_closes_leaves_nothing_behind(listen):
    channel, port, _ = await listen()
    client = SMTP(hostname="127.0.0.1", port=port, start_tls=False)
    await client.connect()

    await channel.close()

    assert isinstance(channel._listener, Listener)
    with pytest.raises(OSError, match=r".*"):
        await asyncio.open_connection("127.0.0.1", port)
    client.close()
