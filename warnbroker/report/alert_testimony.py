"""What the signed entries say of an alert, and where its rows say something else."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from functools import partial
from typing import Any

from warnbroker.contracts.conduct import AlertCourse
from warnbroker.model.decision import Act, Decision
from warnbroker.model.enums import MsgType, Scope, Status
from warnbroker.model.event import Event
from warnbroker.model.record import AlertRecord, AlertState, AuditEntry
from warnbroker.report.testimony import (
    DIGEST,
    MISSING,
    PRESENT,
    Difference,
    compared,
    detail_of,
    moment,
    readable,
    shown,
    time_of,
    value_of,
)

BEGINNINGS = frozenset({Event.ALERT_ACCEPTED, Event.ALERT_WITHHELD})


@dataclass(frozen=True, slots=True)
class AlertTestimony:
    """An alert as the record tells it; ``record`` is None where it has no row."""

    record: AlertRecord | None
    composer: str
    decisions: Sequence[Decision]
    differences: Sequence[Difference]


def alert_testimony(course: AlertCourse) -> AlertTestimony:
    """Hold an alert's rows against the entries about it."""
    entries, found = readable(course.entries, course.altered, _read)
    if not any(entry.event in BEGINNINGS for entry in entries):
        found.append(Difference("alert", PRESENT if course.record else MISSING, MISSING))
        decisions = [course.decisions[number] for number in sorted(course.decisions)]
        return AlertTestimony(course.record, course.composer, decisions, tuple(found))
    record = course.record
    told: dict[str, tuple[object, int]] = {}
    for entry in entries:
        told |= {name: (value, entry.sequence) for name, value in _facts(entry)}
    made = dict(_decisions(entries, record.id if record is not None else 0))
    if record is None:
        found.append(Difference("alert", MISSING, PRESENT, entries[0].sequence))
    else:
        found += compared("alert", told, partial(_of_row, record))
        record = _corrected(record, told)
    found += _decided(course.decisions, made)
    decisions = [decision for decision, _ in made.values()]
    composer = next((item.person for item in decisions if item.act is Act.COMPOSE), "")
    return AlertTestimony(record, composer or course.composer, decisions, tuple(found))


def _read(entry: AuditEntry) -> object:
    return dict(_facts(entry)), dict(_decisions([entry], 0))


# The facts of an alert: the key in the entry, the column, and how its value is read.
_STATED: Sequence[tuple[str, str, Callable[[Any], object]]] = (
    ("sender", "sender", str),
    ("identifier", "identifier", str),
    ("type", "msg_type", MsgType),
    ("status", "status", Status),
    ("scope", "scope", Scope),
    ("internal", "internal", bool),
    ("relayed", "relayed", bool),
    ("level", "level", str),
    ("rank", "rank", int),
    ("state", "state", AlertState),
    ("reason", "reason", str),
    ("sent", "sent", time_of),
    ("expires", "expires", time_of),
    ("released_at", "released_at", time_of),
    ("countersign_by", "countersign_by", time_of),
    ("issuer", "issuer_id", int),
    ("document_sha256", "document_sha256", str),
    ("received_sha256", "received_sha256", str),
    ("area_sha256", "area_sha256", str),
)
_ENDS = {
    Event.ALERT_REJECTED: AlertState.REJECTED,
    Event.ALERT_WITHDRAWN: AlertState.WITHDRAWN,
    Event.ALERT_LAPSED: AlertState.LAPSED,
}


def _facts(entry: AuditEntry) -> Iterator[tuple[str, object]]:
    """Return what an entry says of an alert: columns and their values from then on."""
    detail, event, at = detail_of(entry), Event(entry.event), moment(entry)
    if event in BEGINNINGS:
        yield from _first_facts(entry, detail, at)
    elif event is Event.ALERT_RELEASED:
        yield from {"state": AlertState.ACCEPTED, "released_at": at}.items()
    elif event is Event.ALERT_OVERRIDDEN:
        yield "countersign_by", time_of(detail["countersign_by"])
    elif event is Event.ALERT_COUNTERSIGNED:
        yield "countersign_by", None
    elif event is Event.ALERT_SUPERSEDED:
        yield from _stopped(at, detail["by"], MsgType(detail["as"])).items()
    elif event in _ENDS:
        yield "state", _ENDS[event]
    elif detail["act"] == Act.ADMIT:
        yield "state", AlertState.PENDING


def _first_facts(
    entry: AuditEntry, detail: Mapping[str, Any], at: datetime
) -> Iterator[tuple[str, object]]:
    yield "received_at", at
    if entry.signature is None:
        # Release 0.1 let everything go at once, and did not record what ended it.
        yield from {"state": AlertState.ACCEPTED, "released_at": at}.items()
    else:
        yield from _stopped(None, None, None).items()
    for key, column, read in _STATED:
        if key in detail:
            yield column, read(detail[key])


def _stopped(at: datetime | None, by: str | None, kind: MsgType | None) -> Mapping[str, object]:
    return {"stopped_at": at, "stopped_by": by, "stopped_as": kind}


def _of_row(record: AlertRecord, name: str) -> object:
    if name == "state":
        return AlertState.ACCEPTED if record.state.is_released else record.state
    return value_of(record, name)


def _corrected(record: AlertRecord, told: Mapping[str, tuple[object, int]]) -> AlertRecord:
    values: dict[str, Any] = {
        name: value for name, (value, _) in told.items() if not name.endswith(DIGEST)
    }
    if values["state"] is AlertState.ACCEPTED and record.state.is_released:
        del values["state"]
    return replace(record, **values)


def _decisions(
    entries: Sequence[AuditEntry], alert_id: int
) -> Iterator[tuple[int, tuple[Decision, int]]]:
    """Return decisions by their numbers, each with the number of its entry."""
    for entry in entries:
        detail = detail_of(entry)
        if entry.event in BEGINNINGS:
            if "composer" not in detail:
                continue
            number, act, person = 0, Act.COMPOSE, detail["composer"]
        elif "number" in detail:
            number, act, person = detail["number"], Act(detail["act"]), detail["person"]
        else:
            continue
        made = Decision(
            alert_id=alert_id,
            act=act,
            issuer_id=detail["issuer"],
            person=person,
            at=moment(entry),
            step=detail["step"] if act is Act.APPROVE else "",
            reason=detail["reason"] if act is not Act.COMPOSE else "",
            origin=entry.origin or "",
        )
        yield number, (made, entry.sequence)


def _decided(
    rows: Mapping[int, Decision], made: Mapping[int, tuple[Decision, int]]
) -> Iterator[Difference]:
    for number in sorted(rows.keys() | made.keys()):
        where, row = f"decision.{number}", rows.get(number)
        if number not in made:
            yield Difference(where, PRESENT, MISSING)
            continue
        told, entry = made[number]
        if row is None:
            yield Difference(where, MISSING, PRESENT, entry)
            continue
        for field in fields(Decision):
            own, value = getattr(row, field.name), getattr(told, field.name)
            if own != value and field.name != "alert_id":
                yield Difference(f"{where}.{field.name}", shown(own), shown(value), entry)
