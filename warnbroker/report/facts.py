"""What the rules on conduct look at: alerts with their clocks, and limits."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from warnbroker.model.decision import Decision
from warnbroker.model.enums import MsgType
from warnbroker.model.incident import Incident
from warnbroker.model.record import AlertRecord

GRAVE_RANK = 2
"""Alerts of this rank and graver must not be passed over."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How long each may take."""

    report_within: timedelta
    warn_within: timedelta
    release_within: timedelta


@dataclass(frozen=True, slots=True)
class Course:
    """An alert with what happened to it; ``composer`` is the person who issued it.

    ``regions`` are the codes of all regions that it touches, ``places`` those of them that
    hold no other. ``hazards`` are the codes and names of what it warns of.
    """

    record: AlertRecord
    composer: str
    decisions: Sequence[Decision] = ()
    regions: frozenset[str] = frozenset()
    places: frozenset[str] = frozenset()
    hazards: frozenset[str] = frozenset()

    @property
    def released_at(self) -> datetime | None:
        """Return when nothing kept it any more: the record knows no later moment of its telling."""
        record = self.record
        if not record.state.is_released:
            return None
        return record.released_at or record.received_at

    @property
    def people(self) -> tuple[str, ...]:
        """Return everybody who had a hand in it, each once."""
        named = (self.composer, *(decision.person for decision in self.decisions))
        return tuple(dict.fromkeys(name for name in named if name))

    @property
    def warns(self) -> bool:
        """Say whether the public was told of a danger with it."""
        return self.record.is_public and self.record.msg_type in {MsgType.ALERT, MsgType.UPDATE}

    def covers(self, hazard: str, regions: frozenset[str]) -> bool:
        """Say whether it warns of a hazard in one of some regions."""
        return self.warns and hazard in self.hazards and bool(regions & self.regions)


@dataclass(frozen=True, slots=True)
class Report:
    """An incident with all its revisions, oldest first.

    ``responsible`` is the authority that answers for its region; ``around`` are the codes
    of the region, those around it and those in it.
    """

    revisions: Sequence[Incident]
    responsible: str
    around: frozenset[str]

    @property
    def first(self) -> Incident:
        """Return what was reported first."""
        return self.revisions[0]

    @property
    def subject(self) -> str:
        """Return how findings name it."""
        return str(self.first.id)

    @property
    def people(self) -> tuple[str, ...]:
        """Return everybody who reported or revised it."""
        return tuple(dict.fromkeys(item.person for item in self.revisions if item.person))
