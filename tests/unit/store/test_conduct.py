"""Reports of incidents and findings in the ledger: nothing is lost, doubled or changed."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import orjson
import pytest

from warnbroker.errors import ConflictError, ForbiddenError, NotFoundError
from warnbroker.model.actor import Actor
from warnbroker.model.finding import Finding, FindingKind, Ruling
from warnbroker.model.incident import Incident

NOW = datetime(2026, 11, 23, 2, 10, tzinfo=UTC)
DESK = Actor("desk", "192.0.2.1")


def incident(number=1, **changed) -> Incident:
    values = {
        "id": number,
        "revision": 1,
        "authority": "harbour",
        "hazard": "FLOOD",
        "region": "old-town",
        "occurred_at": NOW,
        "known_at": NOW,
        "reported_at": NOW,
        "figures": {"dead": 1},
        "text": "The dyke broke.",
        "explanation": "",
        "warning_id": "",
        "issuer_id": 1,
        "person": "Li",
    }
    return Incident(**values | changed)


async def all_of(store):
    return await store.incidents.page(authority="", after=0, limit=100)


async def test_a_report_that_comes_again_is_kept_once(store):
    kept = await asyncio.gather(
        *(store.incidents.report(incident(n), actor=DESK) for n in range(1, 30))
    )

    assert len({item.id for item in kept}) == 1
    assert len(await all_of(store)) == len(await store.audit.entries()) == 1


async def test_of_revisions_at_once_each_has_a_number_of_its_own_and_none_is_lost(store):
    await store.incidents.report(incident(), actor=DESK)

    await asyncio.gather(
        *(store.incidents.revise(incident(figures={"dead": n}), actor=DESK) for n in range(2, 22))
    )

    [revisions] = await all_of(store)
    assert [item.revision for item in revisions] == list(range(1, 22))
    assert {item.figures["dead"] for item in revisions} == set(range(1, 22))


async def test_a_revision_that_says_the_same_adds_nothing(store):
    await store.incidents.report(incident(), actor=DESK)

    again = await store.incidents.revise(
        incident(reported_at=NOW + timedelta(minutes=1)), actor=DESK
    )

    assert again.revision == 1
    assert len(await store.audit.entries()) == 1


async def test_another_authority_cannot_revise_a_report(store):
    await store.incidents.report(incident(), actor=DESK)

    with pytest.raises(ForbiddenError, match="harbour"):
        await store.incidents.revise(incident(authority="other", text="No."), actor=DESK)
    with pytest.raises(NotFoundError):
        await store.incidents.revise(incident(99, text="No."), actor=DESK)

    assert len(await store.audit.entries()) == 1


async def test_the_record_holds_the_facts_of_each_revision(store):
    await store.incidents.report(incident(), actor=DESK)
    await store.incidents.revise(incident(figures={"dead": 5}), actor=DESK)

    details = [orjson.loads(entry.detail) for entry in await store.audit.entries()]

    assert [detail["figures"] for detail in details] == [{"dead": 1}, {"dead": 5}]
    assert "The dyke broke." not in str(details)


async def test_an_authority_sees_its_own_reports(store):
    await store.incidents.report(incident(1), actor=DESK)
    await store.incidents.report(incident(2, authority="hospital", issuer_id=2), actor=DESK)

    own = await store.incidents.page(authority="hospital", after=0, limit=10)

    assert [revisions[0].id for revisions in own] == [2]
    assert [r[0].id for r in await store.incidents.page(authority="", after=1, limit=10)] == [2]


FOUND = Finding(FindingKind.LATE_REPORT, "7", {"seconds": 10}, ("Li",))


async def findings(store, **wanted):
    query = {"kind": "", "ruling": None, "since": None, "after": "", "limit": 10}
    return await store.findings.page(**query | wanted)


async def test_a_finding_that_is_seen_again_is_one_and_keeps_when_it_was_first_seen(store):
    await store.findings.keep([FOUND], NOW)
    await store.findings.keep([FOUND, replace(FOUND, detail={"seconds": 20})], NOW.replace(hour=9))

    [kept] = await findings(store)

    assert (kept.found_at, kept.detail) == (NOW, {"seconds": 20})


async def test_a_finding_that_a_person_decided_stays_as_they_saw_it(store):
    await store.findings.keep([FOUND], NOW)
    await store.findings.decide(FOUND.id, Ruling.CONFIRMED, "Seen.", person="Sun", actor=DESK)

    await store.findings.keep([replace(FOUND, detail={"seconds": 20})], NOW)

    [kept] = await findings(store)
    assert (kept.detail, kept.ruling, kept.person) == ({"seconds": 10}, Ruling.CONFIRMED, "Sun")


@pytest.mark.parametrize("person", ["Li", "li", " LI "])
async def test_nobody_judges_their_own_conduct(store, person):
    await store.findings.keep([FOUND], NOW)

    with pytest.raises(ForbiddenError, match="somebody else"):
        await store.findings.decide(FOUND.id, Ruling.DISMISSED, "Fine.", person=person, actor=DESK)

    [kept] = await findings(store, ruling="")
    assert kept.ruling is Ruling.OPEN
    assert await store.audit.entries() == []


async def test_of_two_who_decide_at_once_one_is_told_so(store):
    await store.findings.keep([FOUND], NOW)

    done = await asyncio.gather(
        *(
            store.findings.decide(FOUND.id, ruling, "Why.", person=person, actor=DESK)
            for ruling, person in ((Ruling.CONFIRMED, "Sun"), (Ruling.DISMISSED, "Zhou"))
        ),
        return_exceptions=True,
    )

    assert [type(item) is ConflictError for item in done].count(True) == 1
    assert len(await store.audit.entries()) == 1


async def test_the_same_decision_again_is_recorded_once(store):
    await store.findings.keep([FOUND], NOW)
    for _ in range(2):
        await store.findings.decide(FOUND.id, Ruling.CONFIRMED, "Why.", person="Sun", actor=DESK)

    [entry] = await store.audit.entries()

    assert orjson.loads(entry.detail)["remark"] == "Why."
    with pytest.raises(NotFoundError):
        await store.findings.decide("x" * 26, Ruling.CONFIRMED, "Why.", person="Sun", actor=DESK)


async def test_findings_are_chosen_by_kind_ruling_and_time(store):
    others = [Finding(FindingKind.FALSE_WARNING, str(n), {}) for n in range(3)]
    await store.findings.keep([FOUND], NOW - timedelta(days=1))
    await store.findings.keep(others, NOW)

    assert len(await findings(store, kind="false_warning")) == 3
    assert len(await findings(store, since=NOW)) == 3
    assert len(await findings(store, ruling="confirmed")) == 0
    first = (await findings(store, limit=1))[0].id
    assert len(await findings(store, after=first)) == 3
