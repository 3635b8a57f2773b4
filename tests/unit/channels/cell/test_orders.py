"""What is ordered of a carrier, what it answers, and who gets a drill."""

import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from aiohttp import ClientSession, web
from shapely import box
from shapely.geometry import mapping, shape

from channels._gateway import load_gateway
from channels._gateway.description import shipped_gateways
from channels.cell import CellChannel, CellSettings
from warnbroker.contracts import Callback, ChannelContext, ReceiptParser
from warnbroker.contracts.channel import Channel
from warnbroker.errors import (
    ConfigError,
    NotFoundError,
    PermanentSendError,
    SendError,
    SignatureError,
    TemporarySendError,
    UnknownOutcome,
)
from warnbroker.model.alert import Alert
from warnbroker.model.delivery import Delivery
from warnbroker.model.drill import with_mark
from warnbroker.model.enums import MsgType, Scope, Status
from warnbroker.model.level import Level
from warnbroker.model.message import Message, MessageKind
from warnbroker.model.publication import Publication
from warnbroker.model.receipt import AttemptKey, Reason, Receipt, State
from warnbroker.model.standing import Standing

_: type[Channel] = CellChannel
NOW = datetime(2026, 7, 1, 2, 10, tzinfo=UTC)
ENDS = NOW + timedelta(hours=2)
AREA = box(24.0, 60.0, 25.0, 61.0)
ID, KEY = "a" * 26, AttemptKey("a" * 26, 7, 1)
LEVEL = Level("red", 1, "I", "#d00000", {"en": "Red"}, timedelta(hours=6), True)
DESCRIPTION = load_gateway(shipped_gateways()["area"])
RAISED: dict[State, type[SendError]] = {
    State.FAILED_TEMP: TemporarySendError,
    State.FAILED_PERM: PermanentSendError,
}


class StandingClock:
    def now(self) -> datetime:
        return NOW

    async def sleep(self, seconds: float) -> None:
        return None


@dataclass
class Carrier:
    """Takes orders, and answers all of them alike."""

    url: str = ""
    status: int = 200
    answer: dict[str, Any] = field(default_factory=lambda: {"id": "o-1", "status": "accepted"})
    orders: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    async def serve(self, request: web.Request) -> web.Response:
        self.orders.append((request.path, await request.json()))
        return web.json_response(self.answer, status=self.status)


@pytest.fixture
async def carrier() -> AsyncIterator[Carrier]:
    served = Carrier()
    application = web.Application()
    application.router.add_post("/{tail:.*}", served.serve)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    served.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield served
    await runner.cleanup()


async def no_regions() -> tuple[()]:
    return ()


def settings(url: str, **more: Any) -> CellSettings:
    account = {
        "gateway": "area",
        "base_url": url,
        "values": {"token": "t"},
        "callback_secret": "s3cret",
    }
    return CellSettings(carriers={"north": account, "lab": account | {"test": True}}, **more)


@pytest.fixture
async def channel(carrier: Carrier) -> AsyncIterator[CellChannel]:
    async with ClientSession() as session:
        opened = CellChannel(settings(carrier.url))
        await opened.open(
            ChannelContext(
                clock=StandingClock(),
                session=session,
                public_url="https://warn.example",
                time_zone=ZoneInfo("UTC"),
                languages=("en",),
                names={},
                regions=no_regions,
            )
        )
        yield opened


def publication(**alert: Any) -> Publication:
    given = {"status": Status.ACTUAL, "msg_type": MsgType.ALERT, "scope": Scope.PUBLIC} | alert
    said = Alert(identifier="a-1", sender="w@x.example", sent=NOW, **given)
    drill = given["status"] is Status.EXERCISE
    texts = {"en": "Leave now.", "zh-CN": "请立即撤离。"}
    messages = tuple(
        Message(
            at, "cell", language, MessageKind.ALERT, 0,
            {"txt": with_mark(text, language) if drill else text},
        )
        for at, (language, text) in enumerate(texts.items())
    )  # fmt: skip
    return Publication(
        ID, "w" * 26, said, LEVEL, NOW, ENDS, AREA, (), (), messages, b"<alert/>", ("b" * 26,)
    )


def delivery(said: Publication, carrier: str = "north", **given: Any) -> Delivery:
    wanted = {
        "key": KEY,
        "channel": "cell",
        "address": carrier,
        "message": said.messages[0],
        "level": "red",
        "expires": ENDS,
        "standing": Standing.of(said.alert),
    }
    return Delivery(**(wanted | given))


async def test_a_carrier_gets_the_alert_its_area_and_all_its_texts(channel, carrier):
    said = publication()
    await channel.prepare(said)

    receipt = await channel.send(delivery(said))

    assert receipt == Receipt(State.ACCEPTED, "north", "o-1", code="accepted", by_ref=True)
    [(path, order)] = carrier.orders
    assert path == "/orders"
    assert shape(order.pop("area")).equals(AREA)
    assert order == {
        "order": KEY.path,
        "alert": ID,
        "warning": "w" * 26,
        "type": "Alert",
        "status": "Actual",
        "replaces": ["b" * 26],
        "level": "red",
        "expires": ENDS.isoformat(),
        "cap": "<alert/>",
        "texts": {"en": "Leave now.", "zh-CN": "请立即撤离。"},
        "callback": f"https://warn.example/receipts/cell/north/{KEY.path}",
    }


async def test_a_cancel_stops_what_was_ordered(channel, carrier):
    said = publication(msg_type=MsgType.CANCEL)
    await channel.prepare(said)

    await channel.send(delivery(said))

    assert carrier.orders[0][0] == f"/orders/{'w' * 26}/cancel"


async def test_cancelled_is_what_a_cancel_is_for_and_no_arrival_of_an_order(
    channel, carrier, callback
):
    order, cancel = publication(), publication(msg_type=MsgType.CANCEL)
    for said in (order, cancel):
        await channel.prepare(said)
        await channel.send(delivery(said))

    states = []
    for _, ordered in carrier.orders:
        path = ordered["callback"].removeprefix("https://warn.example/receipts/cell/")
        [evidence] = channel.parse_receipts(
            callback(path, {"id": "o-1", "status": "cancelled"})
        ).evidence
        states.append((evidence.key, evidence.receipt.state))

    assert states == [(KEY, State.CANCELLED), (KEY, State.DELIVERED)]


async def test_an_update_names_what_it_replaces(channel, carrier):
    said = publication(msg_type=MsgType.UPDATE)
    await channel.prepare(said)

    await channel.send(delivery(said))

    order = carrier.orders[0][1]
    assert (order["type"], order["replaces"]) == ("Update", ["b" * 26])


async def test_how_many_were_reached_is_kept(channel, carrier):
    carrier.answer = {
        "id": "o-1", "status": "broadcasting", "counts": {"cells": 412, "phones": 80231},
        "area": mapping(AREA),
    }  # fmt: skip
    said = publication()
    await channel.prepare(said)

    receipt = await channel.send(delivery(said))

    assert (receipt.state, receipt.code) == (State.HANDED_OFF, "cells=412 phones=80231")
    assert receipt.reason is None


@pytest.mark.parametrize(
    "area",
    [mapping(box(24.0, 60.0, 25.0, 62.0)), mapping(box(0, 0, 1, 1)), {}, [], "all", {"type": "x"}],
    ids=["twice as large", "elsewhere", "nothing", "a list", "a word", "nonsense"],
)
async def test_a_carrier_that_used_another_area_is_flagged(channel, carrier, area):
    carrier.answer = {"id": "o-1", "status": "broadcasting", "area": area}
    said = publication()
    await channel.prepare(said)

    receipt = await channel.send(delivery(said))

    assert (receipt.state, receipt.reason) == (State.HANDED_OFF, Reason.AREA_DIFFERS)


async def test_a_little_difference_is_none(channel, carrier):
    carrier.answer = {"id": "o-1", "status": "queued", "area": mapping(box(24, 60, 25.05, 61))}
    said = publication()
    await channel.prepare(said)

    assert (await channel.send(delivery(said))).reason is None


@pytest.mark.parametrize("row", [pytest.param(row, id=row.codes[0]) for row in DESCRIPTION.codes])
async def test_every_refusal_is_judged_by_its_row(channel, carrier, row):
    said = publication()
    await channel.prepare(said)

    for code in row.codes:
        carrier.status, carrier.answer = 422, {"error": {"code": code}}
        with pytest.raises(SendError) as refused:
            await channel.send(delivery(said))
        assert type(refused.value) is RAISED[row.verdict.state]
        assert refused.value.reason is row.verdict.reason


async def test_a_word_that_nobody_described_orders_nothing_twice(channel, carrier, callback):
    carrier.answer = {"id": "o-1", "status": "scheduled", "counts": {"cells": 12}}
    said = publication()
    await channel.prepare(said)

    answered = await channel.send(delivery(said))
    report = {"id": "o-1", "status": "scheduled", "counts": {"cells": 12}}
    [reported] = channel.parse_receipts(callback(f"north/{KEY.path}", report)).evidence

    assert (answered.state, answered.code) == (State.ACCEPTED, "cells=12")
    assert (reported.receipt.state, reported.receipt.code) == (State.HANDED_OFF, "scheduled")


async def test_a_carrier_that_fails_leaves_it_open(channel, carrier):
    carrier.status = 500
    said = publication()
    await channel.prepare(said)

    with pytest.raises(UnknownOutcome):
        await channel.send(delivery(said))


def test_a_drill_is_ordered_of_carriers_for_tests_alone(carrier):
    under_test = CellChannel(settings("http://127.0.0.1:1"))

    assert [target.id for target in under_test.targets(publication())] == ["north"]
    drill = publication(status=Status.EXERCISE)
    assert [target.id for target in under_test.targets(drill)] == ["lab"]


@pytest.mark.parametrize(
    ("status", "name"), [(Status.EXERCISE, "north"), (Status.ACTUAL, "lab")], ids=str
)
async def test_no_carrier_takes_what_is_not_for_it(channel, carrier, status, name):
    said = publication(status=status)
    await channel.prepare(said)

    with pytest.raises(PermanentSendError) as refused:
        await channel.send(delivery(said, name))

    assert refused.value.reason is Reason.POLICY
    assert carrier.orders == []


async def test_an_order_that_was_not_prepared_waits(channel, carrier):
    with pytest.raises(TemporarySendError) as refused:
        await channel.send(delivery(publication()))

    assert refused.value.reason is Reason.NOT_PUBLISHED


async def test_a_carrier_that_is_gone_is_told_of_nothing(channel):
    said = publication()
    await channel.prepare(said)

    with pytest.raises(PermanentSendError) as refused:
        await channel.send(delivery(said, "south"))

    assert refused.value.reason is Reason.RECIPIENT


@pytest.fixture
def callback() -> Callable[..., Callback]:
    def build(path: str, content: Any, secret: str = "s3cret") -> Callback:
        body = json.dumps(content).encode()
        sign = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
        url = f"https://warn.example/receipts/cell/{path}"
        return Callback("POST", path, url, {"X-Signature": sign}, body, "cell")

    return build


STATES = [pytest.param(row, id=row.codes[0]) for row in DESCRIPTION.reports.states]


@pytest.mark.parametrize("row", STATES)
async def test_every_report_is_judged_by_its_row(channel, callback, row):
    for code in row.codes:
        report = {"id": "o-1", "status": code, "counts": {"cells": 3, "phones": 9}}
        [evidence] = channel.parse_receipts(callback(f"north/{KEY.path}", report)).evidence

        assert (evidence.key, evidence.receipt.provider) == (KEY, "north")
        assert evidence.receipt.state is row.verdict.state
        assert evidence.receipt.code == "cells=3 phones=9"


async def test_a_report_of_another_area_is_flagged(channel, callback):
    await channel.prepare(publication())
    report = {"id": "o-1", "status": "completed", "area": mapping(box(0, 0, 1, 1))}

    [evidence] = channel.parse_receipts(callback(f"north/{KEY.path}", report)).evidence

    assert (evidence.receipt.state, evidence.receipt.reason) == (
        State.DELIVERED,
        Reason.AREA_DIFFERS,
    )


async def test_nobody_reports_in_a_carriers_place(channel, callback):
    assert isinstance(channel, ReceiptParser)
    report = {"id": "o-1", "status": "completed"}

    with pytest.raises(SignatureError):
        channel.parse_receipts(callback("north", report, secret="other"))
    with pytest.raises(NotFoundError):
        channel.parse_receipts(callback("south", report))


def test_without_a_carrier_nobody_is_a_recipient_and_that_is_said():
    under_test = CellChannel(CellSettings())

    assert under_test.targets(publication()) == []
    assert under_test.faults() == ["set channels.cell.carriers: without one nobody takes an order"]


def test_what_is_missing_is_named():
    under_test = CellChannel(CellSettings(carriers={"north": {"gateway": "area"}}))

    assert under_test.faults() == [
        "set channels.cell.carriers.north.base_url: where the gateway is",
        "set channels.cell.carriers.north.values.token: area.yaml asks for it",
        "set channels.cell.carriers.north.callback_secret: reports are proved with it",
    ]


def test_a_description_that_asks_for_a_number_is_refused(tmp_path):
    file = tmp_path / "order.yaml"
    file.write_text("request: {json: {to: '{to}'}}", encoding="utf-8")

    with pytest.raises(ConfigError, match=r"nothing is called \{to\}"):
        CellChannel(CellSettings(carriers={"north": {"gateway_file": file}}))
