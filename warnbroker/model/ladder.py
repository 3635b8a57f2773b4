"""Ladders: what is done, step by step, for people of whom no receipt comes."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from warnbroker.model.receipt import AWAITING_RECEIPT, FAILED, TOLD, State
from warnbroker.model.record import Candidate
from warnbroker.model.standing import Standing

DOOR = "door"
"""Stands where a channel does, for what people are told face to face; none may be called so."""


class Action(StrEnum):
    """What a step does for somebody who is not reached.

    ``AGAIN``: another attempt at what they have. ``CHANNELS``: further channels. ``CONTACTS``:
    the contact persons of their region. ``VANS``: loudspeaker vans, those streets first.
    ``LAST_MILE``: the list that officers take from door to door.
    """

    AGAIN = "again"
    CHANNELS = "channels"
    CONTACTS = "contacts"
    VANS = "vans"
    LAST_MILE = "last_mile"

    @property
    def sends(self) -> bool:
        """Say whether the person gets something by themselves."""
        return self in {Action.AGAIN, Action.CHANNELS}


@dataclass(frozen=True, slots=True)
class Rung:
    """One step, ``after`` so much time since the one before or the first attempt.

    ``unless`` is what makes it needless by day, ``at_night`` by night: DELIVERED or CONFIRMED.
    ``roles`` limits it to some people, none to nobody less than all; ``no_receipt`` has it
    taken also for those on whose routes no receipt is possible.
    """

    action: Action
    after: timedelta
    unless: State = State.DELIVERED
    at_night: State = State.DELIVERED
    channels: tuple[str, ...] = ()
    roles: frozenset[str] = frozenset()
    no_receipt: bool = False

    def need(self, *, night: bool) -> State:
        """Return what makes it needless now."""
        return self.at_night if night else self.unless


@dataclass(frozen=True, slots=True)
class Night:
    """The hours in which a handset's receipt is not a person awake; equal ends: never."""

    begins: time = time(22)
    ends: time = time(7)
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))

    def covers(self, moment: datetime) -> bool:
        """Tell whether it is night at a moment."""
        local = moment.astimezone(self.zone).time()
        if self.begins <= self.ends:
            return self.begins <= local < self.ends
        return local >= self.begins or local < self.ends


@dataclass(frozen=True, slots=True)
class Ladders:
    """The ladders by rank of level, and what keeps them from becoming a storm.

    ``per_minute`` is how many messages they may add in a region in one minute,
    ``most_per_person`` for one person in one warning. ``unsent_after`` is when the time of
    somebody begins to whom nothing could be handed over yet. ``gather`` is how long a list
    fills before its holder is told, ``tell_again`` how long until they are told that it grew;
    ``vans_every`` is the shortest time between two plans for the vans.
    """

    by_rank: Mapping[int, tuple[Rung, ...]] = field(default_factory=dict)
    night: Night = field(default_factory=Night)
    per_minute: int = 600
    most_per_person: int = 6
    unsent_after: timedelta = timedelta(minutes=10)
    gather: timedelta = timedelta(seconds=30)
    tell_again: timedelta = timedelta(minutes=10)
    vans_every: timedelta = timedelta(minutes=10)

    def of(self, rank: int) -> tuple[Rung, ...]:
        """Return the steps for a rank; none where nothing is escalated."""
        return self.by_rank.get(rank, ())

    @property
    def first_looks(self) -> Mapping[int, timedelta]:
        """Return, by rank, how long after planning people are first looked at."""
        return {rank: rungs[0].after for rank, rungs in self.by_rank.items() if rungs}


@dataclass(frozen=True, slots=True)
class Sent:
    """One delivery to a person, as far as a ladder asks.

    ``idle``: nothing is owed to it. ``machine``: only a machine took it. ``receipts``: one
    could come on its route. ``group`` is the group of infos that it speaks of.
    """

    id: int
    channel: str
    state: State
    idle: bool
    attempts: int = 0
    started_at: datetime | None = None
    machine: bool = False
    receipts: bool = True
    group: int = 0


@dataclass(frozen=True, slots=True)
class Climber:
    """A person on their ladder: ``step`` steps are behind them, the last taken ``last_at``.

    ``since`` is when they were planned, ``messages`` how many the ladders have sent them in
    this warning, ``standing`` their alert's.
    """

    alert_id: int
    alert: str
    rank: int
    step: int
    since: datetime
    expires: datetime
    person: Candidate
    sent: tuple[Sent, ...]
    standing: Standing
    stopped: bool = False
    last_at: datetime | None = None
    messages: int = 0

    @property
    def is_delivered(self) -> bool:
        """Say whether a device or a person has it; a machine that took a call is neither."""
        return any(item.state in TOLD and not item.machine for item in self.sent)

    @property
    def is_silent(self) -> bool:
        """Say whether no receipt is possible on any of their routes, and one of them took it."""
        mine = self._sendings
        taken = any(item.state in AWAITING_RECEIPT for item in mine)
        return taken and not any(item.receipts for item in mine)

    @property
    def is_hopeless(self) -> bool:
        """Say whether everything that was sent has failed for good."""
        mine = self._sendings
        return bool(mine) and all(item.idle and item.state in FAILED for item in mine)

    @property
    def first_at(self) -> datetime | None:
        """Return when the first attempt began."""
        return min((item.started_at for item in self.sent if item.started_at), default=None)

    def has(self, need: State, confirming: Collection[str]) -> bool:
        """Tell whether they are reached as well as is needed.

        CONFIRMED is needed only of those whom a channel could ask: for others DELIVERED is all
        that there can be.
        """
        if any(item.state is State.CONFIRMED for item in self.sent):
            return True
        could = any(item.channel in confirming for item in self.sent)
        return self.is_delivered and (need is not State.CONFIRMED or not could)

    @property
    def _sendings(self) -> tuple[Sent, ...]:
        return tuple(item for item in self.sent if item.channel != DOOR)
