from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from shapely import box

from warnbroker.model.alert import Alert, Area, Info
from warnbroker.model.enums import (
    Category,
    Certainty,
    MsgType,
    Scope,
    Severity,
    Status,
    Urgency,
)
from warnbroker.model.level import Level
from warnbroker.model.region import Region
from warnbroker.targeting import RegionTree

SENT = datetime(2026, 11, 23, tzinfo=UTC)


def rectangle(south, west, north, east):
    """Return a CAP polygon: latitude and longitude, closed."""
    return ((south, west), (south, east), (north, east), (north, west), (south, west))


@pytest.fixture
def tree() -> RegionTree:
    """Return a city of two districts side by side, one of which has a town in its corner."""
    return RegionTree(
        [
            Region("city", {"en": "City"}, box(113, 22, 115, 23), geocodes={"SAME": ("001000",)}),
            Region(
                "west",
                {"en": "West"},
                box(113, 22, 114, 23),
                "city",
                geocodes={"SAME": ("001001",)},
            ),
            Region(
                "east",
                {"en": "East"},
                box(114, 22, 115, 23),
                "city",
                geocodes={"SAME": ("001002", "001003"), "GBT2260": ("440302",)},
            ),
            Region("town", {"en": "Town"}, box(113, 22, 113.25, 22.25), "west"),
        ]
    )


@pytest.fixture
def area() -> Area:
    """Return an area inside the west."""
    return Area("the shore", polygons=(rectangle(22.25, 113.25, 22.75, 113.75),))


@pytest.fixture
def info(area: Area) -> Info:
    """Return a red event in Chinese."""
    return Info(
        event="风暴潮",
        categories=(Category.MET,),
        urgency=Urgency.IMMEDIATE,
        severity=Severity.EXTREME,
        certainty=Certainty.OBSERVED,
        language="zh-CN",
        expires=SENT + timedelta(hours=6),
        areas=(area,),
    )


@pytest.fixture
def alert(info: Info) -> Alert:
    """Return an alert in Chinese and English."""
    english = replace(info, language="en-US", event="Storm surge")
    return Alert(
        "a-1", "duty@storm.example", SENT, Status.ACTUAL, MsgType.ALERT, Scope.PUBLIC,
        infos=(info, english),
    )  # fmt: skip


@pytest.fixture
def level_of():
    """Return a scale of two levels: red for Extreme, blue for the rest."""

    def level(info: Info) -> Level:
        code, rank = ("red", 1) if info.severity is Severity.EXTREME else ("blue", 4)
        return Level(code, rank, "", "", {}, timedelta(hours=1), resend_unknown=False)

    return level
