"""Independence: which ways lead into a district, and what happens when one fails."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from warnbroker.dispatch.forecast.outlook import DistrictOutlook
from warnbroker.dispatch.forecast.pace import Pace


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


def weak_points(district: DistrictOutlook) -> Iterator[tuple[str, str]]:
    """Yield a rule and a sentence for each way in which a district hangs on too little.

    Two independent ways for each area, one of them without mains power: the lesson of
    Lahaina 2023 and of J-ALERT (14 % of municipalities had one channel).
    """
    name = district.names.get("en") or district.region
    if len(district.paths) < 2:
        ways = ", ".join(district.paths) or "none"
        yield "forecast.paths.few", f"{name} is reached by fewer than two independent paths: {ways}"
    if not district.off_mains:
        yield "forecast.paths.mains", f"no path into {name} works without mains power"
