"""What a round of the clock comes to: pure functions of an alert as it stands.

Each looks first whether the round is still its own: somebody may have decided meanwhile, or
a crash may have come after it was noted.
"""

from datetime import datetime, timedelta

from warnbroker.contracts.decisions import Judge, Ruling, Situation
from warnbroker.model.event import Event
from warnbroker.model.record import AlertRecord

_NOTHING = Ruling([])


def reminded(seen: AlertRecord, now: datetime, told: int, again: timedelta) -> Judge:
    """Note a reminder, and when the next is due."""

    def judge(situation: Situation) -> Ruling:
        record = situation.record
        if record.reminders != seen.reminders:
            return _NOTHING
        number = seen.reminders + 1
        changes: dict[str, object] = {"reminders": number}
        if record.state.is_open and record.remind_at == seen.remind_at:
            changes["remind_at"] = now + again
        entry = (Event.RELEASE_REMINDED, {"round": number, "told": told})
        return Ruling([entry], changes=changes)

    return judge


def escalated(seen: AlertRecord, now: datetime, told: int) -> Judge:
    """Note that the tier above was told, once for each step."""

    def judge(situation: Situation) -> Ruling:
        if situation.record.escalate_at != seen.escalate_at:
            return _NOTHING
        waited = round((now - seen.received_at).total_seconds())
        entry = (Event.RELEASE_ESCALATED, {"told": told, "seconds": waited})
        return Ruling([entry], changes={"escalate_at": None})

    return judge


def overdue(now: datetime, told: int) -> Judge:
    """Note once that a signature did not come in time; it is still owed."""

    def judge(situation: Situation) -> Ruling:
        record = situation.record
        if record.countersign_by is None or record.remind_at is None or record.remind_at > now:
            return _NOTHING
        by = record.countersign_by.isoformat()
        entry = (Event.COUNTERSIGN_OVERDUE, {"countersign_by": by, "told": told})
        return Ruling([entry], changes={"remind_at": None})

    return judge
