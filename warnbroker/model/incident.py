"""An incident: what an authority reports has happened, in revisions that are all kept."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Incident:
    """One revision of a report, the first has the number 1.

    ``known_at`` is when the authority came to know of it. ``figures`` counts people and
    things, such as ``dead`` or ``missing``. ``explanation`` says why a revision differs from
    the one before. ``warning_id`` is the warning that it belongs to, empty where none is
    named. ``authority`` is a code, ``person`` the human who reports.
    """

    id: int
    revision: int
    authority: str
    hazard: str
    region: str
    occurred_at: datetime
    known_at: datetime
    reported_at: datetime
    figures: Mapping[str, int]
    text: str
    explanation: str
    warning_id: str
    issuer_id: int
    person: str

    def says_the_same(self, other: "Incident") -> bool:
        """Tell whether two revisions report the same facts in the same words."""
        return _facts(self) == _facts(other)


def _facts(incident: Incident) -> tuple[object, ...]:
    return (
        incident.authority,
        incident.hazard,
        incident.region,
        incident.occurred_at,
        incident.known_at,
        dict(incident.figures),
        incident.text,
        incident.explanation,
        incident.warning_id,
    )
