"""What the settings say of ladders."""

from collections.abc import Iterator
from datetime import time
from zoneinfo import ZoneInfo

from warnbroker.app.names import strange
from warnbroker.model.ladder import DOOR, Action, Ladders, Night, Rung
from warnbroker.model.receipt import State
from warnbroker.settings import Settings
from warnbroker.settings.escalation import Rung as RungSection

_NEEDS = {"delivered": State.DELIVERED, "confirmed": State.CONFIRMED}


def ladders_of(settings: Settings) -> Ladders:
    """Return the ladders that the settings name."""
    section, scale = settings.escalation, settings.levels.scale
    begins, _, ends = section.night.partition("-")
    zone = ZoneInfo(settings.municipality.time_zone)
    return Ladders(
        by_rank={
            scale[level].rank: tuple(_rung(rung) for rung in rungs)
            for level, rungs in section.ladders.items()
            if level in scale
        },
        night=Night(time.fromisoformat(begins), time.fromisoformat(ends), zone),
        per_minute=section.per_minute,
        most_per_person=section.most_per_person,
        unsent_after=section.unsent_after,
        gather=section.gather,
        tell_again=section.tell_again,
        vans_every=section.vans_every,
    )


def _rung(section: RungSection) -> Rung:
    return Rung(
        action=section.do,
        after=section.after,
        unless=_NEEDS[section.unless],
        at_night=_NEEDS[section.at_night or section.unless],
        channels=tuple(section.channels),
        roles=frozenset(section.roles),
        no_receipt=section.no_receipt,
    )


def escalation_faults(settings: Settings) -> Iterator[str]:
    """Yield one line for each step that cannot be taken as it stands."""
    if DOOR in settings.channels:
        yield f"channels.{DOOR}: the name is the broker's own; take another"
    for level, rungs in settings.escalation.ladders.items():
        where = f"escalation.ladders.{level}"
        yield from strange((where, [level]), settings.levels.scale, "is not in levels.scale")
        for index, rung in enumerate(rungs):
            named = (f"{where}[{index}].channels", rung.channels)
            yield from strange(named, settings.channels, "is not under channels")
            if rung.channels and rung.do is Action.VANS:
                yield f"{where}[{index}].channels: do: vans takes none; remove them"
