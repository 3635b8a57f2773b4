import asyncio
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8

import aiosmtplib
import pytest

from warnbroker.simulator.journal import Kind

FROM, TO = "warn@warnbroker.example", "li.wei.0000001@mail.example"
BUSY = "450 4.2.1 Mailbox busy, try again later"
GONE = "550 5.1.1 No such mailbox"


def letter(policy=SMTP, text: str = "请立即撤离") -> EmailMessage:
    mail = EmailMessage(policy=policy)
    mail["From"], mail["To"] = FROM, TO
    mail["Subject"] = "【红色预警】风暴潮"
    mail["Message-ID"] = "<1.1@warnbroker.example>"
    mail.set_content(text)
    return mail


def faults(stage: str, **rule) -> dict:
    return {"smtp": {stage: [{"rate": 1, **rule}]}}


@pytest.fixture
async def dial():
    """Open connections of aiosmtplib to a simulator."""
    opened: list[aiosmtplib.SMTP] = []

    async def dialled(simulator) -> aiosmtplib.SMTP:
        client = aiosmtplib.SMTP(
            hostname="127.0.0.1", port=simulator.smtp_port, start_tls=False, timeout=20
        )
        opened.append(client)
        await client.connect()
        return client

    yield dialled
    for client in opened:
        client.close()


async def test_a_mail_is_taken_and_journaled_with_its_subject_in_clear(start, dial):
    simulator = await start()
    client = await dial(simulator)

    await client.send_message(letter())

    (entry,) = simulator.journal.entries(Kind.MAIL)
    assert (entry["to"], entry["from"], entry["nth"]) == (TO, FROM, 1)
    assert (entry["subject"], entry["message_id"]) == (
        "【红色预警】风暴潮",
        "<1.1@warnbroker.example>",
    )
    assert entry["accepted"] is True
    assert entry["fault"] == ""


async def test_each_recipient_of_a_mail_has_an_entry(start, dial):
    simulator = await start()
    client = await dial(simulator)

    await client.sendmail(FROM, [TO, "other@mail.example"], letter().as_bytes())

    entries = list(simulator.journal.entries(Kind.MAIL))
    assert [entry["to"] for entry in entries] == [TO, "other@mail.example"]
    assert len({entry["sid"] for entry in entries}) == 1


async def test_a_connection_takes_many_mails(start, dial):
    simulator = await start()
    client = await dial(simulator)

    for number in range(50):
        await client.sendmail(FROM, [f"p{number}@mail.example"], letter().as_bytes())
    await client.quit()

    assert [e["to"] for e in simulator.journal.entries()] == [
        f"p{n}@mail.example" for n in range(50)
    ]


async def test_the_first_mails_are_kept_whole(start, dial, tmp_path):
    simulator = await start(mail_directory=tmp_path / "mail", mail_sample=2)
    client = await dial(simulator)
    content = letter(text=".\n..two dots\nend\n.").as_bytes()

    for number in range(3):
        await client.sendmail(FROM, [f"p{number}@mail.example"], content)

    kept = sorted((tmp_path / "mail").glob("*.eml"))
    assert [path.read_bytes() for path in kept] == [content, content]


async def test_a_mail_with_utf8_headers_and_recipient_is_taken_by_smtputf8(start, dial):
    simulator = await start()
    client = await dial(simulator)
    mail = letter(SMTPUTF8)
    mail.replace_header("To", "李伟@邮箱.example")

    await client.send_message(mail)

    (entry,) = simulator.journal.entries(Kind.MAIL)
    assert (entry["to"], entry["subject"]) == ("李伟@邮箱.example", "【红色预警】风暴潮")


async def test_an_empty_mail_is_a_mail(start, dial):
    simulator = await start()
    client = await dial(simulator)
    await client.ehlo()
    await client.mail(FROM)
    await client.rcpt(TO)

    response = await client.data(b"")

    assert response.code == 250
    assert simulator.journal.counts == {Kind.MAIL: 1}


async def test_a_mail_beyond_the_announced_size_is_refused(start, dial):
    simulator = await start()
    client = await dial(simulator)
    line = b"x" * 900 + b"\r\n"
    await client.ehlo()
    assert client.supports_extension("size")
    await client.mail(FROM)
    await client.rcpt(TO)

    with pytest.raises(aiosmtplib.SMTPDataError) as refused:
        await client.data(line * 12_000)

    assert refused.value.code == 552
    await client.sendmail(FROM, [TO], letter().as_bytes())
    assert simulator.journal.counts == {Kind.REFUSED: 1, Kind.MAIL: 1}


async def test_a_mail_that_breaks_the_form_is_refused(start, dial):
    simulator = await start()
    client = await dial(simulator)

    with pytest.raises(aiosmtplib.SMTPDataError) as refused:
        await client.sendmail(FROM, [TO], b"Subject: x\r\n\r\n" + b"x" * 1200 + b"\r\n")

    assert refused.value.code == 500
    (entry,) = simulator.journal.entries()
    assert (entry["kind"], entry["stage"], entry["to"]) == ("refused", "dot", TO)


@pytest.mark.parametrize("text", [BUSY, GONE])
@pytest.mark.parametrize(
    ("stage", "error"),
    [
        ("mail", aiosmtplib.SMTPSenderRefused),
        ("rcpt", aiosmtplib.SMTPRecipientsRefused),
        ("data", aiosmtplib.SMTPDataError),
        ("dot", aiosmtplib.SMTPDataError),
    ],
)
async def test_a_reply_at_a_stage_is_seen_and_nothing_is_taken(start, dial, stage, error, text):
    simulator = await start(faults(stage, fault="reply", text=text))
    client = await dial(simulator)

    with pytest.raises(error) as refused:
        await client.send_message(letter())

    replies = getattr(refused.value, "recipients", [refused.value])
    assert {f"{reply.code} {reply.message}" for reply in replies} == {text}
    (entry,) = simulator.journal.entries()
    assert (entry["kind"], entry["what"], entry["stage"]) == ("refused", "mail", stage)
    assert entry["to"] == ("" if stage == "mail" else TO)
    assert (entry["reply"], entry["fault"]) == (text, "reply")


async def test_a_refused_connection_says_why_and_ends(start, dial):
    simulator = await start(faults("connect", fault="reply", text="554 5.3.2 Not today"))

    with pytest.raises(aiosmtplib.SMTPConnectResponseError) as refused:
        await dial(simulator)

    assert (refused.value.code, refused.value.message) == (554, "5.3.2 Not today")


async def test_a_refused_greeting_is_seen(start, dial):
    simulator = await start(faults("ehlo", fault="reply", text="450 4.7.0 Later"))
    client = await dial(simulator)

    with pytest.raises(aiosmtplib.SMTPHeloError) as refused:
        await client.ehlo()

    assert refused.value.code == 450


@pytest.mark.parametrize("stage", ["mail", "rcpt", "data", "dot"])
async def test_a_421_ends_the_connection(start, dial, stage):
    simulator = await start(faults(stage, fault="reply", text="421 4.3.2 Closing"))
    client = await dial(simulator)

    with pytest.raises(aiosmtplib.SMTPException):
        await client.send_message(letter())
    with pytest.raises(aiosmtplib.SMTPServerDisconnected):
        await client.noop()

    assert simulator.journal.counts == {Kind.REFUSED: 1}


@pytest.mark.parametrize("stage", ["connect", "ehlo", "mail", "rcpt", "data", "dot"])
async def test_a_dropped_connection_is_seen_and_nothing_is_taken(start, dial, stage):
    simulator = await start(faults(stage, fault="drop"))

    with pytest.raises((aiosmtplib.SMTPServerDisconnected, aiosmtplib.SMTPConnectError)):
        await (await dial(simulator)).send_message(letter())

    (entry,) = simulator.journal.entries()
    assert (entry["kind"], entry["stage"], entry["fault"]) == ("refused", stage, "drop")


async def test_accept_then_drop_takes_the_mail_and_does_not_say_so(start, dial):
    simulator = await start(faults("dot", fault="accept_then_drop"))
    client = await dial(simulator)

    with pytest.raises(aiosmtplib.SMTPServerDisconnected):
        await client.send_message(letter())

    (entry,) = simulator.journal.entries()
    assert (entry["kind"], entry["to"], entry["accepted"]) == ("mail", TO, True)
    assert entry["fault"] == "accept_then_drop"


async def test_a_fault_with_times_lets_the_retry_pass_on_the_same_connection(start, dial):
    simulator = await start(faults("rcpt", fault="reply", text=BUSY, times=1))
    client = await dial(simulator)

    with pytest.raises(aiosmtplib.SMTPRecipientsRefused):
        await client.send_message(letter())
    await client.send_message(letter())

    assert [(e["kind"], e["nth"]) for e in simulator.journal.entries()] == [
        ("refused", 1),
        ("mail", 2),
    ]


async def test_one_recipient_is_refused_and_the_other_one_is_not(start, dial):
    simulator = await start(faults("rcpt", fault="reply", text=GONE, times=1))
    client = await dial(simulator)
    with pytest.raises(aiosmtplib.SMTPRecipientsRefused):
        await client.sendmail(FROM, [TO], letter().as_bytes())

    errors, _ = await client.sendmail(FROM, [TO, "new@mail.example"], letter().as_bytes())

    assert set(errors) == {"new@mail.example"}
    assert [(e["kind"], e["to"]) for e in simulator.journal.entries()] == [
        ("refused", TO),
        ("refused", "new@mail.example"),
        ("mail", TO),
    ]


async def test_a_reset_mail_is_forgotten(start, dial):
    simulator = await start()
    client = await dial(simulator)
    await client.ehlo()
    await client.mail(FROM)
    await client.rcpt(TO)
    await client.rset()

    with pytest.raises(aiosmtplib.SMTPDataError) as refused:
        await client.data(letter().as_bytes())

    assert refused.value.code == 503


async def test_a_client_that_vanishes_in_the_middle_of_a_mail_leaves_nothing(start, dial):
    simulator = await start()
    reader, writer = await asyncio.open_connection("127.0.0.1", simulator.smtp_port)
    writer.write(b"EHLO x\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\nDATA\r\n")
    await reader.readuntil(b"354 ")
    writer.write(b"Subject: half a ma")
    await writer.drain()
    writer.close()
    await writer.wait_closed()

    await (await dial(simulator)).send_message(letter())

    assert [entry["to"] for entry in simulator.journal.entries()] == [TO]


async def test_what_follows_the_final_dot_unasked_ends_the_connection(start):
    simulator = await start()
    reader, writer = await asyncio.open_connection("127.0.0.1", simulator.smtp_port)
    writer.write(b"EHLO x\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\nDATA\r\n")
    await reader.readuntil(b"354 ")
    writer.write(b"Subject: x\r\n\r\n.\r\nMAIL FROM:<smuggled@b.example>\r\n")

    rest = await reader.read()

    assert b"250 2.0.0" not in rest
    assert simulator.journal.counts == {}
    writer.close()
    await writer.wait_closed()
