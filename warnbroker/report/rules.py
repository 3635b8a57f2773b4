"""The rules on conduct: each a function from facts to findings, and nothing else.

The words are those of the municipal opinion on emergency management, clause 15: reports must
be timely, accurate and objective; late, missed, concealed and false ones have consequences
(迟报、漏报、瞒报、谎报). A rule only compares times and figures. What it sees may have a good
reason, so a named person decides.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from itertools import pairwise

import orjson

from warnbroker.model.decision import Decision
from warnbroker.model.enums import MsgType, Status
from warnbroker.model.finding import Finding, FindingKind
from warnbroker.model.record import AlertState
from warnbroker.report.facts import GRAVE_RANK, Course, Limits, Report
from warnbroker.report.testimony import Difference

SAME_INCIDENT = timedelta(hours=24)
"""Reports of one hazard in one place within this time are taken to be of one incident."""

RETRACTED = "error"
"""The reason of a Cancel that takes back what was never true."""


def late_report(report: Report, limits: Limits) -> Iterator[Finding]:
    """Find a report that came long after its authority knew."""
    first = report.first
    waited = first.reported_at - first.known_at
    if waited > limits.report_within:
        times = {"known_at": first.known_at, "reported_at": first.reported_at}
        detail = _compared(times, waited, limits.report_within)
        yield Finding(
            FindingKind.LATE_REPORT,
            report.subject,
            detail | {"authority": first.authority},
            (first.person,),
        )


def unwarned_incident(
    report: Report, courses: Sequence[Course], limits: Limits, now: datetime
) -> Iterator[Finding]:
    """Find an incident that the public was warned of late, or never."""
    first = report.first
    place = frozenset({first.region})
    told = [
        course
        for course in courses
        if course.covers(first.hazard, place)
        or (first.warning_id and course.warns and course.record.warning_id == first.warning_id)
    ]
    facts: dict[str, object] = {
        "occurred_at": first.occurred_at,
        "known_at": first.known_at,
        "hazard": first.hazard,
        "region": first.region,
    }
    since = min(first.occurred_at, first.known_at)
    yield from _unwarned(report.subject, told, (since, first.known_at), facts, limits, now)


def unwarned_relay(
    relayed: Course, courses: Sequence[Course], limits: Limits, now: datetime
) -> Iterator[Finding]:
    """Find a grave alert of others for our area that the public learned of late, or never."""
    record = relayed.record
    grave = record.rank <= GRAVE_RANK and record.status is Status.ACTUAL
    if not (record.relayed and grave and record.msg_type is MsgType.ALERT and relayed.places):
        return
    told = [
        course
        for course in courses
        if any(course.covers(hazard, relayed.places) for hazard in relayed.hazards)
    ]
    facts: dict[str, object] = {
        "received_at": record.received_at,
        "sender": record.sender,
        "level": record.level,
    }
    since = record.received_at
    yield from _unwarned(record.public_id, told, (since, since), facts, limits, now)


def _unwarned(
    subject: str,
    told: Sequence[Course],
    since: tuple[datetime, datetime],
    facts: dict[str, object],
    limits: Limits,
    now: datetime,
) -> Iterator[Finding]:
    """Compare when the danger was there and known with when the public was told."""
    began, known = since
    heard = [
        (course.released_at, course)
        for course in told
        if course.released_at is not None and course.record.expires > began
    ]
    if not heard:
        if now - known > limits.warn_within:
            detail = facts | {"warned_at": None, "limit_seconds": _seconds(limits.warn_within)}
            yield Finding(FindingKind.MISSED_WARNING, subject, _plain(detail))
        return
    warned_at, course = min(heard, key=lambda item: item[0])
    waited = warned_at - known
    if waited > limits.warn_within:
        times = facts | {"warned_at": warned_at, "alert": course.record.public_id}
        detail = _compared(times, waited, limits.warn_within)
        yield Finding(FindingKind.LATE_WARNING, subject, detail, course.people)


def late_release(course: Course, limits: Limits, now: datetime) -> Iterator[Finding]:
    """Find an alert that waited long for people, with how long each of them took."""
    record = course.record
    if record.relayed or record.status is not Status.ACTUAL:
        return
    if record.state.is_open:
        until = now
    elif record.state is AlertState.LAPSED:
        until = record.expires
    elif course.released_at is not None:
        until = course.released_at
    else:
        return
    waited = until - record.received_at
    if waited > limits.release_within:
        times = {"received_at": record.received_at, "released_at": course.released_at}
        detail = _compared(times, waited, limits.release_within)
        steps = _steps(record.received_at, course.decisions)
        yield Finding(
            FindingKind.LATE_RELEASE,
            record.public_id,
            detail | {"state": str(record.state), "level": record.level, "steps": steps},
            course.people,
        )


def _steps(began: datetime, decisions: Sequence[Decision]) -> list[dict[str, object]]:
    before = [began, *(decision.at for decision in decisions)]
    return [
        {
            "act": str(decision.act),
            "step": decision.step,
            "person": decision.person,
            "at": decision.at.isoformat(),
            "seconds": _seconds(decision.at - since),
        }
        for since, decision in zip(before, decisions, strict=False)
    ]


def false_warning(course: Course, courses: Sequence[Course]) -> Iterator[Finding]:
    """Find a warning that was taken back as a mistake."""
    record = course.record
    if (
        record.msg_type is not MsgType.CANCEL
        or record.reason != RETRACTED
        or record.status is not Status.ACTUAL
        or course.released_at is None
    ):
        return
    chain = [item for item in courses if item.record.warning_id == record.warning_id]
    told = [item.released_at for item in chain if item.warns and item.released_at is not None]
    people = dict.fromkeys(name for item in chain if item.warns for name in item.people)
    detail: dict[str, object] = {
        "warning": record.warning_id,
        "told_at": min(told, default=None),
        "retracted_at": course.released_at,
    }
    if told and course.released_at is not None:
        detail["seconds"] = _seconds(course.released_at - min(told))
    yield Finding(FindingKind.FALSE_WARNING, record.public_id, _plain(detail), tuple(people))


def figures_fell(report: Report) -> Iterator[Finding]:
    """Find a revision whose figures are lower than before, or gone, and that does not say why."""
    for before, after in pairwise(report.revisions):
        fell = {
            name: [number, after.figures.get(name)]
            for name, number in before.figures.items()
            if after.figures.get(name, -1) < number
        }
        if fell and not after.explanation.strip():
            detail = {"revision": after.revision, "figures": fell, "revised_at": after.reported_at}
            yield Finding(
                FindingKind.FIGURES_FELL,
                report.subject,
                _plain(detail),
                (after.person,),
                str(after.revision),
            )


def times_moved(report: Report) -> Iterator[Finding]:
    """Find a revision that says that it happened, or was known, at another time."""
    for before, after in pairwise(report.revisions):
        moved = {
            name: [getattr(before, name).isoformat(), getattr(after, name).isoformat()]
            for name in ("occurred_at", "known_at")
            if getattr(before, name) != getattr(after, name)
        }
        if moved:
            detail = {
                "revision": after.revision,
                "moved": moved,
                "revised_at": after.reported_at,
                "explanation": after.explanation,
            }
            yield Finding(
                FindingKind.TIMES_MOVED,
                report.subject,
                _plain(detail),
                (after.person,),
                str(after.revision),
            )


def reported_elsewhere(
    report: Report, reports: Sequence[Report], limits: Limits, now: datetime
) -> Iterator[Finding]:
    """Find an incident that others reported before the authority that answers for its region."""
    first = report.first
    if first.authority == report.responsible:
        return
    own = [
        other
        for other in reports
        if other.first.authority == report.responsible and _one_incident(report, other)
    ]
    reported = min((other.first.reported_at for other in own), default=None)
    if reported is not None and reported <= first.reported_at:
        return
    if reported is None and now - first.reported_at <= limits.report_within:
        return
    detail = {
        "reported_by": first.authority,
        "reported_at": first.reported_at,
        "responsible": report.responsible,
        "responsible_reported_at": reported,
    }
    people = dict.fromkeys(name for other in own for name in other.people)
    yield Finding(FindingKind.REPORTED_ELSEWHERE, report.subject, _plain(detail), tuple(people))


def _one_incident(one: Report, other: Report) -> bool:
    return (
        one.first.hazard == other.first.hazard
        and other.first.region in one.around
        and abs(one.first.occurred_at - other.first.occurred_at) <= SAME_INCIDENT
    )


def record_broken(entries: int, newest: int, contradicted: int | None) -> Iterator[Finding]:
    """Find a gap in the record, or an anchor that it contradicts.

    ``entries`` are there, ``newest`` is the number of the last one, ``contradicted`` that
    of an anchored one which is missing or another, None where there is none.
    """
    if entries != newest or contradicted is not None:
        detail = {"entries": entries, "newest": newest, "contradicted": contradicted}
        key = f"{newest - entries}:{contradicted}"
        yield Finding(FindingKind.RECORD_BROKEN, "audit", detail, key=key)


def record_contradicted(
    subject: str, differences: Sequence[Difference], people: Sequence[str]
) -> Iterator[Finding]:
    """Find an alert or incident whose rows say something else than the signed record."""
    if differences:
        told = [asdict(item) for item in differences]
        key = hashlib.sha256(orjson.dumps(told, option=orjson.OPT_SORT_KEYS)).hexdigest()
        detail = {"differences": told}
        yield Finding(FindingKind.RECORD_CONTRADICTED, subject, detail, tuple(people), key)


def _compared(
    times: dict[str, object] | dict[str, datetime] | dict[str, datetime | None],
    waited: timedelta,
    limit: timedelta,
) -> dict[str, object]:
    told = _plain(dict(times))
    return told | {"seconds": _seconds(waited), "limit_seconds": _seconds(limit)}


def _plain(detail: dict[str, object]) -> dict[str, object]:
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in detail.items()
    }


def _seconds(duration: timedelta) -> float:
    return round(duration.total_seconds(), 3)
