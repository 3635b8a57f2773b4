"""The demo town's pages on a real server, with warnings that a test puts up and takes down."""

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import shapely
from aiohttp import web
from aiohttp.test_utils import TestServer
from lxml import etree
from shapely.geometry import Polygon, shape
from shapely.geometry.base import BaseGeometry

from warnbroker.contracts.public import PublicAlert, PublicWarning, WarningState
from warnbroker.errors import StoreError
from warnbroker.model.alert import Area, Info, NamedValue
from warnbroker.model.enums import Category, Certainty, MsgType, Severity, Urgency
from warnbroker.model.level import Level
from warnbroker.model.region import Region
from warnbroker.resources import shipped
from warnbroker.web.pages import public_routes
from warnbroker.web.site import Site

CAP = {"c": "urn:oasis:names:tc:emergency:cap:1.2"}
SENT = datetime(2026, 11, 23, 0, 10, tzinfo=UTC)
EXPIRES = datetime(2026, 11, 23, 6, 10, tzinfo=UTC)
SIX = timedelta(hours=6)
RED = Level("red", 1, "I", "#C4161C", {"zh-CN": "红色", "en": "Red"}, SIX, True)
ORANGE = Level("orange", 2, "II", "#E8730C", {"zh-CN": "橙色", "en": "Orange"}, SIX, True)
YELLOW = Level("yellow", 3, "III", "#F2C500", {"zh-CN": "黄色", "en": "Yellow"}, SIX, False)
BLUE = Level("blue", 4, "IV", "#1F6FC4", {"zh-CN": "蓝色", "en": "Blue"}, SIX, False)
LEVELS = (RED, ORANGE, YELLOW, BLUE)
SURGE_ID = "surge23456surge23456surge2"
WIND_ID = "wind234567wind234567wind23"


class ManualClock:
    def __init__(self) -> None:
        self.present = SENT + timedelta(minutes=4)

    def now(self) -> datetime:
        return self.present

    async def sleep(self, seconds: float) -> None:
        raise NotImplementedError

    def pass_(self, **time: float) -> None:
        self.present += timedelta(**time)


def regions_of_the_demo() -> list[Region]:
    collection = json.loads((shipped("config") / "regions.geojson").read_text())
    return [
        Region(
            f["properties"]["code"],
            f["properties"]["name"],
            shape(f["geometry"]),
            f["properties"].get("parent"),
        )
        for f in collection["features"]
    ]


@dataclass
class Town:
    """The source of the pages, in memory."""

    clock: ManualClock = field(default_factory=ManualClock)
    warnings: list[PublicWarning] = field(default_factory=list)
    region_tree: list[Region] = field(default_factory=regions_of_the_demo)
    asked: int = 0
    broken: bool = False

    async def in_force(self, now: datetime) -> Sequence[PublicWarning]:
        self.asked += 1
        if self.broken:
            raise StoreError("the database is away")
        return [w for w in self.warnings if w.newest.expires > now]

    async def get(self, warning_id: str) -> PublicWarning | None:
        held = (w for w in self.warnings if warning_id in {w.id, *(a.id for a in w.alerts)})
        return next(held, None)

    async def regions(self) -> Sequence[Region]:
        return self.region_tree

    def site(self, templates: Path | None = None, **changes: object) -> Site:
        made = Site(
            clock=self.clock,
            public_url="http://town.example",
            time_zone=ZoneInfo("Europe/Helsinki"),
            languages=("zh-CN", "en"),
            names={"zh-CN": "示范港市", "en": "Demo Harbour City"},
            levels=LEVELS,
            templates=templates,
        )
        return replace(made, **changes)

    @asynccontextmanager
    async def serve(self, site: Site | None = None) -> AsyncIterator[str]:
        app = web.Application()
        app.add_routes(public_routes(self, site or self.site()))
        async with TestServer(app) as server:
            yield str(server.make_url("")).rstrip("/")


def surge(**changes: object) -> PublicWarning:
    """Return the shipped storm surge: red, in Chinese and English."""
    tree = etree.parse(str(shipped("config") / "demo" / "storm-surge.cap.xml"))
    infos = tuple(_info(element) for element in tree.iterfind("c:info", CAP))
    area = Polygon([(lon, lat) for lat, lon in infos[0].areas[0].polygons[0]])
    made = _warning(SURGE_ID, infos, RED, area)
    return replace(made, **changes)


def wind() -> PublicWarning:
    """Return a blue warning, written in Chinese and English."""
    zh = replace(
        _plain("zh-CN"),
        event="大风",
        headline="示范港市发布大风蓝色预警",
        description="预计今天白天北部有阵风7级。",
        instruction="请固定好户外物品。",
        sender_name="示范港市气象台",
        areas=(Area("北湾区、桥头区"),),
    )
    en = replace(
        zh,
        language="en",
        event="Wind",
        headline="Blue wind warning for Demo Harbour City",
        description="Gusts of force 7 are expected in the north during the day.",
        instruction="Tie down what stands outside.",
        sender_name="Demo Harbour City Weather Office",
        areas=(Area("North Bay, Bridgehead"),),
    )
    north = [r.geometry for r in regions_of_the_demo() if r.name("en") in en.areas[0].area_desc]
    return _warning(WIND_ID, (zh, en), BLUE, shapely.union_all(north))


def followed(first: PublicWarning, msg_type: MsgType, *infos: Info) -> PublicWarning:
    """Return the warning after an Update or a Cancel an hour later."""
    later = replace(
        first.newest,
        id=first.id[::-1],
        msg_type=msg_type,
        sent=SENT + timedelta(hours=1),
        infos=infos,
    )
    state = WarningState.CANCELLED if msg_type == MsgType.CANCEL else WarningState.UPDATED
    return replace(first, alerts=(*first.alerts, later), state=state)


def _warning(
    identity: str, infos: tuple[Info, ...], level: Level, area: BaseGeometry
) -> PublicWarning:
    alert = PublicAlert(identity, MsgType.ALERT, SENT, EXPIRES, level.code, infos, area)
    return PublicWarning(identity, (alert,), level, WarningState.IN_FORCE, area, SENT)


def _plain(language: str) -> Info:
    return Info("", (Category.MET,), Urgency.EXPECTED, Severity.MINOR, Certainty.LIKELY, language)


def _info(element: etree._Element) -> Info:
    def text(name: str) -> str:
        return element.findtext(f"c:{name}", "", CAP)

    corners = element.findtext("c:area/c:polygon", "", CAP).split()
    pairs = tuple(tuple(map(float, corner.split(","))) for corner in corners)
    return Info(
        text("event"),
        (Category.MET,),
        Urgency(text("urgency")),
        Severity(text("severity")),
        Certainty(text("certainty")),
        text("language"),
        event_codes=(NamedValue("hazard", "STORM_SURGE"),),
        onset=datetime.fromisoformat(text("onset")),
        expires=datetime.fromisoformat(text("expires")),
        sender_name=text("senderName"),
        headline=text("headline"),
        description=text("description"),
        instruction=text("instruction"),
        web=text("web"),
        contact=text("contact"),
        areas=(Area(element.findtext("c:area/c:areaDesc", "", CAP), polygons=(pairs,)),),
    )
