"""What is refused is recorded, and a flood of it does not fill the disk."""

from datetime import UTC, datetime, timedelta

import pytest

from warnbroker.errors import AlertError, ConflictError, Fault, ForbiddenError, UnreadableError
from warnbroker.intake.refusals import MOST_ENTRIES, WINDOW, Refusals
from warnbroker.model.event import Event
from warnbroker.model.record import IssuerRecord

NOW = datetime(2026, 11, 23, 2, 10, tzinfo=UTC)


class Book:
    """Takes entries as the ledger would."""

    def __init__(self):
        self.entries = []

    async def append(self, actor, event, subject, detail):
        assert event is Event.ALERT_REFUSED
        self.entries.append((actor, subject, detail))

    @property
    def counts(self):
        return [detail["count"] for _, _, detail in self.entries]


class Hand:
    """A clock that is moved by hand."""

    def __init__(self):
        self.at = NOW

    def now(self):
        return self.at


@pytest.fixture
def book():
    return Book()


@pytest.fixture
def hand():
    return Hand()


@pytest.fixture
def refusals(book, hand):
    return Refusals(book, hand)


def issuer(number=1):
    return IssuerRecord(number, f"desk-{number}", "", ("issuer",), (), (), 1, NOW)


def broken(*rules, text="the secret plan"):
    return AlertError([Fault(rule, text) for rule in rules or ("cap.info.area.required",)])


async def test_an_entry_names_who_from_where_and_the_rules_but_not_the_text(refusals, book):
    await refusals.note(issuer(), "192.0.2.1", "a" * 26, broken("cap.b", "cap.a", "cap.b"))

    [(actor, subject, detail)] = book.entries
    assert (actor.name, actor.origin, subject) == ("desk-1", "192.0.2.1", "a" * 26)
    assert detail == {"cause": "rules", "rules": ["cap.a", "cap.b"], "count": 1}
    assert "secret" not in str(book.entries)


async def test_the_same_again_within_a_minute_is_counted_and_written_once(refusals, book, hand):
    for _ in range(1000):
        await refusals.note(issuer(), "", "", broken())
    assert book.counts == [1]

    hand.at += WINDOW
    await refusals.sweep()
    await refusals.sweep()

    assert book.counts == [1, 999]


async def test_nothing_is_written_when_a_minute_ends_quietly(refusals, book, hand):
    await refusals.note(issuer(), "", "", broken())

    hand.at += WINDOW
    await refusals.sweep()

    assert book.counts == [1]


async def test_another_issuer_and_other_rules_have_entries_of_their_own(refusals, book):
    await refusals.note(issuer(1), "", "", broken())
    await refusals.note(issuer(2), "", "", broken())
    await refusals.note(issuer(1), "", "", broken("cap.other"))
    await refusals.note(issuer(1), "", "", ForbiddenError("not there"))
    await refusals.note(issuer(1), "", "", ConflictError("taken"))
    await refusals.note(issuer(1), "", "", UnreadableError("no XML"))

    causes = [detail["cause"] for _, _, detail in book.entries]
    assert causes == ["rules", "rules", "rules", "forbidden", "conflict", "unreadable"]


async def test_an_issuer_that_breaks_rules_in_ever_new_ways_makes_few_entries(refusals, book, hand):
    for number in range(5000):
        await refusals.note(issuer(), "", "", broken(f"cap.rule{number}"))

    assert len(book.entries) == MOST_ENTRIES + 1
    hand.at += WINDOW
    await refusals.sweep()
    assert sum(book.counts) == 5000
    assert len(book.entries) == MOST_ENTRIES + 2


async def test_a_clock_that_was_set_back_keeps_no_window_open(refusals, book, hand):
    await refusals.note(issuer(), "", "", broken())
    await refusals.note(issuer(), "", "", broken())

    hand.at -= timedelta(days=1)
    await refusals.note(issuer(), "", "", broken())

    assert book.counts == [1, 1, 1]
