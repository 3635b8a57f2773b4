"""Which provider a delivery goes by."""

from collections import Counter
from math import inf

import pytest

from tests.unit.dispatch.providers.world import (
    NOBODY,
    NOW,
    REFUSED,
    TOOK,
    WRONG,
    after,
    throttled,
)
from warnbroker.contracts.channel import Limit, Provider
from warnbroker.dispatch.providers.chooser import Chooser
from warnbroker.dispatch.providers.health import Health
from warnbroker.dispatch.providers.rules import FailoverRules
from warnbroker.model.provider import Hold
from warnbroker.model.receipt import Reason, Receipt, State

TO, RED, BLUE = "+8613800000000", 1, 4


def chooser(*providers, limits=lambda _address, _provider: ()):
    return Chooser(Health("sms", providers, FailoverRules()), limits)


def pair():
    return chooser(Provider("a", 3), Provider("b", 1))


def refuse(found, seconds=0):
    for _ in range(5):
        found.health.result("a", throttled(seconds), NOW, NOW)


def drawn(found, number, rank=RED, now=NOW, avoid=NOBODY):
    return Counter(found.choose(TO, avoid, rank, now) for _ in range(number))


def test_providers_get_their_shares():
    assert drawn(pair(), 4000)["a"] == pytest.approx(3000, abs=2)


def test_the_first_few_are_shared_as_well():
    assert drawn(pair(), 8) == {"a": 6, "b": 2}


def test_one_that_failed_a_delivery_is_avoided_while_another_is_well():
    assert drawn(pair(), 10, avoid=frozenset({"a"})) == {"b": 10}


def test_one_that_failed_a_delivery_is_used_where_there_is_no_other():
    found = chooser(Provider("a"))

    assert found.choose(TO, frozenset({"a"}), RED, NOW) == "a"


def test_a_broken_provider_gets_nothing_grave_while_another_is_well():
    found = pair()
    found.health.result("a", WRONG, NOW)

    assert drawn(found, 100, now=after(3600)) == {"b": 100}


def test_light_traffic_probes_a_broken_provider_now_and_then():
    found = pair()
    found.health.result("a", WRONG, NOW)

    assert drawn(found, 100, rank=BLUE, now=after(30)) == {"b": 100}
    assert drawn(found, 100, rank=BLUE, now=after(61)) == {"a": 1, "b": 99}


def test_a_provider_that_came_back_gets_more_step_by_step():
    found = pair()
    found.health.result("a", WRONG, NOW)
    found.health.result("a", TOOK, after(61), after(61))

    little = drawn(found, 1000, now=after(62))["a"]
    more = [drawn(found, 1000, now=after(62 + 60 * minute))["a"] for minute in range(1, 10)]

    assert little == pytest.approx(1000 * 0.3 / 1.3, abs=3)
    assert more == sorted(more)
    assert more[-1] == pytest.approx(750, abs=3)


def test_where_all_are_broken_a_grave_one_is_tried_and_a_light_one_waits():
    found = pair()
    for name in ("a", "b"):
        found.health.result(name, WRONG, NOW)

    grave, light = (found.choose(TO, NOBODY, rank, after(1)) for rank in (RED, BLUE))

    assert grave in {"a", "b"}
    assert isinstance(light, Hold)
    assert light.cause.startswith("breaker:")
    assert light.until > after(1)


def test_where_all_are_broken_grave_ones_do_not_storm():
    found = chooser(Provider("a"))
    found.health.result("a", WRONG, NOW)

    tried = [found.choose(TO, NOBODY, RED, after(1 + n / 1000)) for n in range(10_000)]

    assert 45 <= sum(one == "a" for one in tried) <= 60


def test_where_all_fail_light_ones_find_out_soon_that_one_is_back():
    found = chooser(Provider("a"))
    for _ in range(5):
        found.health.result("a", REFUSED, NOW)

    first = next(s for s in range(60) if found.choose(TO, NOBODY, BLUE, after(s)) == "a")

    assert first <= FailoverRules().probe_every


def test_a_throttled_provider_rests_and_the_other_takes_over():
    found = pair()
    refuse(found, 20)

    assert drawn(found, 10, now=after(1)) == {"b": 10}
    assert drawn(found, 8, now=after(100))["a"] == 6


def test_a_throttled_single_provider_delays_with_its_cause():
    found = chooser(Provider("a"))
    refuse(found, 20)

    assert found.choose(TO, NOBODY, BLUE, after(1)) == Hold("throttled:a", after(20))


def test_an_address_goes_only_to_those_who_serve_it():
    found = chooser(Provider("home", 1, ("+86",)), Provider("abroad", 1, ("+1", "+44")))

    assert drawn(found, 10) == {"home": 10}


def test_an_address_that_nobody_serves_is_held_for_good():
    found = chooser(Provider("abroad", 1, ("+1",)))

    held = found.choose(TO, NOBODY, RED, NOW)

    assert held.is_final


def test_a_spare_is_used_only_when_no_other_can_be():
    found = chooser(Provider("a"), Provider("spare", 0))
    calm = drawn(found, 10)
    found.health.result("a", WRONG, NOW)

    assert calm == {"a": 10}
    assert drawn(found, 10) == {"spare": 10}


def test_a_country_that_is_not_set_up_goes_by_the_other_provider():
    def limits(address, provider):
        return [Limit(f"{provider}/country/{'CN' if address.startswith('+86') else 'US'}", inf)]

    found = chooser(Provider("a", 3), Provider("b", 1), limits=limits)
    found.health.result(
        "a", Receipt(State.FAILED_TEMP, "a", reason=Reason.CONFIG, scope="country/CN"), NOW
    )

    assert drawn(found, 10) == {"b": 10}
    assert found.choose("+15550001111", frozenset({"b"}), RED, NOW) == "a"


def test_a_country_is_open_again_when_nothing_more_was_said_against_it():
    def limits(address, provider):
        return [Limit(f"{provider}/country/CN", inf)]

    found = chooser(Provider("a", 3), Provider("b", 1), limits=limits)
    found.health.result(
        "a", Receipt(State.FAILED_TEMP, "a", reason=Reason.CONFIG, scope="country/CN"), NOW
    )

    probes = drawn(found, 10, rank=BLUE, now=after(61))
    later = drawn(found, 8, now=after(125))

    assert probes == {"a": 1, "b": 9}
    assert later["a"] == 6


def test_retries_beyond_their_share_wait_with_their_cause():
    found = chooser(Provider("a"))

    chosen = [found.choose(TO, NOBODY, BLUE, NOW, attempts=1) for _ in range(1000)]

    assert sum(one == "a" for one in chosen) == 600
    assert chosen[-1] == Hold("retries:a", after(5))


def test_what_goes_to_another_provider_at_once_is_no_retry():
    found = pair()

    chosen = [found.choose(TO, frozenset({"a"}), BLUE, NOW, attempts=1) for _ in range(1000)]

    assert set(chosen) == {"b"}


def test_grave_retries_may_be_more_of_the_traffic():
    found = chooser(Provider("a"))
    for _ in range(1000):
        found.health.result("a", TOOK, NOW)

    grave = sum(found.choose(TO, NOBODY, RED, NOW, attempts=1) == "a" for _ in range(2000))

    assert grave == 1600


def test_a_clock_that_is_set_back_keeps_nobody_waiting():
    found = chooser(Provider("a"))
    for _ in range(5):
        found.health.result("a", REFUSED, after(7200))

    first = next(s for s in range(60) if found.choose(TO, NOBODY, BLUE, after(s)) == "a")

    assert first <= 31


def test_bad_and_good_minutes_in_turn_cause_no_storm():
    found, changes, bad = pair(), [], 0
    health = found.health
    for tenth in range(36_000):
        now = after(tenth / 10)
        chosen = found.choose(TO, NOBODY, BLUE, now)
        works = chosen == "b" or tenth // 600 % 2
        bad += not works
        changes.append(health.version)
        health.result(chosen, TOOK if works else REFUSED, now, now)

    assert changes[-1] < 150
    assert bad < 36_000 * 0.01


def test_all_traffic_finds_the_one_that_still_works():
    found, failed = pair(), 0
    for tenth in range(6000):
        now = after(tenth / 10)
        chosen = found.choose(TO, NOBODY, BLUE, now)
        failed += chosen == "a"
        found.health.result(chosen, REFUSED if chosen == "a" else TOOK, now, now)

    assert failed < 20


@pytest.mark.parametrize("rank", [RED, BLUE])
def test_a_provider_that_takes_a_hundred_a_second_is_asked_for_about_that(rank):
    found, taken, refused = chooser(Provider("a")), 0, 0
    for tick in range(6000):
        now, room = after(tick / 100), 1
        for _ in range(10):
            if found.choose(TO, NOBODY, rank, now) != "a":
                break
            found.health.result("a", TOOK if room else throttled(), now, now)
            taken, refused, room = taken + room, refused + (not room), 0

    assert taken > 60 * 100 * 0.6
    assert refused < taken * 0.5
