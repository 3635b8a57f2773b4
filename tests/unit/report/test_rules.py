"""Each rule on conduct, at its limit and beyond it."""

from datetime import UTC, datetime, timedelta

import pytest

from warnbroker.model.decision import Act, Decision
from warnbroker.model.enums import MsgType, Scope, Status
from warnbroker.model.finding import FindingKind
from warnbroker.model.identity import public_id
from warnbroker.model.incident import Incident
from warnbroker.model.record import AlertRecord, AlertState
from warnbroker.report import rules
from warnbroker.report.facts import Course, Limits, Report

NOW = datetime(2026, 11, 23, 2, 10, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
LIMITS = Limits(report_within=30 * MINUTE, warn_within=20 * MINUTE, release_within=15 * MINUTE)


def incident(revision=1, **changed) -> Incident:
    values = {
        "id": 7,
        "revision": revision,
        "authority": "harbour",
        "hazard": "FLOOD",
        "region": "old-town",
        "occurred_at": NOW - 10 * MINUTE,
        "known_at": NOW,
        "reported_at": NOW + 5 * MINUTE,
        "figures": {"dead": 3, "missing": 4},
        "text": "The dyke broke.",
        "explanation": "",
        "warning_id": "",
        "issuer_id": 1,
        "person": "Li",
    }
    return Incident(**values | changed)


def report(*revisions: Incident, responsible="harbour", around=("old-town", "city")) -> Report:
    return Report(revisions or (incident(),), responsible, frozenset(around))


def course(number=1, told=5, decisions=(), regions=("old-town", "city"), **changed) -> Course:
    identity = public_id("s@x.example", f"id-{number}", NOW)
    at = None if told is None else NOW + told * MINUTE
    values = {
        "id": number,
        "public_id": identity,
        "warning_id": identity,
        "authority_id": 1,
        "issuer_id": 1,
        "sender": "s@x.example",
        "identifier": f"id-{number}",
        "sent": NOW,
        "content_hash": b"h",
        "msg_type": MsgType.ALERT,
        "level": "red",
        "rank": 1,
        "state": AlertState.PENDING if told is None else AlertState.PLANNED,
        "reason": "lifted",
        "document": b"",
        "received": b"",
        "content_type": "application/cap+xml",
        "received_at": NOW,
        "expires": NOW + timedelta(hours=6),
        "released_at": at,
    }
    return Course(
        record=AlertRecord(**values | changed),
        composer="Chen",
        decisions=decisions,
        regions=frozenset(regions),
        places=frozenset(regions[:1]),
        hazards=frozenset({"FLOOD"}),
    )


def kinds(findings) -> list[FindingKind]:
    return [item.kind for item in findings]


@pytest.mark.parametrize(("minutes", "found"), [(30, []), (31, [FindingKind.LATE_REPORT])])
def test_a_report_is_late_after_its_limit(minutes, found):
    late = report(incident(reported_at=NOW + minutes * MINUTE))

    assert kinds(rules.late_report(late, LIMITS)) == found


def test_a_late_report_names_the_times_and_who_made_it():
    [found] = rules.late_report(report(incident(reported_at=NOW + 60 * MINUTE)), LIMITS)

    assert found.detail["known_at"] == NOW.isoformat()
    assert (found.detail["seconds"], found.detail["limit_seconds"]) == (3600, 1800)
    assert found.people == ("Li",)


def unwarned(courses, told=None, after=60):
    return list(rules.unwarned_incident(told or report(), courses, LIMITS, NOW + after * MINUTE))


def test_an_incident_of_which_the_public_was_warned_in_time_is_no_finding():
    assert unwarned([course(told=20)]) == []
    assert unwarned([course(told=-30)]) == []


def test_a_warning_after_the_limit_is_late():
    [found] = unwarned([course(told=21)])

    assert found.kind is FindingKind.LATE_WARNING
    assert found.people == ("Chen",)


def test_an_incident_without_a_warning_is_missed_once_the_limit_is_over():
    assert unwarned([], after=20) == []
    assert kinds(unwarned([], after=21)) == [FindingKind.MISSED_WARNING]


@pytest.mark.parametrize(
    "other",
    [
        {"regions": ("north", "city")},
        {"status": Status.EXERCISE},
        {"scope": Scope.RESTRICTED},
        {"internal": True},
        {"msg_type": MsgType.CANCEL},
        {"told": None},
        {"told": -300, "expires": NOW - 60 * MINUTE},
    ],
    ids=["elsewhere", "a drill", "restricted", "internal", "a cancel", "unreleased", "over"],
)
def test_a_warning_that_the_people_there_did_not_get_does_not_count(other):
    assert kinds(unwarned([course(**other)])) == [FindingKind.MISSED_WARNING]


def test_the_warning_that_a_report_names_counts_whatever_its_hazard():
    named = course(told=1, regions=("north",))
    linked = report(incident(warning_id=named.record.warning_id))

    assert unwarned([named], linked) == []


def relayed(**changed) -> Course:
    return course(9, **{"relayed": True, "state": AlertState.WITHHELD, "told": None} | changed)


def test_a_grave_alert_of_others_that_the_public_never_learned_of_is_missed():
    courses = [relayed(rank=2)]

    found = list(rules.unwarned_relay(courses[0], courses, LIMITS, NOW + 21 * MINUTE))

    assert kinds(found) == [FindingKind.MISSED_WARNING]


@pytest.mark.parametrize(("told", "found"), [(20, []), (21, [FindingKind.LATE_WARNING])])
def test_our_own_warning_answers_a_grave_alert_of_others(told, found):
    courses = [relayed(), course(told=told)]

    assert kinds(rules.unwarned_relay(courses[0], courses, LIMITS, NOW + 60 * MINUTE)) == found


def test_a_relayed_alert_that_went_out_answers_itself():
    released = relayed(state=AlertState.PLANNED, released_at=NOW + MINUTE, told=1)

    assert list(rules.unwarned_relay(released, [released], LIMITS, NOW + 60 * MINUTE)) == []


@pytest.mark.parametrize(
    "lesser",
    [{"rank": 3}, {"status": Status.TEST}, {"msg_type": MsgType.UPDATE}, {"regions": ()}],
)
def test_lesser_alerts_of_others_ask_for_nothing(lesser):
    item = relayed(**lesser)

    assert list(rules.unwarned_relay(item, [item], LIMITS, NOW + 60 * MINUTE)) == []


def decided(minutes, act=Act.APPROVE, person="Wang") -> Decision:
    return Decision(1, act, 1, person, NOW + minutes * MINUTE, step="sign")


@pytest.mark.parametrize(("told", "found"), [(15, []), (16, [FindingKind.LATE_RELEASE])])
def test_a_release_is_late_after_its_limit(told, found):
    assert kinds(rules.late_release(course(told=told), LIMITS, NOW)) == found


def test_a_late_release_says_how_long_each_step_took():
    steps = (decided(0, Act.COMPOSE, "Chen"), decided(4), decided(18, person="Zhao"))

    [found] = rules.late_release(course(told=18, decisions=steps), LIMITS, NOW)

    taken = [(step["person"], step["seconds"]) for step in found.detail["steps"]]
    assert taken == [("Chen", 0), ("Wang", 240), ("Zhao", 840)]
    assert found.people == ("Chen", "Wang", "Zhao")


@pytest.mark.parametrize(
    ("state", "expires", "found"),
    [
        (AlertState.PENDING, 600, 1),
        (AlertState.HELD, 600, 1),
        (AlertState.LAPSED, 16, 1),
        (AlertState.LAPSED, 14, 0),
        (AlertState.REJECTED, 600, 0),
        (AlertState.WITHDRAWN, 600, 0),
    ],
)
def test_what_still_waits_or_lapsed_is_late_too(state, expires, found):
    item = course(told=None, state=state, expires=NOW + expires * MINUTE)

    assert len(list(rules.late_release(item, LIMITS, NOW + 16 * MINUTE))) == found


def test_drills_and_alerts_of_others_are_released_when_they_are():
    for changed in ({"status": Status.EXERCISE}, {"relayed": True}):
        assert list(rules.late_release(course(told=60, **changed), LIMITS, NOW)) == []


def test_a_warning_taken_back_as_a_mistake_is_false():
    first = course(1, told=0)
    end = course(
        2, told=13, msg_type=MsgType.CANCEL, reason="error", warning_id=first.record.warning_id
    )

    [found] = rules.false_warning(end, [first, end])

    assert found.kind is FindingKind.FALSE_WARNING
    assert found.detail["seconds"] == 780
    assert found.people == ("Chen",)
    assert list(rules.false_warning(first, [first, end])) == []


@pytest.mark.parametrize("changed", [{"reason": "lifted"}, {"told": None}])
def test_a_warning_that_was_lifted_or_not_cancelled_yet_is_not_false(changed):
    end = course(2, **{"told": 9, "msg_type": MsgType.CANCEL, "reason": "error"} | changed)

    assert list(rules.false_warning(end, [end])) == []


@pytest.mark.parametrize(
    ("figures", "explanation", "found"),
    [
        ({"dead": 3, "missing": 4}, "", 0),
        ({"dead": 9, "missing": 4, "injured": 1}, "", 0),
        ({"dead": 2, "missing": 4}, "", 1),
        ({"missing": 4}, "", 1),
        ({"dead": 2, "missing": 4}, "   ", 1),
        ({"dead": 2, "missing": 4}, "One was counted twice.", 0),
    ],
)
def test_figures_that_fall_without_a_word_may_conceal(figures, explanation, found):
    revised = incident(2, figures=figures, explanation=explanation, person="Qian")

    seen = list(rules.figures_fell(report(incident(), revised)))

    assert len(seen) == found
    assert all(item.people == ("Qian",) for item in seen)


def test_each_fall_is_a_finding_of_its_own():
    falls = [incident(n, figures={"dead": 9 - n}) for n in (1, 2, 3)]

    found = list(rules.figures_fell(report(*falls)))

    assert [item.detail["revision"] for item in found] == [2, 3]
    assert len({item.id for item in found}) == 2


@pytest.mark.parametrize("name", ["occurred_at", "known_at"])
def test_a_revision_that_moves_a_time_may_conceal(name):
    moved = incident(2, **{name: NOW + 3 * MINUTE}, explanation="A clock was wrong.")

    [found] = rules.times_moved(report(incident(), moved))

    assert list(found.detail["moved"]) == [name]
    assert found.detail["explanation"] == "A clock was wrong."


def elsewhere(own=None, after=60):
    others = report(incident(authority="hospital", person="Wu"))
    own_report = [report(own)] if own else []
    found = rules.reported_elsewhere(others, [others, *own_report], LIMITS, NOW + after * MINUTE)
    return list(found)


def test_an_incident_that_only_others_report_may_be_concealed():
    assert elsewhere(after=35) == []
    [found] = elsewhere(after=36)
    assert found.detail["responsible"] == "harbour"
    assert found.detail["responsible_reported_at"] is None


def test_an_incident_that_others_report_first_may_be_concealed():
    [found] = elsewhere(own=incident(reported_at=NOW + 6 * MINUTE))

    assert found.people == ("Li",)


def test_an_incident_that_the_authority_reported_first_is_no_finding():
    assert elsewhere(own=incident(reported_at=NOW + 4 * MINUTE)) == []


@pytest.mark.parametrize(
    "other",
    [
        {"hazard": "FIRE"},
        {"region": "north"},
        {"occurred_at": NOW - timedelta(days=2)},
    ],
)
def test_another_incident_is_no_report_of_this_one(other):
    assert len(elsewhere(own=incident(**{"reported_at": NOW} | other))) == 1


@pytest.mark.parametrize(
    ("entries", "newest", "contradicted", "found"),
    [(0, 0, None, 0), (5, 5, None, 0), (4, 5, None, 1), (5, 5, 9, 1)],
)
def test_a_gap_in_the_record_may_conceal(entries, newest, contradicted, found):
    assert len(list(rules.record_broken(entries, newest, contradicted))) == found


def test_the_classes_are_those_of_the_law():
    classes = {kind: kind.class_ for kind in FindingKind}

    assert set(classes.values()) == {"late", "missed", "false", "concealed"}
    assert classes[FindingKind.TIMES_MOVED] == "concealed"
