"""What each decision comes to: pure functions of an alert as it stands."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from warnbroker.contracts.decisions import Judge, Ruling, Situation
from warnbroker.errors import (
    AlertError,
    ConfirmationError,
    DecisionError,
    Fault,
    ForbiddenError,
    WarnbrokerError,
)
from warnbroker.intake.release.begin import begun, waiting
from warnbroker.intake.release.chain import (
    ReleasePolicy,
    may_take,
    person_of,
    require_one_of,
    require_other_person,
    same_person,
)
from warnbroker.intake.release.confirmation import NOTHING, Confirmation, Named, require_same
from warnbroker.model.decision import Act, Decision
from warnbroker.model.event import Event
from warnbroker.model.fan_out import PUBLIC_DRILL_FLOW
from warnbroker.model.record import AlertRecord, AlertState, IssuerRecord

_NO_TIMERS: Mapping[str, object] = {"remind_at": None, "escalate_at": None}


@dataclass(frozen=True, slots=True)
class Deciding:
    """One attempt to decide: who, when, from where, and with which words.

    ``step`` is the step that they mean to take. ``given`` and ``expected`` are the typed
    confirmation and what it must say, ``expected`` None where none is asked for. ``barred``
    says why they are not competent, ``objection`` why the issuer is not any more.
    """

    act: Act
    by: IssuerRecord
    at: datetime
    origin: str = ""
    reason: str = ""
    step: str = ""
    given: Confirmation = NOTHING
    expected: Named | None = None
    barred: str = ""
    objection: str = ""


def judge_of(deciding: Deciding, policy: ReleasePolicy) -> Judge:
    """Return the function that judges an attempt; a refusal is a ruling too, and on record."""
    rule = _RULINGS[deciding.act]

    def judge(situation: Situation) -> Ruling:
        if situation.record.state.is_open and situation.record.expires <= deciding.at:
            return _lapsed(situation, deciding)
        try:
            return rule(situation, deciding, policy)
        except WarnbrokerError as error:
            return Ruling([_refused(deciding, error)], refusal=error)

    return judge


def expired(now: datetime) -> Judge:
    """Return the function that lets an alert lapse whose time is over, if nobody was faster."""

    def judge(situation: Situation) -> Ruling:
        record = situation.record
        if not record.state.is_open or record.expires > now:
            return Ruling([])
        return _lapsed(situation)

    return judge


def _lapsed(situation: Situation, deciding: Deciding | None = None) -> Ruling:
    """Rule that an alert expired before it was released."""
    lapse = (Event.ALERT_LAPSED, {"state": situation.record.state})
    changes = {**_NO_TIMERS, "state": AlertState.LAPSED}
    if deciding is None:
        return Ruling([lapse], changes=changes)
    error = _expired(situation.record)
    return Ruling([lapse, _refused(deciding, error)], changes=changes, refusal=error)


def _refused(deciding: Deciding, error: WarnbrokerError) -> tuple[Event, Mapping[str, object]]:
    why = [fault.rule for fault in error.faults] if isinstance(error, AlertError) else []
    return Event.DECISION_REFUSED, {
        "act": deciding.act,
        "person": person_of(deciding.by),
        "rules": why,
        "why": str(error),
    }


def _approve(situation: Situation, deciding: Deciding, policy: ReleasePolicy) -> Ruling:
    record, decisions = situation.record, situation.decisions
    _require_state(situation, AlertState.PENDING)
    step = policy.next_step(record, decisions)
    if step is None or (deciding.step and deciding.step != step.name):
        raise _step_taken(situation, deciding.step, step.name if step else "")
    may_take(step, deciding.by, decisions)
    _require_competence(deciding)
    _require_confirmation(deciding)
    made = _decision(situation, deciding, step.name)
    entry = (Event.STEP_APPROVED, _words(deciding, step=step.name))
    if policy.next_step(record, [*decisions, made]) is None:
        return _released(situation, deciding, made, entry)
    again = waiting(record, AlertState.PENDING, policy, deciding.at)
    return Ruling([entry], made, _timers(again))


def _reject(situation: Situation, deciding: Deciding, policy: ReleasePolicy) -> Ruling:
    _require_state(situation, AlertState.PENDING, AlertState.HELD)
    require_one_of(deciding.by, policy.roles(situation.record), "a rejection")
    _require_competence(deciding)
    _require_reason(deciding)
    return _ended(situation, deciding, AlertState.REJECTED, Event.ALERT_REJECTED)


def _withdraw(situation: Situation, deciding: Deciding, _policy: ReleasePolicy) -> Ruling:
    _require_state(situation, AlertState.PENDING, AlertState.HELD)
    composers = [item.person for item in situation.decisions if item.act is Act.COMPOSE]
    mine = any(same_person(person, person_of(deciding.by)) for person in composers)
    if not mine and deciding.by.id != situation.record.issuer_id:
        raise ForbiddenError("only who composed an alert may withdraw it; reject it instead")
    return _ended(situation, deciding, AlertState.WITHDRAWN, Event.ALERT_WITHDRAWN)


def _override(situation: Situation, deciding: Deciding, policy: ReleasePolicy) -> Ruling:
    _require_state(situation, AlertState.PENDING, AlertState.HELD)
    if not policy.override:
        raise ForbiddenError("no emergency override is configured (release.override)")
    if situation.record.flow == PUBLIC_DRILL_FLOW:
        raise ForbiddenError("a drill for everybody is no emergency; two people must approve it")
    require_one_of(deciding.by, policy.override, "the emergency override")
    _require_competence(deciding)
    _require_reason(deciding)
    _require_confirmation(deciding)
    by = deciding.at + policy.countersign_within
    entry = (Event.ALERT_OVERRIDDEN, _words(deciding, countersign_by=by.isoformat()))
    ruling = _released(situation, deciding, _decision(situation, deciding), entry)
    signing = {"countersign_by": by, "remind_at": by}
    return Ruling(ruling.entries, ruling.decision, {**ruling.changes, **signing}, releases=True)


def _countersign(situation: Situation, deciding: Deciding, policy: ReleasePolicy) -> Ruling:
    record = situation.record
    if record.countersign_by is None:
        raise DecisionError("release.state", f"{_standing(situation)}; no signature is owed")
    require_one_of(deciding.by, policy.roles(record), "a countersignature")
    require_other_person(deciding.by, situation.decisions)
    _require_competence(deciding)
    late = record.countersign_by < deciding.at
    entry = (Event.ALERT_COUNTERSIGNED, _words(deciding, late=late))
    changes = {**_NO_TIMERS, "countersign_by": None}
    return Ruling([entry], _decision(situation, deciding), changes)


def _admit(situation: Situation, deciding: Deciding, policy: ReleasePolicy) -> Ruling:
    _require_state(situation, AlertState.HELD)
    require_one_of(deciding.by, policy.roles(situation.record), "an admission")
    require_other_person(deciding.by, situation.decisions)
    _require_competence(deciding)
    made = _decision(situation, deciding)
    entry = (Event.STEP_APPROVED, _words(deciding, step=Act.ADMIT))
    going = begun(situation.record, policy, deciding.at)
    if going.state.is_released:
        return _released(situation, deciding, made, entry)
    return Ruling([entry], made, {**_timers(going), "state": going.state})


_RULINGS: Mapping[Act, Callable[[Situation, Deciding, ReleasePolicy], Ruling]] = {
    Act.APPROVE: _approve,
    Act.REJECT: _reject,
    Act.WITHDRAW: _withdraw,
    Act.OVERRIDE: _override,
    Act.COUNTERSIGN: _countersign,
    Act.ADMIT: _admit,
}


def _released(
    situation: Situation,
    deciding: Deciding,
    made: Decision,
    entry: tuple[Event, Mapping[str, object]],
) -> Ruling:
    _require_releasable(situation, deciding)
    changes = {**_NO_TIMERS, "state": AlertState.ACCEPTED, "released_at": deciding.at}
    release = (Event.ALERT_RELEASED, {"person": made.person, "people": situation.record.people})
    return Ruling([entry, release], made, changes, releases=True)


def _ended(situation: Situation, deciding: Deciding, state: AlertState, event: Event) -> Ruling:
    changes = {**_NO_TIMERS, "state": state}
    return Ruling([(event, _words(deciding))], _decision(situation, deciding), changes)


def _require_releasable(situation: Situation, deciding: Deciding) -> None:
    composer = situation.composer
    if composer.revoked_at is not None:
        at = composer.revoked_at.isoformat(timespec="seconds")
        raise DecisionError(
            "release.issuer",
            f"the key of {composer.name}, who composed it, was revoked at {at}; "
            "reject it and let another issue it",
        )
    if deciding.objection:
        raise DecisionError("release.authority", f"{deciding.objection}; reject it")
    if situation.cancelled_by is not None:
        raise DecisionError(
            "release.cancelled",
            f"{situation.cancelled_by} has cancelled what it would change, or came before it and "
            "has taken its place; reject it",
        )
    if situation.graver is not None:
        raise DecisionError(
            "release.graver",
            f"{situation.graver} was released after this was composed, is graver, and would be "
            "ended by it; reject it, look again and issue a new one",
        )


def _require_state(situation: Situation, *states: AlertState) -> None:
    record = situation.record
    if record.state is AlertState.LAPSED:
        raise _expired(record)
    if record.state is AlertState.HELD and AlertState.HELD not in states:
        raise DecisionError(
            "release.state",
            "it is held, for it says what another said a short time ago; admit it or reject it",
        )
    if record.state not in states:
        raise DecisionError("release.state", f"{_standing(situation)}; nothing is left to decide")


def _standing(situation: Situation) -> str:
    """Say where an alert stands, and who brought it there."""
    record = situation.record
    word = "released" if record.state.is_released else record.state.value
    last = situation.decisions[-1] if situation.decisions else None
    if last is None or last.act is Act.COMPOSE:
        return f"it is {word}"
    return f"it is {word}: {last.act} by {last.person} at {last.at.isoformat(timespec='seconds')}"


def _step_taken(situation: Situation, wanted: str, following: str) -> DecisionError:
    taken = next((item for item in situation.decisions if item.step == wanted), None)
    if taken is None:
        return DecisionError(
            "release.step", f"the next step is {following!r}, not {wanted!r}; look at it again"
        )
    at = taken.at.isoformat(timespec="seconds")
    return DecisionError(
        "release.step",
        f"{taken.person} took the step {wanted!r} at {at}; the next is {following!r}",
    )


def _expired(record: AlertRecord) -> DecisionError:
    at = record.expires.isoformat(timespec="seconds")
    return DecisionError(
        "release.expired", f"it expired at {at} and can go out no more; issue a new alert"
    )


def _require_competence(deciding: Deciding) -> None:
    if deciding.barred:
        raise ForbiddenError(deciding.barred)


def _require_reason(deciding: Deciding) -> None:
    if not deciding.reason.strip():
        raise ConfirmationError(
            [Fault("release.reason", f"say why: {deciding.act} needs a reason", "reason")]
        )


def _require_confirmation(deciding: Deciding) -> None:
    if deciding.expected is not None:
        require_same(deciding.given, deciding.expected)


def _decision(situation: Situation, deciding: Deciding, step: str = "") -> Decision:
    return Decision(
        alert_id=situation.record.id,
        act=deciding.act,
        issuer_id=deciding.by.id,
        person=person_of(deciding.by),
        at=deciding.at,
        step=step,
        reason=deciding.reason,
        origin=deciding.origin,
    )


def _words(deciding: Deciding, **more: object) -> Mapping[str, object]:
    return {"person": person_of(deciding.by), "reason": deciding.reason, **more}


def _timers(record: AlertRecord) -> Mapping[str, object]:
    return {
        "remind_at": record.remind_at,
        "escalate_at": record.escalate_at,
        "countersign_by": record.countersign_by,
    }
