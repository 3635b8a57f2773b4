"""The sweep over all ladders: look at who is due, and take the step that they are due."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from warnbroker.contracts.bus import Bus, lane_topic
from warnbroker.contracts.channel import Channel
from warnbroker.contracts.clock import Clock
from warnbroker.contracts.escalation import LadderStore, Move, Taken
from warnbroker.contracts.store import AlertStore
from warnbroker.dispatch.escalate.climb import Look, look
from warnbroker.dispatch.escalate.routes import Routes
from warnbroker.dispatch.escalate.steps import Steps
from warnbroker.dispatch.publish import Publisher
from warnbroker.dispatch.reach import Circle
from warnbroker.failpoints import Point, reach
from warnbroker.log import log
from warnbroker.model.event import Event
from warnbroker.model.ladder import Climber, Ladders
from warnbroker.targeting import RegionTree, home_of

PAGE = 250
MOST_PAGES = 40
"""Pages that one round looks at, so that lists and plans get their turn in a great one."""

MINUTE = timedelta(minutes=1)
BUDGET = "budget"
"""What holds a step up when a region has had its messages of the minute."""


@dataclass(frozen=True, slots=True)
class Escalator:
    """Climbs the ladders of all alerts, the gravest level first."""

    ladders: Ladders
    store: LadderStore
    alerts: AlertStore
    publisher: Publisher
    channels: Mapping[str, Channel]
    circle: Circle
    bus: Bus
    clock: Clock
    ids: Iterator[int]

    async def sweep(self) -> None:
        """Look at everybody who is due.

        Raises:
            StoreError: the database refused; the next round looks again.
        """
        routes, pages, now = Routes(self.channels), MOST_PAGES, self.clock.now()
        spent: Counter[str] | None = None
        tree: RegionTree | None = None
        for rank in sorted(self.ladders.by_rank):
            while pages and (page := await self.store.due(rank, now, PAGE, routes.receipts)):
                pages -= 1
                tree = tree or await self.publisher.tree()
                if spent is None:
                    spent = Counter(await self.store.messages_since(now - MINUTE))
                moves = await self._moves(page, routes.confirming, tree, spent, now)
                reach(Point.STEPS_CHOSEN)
                await self.store.move(moves, now)
                reach(Point.STEPS_TAKEN)
                await self._announce(moves)

    async def _moves(
        self,
        page: Sequence[Climber],
        confirming: frozenset[str],
        tree: RegionTree,
        spent: Counter[str],
        now: datetime,
    ) -> Sequence[Move]:
        moves, steps = [], dict[int, Steps]()
        for climber in page:
            seen = look(climber, self.ladders, confirming, now)
            taken = None
            if seen.rung is not None:
                if climber.alert_id not in steps:
                    steps[climber.alert_id] = await self._steps(climber.alert_id)
                home = home_of(climber.person, tree)
                region = home[0].code if home else ""
                taken = steps[climber.alert_id].taken(climber, seen, seen.rung, region)
            moves.append(self._move(climber, seen, taken, spent, now))
        return moves

    async def _steps(self, alert_id: int) -> Steps:
        record = await self.alerts.get(alert_id)
        draft = await self.publisher.draft(record)
        return Steps(
            record,
            draft,
            self.publisher,
            self.channels,
            self.circle,
            self.ids,
            self.ladders.most_per_person,
        )

    def _move(
        self,
        climber: Climber,
        seen: Look,
        taken: Taken | None,
        spent: Counter[str],
        now: datetime,
    ) -> Move:
        if taken is None:
            return Move(climber, seen.step, seen.due_at)
        if taken.messages and spent[taken.region] + taken.messages > self.ladders.per_minute:
            return Move(climber, seen.step, now + MINUTE / 4, delayed_by=BUDGET)
        spent[taken.region] += taken.messages
        rungs = self.ladders.of(climber.rank)
        later = [rung.after for rung in rungs[taken.number : taken.number + 1]]
        return Move(climber, taken.number, now + (later[0] if later else timedelta(0)), taken)

    async def _announce(self, moves: Sequence[Move]) -> None:
        counts = Counter(
            (move.climber.alert, move.taken.number, move.taken.action)
            for move in moves
            if move.taken
        )
        for (alert, number, action), people in counts.items():
            log.info(Event.ESCALATED, alert=alert, step=number, action=action, people=people)
        if any(move.taken and move.taken.messages for move in moves):
            for name in sorted(self.channels):
                await self.bus.announce(lane_topic(name))
