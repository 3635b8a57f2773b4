"""The channel of the how-to works as the page says: its contract, its entry point, its sends."""

import importlib
import sys
import tomllib
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType
from zoneinfo import ZoneInfo

import pytest
import yaml
from aiohttp import ClientSession, web
from shapely import box

from warnbroker.app import renderer_of
from warnbroker.contracts import CONTRACT_VERSION, Channel, ChannelContext
from warnbroker.contracts.clock import SystemClock
from warnbroker.errors import (
    PermanentSendError,
    SendError,
    TemporarySendError,
    UnknownOutcome,
)
from warnbroker.model.alert import Alert
from warnbroker.model.delivery import Delivery, Target
from warnbroker.model.enums import MsgType, Scope, Status
from warnbroker.model.level import Level
from warnbroker.model.message import Message, MessageKind
from warnbroker.model.publication import Publication
from warnbroker.model.receipt import AttemptKey, Reason, State
from warnbroker.model.standing import Standing
from warnbroker.registry import build_channels
from warnbroker.render.facts import Occasion
from warnbroker.render.samples import sample
from warnbroker.settings import load

SIREN = Path(__file__).parents[3] / "docs/howto/siren"
NOW = datetime(2026, 11, 23, 2, 10, tzinfo=UTC)
RED = Level("red", 1, "I", "#c4161c", {"en": "Red"}, timedelta(hours=6), True)


@pytest.fixture
def installed(tmp_path, monkeypatch) -> ModuleType:
    """Install the siren as its pyproject.toml says, for one test."""
    project = tomllib.loads((SIREN / "pyproject.toml").read_text("utf-8"))
    project = project["project"]
    info = tmp_path / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Name: {project['name']}\nVersion: {project['version']}\n")
    group, points = next(iter(project["entry-points"].items()))
    lines = [f"{name} = {value}" for name, value in points.items()]
    (info / "entry_points.txt").write_text("\n".join([f"[{group}]", *lines, ""]))
    (tmp_path / "siren.py").write_bytes((SIREN / "siren.py").read_bytes())
    monkeypatch.syspath_prepend(str(tmp_path))
    yield importlib.import_module("siren")
    del sys.modules["siren"]


Answer = Callable[[web.Request], Awaitable[web.Response]]


class Controller:
    """A siren's controller; it notes what it is ordered."""

    def __init__(self) -> None:
        self.orders: list[dict] = []
        self.status = 202
        self.url = ""

    async def put(self, request: web.Request) -> web.Response:
        self.orders.append(await request.json())
        if not self.status:
            request.transport.abort()
        return web.Response(status=self.status or 200)


@pytest.fixture
async def controller() -> AsyncIterator[Controller]:
    found = Controller()
    application = web.Application()
    application.router.add_put("/siren", found.put)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    found.url = f"http://127.0.0.1:{runner.addresses[0][1]}/siren"
    yield found
    await runner.cleanup()


async def no_regions() -> tuple[()]:
    return ()


@pytest.fixture
async def siren(installed, controller) -> AsyncIterator[Channel]:
    channel = build_channels({"siren": {"sirens": {"town-hall": controller.url}}})["siren"]
    async with ClientSession() as session:
        await channel.open(
            ChannelContext(
                clock=SystemClock(),
                session=session,
                public_url="https://warn.example",
                time_zone=ZoneInfo("UTC"),
                languages=("en",),
                names={"en": "Northport"},
                regions=no_regions,
            )
        )
        yield channel
        await channel.close()


def publication(status: Status = Status.ACTUAL) -> Publication:
    return Publication(
        id="a" * 26,
        warning_id="a" * 26,
        alert=Alert("1", "s@x.example", NOW, status, MsgType.ALERT, Scope.PUBLIC),
        level=RED,
        published=NOW,
        expires=NOW + timedelta(hours=1),
        area=box(0, 0, 1, 1),
        groups=(),
        regions=(),
        messages=(),
        cap=b"<alert/>",
    )


def delivery(kind: MessageKind = MessageKind.ALERT, status: Status = Status.ACTUAL) -> Delivery:
    message = Message(1, "siren", "en", kind, 0, {})
    key = AttemptKey("a" * 26, 7, 1)
    standing = Standing(status, Scope.PUBLIC)
    ends = NOW + timedelta(hours=1)
    return Delivery(key, "siren", "town-hall", message, "red", ends, standing=standing)


def test_it_keeps_the_contract(installed):
    channel = installed.SirenChannel(installed.SirenSettings(sirens={}))

    assert channel.contract_version == CONTRACT_VERSION
    assert channel.faults() == ("channels.siren.sirens: names no siren",)


async def test_every_siren_is_a_recipient_of_a_real_alert_and_none_of_a_drill(siren):
    assert siren.targets(publication()) == [Target("town-hall")]
    assert siren.targets(publication(Status.EXERCISE)) == []


async def test_an_order_that_was_taken_is_handed_off(siren, controller):
    receipt = await siren.send(delivery())

    assert receipt.state is State.HANDED_OFF
    [order] = controller.orders
    assert order == {"key": f"{'a' * 26}/7", "signal": "alarm", "seconds": 60}


async def test_a_cancel_sounds_the_all_clear(siren, controller):
    await siren.send(delivery(MessageKind.CANCEL))

    assert controller.orders[0]["signal"] == "all-clear"


@pytest.mark.parametrize(
    ("status", "raised"), [(404, PermanentSendError), (503, UnknownOutcome), (0, UnknownOutcome)]
)
async def test_what_is_not_taken_is_told_apart(siren, controller, status, raised):
    controller.status = status

    with pytest.raises(SendError) as error:
        await siren.send(delivery())
    assert type(error.value) is raised


async def test_a_controller_that_is_not_there_was_told_nothing(installed):
    async with ClientSession() as session:
        channel = installed.SirenChannel(
            installed.SirenSettings(sirens={"town-hall": "http://127.0.0.1:9/siren"})
        )
        channel._session = session
        with pytest.raises(TemporarySendError):
            await channel.send(delivery())


def test_the_configuration_of_the_page_builds_it(installed, blocks, tmp_path):
    [(_, text)] = blocks("yaml siren")
    file = tmp_path / "siren.yaml"
    file.write_text(text, encoding="utf-8")

    settings = load(file, environment={})
    assert set(yaml.safe_load(text)["channels"]) == {"siren"}
    built = build_channels(settings.channels)
    assert built["siren"].faults() == ()
    assert "siren" in settings.routing[0].channels


def test_a_channel_without_templates_speaks_as_a_text_message_does(page):
    renderer = renderer_of(load(environment={}), "http://127.0.0.1")
    facts = sample("en", Occasion(MessageKind.ALERT, "sample"), renderer.setting, full=True)

    assert "**Its texts** are those of `sms`" in page("docs/howto/add-a-channel.md")
    assert renderer.render("siren", facts) == renderer.render("sms", facts)


async def test_a_drill_that_reaches_it_all_the_same_sounds_no_siren(siren):
    with pytest.raises(PermanentSendError) as raised:
        await siren.send(delivery(status=Status.EXERCISE))

    assert raised.value.reason is Reason.POLICY
