"""The simulated gateway and area centre, spoken to by the real channels."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from aiohttp import ClientSession, web
from shapely import box

from channels.cell import CellChannel, CellSettings
from channels.sms import SmsChannel, SmsSettings
from warnbroker.contracts import Callback, ChannelContext
from warnbroker.contracts.clock import SystemClock
from warnbroker.errors import TemporarySendError, UnknownOutcome
from warnbroker.model.alert import Alert
from warnbroker.model.delivery import Delivery
from warnbroker.model.enums import MsgType, Scope, Status
from warnbroker.model.level import Level
from warnbroker.model.message import Message, MessageKind
from warnbroker.model.publication import Publication
from warnbroker.model.receipt import AttemptKey, Evidence, Reason, State
from warnbroker.model.standing import Standing
from warnbroker.simulator.faults import FaultScript, PlainFault, Throttle, Undeliverable
from warnbroker.simulator.journal import Kind
from warnbroker.simulator.server import Simulator, SimulatorSettings

TOKEN = "simulated"
KEY = AttemptKey("a" * 26, 7, 1)
ENDS = datetime.now(UTC) + timedelta(hours=1)


class Broker:
    """Takes callbacks as the broker does, and keeps what they prove."""

    def __init__(self) -> None:
        self.url = ""
        self.channels: dict[str, Any] = {}
        self.evidence: list[Evidence] = []

    async def take(self, request: web.Request) -> web.Response:
        prefix, _, path = request.match_info["path"].partition("/")
        headers, body = dict(request.headers), await request.read()
        callback = Callback("POST", path, f"{self.url}{request.raw_path}", headers, body, prefix)
        self.evidence += self.channels[prefix].parse_receipts(callback).evidence
        return web.Response(status=204)


@pytest.fixture
async def broker() -> AsyncIterator[Broker]:
    made = Broker()
    application = web.Application()
    application.router.add_post("/receipts/{path:.+}", made.take)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield made
    await runner.cleanup()


async def no_regions() -> tuple[()]:
    return ()


@pytest.fixture
async def far(broker: Broker) -> AsyncIterator[Any]:
    """Start a simulator with a fault, and both channels on it."""
    started: list[Simulator] = []
    async with ClientSession() as session:

        async def start(fault: Any = None) -> Simulator:
            faults = FaultScript(sms=(fault,)) if fault else FaultScript.none()
            simulator = Simulator(
                SimulatorSettings(
                    account_sid="AC1", auth_token=TOKEN, faults=faults, callback_delay=(0.0, 0.01)
                )
            )
            await simulator.start()
            started.append(simulator)
            account = {
                "base_url": f"{simulator.http_url}/gateway",
                "values": {"token": TOKEN},
                "callback_secret": TOKEN,
            }
            texts = {"gw": account | {"type": "http", "gateway": "plain", "from": "Vaara"}}
            broker.channels = {
                "gateway": SmsChannel(SmsSettings(providers=texts)),
                "cell": CellChannel(CellSettings(carriers={"n": account | {"gateway": "area"}})),
            }
            for channel in broker.channels.values():
                await channel.open(
                    ChannelContext(
                        SystemClock(), session, broker.url, ZoneInfo("UTC"), ("en",), {}, no_regions
                    )
                )
            return simulator

        yield start
        for simulator in started:
            await simulator.stop()


def text(**given: Any) -> Delivery:
    message = Message(1, "sms", "en", MessageKind.ALERT, 0, {"txt": "Leave now."})
    wanted = {
        "key": KEY, "channel": "sms", "address": "+358401234567", "message": message,
        "level": "red", "expires": ENDS, "standing": Standing(Status.ACTUAL, Scope.PUBLIC),
        "provider": "gw",
    }  # fmt: skip
    return Delivery(**(wanted | given))


async def test_a_text_is_taken_and_reported_to_its_end(far, broker):
    simulator = await far()

    sent = await broker.channels["gateway"].send(text())
    await simulator.settle()

    assert [(e.key, e.receipt.state) for e in broker.evidence] == [
        (KEY, State.HANDED_OFF),
        (KEY, State.DELIVERED),
    ]
    (entry,) = simulator.journal.entries(Kind.SMS)
    assert (entry["to"], entry["body"], entry["sid"]) == (
        "+358401234567", "Leave now.", sent.provider_ref,
    )  # fmt: skip


async def test_a_repeat_after_a_lost_answer_is_carried_out_once(far, broker):
    simulator = await far(PlainFault(fault="reset_after_request", rate=1, times=1))

    with pytest.raises(UnknownOutcome):
        await broker.channels["gateway"].send(text())
    again = text(key=AttemptKey("a" * 26, 7, 2), repeat=True)
    await broker.channels["gateway"].send(again)

    assert simulator.journal.counts[Kind.SMS] == 1


async def test_a_throttled_text_was_not_taken(far, broker):
    simulator = await far(Throttle(fault="throttle", rate=1, times=1, retry_after=3))

    with pytest.raises(TemporarySendError) as refused:
        await broker.channels["gateway"].send(text())

    assert (refused.value.reason, refused.value.retry_after) == (Reason.THROTTLED, 3)
    assert simulator.journal.counts[Kind.SMS] == 0


async def test_a_phone_that_does_not_exist_is_reported_as_that(far, broker):
    simulator = await far(Undeliverable(fault="undeliverable", rate=1, code=30005))

    await broker.channels["gateway"].send(text())
    await simulator.settle()

    assert broker.evidence[-1].receipt.reason is Reason.RECIPIENT


async def test_an_area_order_is_broadcast_and_counted(far, broker):
    simulator, cell = await far(), broker.channels["cell"]
    level = Level("red", 1, "I", "#d00000", {"en": "Red"}, timedelta(hours=6), True)
    alert = Alert(
        identifier="a-1", sender="w@x.example", sent=ENDS, status=Status.ACTUAL,
        msg_type=MsgType.ALERT, scope=Scope.PUBLIC,
    )  # fmt: skip
    message = Message(1, "cell", "en", MessageKind.ALERT, 0, {"txt": "Leave now."})
    said = Publication(
        "a" * 26, "w" * 26, alert, level, ENDS, ENDS, box(24, 60, 25, 61), (), (), (message,),
        b"<alert/>",
    )  # fmt: skip
    await cell.prepare(said)

    sent = await cell.send(text(channel="cell", address="n", message=message, provider=""))
    await simulator.settle()

    assert (sent.state, sent.reason) == (State.HANDED_OFF, None)
    [evidence] = broker.evidence
    assert (evidence.receipt.state, evidence.receipt.code) == (
        State.DELIVERED,
        "cells=40 phones=8000",
    )
    (entry,) = simulator.journal.entries(Kind.ORDER)
    assert (entry["to"], entry["texts"]) == ("w" * 26, {"en": "Leave now."})
