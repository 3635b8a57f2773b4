"""Rows that say something else than the signed record are found; what they said is not believed."""

import shutil
import sqlite3
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from warnbroker.contracts.decisions import Ruling
from warnbroker.model.actor import Actor
from warnbroker.model.decision import Act, Decision
from warnbroker.model.enums import MsgType
from warnbroker.model.event import Event
from warnbroker.model.finding import FindingKind
from warnbroker.model.identity import public_id, sortable_ids
from warnbroker.model.incident import Incident
from warnbroker.model.record import AlertRecord, AlertState, IssuerRecord
from warnbroker.report.alert_testimony import alert_testimony
from warnbroker.report.comparison import contradictions
from warnbroker.report.conduct import Conduct
from warnbroker.report.facts import Limits
from warnbroker.report.incident_testimony import incident_testimony
from warnbroker.report.watch import EVERY, PAUSE, ConductWatch
from warnbroker.store import Store, open_store
from warnbroker.store.courses import CourseTable
from warnbroker.store.database import Database

NOW = datetime(2026, 11, 23, 2, 10, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
DESK = Actor("desk", "192.0.2.1")
CHIEF = Actor("chief", "192.0.2.2")


class HandClock:
    """Shows what it is set to."""

    def __init__(self) -> None:
        self.at = NOW

    def now(self) -> datetime:
        return self.at

    async def sleep(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


def bend(file: Path, statement: str) -> None:
    with sqlite3.connect(file) as connection:
        connection.execute(statement)
    connection.close()


@dataclass(frozen=True)
class Ledger:
    store: Store
    file: Path
    clock: HandClock

    def bend(self, statement: str) -> None:
        bend(self.file, statement)

    async def wrong(self) -> dict[tuple[str, str], tuple[object, object]]:
        found = contradictions(self.store.courses)
        return {
            (item.subject, item.difference.where): (item.difference.row, item.difference.recorded)
            async for item in found
        }

    def conduct(self) -> Conduct:
        async def nothing() -> None:
            return None

        limits = Limits(30 * MINUTE, 20 * MINUTE, 15 * MINUTE)
        store = self.store
        return Conduct(
            courses=store.courses, findings=store.findings, audit=store.audit,
            regions=store.regions, hazards={}, authority="harbour", limits=limits,
            clock=self.clock, contradicted=nothing,
        )  # fmt: skip

    async def findings(self) -> dict[FindingKind, str]:
        page = await self.store.findings.page(kind="", ruling=None, since=None, after="", limit=99)
        return {item.kind: item.subject for item in page}


def alert(number: int, **changed) -> AlertRecord:
    identity = public_id("s@x.example", f"id-{number}", NOW)
    values = {
        "id": number, "public_id": identity, "warning_id": identity, "authority_id": 1,
        "issuer_id": 1, "sender": "s@x.example", "identifier": f"id-{number}", "sent": NOW,
        "content_hash": b"h", "msg_type": MsgType.ALERT, "level": "red", "rank": 1,
        "state": AlertState.ACCEPTED, "reason": "lifted", "document": b"<alert/>",
        "received": b"<alert/>", "content_type": "application/cap+xml", "received_at": NOW,
        "expires": NOW + timedelta(hours=6), "released_at": NOW,
    }  # fmt: skip
    return AlertRecord(**values | changed)


WAITED = alert(1, state=AlertState.PENDING, released_at=None)
CANCEL = alert(
    2, msg_type=MsgType.CANCEL, received_at=NOW + 50 * MINUTE, released_at=NOW + 50 * MINUTE
)
ONE, TWO = WAITED.public_id, CANCEL.public_id


def approved(at: datetime):
    def judge(situation) -> Ruling:
        made = Decision(
            1, Act.APPROVE, 2, "Wang", at, step="sign", reason="Seen.", origin=CHIEF.origin
        )
        words = {"person": "Wang", "reason": "Seen.", "step": "sign"}
        release = (Event.ALERT_RELEASED, {"person": "Wang", "people": 7})
        changes = {"state": AlertState.ACCEPTED, "released_at": at}
        return Ruling([(Event.STEP_APPROVED, words), release], made, changes, releases=True)

    return judge


def incident(**changed) -> Incident:
    values = {
        "id": 7, "revision": 1, "authority": "harbour", "hazard": "FLOOD", "region": "old-town",
        "occurred_at": NOW, "known_at": NOW, "reported_at": NOW + 5 * MINUTE,
        "figures": {"dead": 3}, "text": "The dyke broke.", "explanation": "", "warning_id": "",
        "issuer_id": 1, "person": "Li",
    }  # fmt: skip
    return Incident(**values | changed)


@pytest.fixture(scope="module")
async def made(tmp_path_factory) -> Path:
    """An alert that waited 40 minutes for Wang and was cancelled, and an incident, revised."""
    folder, clock = tmp_path_factory.mktemp("ledger"), HandClock()
    store = await open_store(f"sqlite:///{folder / 'w.db'}", None, clock, sortable_ids(clock.now))
    issuer = IssuerRecord(1, "desk", "s@x.example", ("issuer",), (), (), 1, NOW, person="Chen")
    await store.issuers.add(issuer, actor=DESK)
    composed = Decision(1, Act.COMPOSE, 1, "Chen", NOW, origin=DESK.origin)
    await store.alerts.accept(WAITED, (), actor=DESK, composed=composed)
    at = NOW + 40 * MINUTE
    await store.decisions.decide(1, approved(at), actor=CHIEF, at=at)
    await store.alerts.accept(CANCEL, (ONE,), actor=DESK)
    await store.incidents.report(incident(), actor=DESK)
    revised = incident(figures={"dead": 4}, reported_at=NOW + 55 * MINUTE)
    await store.incidents.revise(revised, actor=DESK)
    await store.close()
    return folder


@pytest.fixture
async def ledger(made, tmp_path) -> AsyncIterator[Ledger]:
    """A copy of that ledger, an hour later."""
    shutil.copytree(made, tmp_path / "copy")
    file, clock = tmp_path / "copy" / "w.db", HandClock()
    clock.at = NOW + 60 * MINUTE
    store = await open_store(f"sqlite:///{file}", None, clock, sortable_ids(clock.now))
    yield Ledger(store, file, clock)
    await store.close()


async def test_rows_that_nobody_touched_say_what_the_record_says(ledger):
    assert await ledger.wrong() == {}


HOUR = 3_600_000_000
BENT = [
    (f"UPDATE alert SET received_at = received_at + {HOUR} WHERE id = 1", ONE, "alert.received_at"),
    (f"UPDATE alert SET received_at = received_at - {9000 * HOUR}", ONE, "alert.received_at"),
    ("UPDATE alert SET released_at = received_at WHERE id = 1", ONE, "alert.released_at"),
    ("UPDATE alert SET released_at = released_at + 1 WHERE id = 2", TWO, "alert.released_at"),
    ("UPDATE alert SET released_at = NULL WHERE id = 2", TWO, "alert.released_at"),
    ("UPDATE alert SET state = 'rejected' WHERE id = 1", ONE, "alert.state"),
    ("UPDATE alert SET stopped_at = NULL WHERE id = 1", ONE, "alert.stopped_at"),
    ("UPDATE alert SET stopped_as = 'Update' WHERE id = 1", ONE, "alert.stopped_as"),
    ("UPDATE alert SET stopped_at = 5 WHERE id = 2", TWO, "alert.stopped_at"),
    ("UPDATE alert SET level = 'blue' WHERE id = 1", ONE, "alert.level"),
    ("UPDATE alert SET rank = 4 WHERE id = 1", ONE, "alert.rank"),
    ("UPDATE alert SET status = 'Exercise' WHERE id = 1", ONE, "alert.status"),
    ("UPDATE alert SET internal = 1 WHERE id = 1", ONE, "alert.internal"),
    ("UPDATE alert SET relayed = 1 WHERE id = 1", ONE, "alert.relayed"),
    ("UPDATE alert SET reason = 'error' WHERE id = 2", TWO, "alert.reason"),
    ("UPDATE alert SET issuer_id = 9 WHERE id = 1", ONE, "alert.issuer_id"),
    ("UPDATE alert SET document = x'3c613e' WHERE id = 1", ONE, "alert.document_sha256"),
    ("UPDATE alert SET received = x'3c613e' WHERE id = 1", ONE, "alert.received_sha256"),
    ("UPDATE alert SET area = x'01' WHERE id = 1", ONE, "alert.area_sha256"),
    (f"UPDATE alert SET countersign_by = {HOUR} WHERE id = 1", ONE, "alert.countersign_by"),
    ("DELETE FROM alert WHERE id = 2", TWO, "alert"),
    ("DELETE FROM audit WHERE event = 'alert_accepted' AND sequence < 4", ONE, "alert"),
    ("UPDATE audit SET subject = 'x' WHERE event = 'alert_accepted'", ONE, "alert"),
    ("UPDATE audit SET detail = '{}' WHERE event = 'alert_accepted'", ONE, "audit"),
    (f"UPDATE audit SET at = at - {HOUR} WHERE event = 'alert_released'", ONE, "audit"),
    ("UPDATE decision SET person = 'Zhao' WHERE number = 1", ONE, "decision.1.person"),
    ("UPDATE decision SET at = at - 1 WHERE number = 1", ONE, "decision.1.at"),
    ("UPDATE decision SET act = 'override' WHERE number = 1", ONE, "decision.1.act"),
    ("UPDATE decision SET reason = '' WHERE number = 1", ONE, "decision.1.reason"),
    ("UPDATE decision SET origin = 'x' WHERE number = 0", ONE, "decision.0.origin"),
    ("DELETE FROM decision WHERE number = 1", ONE, "decision.1"),
    (
        "INSERT INTO decision SELECT alert_id, 2, act, step, issuer_id, 'Zhao', at, reason, origin "
        "FROM decision WHERE number = 1",
        ONE,
        "decision.2",
    ),
    ("UPDATE incident SET known_at = known_at + 1", "7", "incident.1.known_at"),
    ("UPDATE incident SET reported_at = 5 WHERE revision = 2", "7", "incident.2.reported_at"),
    ("UPDATE incident SET figures = '{}' WHERE revision = 1", "7", "incident.1.figures"),
    ("UPDATE incident SET text = 'No.' WHERE revision = 1", "7", "incident.1.text_sha256"),
    ("UPDATE incident SET hazard = 'FIRE'", "7", "incident.1.hazard"),
    ("DELETE FROM incident WHERE revision = 2", "7", "incident.2"),
    ("DELETE FROM incident", "7", "incident.1"),
    ("UPDATE incident SET id = 8", "8", "incident.1"),
    ("DELETE FROM audit WHERE event = 'incident_recorded'", "7", "incident.1"),
]  # fmt: skip


@pytest.mark.parametrize(("statement", "subject", "where"), BENT)
async def test_whatever_somebody_changes_is_named(made, tmp_path, statement, subject, where):
    shutil.copytree(made, tmp_path / "copy")
    database = Database(f"sqlite:///{tmp_path / 'copy' / 'w.db'}")
    bend(tmp_path / "copy" / "w.db", statement)

    found = [item async for item in contradictions(CourseTable(database))]
    await database.close()

    assert (subject, where) in {(item.subject, item.difference.where) for item in found}


# What keeps a look at the times from beginning, or leads it elsewhere.
TRICKY = [
    item for item in BENT if any(word in item[0] for word in ("area", "9000", "DELETE", " at = "))
]


@pytest.mark.parametrize(("statement", "subject", "_where"), TRICKY)
async def test_whatever_somebody_changes_is_a_finding(ledger, statement, subject, _where):
    ledger.bend(statement)

    await ledger.conduct().examine()

    page = await ledger.store.findings.page(
        kind="record_contradicted", ruling=None, since=None, after="", limit=99
    )
    assert subject in {item.subject for item in page}


async def test_a_late_release_stays_late_whatever_its_row_says(ledger):
    ledger.bend("UPDATE alert SET released_at = received_at, first_handoff_at = received_at")
    ledger.bend("UPDATE decision SET at = 0, person = 'Nobody'")

    await ledger.conduct().examine()

    page = await ledger.store.findings.page(
        kind="late_release", ruling=None, since=None, after="", limit=99
    )
    [late] = page
    assert late.subject == ONE
    assert (late.detail["seconds"], late.people) == (2400, ("Chen", "Wang"))


async def test_who_had_a_hand_in_it_may_not_judge_what_was_changed(ledger):
    ledger.bend("UPDATE decision SET person = 'Nobody'")

    await ledger.conduct().examine()

    [found] = await ledger.store.findings.page(
        kind="record_contradicted", ruling=None, since=None, after="", limit=99
    )
    assert found.people == ("Chen", "Wang")
    assert len(found.detail["differences"]) == 2


async def test_the_record_is_believed_where_a_row_says_something_else(ledger):
    ledger.bend("UPDATE alert SET received_at = 0, state = 'rejected', rank = 4")
    ledger.bend("UPDATE incident SET figures = '{}', text = 'No.'")

    [alerts] = [page async for page in ledger.store.courses.alerts()]
    [incidents] = [page async for page in ledger.store.courses.incidents()]

    told = [alert_testimony(item).record for item in alerts]
    assert [(item.received_at, item.rank, item.state.is_released) for item in told] == [
        (NOW, 1, True), (NOW + 50 * MINUTE, 1, True),
    ]  # fmt: skip
    revisions = incident_testimony(incidents[0]).revisions
    assert [item.figures["dead"] for item in revisions] == [3, 4]
    assert revisions[0].text != "No."


async def test_a_clock_that_was_behind_contradicts_nothing(ledger):
    behind = alert(3, received_at=NOW - 9 * MINUTE, released_at=NOW - 9 * MINUTE)

    await ledger.store.alerts.accept(behind, (), actor=DESK)

    assert await ledger.wrong() == {}


async def test_alerts_of_release_0_1_contradict_nothing_and_are_compared_by_what_it_recorded(
    ledger,
):
    ledger.bend(
        "UPDATE audit SET signature = NULL, detail = "
        "json_object('identifier', 'id-2', 'level', 'red', 'type', 'Cancel') "
        f"WHERE subject = '{TWO}'"
    )
    [page] = [page async for page in ledger.store.courses.alerts()]
    old = next(item for item in page if item.subject == TWO)
    assert old.altered  # its hash is another; what was in it is judged below

    entry = next(item for item in page if item.subject == ONE).entries[0]
    told = replace(
        entry, signature=None, at=CANCEL.received_at,
        detail='{"identifier":"id-2","level":"red","type":"Cancel"}',
    )  # fmt: skip

    assert alert_testimony(replace(old, altered=(), entries=[told])).differences == ()
    told = replace(told, detail='{"identifier":"id-2","level":"blue","type":"Cancel"}')
    [found] = alert_testimony(replace(old, altered=(), entries=[told])).differences
    assert found.where == "alert.level"


async def test_findings_come_without_anybody_asking(ledger):
    watch = ConductWatch(ledger.conduct(), ledger.store.audit, ledger.clock)

    await watch.sweep()
    assert await ledger.findings() == {}
    ledger.clock.at += PAUSE
    await watch.sweep()

    assert FindingKind.LATE_RELEASE in await ledger.findings()


async def test_what_was_decided_is_looked_at_a_minute_later_and_the_clock_every_hour(ledger):
    watch = ConductWatch(ledger.conduct(), ledger.store.audit, ledger.clock)
    ledger.clock.at += PAUSE
    await watch.sweep()
    ledger.bend("UPDATE alert SET rank = 4 WHERE id = 1")
    ledger.clock.at += PAUSE
    await watch.sweep()
    assert FindingKind.RECORD_CONTRADICTED not in await ledger.findings()

    await ledger.store.alerts.accept(alert(3, received_at=ledger.clock.at), (), actor=DESK)
    await watch.sweep()
    assert (await ledger.findings())[FindingKind.RECORD_CONTRADICTED] in {ONE, alert(3).public_id}
    ledger.bend("UPDATE incident SET hazard = 'FIRE'")
    ledger.clock.at += EVERY
    await watch.sweep()

    assert "7" in {
        item.subject
        for item in await ledger.store.findings.page(
            kind="record_contradicted", ruling=None, since=None, after="", limit=99
        )
    }
