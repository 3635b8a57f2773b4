"""The demo municipality's storm surge, a small town of our own, and a channel in a folder."""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from aiohttp import ClientSession
from shapely import Polygon

from channels.van import VanChannel, VanSettings
from channels.van.fleet import Fleet, Start, Van, read_fleet
from channels.van.model import Briefing, Kind, Plan
from channels.van.planning import make_plan
from channels.van.request import PlanRequest, deadline_for
from warnbroker.cap import parse_xml
from warnbroker.contracts import ChannelContext
from warnbroker.model.delivery import Delivery
from warnbroker.model.enums import MsgType, Scope, Status
from warnbroker.model.identity import alert_public_id
from warnbroker.model.level import Level
from warnbroker.model.message import Message, MessageKind
from warnbroker.model.publication import Group, Publication
from warnbroker.model.receipt import AttemptKey
from warnbroker.model.standing import Standing
from warnbroker.resources import shipped

CONFIG = shipped("config")
ALERT = parse_xml((CONFIG / "demo" / "storm-surge.cap.xml").read_bytes())
START = ALERT.sent.astimezone(UTC)
EXPIRES = START + timedelta(hours=6)
LEVEL = Level("red", 1, "Ⅰ", "#d00000", {"zh-CN": "红色", "en": "Red"}, timedelta(hours=6), True)
SCRIPTS = {
    "zh-CN": "请注意！示范港市应急管理局发布风暴潮红色预警。滨海区、灯塔区：立即步行向北撤离，"
    "前往火车站以北的高处。来不及离开的，马上到三楼以上。不要进入地下空间。",
    "en": "Attention, please. Red warning: storm surge. Seafront, Lighthouse. Go north on foot "
    "now, to the high ground beyond the railway station. If you cannot get out in time, go up "
    "to the third floor or higher. Stay out of basements.",
}


def polygon() -> Polygon:
    outline = ALERT.infos[0].areas[0].polygons[0]
    return Polygon([(lon, lat) for lat, lon in outline])


def make_briefing(**changes: Any) -> Briefing:
    first, second = ALERT.infos
    given: dict[str, Any] = {
        "kind": Kind.ALERT,
        "level": "red",
        "level_names": dict(LEVEL.names),
        "numeral": LEVEL.numeral,
        "headlines": {"zh-CN": first.headline, "en": second.headline},
        "issuers": {"zh-CN": first.sender_name, "en": second.sender_name},
        "areas": {"zh-CN": first.areas[0].area_desc, "en": second.areas[0].area_desc},
        "scripts": SCRIPTS,
        "time_zone": "Europe/Helsinki",
        "expires": EXPIRES,
    }
    return Briefing(**{**given, **changes})


def make_request(**changes: Any) -> PlanRequest:
    """Return the demo's request; its search ends after few rounds, so that it is repeatable."""
    given: dict[str, Any] = {
        "alert": alert_public_id(ALERT),
        "briefing": make_briefing(),
        "area": polygon(),
        "start": START,
        "deadline": deadline_for(ALERT.infos[0].onset, START, EXPIRES, timedelta(minutes=10)),
        "fleet": read_fleet(CONFIG / "fleet.yaml"),
        "roads": CONFIG / "roads.osm.pbf",
        "population": CONFIG / "population.csv",
        "rounds": 100,
        "seconds": 600,
    }
    return PlanRequest(**{**given, **changes})


@pytest.fixture(name="make_request")
def make_request_fixture() -> Callable[..., PlanRequest]:
    return make_request


@pytest.fixture(name="make_briefing")
def make_briefing_fixture() -> Callable[..., Briefing]:
    return make_briefing


@pytest.fixture(scope="session")
def request_() -> PlanRequest:
    return make_request()


@pytest.fixture(scope="session")
def plan(request_: PlanRequest) -> Plan:
    return make_plan(request_)


@pytest.fixture(scope="session")
def stop_plan() -> Plan:
    return make_plan(make_request(briefing=make_briefing(kind=Kind.CANCEL, revision=3)))


Write = Callable[..., Path]


@pytest.fixture
def town(tmp_path: Path) -> Write:
    """Return a writer of OpenStreetMap files: nodes by name (metres east, north), then ways."""

    def write(
        nodes: dict[str, tuple[float, float]],
        ways: Sequence[tuple[str, dict[str, str]]],
        *,
        rules: Sequence[tuple[str, int, str, int]] = (),
        barriers: dict[str, str] | None = None,
    ) -> Path:
        ids = {name: number for number, name in enumerate(nodes, 1)}
        lines = ['<osm version="0.6">']
        for name, (east, north) in nodes.items():
            lat, lon = 60.17 + north / 111_412, 24.94 + east / 55_533
            tag = (
                f'<tag k="barrier" v="{barriers[name]}"/>' if barriers and name in barriers else ""
            )
            lines.append(f'<node id="{ids[name]}" lat="{lat:.7f}" lon="{lon:.7f}">{tag}</node>')
        for number, (path, tags) in enumerate(ways, 1):
            refs = "".join(f'<nd ref="{ids[name]}"/>' for name in path)  # codespell:ignore nd
            words = "".join(f'<tag k="{key}" v="{value}"/>' for key, value in tags.items())
            lines.append(f'<way id="{number}">{refs}{words}</way>')
        for number, (kind, origin, via, target) in enumerate(rules, 1):
            lines.append(
                f'<relation id="{number}"><member type="way" ref="{origin}" role="from"/>'
                f'<member type="node" ref="{ids[via]}" role="via"/>'
                f'<member type="way" ref="{target}" role="to"/>'
                f'<tag k="type" v="restriction"/><tag k="restriction" v="{kind}"/></relation>'
            )
        path = tmp_path / "town.osm"
        path.write_text("\n".join([*lines, "</osm>"]), encoding="utf-8")
        return path

    return write


@dataclass
class ManualClock:
    """Stands where it is put."""

    at: datetime = START

    def now(self) -> datetime:
        return self.at

    async def sleep(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


def make_messages(kind: MessageKind = MessageKind.ALERT) -> tuple[Message, ...]:
    return tuple(
        Message(number, "van", tag, kind, 0, {"script": text})
        for number, (tag, text) in enumerate(SCRIPTS.items(), 1)
    )


def make_publication(
    *,
    identifier: str = ALERT.identifier,
    msg_type: MsgType = MsgType.ALERT,
    status: Status = Status.ACTUAL,
    scope: Scope = Scope.PUBLIC,
    supersedes: tuple[str, ...] = (),
    messages: tuple[Message, ...] | None = None,
    area: Polygon | None = None,
) -> Publication:
    alert = replace(ALERT, identifier=identifier, msg_type=msg_type, status=status, scope=scope)
    identity = alert_public_id(alert)
    ground = area or polygon()
    return Publication(
        id=identity,
        warning_id=identity,
        alert=alert,
        level=LEVEL,
        published=START,
        expires=EXPIRES,
        area=ground,
        groups=(Group(0, LEVEL, alert.infos, ground),),
        regions=(),
        messages=make_messages() if messages is None else messages,
        cap=b"",
        supersedes=supersedes,
    )


@pytest.fixture(name="make_publication")
def make_publication_fixture() -> Callable[..., Publication]:
    return make_publication


@pytest.fixture(name="make_messages")
def make_messages_fixture() -> Callable[..., tuple[Message, ...]]:
    return make_messages


def make_delivery(publication: Publication, van: str) -> Delivery:
    key = AttemptKey(publication.id, 1, 1)
    standing = Standing.of(publication.alert)
    return Delivery(key, "van", van, publication.messages[0], "red", EXPIRES, standing=standing)


@pytest.fixture(name="make_delivery")
def make_delivery_fixture() -> Callable[..., Delivery]:
    return make_delivery


@pytest.fixture
def settings(tmp_path: Path) -> VanSettings:
    return VanSettings(
        fleet=CONFIG / "fleet.yaml",
        roads=CONFIG / "roads.osm.pbf",
        population=CONFIG / "population.csv",
        directory=tmp_path / "vans",
        seconds=0.3,
    )


@dataclass
class Opened:
    """A channel that is open, and its clock."""

    channel: VanChannel
    clock: ManualClock


@pytest.fixture
async def opened(settings: VanSettings) -> AsyncIterator[Callable[..., Any]]:
    """Return a maker of opened channels; settings may be changed for each."""
    channels: list[VanChannel] = []
    async with ClientSession() as session:

        async def make(**changes: Any) -> Opened:
            clock = ManualClock()
            channel = VanChannel(settings.model_copy(update=changes))
            channels.append(channel)
            await channel.open(
                ChannelContext(
                    clock=clock,
                    session=session,
                    public_url="https://warnings.demo-harbour.example",
                    time_zone=ZoneInfo("Europe/Helsinki"),
                    languages=("zh-CN", "en"),
                    names={"zh-CN": "示范港市", "en": "Demo Harbour City"},
                    regions=no_regions,
                )
            )
            return Opened(channel, clock)

        yield make
        for channel in channels:
            await channel.close()


async def no_regions() -> tuple[()]:
    return ()


@pytest.fixture
def put_printer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Return a way to put a module before the installed WeasyPrint, for printing alone."""

    def put(source: str) -> None:
        folder = tmp_path / "modules"
        folder.mkdir()
        (folder / "weasyprint.py").write_text(source)
        monkeypatch.setenv("PYTHONPATH", str(folder))

    return put


@pytest.fixture
def no_printer(put_printer: Callable[[str], None]) -> None:
    """Make this a machine without pango, which is quicker too: sheets stay HTML."""
    put_printer("raise OSError('cannot load library libpango')")


@pytest.fixture
def one_van() -> Fleet:
    start = Start(lat=60.17, lon=24.94)
    return Fleet(vans=(Van(id="van-1", start=start, ready_minutes=0),))
