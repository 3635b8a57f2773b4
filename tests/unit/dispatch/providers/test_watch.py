"""What becomes known of providers is said once, recorded, and shared between processes."""

from datetime import timedelta

import pytest
import structlog
from structlog.testing import capture_logs

from tests.unit.dispatch.ledger import StandingClock
from tests.unit.dispatch.providers.world import DELIVERED, NOW, REFUSED, TOOK, WRONG, after
from warnbroker.contracts.channel import Provider
from warnbroker.contracts.providers import Noted
from warnbroker.dispatch.providers.announce import Announcer
from warnbroker.dispatch.providers.board import Board
from warnbroker.dispatch.providers.health import Health
from warnbroker.dispatch.providers.meter import Meter
from warnbroker.dispatch.providers.router import Router
from warnbroker.dispatch.providers.watch import ProviderWatch
from warnbroker.errors import NotFoundError, StoreError
from warnbroker.model.actor import Actor
from warnbroker.model.provider import ProviderState
from warnbroker.model.receipt import Reason, Receipt, State


class Book:
    """A ledger in memory; ``away`` makes it refuse."""

    def __init__(self):
        self.rows, self.reset_at, self.entries, self.away = {}, {}, [], False

    async def note(self, owner, reports, now):
        self.rows |= {(owner, one.channel, one.provider): (now, one) for one in reports}

    async def known(self):
        found = [Noted(owner, at, one) for (owner, *_), (at, one) in self.rows.items()]
        return sorted(found, key=lambda noted: noted.at, reverse=True)

    async def reset(self, channel, provider, now, *, actor):
        self.reset_at[channel, provider] = now

    async def resets(self):
        return dict(self.reset_at)

    async def tested(self):
        return {"sms": NOW}

    async def append(self, actor, event, subject, detail):
        if self.away:
            raise StoreError("away")
        self.entries.append((event, subject, detail))


class Sms:
    """A channel that is well."""

    def faults(self):
        return ()


class Process:
    """The parts of one process over a shared book."""

    def __init__(self, book, clock, owner):
        announcer = Announcer()
        providers = [Provider("a", 3, receipt_timeout=600), Provider("b")]
        self.health = Health("sms", providers, tell=announcer.tell)
        self.clock = clock
        router = Router(self.health, Meter(None, clock), clock, lambda _address, _name: ())
        routers = {"sms": router}
        self.watch = ProviderWatch(routers, book, book, announcer, clock, owner)
        self.board = Board({"sms": Sms()}, routers, book, clock, owner)

    def state(self, name="a"):
        return self.health.conditions[name].state


@pytest.fixture(autouse=True)
def logs_of_every_level():
    # Whoever ran before may have asked for grave ones only.
    structlog.reset_defaults()


@pytest.fixture
def clock():
    return StandingClock()


@pytest.fixture
def book():
    return Book()


@pytest.fixture
def process(book, clock):
    return lambda owner="me": Process(book, clock, owner)


async def test_a_fault_of_the_configuration_is_told_in_one_line_that_says_what_to_do(process, book):
    here = process()

    with capture_logs() as lines:
        for _ in range(20):
            here.health.result("a", WRONG, NOW, NOW)
    await here.watch.sweep()
    await here.watch.sweep()

    [line] = lines
    assert (line["event"], line["provider"], line["code"]) == ("provider_opened", "a", "20003")
    assert "channels.sms" in line["advice"]
    assert "warnbroker channels --reset sms/a" in line["advice"]
    assert [entry[:2] for entry in book.entries] == [("provider_opened", "sms/a")]


async def test_a_return_is_told_and_recorded(process, book):
    here = process()
    here.health.result("a", WRONG, NOW, NOW)
    here.health.result("a", TOOK, after(61), after(61))

    await here.watch.sweep()

    assert [event for event, *_ in book.entries] == ["provider_opened", "provider_restored"]


async def test_what_the_record_refuses_now_is_recorded_later(process, book):
    here = process()
    here.health.result("a", WRONG, NOW, NOW)
    book.away = True
    with pytest.raises(StoreError):
        await here.watch.sweep()
    book.away = False

    await here.watch.sweep()

    assert len(book.entries) == 1


async def test_a_restart_knows_what_was_set_up_wrongly_and_asks_once(process):
    before = process("before")
    before.health.result("a", WRONG, NOW, NOW)
    await before.watch.sweep()
    here = process("after")

    await here.watch.recover()

    assert here.state() is ProviderState.OPEN
    assert here.health.conditions["a"].breaker.probe(NOW.timestamp(), 10)
    assert not here.health.conditions["a"].breaker.probe(NOW.timestamp(), 10)


async def test_a_restart_forgets_mere_failures(process):
    before = process("before")
    for _ in range(5):
        before.health.result("a", REFUSED, NOW, NOW)
    await before.watch.sweep()
    here = process("after")

    await here.watch.recover()

    assert here.state() is ProviderState.OK


async def test_what_an_operator_reset_is_not_taken_over_by_a_restart(process, clock):
    before = process("before")
    before.health.result("a", WRONG, NOW, NOW)
    await before.watch.sweep()
    clock.pass_seconds(1)
    await before.board.reset("sms", "a", Actor("Wang"))
    here = process("after")

    await here.watch.recover()

    assert here.state() is ProviderState.OK


async def test_a_reset_in_one_process_counts_in_the_others(process, clock):
    here, there = process("here"), process("there")
    there.health.result("a", WRONG, NOW, NOW)
    await there.watch.sweep()

    await here.board.reset("sms", "a", Actor("Wang"))
    clock.pass_seconds(6)
    await there.watch.sweep()

    assert there.state() is ProviderState.OK


async def test_a_reset_does_not_count_twice(process, clock):
    here = process()
    await here.watch.sweep()
    await here.board.reset("sms", "a", Actor("Wang"))
    here.health.result("a", WRONG, after(1), after(1))

    clock.pass_seconds(6)
    await here.watch.sweep()

    assert here.state() is ProviderState.OPEN


async def test_a_reset_shows_at_once_whatever_an_ended_process_knew(process, clock):
    here, ended = process("here"), process("ended")
    ended.health.result("a", WRONG, NOW, NOW)
    await ended.watch.sweep()
    clock.pass_seconds(1)

    await here.board.reset("sms", "a", Actor("Wang"))
    [report] = await here.board.read()

    assert report.providers[0].state is ProviderState.OK


async def test_there_is_no_reset_of_what_does_not_exist(process):
    with pytest.raises(NotFoundError):
        await process().board.reset("sms", "of old", Actor("Wang"))


async def test_receipts_that_come_to_another_process_count(process, clock):
    sender, hearer = process("sender"), process("hearer")
    for second in range(40):
        sender.health.result("a", TOOK, after(second), after(second))
        hearer.health.receipt("a", after(second), DELIVERED, after(second + 2))
    clock.pass_seconds(50)
    await hearer.watch.sweep()
    await sender.watch.sweep()

    clock.pass_seconds(250)
    sender.health.look(clock.now())

    assert sender.state() is ProviderState.OK


async def test_the_board_shows_the_worst_that_any_process_knows(process):
    here, there = process("here"), process("there")
    there.health.result("a", WRONG, NOW, NOW)
    here.health.result("b", TOOK, NOW, NOW)
    await there.watch.sweep()

    [report] = await here.board.read()

    assert [(one.provider, one.state) for one in report.providers] == [
        ("a", ProviderState.OPEN),
        ("b", ProviderState.OK),
    ]
    assert (report.ready, report.last_handoff, report.last_tested) == (True, NOW, NOW)


async def test_a_channel_without_a_provider_that_works_is_not_ready(process):
    here = process()
    for name in ("a", "b"):
        here.health.result(name, WRONG, NOW, NOW)

    [report] = await here.board.read()

    assert not report.ready


async def test_what_an_ended_process_knew_is_shown_no_longer(process, clock):
    here, there = process("here"), process("there")
    there.health.result("a", WRONG, NOW, NOW)
    await there.watch.sweep()

    clock.moment += timedelta(minutes=3)
    [report] = await here.board.read()

    assert report.providers[0].state is ProviderState.OK


async def test_a_scope_is_named_in_the_advice(process):
    here = process()
    wrong = Receipt(State.FAILED_TEMP, "a", reason=Reason.CONFIG, scope="country/CN", code="21408")

    with capture_logs() as lines:
        here.health.result("a", wrong, NOW, NOW)

    assert "mend the country CN of a" in lines[0]["advice"]
