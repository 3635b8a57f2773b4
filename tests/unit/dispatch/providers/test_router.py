"""What a lane is told of a batch: who goes by whom, and what holds up the others."""

import pytest
from msgspec.structs import replace

from tests.unit.dispatch.ledger import StandingClock, delivery
from tests.unit.dispatch.providers.world import NOW, TOOK, WRONG
from warnbroker.contracts.channel import Limit, Provider
from warnbroker.contracts.rates import Grant
from warnbroker.dispatch.providers.health import Health
from warnbroker.dispatch.providers.meter import Meter
from warnbroker.dispatch.providers.router import Router
from warnbroker.model.provider import ProviderState
from warnbroker.model.record import Sent


class Rates:
    """A ledger that grants two of each."""

    async def lease(self, wants, now, *, slice_, reserve):
        return [Grant(min(2, want.number), 0.5) for want in wants]


@pytest.fixture
def clock():
    return StandingClock()


@pytest.fixture
def route(clock):
    def make(*providers, limits=lambda _address, _provider: ()):
        return Router(Health("sms", providers), Meter(Rates(), clock), clock, limits)

    return make


async def test_a_channel_without_a_choice_sends_what_it_has(clock):
    router = Router(Health("feed", [Provider("feed")], watches=True), Meter(Rates(), clock), clock)
    batch = [delivery(1), delivery(2)]

    routed = await router.route(batch)
    router.results([Sent(batch[0], WRONG, NOW)])

    assert (routed.ready, routed.held) == (batch, ())
    assert router.reports()[0].state is ProviderState.OK


async def test_the_only_provider_is_not_named(route):
    router = route(Provider("a"))

    routed = await router.route([delivery(1)])
    router.results([Sent(routed.ready[0], WRONG, NOW)])

    assert [item.provider for item in routed.ready] == [""]
    assert router.reports()[0].state is ProviderState.OPEN


async def test_each_is_told_its_provider(route):
    router = route(Provider("a"), Provider("b"))

    routed = await router.route([delivery(n) for n in range(10)])
    router.results([Sent(routed.ready[0], TOOK, NOW)])

    assert sorted(item.provider for item in routed.ready) == ["a"] * 5 + ["b"] * 5
    assert sum(report.sent for report in router.reports()) == 1


async def test_a_rate_lets_some_through_and_shows_what_delays_the_others(route):
    router = route(Provider("a"), limits=lambda _address, name: [Limit(f"{name}/country/CN", 8)])

    routed = await router.route([delivery(n) for n in range(5)])

    assert [item.id for item in routed.ready] == [0, 1]
    assert {hold.cause for _, hold in routed.held} == {"rate:a/country/CN"}
    report = router.reports()[0]
    assert report.limits == {"a/country/CN": 8}
    assert [hold.cause for hold in report.delays] == ["rate:a/country/CN"]


async def test_a_delay_that_is_over_is_shown_no_longer(route, clock):
    router = route(Provider("a"), limits=lambda _address, name: [Limit(name, 8)])
    await router.route([delivery(n) for n in range(5)])

    clock.pass_seconds(5)

    assert router.reports()[0].delays == ()


async def test_the_choice_changes_nothing_else_of_a_delivery(route):
    item = delivery(1)

    routed = await route(Provider("a"), Provider("b")).route([item])

    assert replace(routed.ready[0], provider="") == item


async def test_a_retry_that_a_rate_holds_is_counted_once_it_goes(route, clock):
    router = route(Provider("a"), limits=lambda _address, name: [Limit(name, 8)])
    waiting = [replace(delivery(n, rank=4), attempts=1) for n in range(40)]
    gone = 0

    # A budget of ten a second is spent within a few rounds if whoever only waits is counted.
    while waiting:
        routed = await router.route(waiting)
        assert {hold.cause for _, hold in routed.held} <= {"rate:a"}
        gone += len(routed.ready)
        waiting = [item for item, _ in routed.held]
        clock.pass_seconds(1)

    assert gone == 40


async def test_what_is_over_the_budget_of_retries_is_forgotten_with_the_rest(route, clock):
    router = route(Provider("a"))
    retries = [replace(delivery(n, rank=4), attempts=1) for n in range(1_000)]
    assert (await router.route(retries)).held

    clock.pass_seconds(-3600)
    router.health.reset("a", clock.now())
    after_one = await router.route(retries[:10])
    clock.pass_seconds(-3600)
    await router.route(retries)
    router.health.reset("a", clock.now())
    after_another = await router.route(retries[:10])

    assert not after_one.held
    assert not after_another.held
