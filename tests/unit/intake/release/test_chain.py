"""Which steps an alert needs, and who may take the next."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.intake.release.cases import (
    COMPOSED,
    FOUR,
    decision,
    issuer,
    policy,
    record,
)
from warnbroker.errors import ForbiddenError
from warnbroker.intake.release.chain import may_take, person_of
from warnbroker.model.decision import Act
from warnbroker.model.enums import Status
from warnbroker.model.record import AlertState


@pytest.mark.parametrize(
    ("level", "flow", "status", "names"),
    [
        ("red", "", Status.ACTUAL, ["approve"]),
        ("orange", "standard", Status.EXERCISE, ["approve"]),
        ("yellow", "", Status.ACTUAL, []),
        ("blue", "four-step", Status.ACTUAL, ["review", "sign", "publish"]),
        ("red", "relay", Status.ACTUAL, []),
        ("red", "drills", Status.TEST, []),
        ("red", "drills", Status.ACTUAL, ["approve"]),
        ("red", "gone from the settings", Status.ACTUAL, ["approve"]),
    ],
)
def test_the_first_rule_of_the_flow_that_matches_says_the_steps(level, flow, status, names):
    found = policy().steps(record(level=level, flow=flow, status=status, state=AlertState.ACCEPTED))

    assert [step.name for step in found] == names


def test_what_waits_needs_somebody_though_its_rule_is_gone():
    (step,) = policy().steps(record(level="yellow", state=AlertState.PENDING))

    assert step.roles == ("approver",)


def test_no_issuer_may_ask_for_the_flow_of_relayed_alerts():
    assert policy().offered == ("standard", "four-step", "drills")
    assert policy(flow="relay").offered == ("standard", "four-step", "drills", "relay")


def test_steps_are_taken_in_their_order():
    waiting, rules = record(flow="four-step"), policy()
    taken = [COMPOSED]

    order = []
    while step := rules.next_step(waiting, taken):
        order.append(step)
        taken.append(decision(f"Person {len(taken)}", step=step.name))

    assert order == list(FOUR)


@pytest.mark.parametrize(
    ("who", "words"),
    [
        (issuer("x", "issuer", "operator", "auditor"), "lacks the role approver"),
        (issuer("desk", "approver"), "composed this alert"),
        (issuer("other key", "approver", person="DESK "), "composed this alert"),
        (issuer("lin's second", "approver", person="lin"), "took the step 'review' already"),
        (issuer("Lin", "approver"), "took the step 'review' already"),
    ],
)
def test_who_has_another_part_in_it_may_not_take_a_step(who, words):
    earlier = [COMPOSED, decision("Lin", step="review")]

    with pytest.raises(ForbiddenError, match=words):
        may_take(FOUR[1], who, earlier)


def test_who_admitted_a_held_alert_may_approve_it_once():
    admitted = [COMPOSED, decision("Lin", Act.ADMIT)]

    may_take(FOUR[0], issuer("lin", "approver", person="Lin"), admitted)
    with pytest.raises(ForbiddenError):
        may_take(
            FOUR[1],
            issuer("lin", "approver", person="Lin"),
            [*admitted, decision("Lin", step="review")],
        )


NAMES = st.sampled_from(["Desk", "Lin", "Wang", "Zhao", "Sun", "Qian"])


@given(
    st.lists(
        st.tuples(NAMES, st.sets(st.sampled_from(["approver", "operator", "issuer"]))), max_size=30
    )
)
def test_whoever_tries_in_whatever_order_no_person_takes_two_parts(attempts):
    waiting, rules = record(flow="four-step"), policy()
    taken = [COMPOSED]

    for number, (person, roles) in enumerate(attempts):
        step = rules.next_step(waiting, taken)
        if step is None:
            break
        who = issuer(f"key {number}", *roles, person=person)
        try:
            may_take(step, who, taken)
        except ForbiddenError:
            continue
        assert roles & set(step.roles)
        taken.append(decision(person_of(who), step=step.name))

    people = [item.person for item in taken]
    assert len(people) == len(set(people))
