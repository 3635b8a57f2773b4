"""The state of a delivery is a fold of evidence: order and repeats do not matter."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warnbroker.model.receipt import FAILED, OPEN, POSITIVE, TOLD, Receipt, State
from warnbroker.receipts.fold import fold

EVIDENCE = sorted(OPEN | POSITIVE | FAILED)


def receipt(state: State) -> Receipt:
    return Receipt(state, "provider")


CASES = [
    pytest.param([], [], False, State.QUEUED, id="nothing yet"),
    pytest.param([1], [], False, State.IN_FLIGHT, id="begun"),
    pytest.param([1], [(1, State.HANDED_OFF), (1, State.FAILED_TEMP)], True, State.RETRY_WAIT,
                 id="sent, then undelivered: a retry is due, not HANDED_OFF"),
    pytest.param([1, 2], [(1, State.FAILED_TEMP), (2, State.ACCEPTED)], False, State.ACCEPTED,
                 id="provider A failed, provider B accepted"),
    pytest.param([1, 2], [(1, State.FAILED_TEMP)], False, State.IN_FLIGHT,
                 id="attempt 1 failed, attempt 2 in flight"),
    pytest.param([1, 2], [(1, State.UNKNOWN), (2, State.DELIVERED), (1, State.DELIVERED)], False,
                 State.DELIVERED, id="unknown, resent, both arrived"),
    pytest.param([1, 2], [(1, State.FAILED_TEMP), (2, State.FAILED_PERM)], False,
                 State.FAILED_PERM, id="two failures"),
    pytest.param([1], [(1, State.DELIVERED), (1, State.HANDED_OFF)], False, State.DELIVERED,
                 id="late weaker evidence changes nothing"),
    pytest.param([1], [(1, State.FAILED_PERM), (1, State.DELIVERED)], False, State.DELIVERED,
                 id="positive beats negative"),
    pytest.param([], [(0, State.SUPERSEDED)], False, State.SUPERSEDED, id="never tried"),
    pytest.param([1], [(1, State.UNKNOWN), (0, State.SUPERSEDED)], False, State.UNKNOWN,
                 id="a stop does not hide that somebody may have been told"),
]  # fmt: skip


@pytest.mark.parametrize(("attempts", "evidence", "waiting", "state"), CASES)
def test_every_order_of_evidence_folds_to_the_same_state(attempts, evidence, waiting, state):
    receipts = [(number, receipt(found)) for number, found in evidence]

    folded = {fold(attempts, order, waiting=waiting) for order in itertools.permutations(receipts)}

    assert {found.state for found in folded} == {state}
    assert len(folded) == 1


@pytest.mark.parametrize("bad", sorted(FAILED))
@pytest.mark.parametrize("good", sorted(TOLD))
def test_a_failure_never_takes_back_an_arrival_and_is_flagged(good, bad):
    said = [(1, receipt(good)), (1, receipt(bad))]

    folded = {fold([1], order, waiting=False) for order in itertools.permutations(said)}

    assert [(found.state, found.conflict, found.late) for found in folded] == [(good, True, True)]


@pytest.mark.parametrize("bad", sorted(FAILED))
def test_what_was_taken_and_then_failed_is_a_failure(bad):
    said = [(1, receipt(State.ACCEPTED)), (1, receipt(State.HANDED_OFF)), (1, receipt(bad))]

    for order in itertools.permutations(said):
        folded = fold([1], order, waiting=False)
        assert (folded.state, folded.told, folded.conflict) == (bad, False, False)


def test_two_arrivals_are_counted_as_duplicates():
    arrived = [(1, receipt(State.DELIVERED)), (2, receipt(State.DELIVERED))]

    assert fold([1, 2], arrived, waiting=False).duplicates == 2


def test_who_was_only_ever_refused_was_not_told():
    assert not fold([1], [(1, receipt(State.FAILED_PERM))], waiting=False).told
    assert fold([1], [(1, receipt(State.UNKNOWN))], waiting=False).told


@given(
    st.lists(st.tuples(st.integers(0, 3), st.sampled_from(EVIDENCE)), max_size=9),
    st.sets(st.integers(1, 3)),
    st.booleans(),
    st.randoms(use_true_random=False),
)
def test_shuffling_and_repeating_evidence_never_changes_the_fold(said, begun, waiting, chance):
    receipts = [(number, receipt(state)) for number, state in said]
    shuffled = receipts + chance.choices(receipts, k=3) if receipts else []
    chance.shuffle(shuffled)

    assert fold(begun, receipts, waiting=waiting) == fold(begun, shuffled, waiting=waiting)


@given(st.lists(st.tuples(st.integers(1, 3), st.sampled_from(EVIDENCE)), min_size=1, max_size=9))
def test_more_evidence_never_takes_a_mark_away(said):
    receipts = [(number, receipt(state)) for number, state in said]

    before, after = (fold([1, 2, 3], some, waiting=False) for some in (receipts[:-1], receipts))

    assert before.late <= after.late
    assert before.conflict <= after.conflict
    assert before.duplicates <= after.duplicates
    assert before.state not in TOLD or after.state in TOLD
