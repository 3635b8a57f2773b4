"""Take what came of visits: evidence about the person, and the answer itself, by whom."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from warnbroker.contracts.clock import Clock
from warnbroker.contracts.doorsteps import Answering, DoorstepStore
from warnbroker.contracts.evidence import EvidenceSink
from warnbroker.model.actor import Actor
from warnbroker.model.doorstep import Answer, Door, Visit
from warnbroker.model.ladder import DOOR
from warnbroker.model.receipt import Evidence, Receipt, State


@dataclass(frozen=True, slots=True)
class Doorbook:
    """Writes answers down; the same about somebody again changes nothing."""

    doorsteps: DoorstepStore
    sink: EvidenceSink
    clock: Clock
    ids: Iterator[int]

    async def answer(
        self,
        alert_id: int,
        answers: Sequence[tuple[Door, Answer]],
        *,
        via: str,
        actor: Actor,
        ref: str = "",
    ) -> int:
        """Return how many answers were new.

        ``ref`` is the sender's own id of what they said, so that a repeat is known as one.

        Raises:
            StoreError: the database refused; some of it may be kept, and may come again.
        """
        news = [(door, answer) for door, answer in answers if ref or door.answer is not answer]
        now = self.clock.now()
        keys = await self.doorsteps.attempts(alert_id, [door.subscriber_id for door, _ in news])
        # Evidence first: whoever gets no answer from us says it again, and it is the same.
        await self.sink.record(
            [
                Evidence(
                    keys[door.subscriber_id],
                    Receipt(
                        State.CONFIRMED if answer.is_told else State.HANDED_OFF,
                        DOOR,
                        code=answer,
                        at=now,
                    ),
                )
                for door, answer in news
                if door.subscriber_id in keys
            ]
        )
        visits = [
            Visit(door.subscriber_id, answer, ref or f"{via}:{next(self.ids)}")
            for door, answer in news
        ]
        return await self.doorsteps.answer(alert_id, visits, via=via, actor=actor, at=now)


_: type[Answering] = Doorbook
