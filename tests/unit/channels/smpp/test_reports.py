"""What a centre reports and passes on, and when it is told that we have it."""

import asyncio
import struct
from contextlib import suppress
from dataclasses import replace

import pytest
from pydantic import ValidationError
from structlog.testing import capture_logs

from channels._codes import load_codes
from channels.sms import SmsSettings
from warnbroker.contracts import Said
from warnbroker.errors import StoreError
from warnbroker.model.receipt import Evidence, Reason, Receipt, State

RECEIPT = 0x04
STATS = load_codes("smpp")["stat"].rows
LONG = "Leave now for the school. " * 12


def receipt(ref: str, stat: str, err: str = "000") -> str:
    return (
        f"id:{ref} sub:001 dlvrd:001 submit date:2607010210 done date:2607010211 "
        f"stat:{stat} err:{err} text:id:9 stat:DELIVRD"
    )


@pytest.mark.parametrize("row", [pytest.param(row, id=row.codes[0]) for row in STATS])
async def test_every_word_of_a_receipt_is_judged_by_its_row(centre, opened, delivery, ledger, row):
    channel = await opened(centre.port)
    await channel.send(delivery())

    for code in row.codes:
        if code.isdecimal():
            centre.deliver(
                "", esm=RECEIPT, tlvs=[[0x1E, b"m7\0".hex()], [0x427, f"{int(code):02x}"]]
            )
        else:
            centre.deliver(receipt("m7", code.replace("default", "STRANGE")), esm=RECEIPT)
        assert (await centre.event("delivered"))["delivered"] == 0
        [evidence] = ledger.kept.pop().evidence
        assert (evidence.key, evidence.receipt.provider_ref) == (None, "m7")
        assert (evidence.receipt.state, evidence.receipt.reason) == (
            row.verdict.state,
            row.verdict.reason,
        )


async def test_a_receipt_tells_of_whom_and_why(centre, opened, delivery, ledger):
    channel = await opened(centre.port)
    await channel.send(delivery())

    centre.deliver(receipt("m1", "UNDELIV", "0A7"), esm=RECEIPT)
    await centre.event("delivered")

    known = Receipt(State.FAILED_PERM, "carrier", "m1", Reason.RECIPIENT, "UNDELIV err=0A7")
    assert ledger.kept[0].evidence == (Evidence(None, known),)


async def test_a_text_in_parts_has_arrived_with_its_last_part(centre, opened, delivery, ledger):
    channel = await opened(centre.port)
    await channel.send(delivery(LONG))

    for part in ("m2", "m1", "m3"):
        centre.deliver(receipt(part, "DELIVRD"), esm=RECEIPT)
        await centre.event("delivered")

    states = [answer.evidence[0].receipt.state for answer in ledger.kept]
    assert states == [State.HANDED_OFF, State.HANDED_OFF, State.DELIVERED]


async def test_a_receipt_on_the_heels_of_its_answer_is_no_arrival_of_the_whole(
    opened, delivery, ledger
):
    """The centre answers a part and reports it in one breath, before it answers the others."""
    delivered = [0]

    async def talk(reader, writer):
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while head := await reader.readexactly(16):
                length, command, _status, number = struct.unpack("!IIII", head)
                await reader.readexactly(length - 16)
                delivered[0] += command == 0x80000005
                if command == 4:
                    ref = f"m{number}\0".encode()
                    writer.write(struct.pack("!IIII", 16 + len(ref), 0x80000004, 0, number) + ref)
                    text = receipt(f"m{number}", "DELIVRD").encode()
                    body = b"\0\1\x01358\0\1\x01x\0\x04\0\0\0\0\0\0\0\0" + bytes([len(text)]) + text
                    writer.write(struct.pack("!IIII", 16 + len(body), 5, 0, number) + body)
                elif command < 1 << 31:
                    writer.write(struct.pack("!IIII", 17, command | 1 << 31, 0, number) + b"\0")
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    channel = await opened(server.sockets[0].getsockname()[1])

    await channel.send(delivery(LONG))
    await channel.close()
    server.close()

    states = [answer.evidence[0].receipt.state for answer in ledger.kept]
    assert (states, delivered) == ([State.HANDED_OFF] * 2 + [State.DELIVERED], [3])


async def test_a_part_that_is_reported_twice_counts_once(centre, opened, delivery, ledger):
    channel = await opened(centre.port)
    await channel.send(delivery(LONG))

    for part in ("m1", "m1", "m2"):
        centre.deliver(receipt(part, "DELIVRD"), esm=RECEIPT)
        await centre.event("delivered")

    assert {answer.evidence[0].receipt.state for answer in ledger.kept} == {State.HANDED_OFF}


@pytest.mark.parametrize(
    ("text", "receipted_id"),
    [("id:26 stat:DELIVRD", ""), ("id:0000000026 stat:DELIVRD", ""),
     ("id:0000000026 stat:DELIVRD", "1A"), ("stat:DELIVRD", "1a"), ("stat:DELIVRD", "0000001A"),
     ("id:26 stat:DELIVRD", "26")],
)  # fmt: skip
async def test_ids_may_be_hexadecimal_in_answers_and_decimal_in_receipts(
    centre, opened, delivery, ledger, text, receipted_id
):
    channel = await opened(centre.port, hexadecimal_ids=True)
    await channel.send(delivery())

    tlvs = [[0x1E, receipted_id.encode().hex() + "00"]] if receipted_id else []
    centre.deliver(text, esm=RECEIPT, tlvs=tlvs)
    await centre.event("delivered")

    ids = channel._providers["carrier"]._ids
    assert ids.answered("0000001A") == ids.answered("1a") == "26"
    assert ids.answered("m1") == "m1"  # it is no hexadecimal number: kept as it is
    assert ledger.kept[0].evidence[0].receipt.provider_ref == "26"


@pytest.mark.parametrize("coding", [0, 3])
@pytest.mark.parametrize(
    ("body", "ref"),
    [
        (b"id:a_1@b stat:DELIVRD", "a_1@b"),
        (b"id:m1 stat:DELIVRD\0", "m1"),
        (b"stat:DELIVRD err:000 id:m1\0\0", "m1"),
    ],
)
async def test_a_receipt_is_a_form_in_ascii_whatever_texts_are_in(
    centre, opened, delivery, ledger, body, ref, coding
):
    channel = await opened(centre.port)
    await channel.send(delivery())

    centre.deliver(body, esm=RECEIPT, coding=coding)
    await centre.event("delivered")

    receipt = ledger.kept[0].evidence[0].receipt
    assert (receipt.state, receipt.provider_ref, receipt.code) == (State.DELIVERED, ref, "DELIVRD")


async def test_what_could_not_be_kept_is_not_acknowledged(centre, opened, delivery, ledger):
    channel = await opened(centre.port)
    await channel.send(delivery())
    ledger.fails_with = StoreError("the disk is full")

    centre.deliver(receipt("m1", "DELIVRD"), esm=RECEIPT)

    # 0x64 is "try again later".
    assert (await centre.event("delivered"))["delivered"] == 0x64
    assert ledger.kept == []


@pytest.mark.parametrize(
    ("body", "coding", "text"),
    [
        (b"STOP", 0, "STOP"),
        (b"\x1b\x65 H\x7b\x7c", 0, "€ Häö"),
        ("停止".encode("utf-16-be"), 8, "停止"),
        ("Häö".encode("latin-1"), 3, "Häö"),
    ],
)
async def test_a_text_that_somebody_wrote_is_passed_on(
    centre, opened, delivery, ledger, body, coding, text
):
    channel = await opened(centre.port)
    await channel.send(delivery())

    centre.deliver(body, coding=coding)
    await centre.event("delivered")

    [said] = ledger.kept[0].said
    assert replace(said, ref="") == Said("sms", "phone", "+358401234567", text)


@pytest.mark.parametrize(
    ("source", "ton", "country", "number"),
    [
        ("358401234567", 1, "", "+358401234567"),
        ("+358401234567", 0, "", "+358401234567"),
        ("00358401234567", 0, "", "+358401234567"),
        ("0401234567", 0, "FI", "+358401234567"),
        ("401234567", 2, "FI", "+358401234567"),
        ("358401234567", 0, "FI", "+358401234567"),
        ("46701234567", 0, "FI", "+46701234567"),
        ("46701234567", 1, "FI", "+46701234567"),
        ("011358401234567", 0, "US", "+358401234567"),
        ("401234567", 2, "", ""),  # with a plus before it, it would be somebody's in Romania
        ("Vaara", 5, "FI", ""),
    ],
)
async def test_who_wrote_is_known_in_whatever_form_the_centre_writes_the_number(
    centre, opened, delivery, ledger, source, ton, country, number
):
    channel = await opened(centre.port, country=country)
    await channel.send(delivery())

    centre.deliver("STOP", source=source, ton=ton)
    await centre.event("delivered")

    assert ledger.kept[0].said[0].address == number


def test_a_country_that_is_none_is_refused():
    with pytest.raises(ValidationError, match="'XX' is no country"):
        SmsSettings(providers={"carrier": {"type": "smpp", "country": "XX"}})


async def test_who_wrote_is_answered(centre, opened, delivery, ledger):
    channel = await opened(centre.port)
    await channel.send(delivery())
    await centre.event("submit")
    ledger.answers = ["You get no more."]

    centre.deliver("STOP")

    answered = await centre.event("submit")
    assert (answered["to"], bytes.fromhex(answered["body"])) == (
        "358401234567",
        b"You get no more.",
    )


async def test_who_wrote_is_answered_by_the_sender_of_their_country(
    centre, opened, delivery, ledger
):
    channel = await opened(centre.port, senders={"FI": "16123"}, **{"from": ""})
    await channel.send(delivery())
    await centre.event("submit")
    ledger.answers = ["You get no more."]

    centre.deliver("STOP")

    assert (await centre.event("submit"))["source"] == "16123"


async def test_who_writes_from_where_we_have_no_sender_is_heard_and_not_answered(
    centre, opened, delivery, ledger
):
    channel = await opened(centre.port, senders={"FI": "16123"}, **{"from": ""})
    await channel.send(delivery())
    ledger.answers = ["You get no more."]

    with capture_logs() as lines:
        centre.deliver("STOP", source="46701234567")
        async with asyncio.timeout(20):
            while not lines:
                await asyncio.sleep(0.02)
        await channel.close()

    assert ledger.kept[0].said[0].text == "STOP"
    assert [line["fault"] for line in lines] == ["carrier: no sender is set for who wrote to us"]


async def test_a_text_that_comes_again_is_answered_once(centre, opened, delivery, ledger):
    channel = await opened(centre.port)
    await channel.send(delivery())
    await centre.event("submit")
    ledger.answers = ["You get no more."]

    for text in ("STOP", "STOP", "START"):
        centre.deliver(text)
    seen = [await centre.event("submit", "delivered") for _ in range(5)]
    await channel.send(delivery(to="+358400000001"))

    refs = [answer.said[0].ref for answer in ledger.kept]
    assert len(refs) == 3
    assert len(set(refs)) == 2
    assert sum("submit" in event for event in seen) == 2
    assert (await centre.event("submit"))["to"] == "358400000001"


async def test_nonsense_is_acknowledged_and_ends_nothing(centre, opened, delivery, ledger):
    channel = await opened(centre.port)
    await channel.send(delivery())

    centre.deliver(b"\xff\x00\xfe", esm=0x44, coding=8)
    await centre.event("delivered")

    assert ledger.kept == []
    await channel.send(delivery())
