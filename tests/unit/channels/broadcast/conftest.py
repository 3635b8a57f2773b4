"""A storm surge in two languages, and stations in a folder of their own."""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import yaml
from aiohttp import ClientSession
from shapely import box

from channels.broadcast import BroadcastChannel, BroadcastSettings
from warnbroker.contracts import ChannelContext
from warnbroker.model.alert import Alert, Area, Info, NamedValue
from warnbroker.model.delivery import Delivery
from warnbroker.model.enums import (
    Category,
    Certainty,
    MsgType,
    Scope,
    Severity,
    Status,
    Urgency,
)
from warnbroker.model.identity import public_id
from warnbroker.model.level import Level
from warnbroker.model.message import Message, MessageKind
from warnbroker.model.publication import Group, Publication
from warnbroker.model.receipt import AttemptKey
from warnbroker.model.region import Region
from warnbroker.model.standing import Standing

NOW = datetime(2026, 11, 23, 0, 15, tzinfo=UTC)
SENT = datetime(2026, 11, 23, 2, 10, tzinfo=ZoneInfo("Europe/Helsinki"))
LEVEL = Level("red", 1, "Ⅰ", "#d00000", {"zh-CN": "红色", "en": "red"}, timedelta(hours=6), True)
AREA = box(24.93, 60.16, 24.96, 60.17)
CHINESE = Info(
    "风暴潮",
    (Category.MET,),
    Urgency.IMMEDIATE,
    Severity.EXTREME,
    Certainty.LIKELY,
    language="zh-CN",
    event_codes=(NamedValue("hazard", "storm-surge"),),
    expires=NOW + timedelta(hours=6),
    sender_name="示范港市应急管理局",
    headline="示范港市发布风暴潮红色预警",
    description="海水预计一小时内漫过南岸码头，低洼处水深可超过1.5米。高水位可能持续约五小时。",
    instruction="立即步行向北撤离。不要驾车涉水。",
    areas=(Area("滨海区、灯塔区"),),
)
ENGLISH = replace(
    CHINESE,
    language="en-US",
    event="Storm surge",
    sender_name="Demo Harbour City Emergency Management",
    headline="Red storm surge warning for Demo Harbour City",
    description="The sea will come over the south quays within the hour. Low places may stand "
    "more than 1.5 metres deep. High water may last about five hours.",
    instruction="Go north on foot now. Do not drive through water.",
    areas=(Area("Seafront, Lighthouse"),),
)
STATIONS = [
    {"id": "radio", "names": {"en": "Radio"}, "kind": "radio", "languages": ["zh-CN", "en"]},
    {
        "id": "tv",
        "names": {"en": "TV"},
        "kind": "tv",
        "languages": ["en"],
        "regions": ["seafront"],
        "profile": {"crawl_max_chars": 200, "audio": False},
    },
]


@dataclass
class ManualClock:
    """Stands where it is put."""

    at: datetime = NOW

    def now(self) -> datetime:
        return self.at

    async def sleep(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


def messages(kind: MessageKind = MessageKind.ALERT) -> tuple[Message, ...]:
    texts = (
        (f"{i.sender_name} {i.headline} {i.description} {i.instruction}", i)
        for i in (CHINESE, ENGLISH)
    )
    return tuple(
        Message(number, "broadcast", i.language, kind, 0, {"crawl": t, "script": t + "\n\n" + t})
        for number, (t, i) in enumerate(texts, 1)
    )


def make_publication(
    *,
    identifier: str = "surge-1",
    sent: datetime = SENT,
    msg_type: MsgType = MsgType.ALERT,
    status: Status = Status.ACTUAL,
    scope: Scope = Scope.PUBLIC,
    regions: Sequence[str] = ("city", "seafront"),
    told: Sequence[Message] | None = None,
    supersedes: tuple[str, ...] = (),
) -> Publication:
    infos = (CHINESE, ENGLISH)
    sender = "warning@demo-harbour.example"
    alert = Alert(identifier, sender, sent, status, msg_type, scope, infos=infos)
    identity = public_id(alert.sender, identifier, sent)
    return Publication(
        id=identity,
        warning_id=identity,
        alert=alert,
        level=LEVEL,
        published=NOW,
        expires=NOW + timedelta(hours=6),
        area=AREA,
        groups=(Group(0, LEVEL, infos, AREA),),
        regions=tuple(Region(code, {"en": code}, AREA) for code in regions),
        messages=messages() if told is None else tuple(told),
        cap=b"<alert>\xe6\xb5\xb7</alert>\n",
        supersedes=supersedes,
    )


def make_delivery(
    publication: Publication, station: str = "radio", *, attempt: int = 1, delivery: int = 7
) -> Delivery:
    return Delivery(
        AttemptKey(publication.id, delivery, attempt),
        "broadcast",
        station,
        publication.messages[0],
        "red",
        publication.expires,
        standing=Standing.of(publication.alert),
    )


@pytest.fixture
def publication() -> Callable[..., Publication]:
    return make_publication


@pytest.fixture
def delivery() -> Callable[..., Delivery]:
    return make_delivery


@pytest.fixture
def told() -> Callable[[MessageKind], tuple[Message, ...]]:
    return messages


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def stations(tmp_path: Path) -> Callable[..., Path]:
    """Return a writer of the stations' file: those of all tests, and further ones."""

    def write(*further: dict[str, object]) -> Path:
        path = tmp_path / "stations.yaml"
        path.write_text(yaml.safe_dump({"stations": [*STATIONS, *further]}), "utf-8")
        return path

    return write


@pytest.fixture
def stations_file(stations: Callable[..., Path]) -> Path:
    return stations()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "broadcast"


async def _no_regions() -> tuple[Region, ...]:
    return ()


@pytest.fixture
async def opened(
    root: Path, stations_file: Path, clock: ManualClock
) -> AsyncIterator[Callable[..., object]]:
    """Open a channel, as after a start; speech is off unless it is asked for."""
    async with ClientSession() as session:
        context = ChannelContext(
            clock=clock,
            session=session,
            public_url="https://warn.example",
            time_zone=ZoneInfo("Europe/Helsinki"),
            languages=("zh-CN", "en"),
            names={"en": "Demo Harbour City"},
            regions=_no_regions,
        )

        async def start(**given: object) -> BroadcastChannel:
            wanted = {"directory": root, "stations": stations_file, "speech": False} | given
            channel = BroadcastChannel(BroadcastSettings.model_validate(wanted))
            await channel.open(context)
            return channel

        yield start
