"""Bare loops: the client of a channel with everything ready for it, and nothing written down."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from aiosmtplib import SMTP

from channels._twilio import callback_address, seconds_left
from warnbroker.app.parts import Parts
from warnbroker.model.delivery import Delivery
from warnbroker.model.receipt import AttemptKey
from warnbroker.model.record import AlertRecord

Loop = Callable[[], Awaitable[None]]


async def deliveries(parts: Parts, record: AlertRecord, name: str, number: int) -> list[Delivery]:
    """Return as many deliveries as the engine will make of an alert."""
    draft = await parts.publisher.draft(record)
    text = next(item for item in draft.messages if (item.channel, item.language) == (name, "en"))
    return [
        Delivery(AttemptKey(record.public_id, n + 1, 1), name, _address(name, n), text,
                 record.level, record.expires, standing=record.standing)
        for n in range(number)
    ]  # fmt: skip


def _address(name: str, number: int) -> str:
    return f"person.{number}@mail.example" if name == "email" else f"+1555{number:07d}"


@asynccontextmanager
async def channel_alone(parts: Parts, ready: list[Delivery]) -> AsyncIterator[Loop]:
    """Send through the channel itself, which is what the engine adds its record to."""
    channel, waiting = parts.channels[ready[0].channel], iter(ready)

    async def work() -> None:
        for delivery in waiting:
            await channel.send(delivery)

    yield lambda: _at_once(work, channel.concurrency)


@asynccontextmanager
async def twilio_sdk(parts: Parts, ready: list[Delivery]) -> AsyncIterator[Loop]:
    """Create messages with Twilio's SDK, over the session that the channel uses."""
    channel = parts.channels["sms"]
    context = channel._context  # noqa: SLF001
    create = channel._messages.create_async  # noqa: SLF001
    waiting = iter(
        [
            {
                "to": delivery.address,
                "body": delivery.message.parts["txt"].strip(),
                "validity_period": seconds_left(delivery, context.clock),
                "from_": channel.settings.sender,
                "status_callback": callback_address(context, channel.receipt_prefix, delivery),
            }
            for delivery in ready
        ]
    )

    async def work() -> None:
        for fields in waiting:
            await create(**fields)

    yield lambda: _at_once(work, channel.concurrency)


@asynccontextmanager
async def aiosmtplib_pool(parts: Parts, ready: list[Delivery]) -> AsyncIterator[Loop]:
    """Send prepared mails over connections that stay open, as many as the channel has."""
    channel, settings = parts.channels["email"], parts.settings.channels["email"]
    head = channel._open.letterhead  # noqa: SLF001
    await channel.prepare(parts.publisher.of_channel(await _draft(parts, ready), "email"))
    waiting = iter(
        [
            (item.address, head.address(item, _mailbox(item)) + channel._letter(item))  # noqa: SLF001
            for item in ready
        ]
    )
    clients = [
        SMTP(hostname="127.0.0.1", port=settings["port"], use_tls=False, start_tls=False,
             local_hostname="bench")
        for _ in range(channel.concurrency)
    ]  # fmt: skip
    await asyncio.gather(*(client.connect() for client in clients))
    free = iter(clients)

    async def work() -> None:
        client = next(free)
        for to, content in waiting:
            await client.sendmail(settings["from"], [to], content)

    try:
        yield lambda: _at_once(work, len(clients))
    finally:
        await asyncio.gather(*(client.quit() for client in clients))


async def _draft(parts: Parts, ready: list[Delivery]):
    return await parts.publisher.draft(await parts.store.alerts.find(ready[0].key.alert))


def _mailbox(delivery: Delivery):
    from channels.email.addresses import mailbox

    return mailbox(delivery.address)


async def _at_once(work: Callable[[], Awaitable[None]], number: int) -> None:
    await asyncio.gather(*(work() for _ in range(number)))
