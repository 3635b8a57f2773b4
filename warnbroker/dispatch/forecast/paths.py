"""Independence: which ways lead into a district, and what happens when one fails."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from warnbroker.dispatch.forecast.outlook import DistrictOutlook
from warnbroker.dispatch.forecast.pace import Pace
from warnbroker.errors import Fault

# What the shipped settings call their paths; an operator's own words stand as they are.
_CHINESE = {
    "mobile network": "移动通信网",
    "internet": "互联网",
    "broadcast": "广播电视",
    "streets": "宣传车道路",
}


@dataclass(frozen=True, slots=True)
class Expectation:
    """What is expected of a channel; ``cost`` is for one billed unit.

    Channels of one ``path`` fail together; ``mains`` says whether people need mains power.
    """

    pace: Pace = field(default_factory=Pace)
    cost: float = 0
    path: str = ""
    mains: bool = True


def paths_of(
    channels: Collection[str], expected: Mapping[str, Expectation], *, off_mains: bool = False
) -> tuple[str, ...]:
    """Return the independent paths of some channels, each once."""
    return tuple(
        sorted(
            {
                expected[name].path or name
                for name in channels
                if not (off_mains and expected[name].mains)
            }
        )
    )


def weak_points(district: DistrictOutlook) -> Iterator[Fault]:
    """Yield a fault for each way in which a district hangs on too little.

    Two independent ways for each area, one of them without mains power: the lesson of
    Lahaina 2023 and of J-ALERT (14 % of municipalities had one channel).
    """
    english, chinese = _named(district, "en"), _named(district, "zh-CN")
    if len(district.paths) < 2:
        ways = ", ".join(district.paths)
        yield _advice(
            "forecast.paths.few",
            f"{english} is reached by fewer than two independent paths: {ways or 'none'}",
            f"{chinese}可用的独立通道不足两条：{_in_chinese(district.paths)}",
        )
    if not district.off_mains:
        yield _advice(
            "forecast.paths.mains",
            f"no path into {english} works without mains power",
            f"通往{chinese}的通道在停电时全部中断",
        )


def _advice(rule: str, english: str, chinese: str) -> Fault:
    return Fault(rule, english, level="warning", chinese=chinese)


def _named(district: DistrictOutlook, language: str) -> str:
    return district.names.get(language) or district.names.get("en") or district.region


def _in_chinese(paths: Collection[str]) -> str:
    return "、".join(_CHINESE.get(path, path) for path in paths) or "无"
