"""Count what a plan would write, page by page, without keeping the pages."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby

from warnbroker.dispatch.forecast.districts import Districts
from warnbroker.dispatch.forecast.pace import Scenario
from warnbroker.dispatch.rows import Row
from warnbroker.model.message import Message
from warnbroker.model.receipt import Reason
from warnbroker.model.record import Candidate


@dataclass(slots=True)
class Tally:
    """Running sums; ``kinds`` maps a channel to the address that it needs.

    ``onsets`` maps a group to the seconds from now to its onset; a negative or missing one
    plays no part in who is late. ``withheld`` counts the messages that would not be tried, and
    ``delayed`` those that would wait, by cause.
    """

    now: datetime
    scenarios: Sequence[Scenario]
    districts: Districts
    kinds: Mapping[str, str]
    onsets: Mapping[int, float]
    people: int = 0
    recipients: Counter[str] = field(default_factory=Counter)
    targets: Counter[str] = field(default_factory=Counter)
    messages: Counter[int] = field(default_factory=Counter)
    texts: dict[int, Message] = field(default_factory=dict)
    spans: dict[str, tuple[float, float]] = field(default_factory=dict)
    told: Counter[str] = field(default_factory=Counter)
    late: Counter[str] = field(default_factory=Counter)
    last: defaultdict[str, dict[str, float]] = field(default_factory=lambda: defaultdict(dict))
    withheld: Counter[str] = field(default_factory=Counter)
    delayed: Counter[str] = field(default_factory=Counter)

    def add(self, page: Sequence[Row], stops: Mapping[int, tuple[str, Reason]]) -> None:
        """Count one page of rows; the rows of one person stand together.

        ``stops`` are those, by id, that would not be tried.
        """
        self.withheld.update(str(code) for code, _ in stops.values())
        self._count([row for row in page if row.delivery.id not in stops])

    def _count(self, page: Sequence[Row]) -> None:
        for row in page:
            message = row.delivery.message
            self.delayed[row.delivery.delayed_by] += 1
            self.messages[message.id] += 1
            self.texts.setdefault(message.id, message)
            (self.targets if row.delivery.target else self.recipients)[message.channel] += 1
        told = list(self._people(page))
        homes = self.districts.of([person for person, _ in told])
        for (person, rows), home in zip(told, homes, strict=True):
            self._tell(person, rows, home)

    def _people(self, page: Sequence[Row]) -> Iterator[tuple[Candidate | None, Sequence[Row]]]:
        reached = (row for row in page if not row.delivery.target)
        for _, rows in groupby(reached, key=_whom):
            found = list(rows)
            yield found[0].person, found

    def _tell(self, person: Candidate | None, rows: Sequence[Row], home: str) -> None:
        self.people += 1
        used = {row.delivery.message.channel: self._wait(row) for row in rows}
        possible = self._possible(person)
        onset = self.onsets.get(rows[0].delivery.message.group)
        baseline, *others = self.scenarios
        seconds = baseline.tell(used, (), onset)
        for scenario in others:
            scenario.tell(used, possible, onset)
        self._note(seconds, home, late=onset is not None and min(seconds.values()) > onset)

    def _wait(self, row: Row) -> float:
        due = row.delivery.due_at
        return max((due - self.now).total_seconds(), 0) if due else 0

    def _note(self, seconds: Mapping[str, float], home: str, *, late: bool) -> None:
        self.told[home] += 1
        self.late[home] += late
        for channel, moment in seconds.items():
            first, last = self.spans.get(channel, (moment, moment))
            self.spans[channel] = (min(first, moment), max(last, moment))
            self.last[home][channel] = max(self.last[home].get(channel, 0), moment)

    def _possible(self, person: Candidate | None) -> Sequence[str]:
        if person is None:
            return ()
        return [
            name
            for name, kind in self.kinds.items()
            if kind in person.addresses and (not person.channels or name in person.channels)
        ]


def _whom(row: Row) -> tuple[int | None, int | None]:
    """Return what tells people apart; one without a subscriber is known by the address."""
    delivery = row.delivery
    known = delivery.subscriber_id
    return known, delivery.address_id if known is None else None
