"""The hazard register: which hazards there are, and which levels exist for each."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from warnbroker.model.alert import Info


@dataclass(frozen=True, slots=True)
class Hazard:
    """One hazard; ``instructions`` are the standing ones, by language.

    ``notify`` maps a level to the codes of authorities that are told of it; ``reach`` is how
    many kilometres beyond an area it may act.
    """

    code: str
    names: Mapping[str, str]
    levels: tuple[str, ...]
    instructions: Mapping[str, str] = field(default_factory=dict)
    notify: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    reach: float = 0.0


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
