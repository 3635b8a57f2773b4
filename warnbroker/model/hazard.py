"""The hazard register: which hazards there are, and which levels exist for each."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from warnbroker.model.alert import Info


@dataclass(frozen=True, slots=True)
class Hazard:
    """One hazard; ``instructions`` are the standing ones, by language."""

    code: str
    names: Mapping[str, str]
    levels: tuple[str, ...]
    instructions: Mapping[str, str] = field(default_factory=dict)


def hazard_of(info: Info, hazards: Iterable[Hazard]) -> Hazard | None:
    """Return the hazard that an info tells of, by event code or by name, or None."""
    named = {info.event.casefold(), *(pair.value.casefold() for pair in info.event_codes)}
    return next(
        (
            hazard
            for hazard in hazards
            if hazard.code.casefold() in named
            or info.event.casefold() in {name.casefold() for name in hazard.names.values()}
        ),
        None,
    )
