import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from shapely.geometry import box

from channels.feed import FeedChannel, FeedSettings
from warnbroker.contracts import ChannelContext
from warnbroker.model.alert import Alert, Area, Info
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
from warnbroker.model.identity import alert_public_id
from warnbroker.model.level import Level
from warnbroker.model.message import Message, MessageKind
from warnbroker.model.publication import Group, Publication
from warnbroker.model.receipt import AttemptKey
from warnbroker.model.region import Region
from warnbroker.model.standing import Standing

START = datetime(2026, 11, 23, 0, 10, tzinfo=UTC)
RED = Level("red", 1, "I", "#C4161C", {"zh-CN": "红色", "en": "Red"}, timedelta(hours=6), True)
BLUE = Level("blue", 4, "IV", "#1F6FC4", {"zh-CN": "蓝色", "en": "Blue"}, timedelta(hours=6), False)
HARBOUR = Region("harbour", {"zh-CN": "海港区", "en": "Harbour"}, box(24, 60, 25, 61))
HILL = Region("hill", {"zh-CN": "山丘区", "en": "Hill"}, box(25, 60, 26, 61))
TITLES = {"zh-CN": "风暴潮红色预警：立即撤离", "en": "Red storm surge warning: leave now"}


class ManualClock:
    def __init__(self) -> None:
        self.present = START

    def now(self) -> datetime:
        return self.present

    async def sleep(self, seconds: float) -> None:
        until = self.present + timedelta(seconds=seconds)
        while self.present < until:
            await asyncio.sleep(0.001)

    def pass_(self, **time: float) -> None:
        self.present += timedelta(**time)


@dataclass
class Newsroom:
    """Makes publications; each call is another alert."""

    clock: ManualClock
    count: int = 0

    def make(self, titles: dict[str, str] | None = None, **changes: object) -> Publication:
        self.count += 1
        titles = titles or TITLES
        alert = Alert(
            f"demo-{self.count}",
            "warning@demo.example",
            self.clock.now(),
            Status.ACTUAL,
            MsgType.ALERT,
            Scope.PUBLIC,
            infos=tuple(_info(language, title) for language, title in titles.items()),
        )
        identity = alert_public_id(alert)
        made = Publication(
            id=identity,
            warning_id=identity,
            alert=alert,
            level=RED,
            published=self.clock.now(),
            expires=self.clock.now() + timedelta(hours=6),
            area=HARBOUR.geometry,
            groups=(Group(0, RED, alert.infos, HARBOUR.geometry),),
            regions=(HARBOUR,),
            messages=tuple(_message(language, title) for language, title in titles.items()),
            cap=f"<alert>{alert.identifier}</alert>".encode(),
        )
        return replace(made, **changes)

    def follow(self, first: Publication, msg_type: MsgType, **changes: object) -> Publication:
        """Make an Update or a Cancel of an alert."""
        made = self.make(supersedes=(first.id,), warning_id=first.warning_id, **changes)
        return replace(made, alert=replace(made.alert, msg_type=msg_type))


def _info(language: str, title: str) -> Info:
    return Info(
        "Storm surge" if language.startswith("en") else "风暴潮",
        (Category.MET,),
        Urgency.IMMEDIATE,
        Severity.EXTREME,
        Certainty.LIKELY,
        language,
        headline=title,
        sender_name="示范港市应急管理局",
        areas=(Area("滨海区"),),
    )


def _message(language: str, title: str) -> Message:
    parts = {"title": title, "summary": f"{title}\n<3 m & rising"}
    return Message(1, "feed", language, MessageKind.ALERT, 0, parts)


@dataclass
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass
class Stand:
    """An open feed channel and the address that its routes are served at."""

    channel: FeedChannel
    clock: ManualClock
    newsroom: Newsroom
    directory: Path
    url: str
    http: aiohttp.ClientSession

    async def publish(self, *publications: Publication) -> None:
        for publication in publications:
            await self.channel.prepare(publication)

    def delivery(self, publication: Publication) -> Delivery:
        key = AttemptKey(publication.id, 1, 1)
        message = publication.messages[0]
        return Delivery(
            key, "feed", "public", message, publication.level.code, publication.expires,
            standing=Standing.of(publication.alert),
        )  # fmt: skip

    async def get(self, path: str, **headers: str) -> Answer:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        async with self.http.get(self.url + path, headers=named) as response:
            return Answer(response.status, response.headers, await response.read())

    async def text(self, path: str) -> str:
        return (await self.get(path)).body.decode()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def newsroom(clock: ManualClock) -> Newsroom:
    return Newsroom(clock)


@pytest.fixture
def regions() -> list[Region]:
    return [HARBOUR, HILL]


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
def context(
    clock: ManualClock, http: aiohttp.ClientSession, regions: list[Region]
) -> Callable[[], ChannelContext]:
    async def tree() -> list[Region]:
        return regions

    return lambda: ChannelContext(
        clock=clock,
        session=http,
        public_url="https://warn.example/",
        time_zone=ZoneInfo("Asia/Shanghai"),
        languages=("zh-CN", "en"),
        names={"zh-CN": "示范港市", "en": "Demo Harbour City"},
        regions=tree,
    )


@pytest.fixture
async def stand(
    tmp_path: Path,
    clock: ManualClock,
    newsroom: Newsroom,
    context: Callable[[], ChannelContext],
    http: aiohttp.ClientSession,
) -> AsyncIterator[Stand]:
    channel = FeedChannel(FeedSettings(directory=tmp_path / "published"))
    app = web.Application()
    app.add_routes(channel.routes())
    async with TestServer(app) as server:
        await channel.open(context())
        url = str(server.make_url("")).rstrip("/")
        yield Stand(channel, clock, newsroom, tmp_path / "published", url, http)
        await channel.close()
