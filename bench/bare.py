"""Bare loops: the client of a channel with everything ready for it, and nothing written down."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import orjson
from aiosmtplib import SMTP
from twilio.http.async_http_client import AsyncTwilioHttpClient
from twilio.rest import Client
from yarl import URL

from channels._client import HttpClient
from channels._client.request import head_of, origin_of, whole
from channels._http import time_limits
from channels.email.addresses import mailbox
from warnbroker.app.http import outgoing
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
    """Create messages with Twilio's SDK over its own client, which is aiohttp's."""
    settings = parts.channels["sms"].settings
    http = AsyncTwilioHttpClient(pool_connections=True)
    http.session._connector._limit = 0  # noqa: SLF001  its pool would be the bound
    client = Client("AC1", "x", http_client=http, environment={"TWILIO_REGION": ""})
    client.api.base_url = settings.base_url
    try:
        yield _created(parts, ready, client.messages.create_async)
    finally:
        await http.close()


@asynccontextmanager
async def twilio_own(parts: Parts, ready: list[Delivery]) -> AsyncIterator[Loop]:
    """Create messages with Twilio's SDK over the client that the channel uses."""
    create = parts.channels["sms"]._providers["twilio"]._messages.create_async  # noqa: SLF001
    yield _created(parts, ready, create)


def _created(parts: Parts, ready: list[Delivery], create: Callable[..., Awaitable[Any]]) -> Loop:
    channel = parts.channels["sms"]
    reports = f"{parts.url}/receipts/twilio/sms"
    waiting = iter(
        [
            {
                "to": delivery.address,
                "body": delivery.message.parts["txt"].strip(),
                "validity_period": 21_000,
                "from_": channel.settings.sender,
                "status_callback": f"{reports}/{delivery.key.path}#rc=5&rp=all",
            }
            for delivery in ready
        ]
    )

    async def work() -> None:
        for fields in waiting:
            await create(**fields)

    return lambda: _at_once(work, channel.concurrency)


@asynccontextmanager
async def aiohttp_gateway(parts: Parts, ready: list[Delivery]) -> AsyncIterator[Loop]:
    """Post prepared bytes with aiohttp over one pooled session, and read the answer's id."""
    channel = parts.channels["sms"]
    url, limits = _messages(parts), time_limits(10, 30)
    waiting = iter(_requests(parts, ready))
    async with outgoing() as session:

        async def work() -> None:
            for headers, body in waiting:
                async with session.post(
                    url, data=body, headers=headers, timeout=limits, allow_redirects=False
                ) as answer:
                    assert answer.status == 201
                    assert orjson.loads(await answer.read())["id"]

        yield lambda: _at_once(work, channel.concurrency)


@asynccontextmanager
async def own_gateway(parts: Parts, ready: list[Delivery]) -> AsyncIterator[Loop]:
    """Write prepared bytes with the client that the channel uses, and read the answer's id."""
    channel, url, client = parts.channels["sms"], _messages(parts), HttpClient(10, 30)
    origin = origin_of(url)
    waiting = iter(
        [whole(head_of("POST", url, headers), body) for headers, body in _requests(parts, ready)]
    )

    async def work() -> None:
        for request in waiting:
            answer = await client.send(origin, request)
            assert answer.status == 201
            assert orjson.loads(answer.body)["id"]

    try:
        yield lambda: _at_once(work, channel.concurrency)
    finally:
        await client.close()


def _messages(parts: Parts) -> URL:
    [account] = parts.channels["sms"].settings.providers.values()
    return URL(f"{account.base_url}/messages")


def _requests(parts: Parts, ready: list[Delivery]) -> list[tuple[dict[str, str], bytes]]:
    """Return headers and body of each request, as the described gateway wants them."""
    [account] = parts.channels["sms"].settings.providers.values()
    fixed = {"Content-Type": "application/json", "Authorization": "Bearer x"}
    return [
        (
            fixed | {"Idempotency-Key": f"{item.key.alert}/{item.key.delivery}.1"},
            orjson.dumps(
                {
                    "to": item.address,
                    "from": account.sender,
                    "text": item.message.parts["txt"].strip(),
                    "valid_for": 21_000,
                    "reference": item.key.path,
                    "callback": f"{parts.url}/receipts/gateway/bench/{item.key.path}",
                }
            ),
        )
        for item in ready
    ]


@asynccontextmanager
async def aiosmtplib_pool(parts: Parts, ready: list[Delivery]) -> AsyncIterator[Loop]:
    """Send prepared mails over connections that stay open, as many as the channel has."""
    channel, settings = parts.channels["email"], parts.settings.channels["email"]
    await channel.prepare(parts.publisher.of_channel(await _draft(parts, ready), "email"))
    post = channel._open  # noqa: SLF001
    waiting = iter([_mail(post, item) for item in ready])
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


def _mail(post, delivery: Delivery) -> tuple[str, bytes]:
    to, letter = mailbox(delivery.address), post.desk.letter(delivery)
    own = post.letterhead.own(post.postmark.lines(delivery, to), letter, post.clock.now())
    return delivery.address, own + letter.content


async def _at_once(work: Callable[[], Awaitable[None]], number: int) -> None:
    await asyncio.gather(*(work() for _ in range(number)))
