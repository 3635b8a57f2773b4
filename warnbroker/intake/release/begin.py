"""Where an alert stands when it comes in."""

from dataclasses import replace
from datetime import datetime

from warnbroker.contracts.store import Repeat
from warnbroker.intake.release.chain import ReleasePolicy
from warnbroker.model.enums import MsgType, Status
from warnbroker.model.record import AlertRecord, AlertState

ERROR = "error"
"""The reason of a Cancel that takes back a mistake."""

_KEPT_STATUS = frozenset({Status.SYSTEM, Status.DRAFT})
_KEPT_TYPE = frozenset({MsgType.ACK, MsgType.ERROR})


def is_kept(status: Status, msg_type: MsgType) -> bool:
    """Say whether a message is between systems: recorded, never told to people."""
    return status in _KEPT_STATUS or msg_type in _KEPT_TYPE


def begun(record: AlertRecord, policy: ReleasePolicy, now: datetime, ends: str = "") -> AlertRecord:
    """Return an alert as it begins: kept, released at once, or waiting for people.

    ``ends`` is the level that holds until the alert takes its place. Lowering a warning too
    early can kill as lifting it can, so nobody does alone what nobody may raise alone.
    """
    if is_kept(record.status, record.msg_type):
        return replace(record, state=AlertState.RECORDED, released_at=None)
    raised = replace(record, state=AlertState.ACCEPTED)
    if not policy.steps(raised) and not (ends and policy.steps(replace(raised, level=ends))):
        return replace(record, state=AlertState.ACCEPTED, released_at=now)
    if record.msg_type is MsgType.CANCEL and record.reason == ERROR:
        # A false alarm frightens people every minute that it stands: one person is enough.
        by = now + policy.retraction_within
        return replace(
            record,
            state=AlertState.ACCEPTED,
            released_at=now,
            countersign_by=by,
            remind_at=by,
        )
    return waiting(record, AlertState.PENDING, policy, now)


def repeat_of(record: AlertRecord, policy: ReleasePolicy) -> Repeat | None:
    """Return what becomes of an alert that says what another said a short time ago.

    An Update or Cancel repeats nothing, and what is kept bothers nobody.
    """
    if record.msg_type is not MsgType.ALERT or record.state is AlertState.RECORDED:
        return None
    if not policy.repeat_within:
        return None
    now = record.received_at
    held = waiting(replace(record, countersign_by=None), AlertState.HELD, policy, now)
    return Repeat(now - policy.repeat_within, held)


def waiting(
    record: AlertRecord, state: AlertState, policy: ReleasePolicy, now: datetime
) -> AlertRecord:
    """Return an alert that waits for people, with its clock started."""
    return replace(
        record,
        state=state,
        released_at=None,
        remind_at=now + policy.remind_after,
        escalate_at=now + policy.escalate_after,
    )
