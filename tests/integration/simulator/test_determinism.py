import asyncio
from contextlib import suppress
from random import Random

import aiosmtplib
from aiohttp import ClientConnectionError
from twilio.base.exceptions import TwilioRestException

from warnbroker.simulator.journal import Kind

FROM = "+15551999999"
NUMBERS = [f"+1555200{number:04d}" for number in range(60)]
SMS = {
    "sms": [
        {"fault": "throttle", "rate": 0.2, "times": 1},
        {"fault": "error_after_accepting", "rate": 0.2},
        {"fault": "reset_before_accepting", "rate": 0.2, "times": 2},
    ],
    "callbacks": [{"fault": "duplicate", "rate": 0.3}, {"fault": "never", "rate": 0.3}],
}
MAIL = {
    "smtp": {
        "rcpt": [{"fault": "reply", "rate": 0.3, "text": "450 4.2.1 Later", "times": 1}],
        "dot": [{"fault": "accept_then_drop", "rate": 0.3}],
    }
}


async def rounds(send, seed: int) -> None:
    """Ask three times for each address, in an order and overlap of the seed's own."""
    for _ in range(3):
        shuffled = Random(seed).sample(NUMBERS, len(NUMBERS))
        await asyncio.gather(*(send(number) for number in shuffled))
        seed += 1


def fates(simulator) -> dict:
    """Return what became of each request: by address and turn, never by time."""
    return {
        (entry["to"], entry["nth"]): (entry["kind"], entry["fault"], entry.get("callback_fault"))
        for entry in simulator.journal.entries()
        if entry["kind"] in {Kind.SMS, Kind.MAIL, Kind.REFUSED}
    }


async def sms_fates(start, sdk, receiver, *, seed: int, order: int) -> dict:
    simulator = await start(SMS, seed=seed)
    client = sdk(simulator)

    async def send(number: str) -> None:
        with suppress(TwilioRestException, ClientConnectionError):
            await client.messages.create_async(
                to=number, from_=FROM, body="x", status_callback=f"{receiver.url}/r"
            )

    await rounds(send, order)
    await simulator.settle()
    return fates(simulator)


async def test_the_order_of_requests_does_not_change_their_fates(start, sdk, receiver):
    first = await sms_fates(start, sdk, receiver, seed=7, order=1)
    second = await sms_fates(start, sdk, receiver, seed=7, order=99)
    third = await sms_fates(start, sdk, receiver, seed=8, order=1)

    assert len(first) == 3 * len(NUMBERS)
    assert first == second
    assert first != third
    assert {fault for _, fault, _ in first.values()} == {
        "",
        "throttle",
        "error_after_accepting",
        "reset_before_accepting",
    }
    assert {nth for (_, nth), fate in first.items() if fate[1] == "throttle"} == {1}


async def mail_fates(start, *, order: int) -> dict:
    simulator = await start(MAIL, seed=7)

    async def send(number: str) -> None:
        client = aiosmtplib.SMTP(hostname="127.0.0.1", port=simulator.smtp_port, start_tls=False)
        await client.connect()
        with suppress(aiosmtplib.SMTPRecipientsRefused, aiosmtplib.SMTPServerDisconnected):
            await client.sendmail(
                "a@b.example", [f"{number[1:]}@mail.example"], b"Subject: x\r\n\r\nx\r\n"
            )
        client.close()

    await rounds(send, order)
    return fates(simulator)


async def test_the_order_of_mails_does_not_change_their_fates(start):
    first, second = await mail_fates(start, order=1), await mail_fates(start, order=99)

    assert len(first) == 3 * len(NUMBERS)
    assert first == second
    assert {fate[1] for fate in first.values()} == {"", "reply", "accept_then_drop"}
