"""A provider's health: what trips it, what eases it, and how it comes back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.dispatch.providers.world import (
    DELIVERED,
    NO_NUMBER,
    NOW,
    REFUSED,
    SILENT,
    TOOK,
    WRONG,
    after,
    throttled,
)
from warnbroker.contracts.channel import Provider
from warnbroker.dispatch.providers.health import Health
from warnbroker.dispatch.providers.rules import FailoverRules
from warnbroker.model.provider import Fault, ProviderState
from warnbroker.model.receipt import Reason, Receipt, State

RULES = FailoverRules()


def health(**kwargs):
    told = []
    made = Health(
        "sms", [Provider("a", receipt_timeout=600), Provider("b")], tell=told.append, **kwargs
    )
    return made, told


def state(found, name="a"):
    return next(one.state for one in found.reports() if one.provider == name)


def share(found, name="a"):
    return next(one.share for one in found.reports() if one.provider == name)


def test_one_failed_send_trips_nothing():
    found, told = health()

    found.result("a", REFUSED, NOW)

    assert (state(found), told) == (ProviderState.OK, [])


def test_a_fault_of_the_configuration_opens_the_breaker_at_once_and_is_told_once():
    found, told = health()

    for _ in range(50):
        found.result("a", WRONG, NOW)

    assert state(found) is ProviderState.OPEN
    assert [(one.provider, one.fault, one.code) for one in told] == [("a", Fault.CONFIG, "20003")]
    assert state(found, "b") is ProviderState.OK


def test_a_provider_that_answers_nothing_is_given_up():
    found, _ = health()

    for second in range(RULES.trip_least):
        found.result("a", SILENT, after(second + 30), after(second))

    assert state(found) is ProviderState.OPEN


def test_the_last_one_that_works_a_little_is_not_given_up():
    found, _ = health()
    found.result("b", WRONG, NOW, NOW)

    for number in range(200):
        found.result("a", TOOK if number % 4 == 0 else REFUSED, after(1), after(1))

    assert state(found) is not ProviderState.OPEN


def test_refusing_recipients_is_no_fault_of_the_provider():
    found, told = health()

    for second in range(200):
        found.result("a", NO_NUMBER, after(second / 10))

    assert (state(found), told) == (ProviderState.OK, [])


def test_many_failures_among_more_successes_lower_its_share_by_a_step():
    found, _ = health()

    for number in range(400):
        found.result("a", REFUSED if number % 8 == 0 else TOOK, after(number / 10))

    assert state(found) is ProviderState.FAILING
    assert share(found) == RULES.step_down


def test_a_lowered_share_comes_back_slowly():
    found, _ = health()
    for number in range(400):
        found.result("a", REFUSED if number % 8 == 0 else TOOK, after(number / 10))

    seen = []
    for minute in range(1, 8):
        found.look(after(40 + 60 * minute))
        seen.append(share(found))

    assert seen == [0.6, 0.7, 0.8, 0.9, 1.0, 1.0, 1.0]
    assert state(found) is ProviderState.OK


def test_a_probe_that_succeeds_lets_it_have_a_little():
    found, _ = health()
    found.result("a", WRONG, NOW)

    found.result("a", TOOK, after(61), after(60))

    assert state(found) is ProviderState.FAILING
    assert share(found) == RULES.lowest


def test_what_left_before_the_breaker_opened_does_not_close_it():
    found, _ = health()
    found.result("a", WRONG, after(1), NOW)

    found.result("a", TOOK, after(2), NOW)

    assert state(found) is ProviderState.OPEN


def test_a_scope_that_is_set_up_wrongly_leaves_the_rest_of_the_provider_alone():
    found, told = health()

    found.result(
        "a", Receipt(State.FAILED_TEMP, "a", reason=Reason.CONFIG, scope="country/CN"), NOW
    )

    assert state(found) is ProviderState.FAILING
    assert share(found) == 1
    assert [one.scope for one in told] == ["country/CN"]


def test_late_receipts_make_a_provider_slow():
    found, _ = health()
    for second in range(40):
        found.result("a", TOOK, after(second), after(second))
        if second % 2:
            found.receipt("a", after(second), DELIVERED, after(second + 5))

    found.look(after(300))

    assert state(found) is ProviderState.SLOW
    assert share(found) == RULES.step_down


def test_a_provider_that_never_gave_a_receipt_is_not_slow():
    found, _ = health()
    for second in range(40):
        found.result("a", TOOK, after(second), after(second))

    found.look(after(300))

    assert state(found) is ProviderState.OK


def test_receipts_in_time_leave_it_well():
    found, _ = health()
    for second in range(40):
        found.result("a", TOOK, after(second), after(second))
        found.receipt("a", after(second), DELIVERED, after(second + 5))

    found.look(after(300))

    assert state(found) is ProviderState.OK
    assert found.reports()[0].latency == 5


def test_a_provider_that_gives_no_receipts_is_not_slow():
    found, _ = health()
    for second in range(40):
        found.result("b", TOOK, after(second), after(second))

    found.look(after(300))

    assert state(found, "b") is ProviderState.OK


def pace(found):
    return found.reports()[0].pace


def test_a_refusal_now_and_then_slows_nothing():
    found, _ = health()

    for number in range(500):
        moment = after(number / 100)
        found.result("a", TOOK if number % 10 else throttled(), moment, moment)
        found.look(moment)

    assert pace(found) is None


def test_a_refusal_of_everything_in_flight_counts_as_one():
    found, told = health()

    for _ in range(64):
        found.result("a", throttled(), after(0.2), NOW)

    assert len(told) == 1
    assert pace(found) == RULES.slowest


def test_a_provider_that_takes_no_more_gets_two_thirds_of_what_it_took():
    found, _ = health()
    found.look(NOW)
    for number in range(100):
        found.result("a", TOOK, after(number / 100), after(number / 100))

    for _ in range(30):
        found.result("a", throttled(), after(0.99), after(0.99))

    assert pace(found) == pytest.approx(67, abs=2)


def test_a_slowed_provider_gets_more_every_second_until_it_is_slowed_no_longer():
    found, _ = health()
    for _ in range(5):
        found.result("a", throttled(), NOW, NOW)

    seen = []
    for second in range(1, 64):
        found.look(after(second))
        seen.append(pace(found))

    assert seen[:59] == sorted(seen[:59])
    assert seen[-1] is None


def test_a_provider_that_names_its_rest_is_heeded():
    found, _ = health()

    for _ in range(5):
        found.result("a", throttled(20), NOW, NOW)

    assert found.reports()[0].throttled_until == after(20)


def test_a_reset_by_an_operator_forgets_everything():
    found, _ = health()
    found.result("a", WRONG, NOW)

    found.reset("a", after(1))

    assert (state(found), share(found)) == (ProviderState.OK, 1)


def test_an_open_configuration_breaker_survives_a_restart():
    before, _ = health()
    before.result("a", WRONG, NOW)
    found, _ = health()

    for report in before.reports():
        found.restore(report, after(5))

    assert state(found) is ProviderState.OPEN
    assert state(found, "b") is ProviderState.OK


def test_a_name_that_nobody_knows_is_passed_over():
    found, _ = health()

    found.result("of old", TOOK, NOW)
    found.receipt("of old", NOW, DELIVERED, NOW)

    assert [one.provider for one in found.reports()] == ["a", "b"]


@given(
    st.lists(
        st.tuples(
            st.sampled_from([TOOK, REFUSED, SILENT, WRONG, NO_NUMBER, throttled(), DELIVERED]),
            st.floats(-90, 90),
            st.floats(0, 30),
        ),
        max_size=200,
    )
)
def test_whatever_happens_a_share_stays_a_share_and_time_heals(events):
    found, _ = health()
    second = 0.0
    for receipt, step, lasted in events:
        second += step
        found.result("a", receipt, after(second), after(second - lasted))
        found.look(after(second))
        assert 0 <= share(found) <= 1

    for minute in range(1, 40):
        moment = after(second + 60 * minute)
        found.result("a", TOOK, moment, moment)
        found.look(moment)

    assert (state(found), share(found)) == (ProviderState.OK, 1)
