"""The clock on alerts that wait: reminders, the tier above, expiry, signatures that are owed.

Every timer is a column of the alert, so a restart forgets none. Who is told is told under
the name of the round, and the same round again adds nothing: a crash between the telling
and the note of it repeats no reminder.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from warnbroker.contracts.clock import Clock
from warnbroker.contracts.decisions import DecisionStore, Judge
from warnbroker.contracts.notices import Notifier
from warnbroker.intake.release.chain import ReleasePolicy
from warnbroker.intake.release.rounds import escalated, overdue, reminded
from warnbroker.intake.release.rulings import expired
from warnbroker.log import log
from warnbroker.model.actor import BROKER
from warnbroker.model.authority import Authorities, Authority
from warnbroker.model.event import Event
from warnbroker.model.message import MessageKind
from warnbroker.model.record import AlertRecord


@dataclass(frozen=True, slots=True)
class Watch:
    """Looks at every alert whose time has come."""

    decisions: DecisionStore
    notifier: Notifier
    authorities: Authorities
    policy: ReleasePolicy
    clock: Clock

    async def sweep(self) -> None:
        """Do what is due; one alert that fails must not keep the next waiting."""
        for record in await self.decisions.due(self.clock.now()):
            try:
                await self._attend(record)
            except Exception as error:  # the next round tries again
                log.exception(
                    Event.STEP_FAILED, step="watch", alert=record.public_id, error=str(error)
                )

    async def _attend(self, record: AlertRecord) -> None:
        now = self.clock.now()
        if record.state.is_open and record.expires <= now:
            await self._note(record, expired(now))
            return
        own, above = self._offices(record)
        if not record.state.is_open:
            offices = [*own, *above]
            told = await self.notifier.tell(
                record, MessageKind.UNSIGNED, offices, series="countersign"
            )
            await self._note(record, overdue(now, told))
            return
        if record.escalate_at is not None and record.escalate_at <= now:
            # Each step of a chain has a clock of its own, so also an escalation of its own.
            told = await self._tell(record, above, f"escalate-{record.escalate_at.isoformat()}")
            await self._note(record, escalated(record, now, told))
        if record.remind_at is not None and record.remind_at <= now:
            told = await self._tell(record, own, f"remind-{record.reminders + 1}")
            await self._note(record, reminded(record, now, told, self.policy.remind_after))

    async def _tell(self, record: AlertRecord, offices: Sequence[Authority], series: str) -> int:
        return await self.notifier.tell(record, MessageKind.REMINDER, offices, series=series)

    async def _note(self, record: AlertRecord, judge: Judge) -> None:
        await self.decisions.decide(record.id, judge, actor=BROKER, at=self.clock.now())

    def _offices(self, record: AlertRecord) -> tuple[Sequence[Authority], Sequence[Authority]]:
        """Return the office that the alert is of, and the tier above it."""
        own = self.authorities.of_sender(record.sender)
        # What is internal leaves its office for nobody, the tier above included.
        above = self.authorities.above(own.code) if own and not record.internal else None
        return [own] if own else [], [above] if above else []
