"""The email channel keeps the contract of a channel, against a real SMTP server."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from aiohttp import ClientSession
from aiosmtpd.smtp import SMTP
from shapely import box

from channels.email import EmailChannel, EmailSettings
from warnbroker.contracts import (
    CONTRACT_VERSION,
    BatchSender,
    Channel,
    ChannelContext,
    RouteProvider,
)
from warnbroker.contracts.clock import SystemClock
from warnbroker.errors import PermanentSendError, TemporarySendError, UnknownOutcome
from warnbroker.model.alert import Alert
from warnbroker.model.delivery import Delivery
from warnbroker.model.enums import MsgType, Scope, Status
from warnbroker.model.level import Level
from warnbroker.model.message import Message, MessageKind
from warnbroker.model.publication import Publication
from warnbroker.model.receipt import AttemptKey, State
from warnbroker.model.standing import Standing
from warnbroker.model.subscriber import AddressKind

_: type[Channel] = EmailChannel
_batches: type[BatchSender] = EmailChannel
_serves: type[RouteProvider] = EmailChannel

NOW = datetime.now(UTC)
LEVEL = Level("red", 1, "I", "#f00", {"en": "Red"}, timedelta(hours=6), True)
PARTS = {"subject": "风暴潮红色预警", "txt": "请立即撤离。\n", "html": "<p>请立即撤离。</p>\n"}
MESSAGES = (
    Message(1, "email", "zh-CN", MessageKind.ALERT, 0, PARTS),
    Message(2, "sms", "zh-CN", MessageKind.ALERT, 0, {"txt": "请立即撤离"}),
)
PUBLICATION = Publication(
    id="a" * 26,
    warning_id="a" * 26,
    alert=Alert("1", "city", NOW, Status.ACTUAL, MsgType.ALERT, Scope.PUBLIC),
    level=LEVEL,
    published=NOW,
    expires=NOW + timedelta(hours=6),
    area=box(0, 0, 1, 1),
    groups=(),
    regions=(),
    messages=MESSAGES,
    cap=b"",
)


class Inbox:
    """Takes mail, and does what the recipient's name says."""

    def __init__(self) -> None:
        self.mails: list[bytes] = []

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802  aiosmtpd's name
        name = address.partition("@")[0]
        if name == "nobody":
            return "550 5.1.1 no such user"
        if name == "later":
            return "451 4.7.1 try again"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 ok"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802  aiosmtpd's name
        self.mails.append(envelope.content)
        if envelope.rcpt_tos[-1].startswith("unsure"):
            server.transport.abort()
        return "250 2.0.0 ok"


@pytest.fixture
async def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
async def channel(inbox: Inbox) -> AsyncIterator[EmailChannel]:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(inbox, hostname="relay.example", enable_SMTPUTF8=True, loop=loop),
        "127.0.0.1",
        0,
    )
    port = server.sockets[0].getsockname()[1]
    channel = EmailChannel(
        EmailSettings.model_validate(
            {"host": "127.0.0.1", "port": port, "from": "warn@city.example", "tls": "none"}
        )
    )

    async def regions() -> tuple[()]:
        return ()

    async with ClientSession() as session:
        zone = ZoneInfo("UTC")
        await channel.open(
            ChannelContext(
                SystemClock(), session, "https://warn.example", zone, ("en",), {}, regions
            )
        )
        yield channel
        await channel.close()
    server.close()
    await server.wait_closed()


def a_delivery(address: str) -> Delivery:
    expires = NOW + timedelta(hours=6)
    return Delivery(
        AttemptKey("a" * 26, 5, 1),
        "email",
        address,
        MESSAGES[0],
        "red",
        expires,
        standing=Standing(Status.ACTUAL, Scope.PUBLIC),
    )


def test_it_says_what_it_is():
    channel = EmailChannel(EmailSettings(connections=3))

    assert EmailChannel.name == "email"
    assert EmailChannel.contract_version == CONTRACT_VERSION
    assert EmailChannel.address_kind is AddressKind.EMAIL
    assert EmailChannel.Settings is EmailSettings
    assert channel.concurrency == 3
    assert channel.receipt_timeout is None
    assert channel.targets(PUBLICATION) == ()
    assert channel.faults()


async def test_accepted_means_that_the_relay_has_it(channel, inbox):
    await channel.prepare(PUBLICATION)

    receipt = await channel.send(a_delivery("li@home.example"))

    assert receipt.state is State.ACCEPTED
    assert len(inbox.mails) == 1
    assert b"Importance: high" in inbox.mails[0]
    assert "@home" not in f"{receipt}"


async def test_preparing_twice_changes_nothing(channel, inbox):
    await channel.prepare(PUBLICATION)
    await channel.send(a_delivery("li@home.example"))
    await channel.prepare(PUBLICATION)
    await channel.send(a_delivery("li@home.example"))

    assert inbox.mails[0] == inbox.mails[1]


async def test_a_message_that_was_not_prepared_here_is_sent_all_the_same(channel, inbox):
    await channel.send(a_delivery("li@home.example"))

    assert len(inbox.mails) == 1


@pytest.mark.parametrize(
    ("address", "error"),
    [
        ("later@home.example", TemporarySendError),
        ("nobody@home.example", PermanentSendError),
        ("unsure@home.example", UnknownOutcome),
        ("nobody at home", PermanentSendError),
    ],
)
async def test_an_outcome_is_told_by_its_error_which_names_nobody(channel, address, error):
    await channel.prepare(PUBLICATION)

    with pytest.raises(error) as caught:
        await channel.send(a_delivery(address))

    assert address not in f"{caught.value} {caught.value.code}"


async def test_one_recipients_fault_is_not_anothers(channel, inbox):
    await channel.prepare(PUBLICATION)
    addresses = ["a@home.example", "nobody@home.example", "b@home.example", "later@home.example"]

    results = await asyncio.gather(
        *(channel.send(a_delivery(address)) for address in addresses), return_exceptions=True
    )

    assert [type(result).__name__ for result in results] == [
        "Receipt",
        "PermanentSendError",
        "Receipt",
        "TemporarySendError",
    ]
    assert len(inbox.mails) == 2


async def test_a_batch_has_an_outcome_for_each_in_their_order(channel, inbox):
    names = ["a", "nobody", "later", "not a mailbox", "unsure"]

    results = await channel.send_batch([a_delivery(f"{name}@home.example") for name in names])

    assert [type(result) for result in results] == [
        UnknownOutcome,
        PermanentSendError,
        TemporarySendError,
        PermanentSendError,
        UnknownOutcome,
    ]
    assert len(inbox.mails) == 1


def test_batches_are_sent_only_where_mails_have_nothing_of_their_own():
    shared = EmailChannel(EmailSettings(recipients_per_message=50, unsubscribe=False))

    assert (EmailChannel(EmailSettings()).batch, shared.batch) == (1, 50)


async def test_closing_twice_and_closing_unopened_do_no_harm(channel):
    await channel.close()
    await channel.close()
    await EmailChannel(EmailSettings()).close()
