"""What people write back: the words in many dresses, hostile texts, and the answers."""

import pytest
from structlog.testing import capture_logs

from tests.unit.dispatch.ledger import StandingClock
from warnbroker.app.words import inbound_words_of
from warnbroker.contracts.inbound import Said, Wish
from warnbroker.intake.wishes import Wishes
from warnbroker.model.receipt import AttemptKey
from warnbroker.settings import load

NUMBER = "+358401234567"


class Book:
    """Writes down what it is asked; ``language`` is everybody's, ``known`` whether they are."""

    known = True

    def __init__(self, language=""):
        self.requests = []
        self.language = language

    async def hear(self, requests, now):
        self.requests += requests
        return [self.known for _ in requests]

    async def languages(self, addresses):
        return [self.language for _ in addresses]


def wishes(book):
    return Wishes(book, inbound_words_of(load(environment={})), StandingClock())


def sms(text, **given):
    return Said("sms", "phone", given.pop("address", NUMBER), text, **given)


@pytest.mark.parametrize(
    "text",
    ["STOP", "stop", " Stop.\n", "ＳＴＯＰ", "“STOP!”", "退订", "退订。", "TD", "td", "T", "ARRÊT",
     "\u200bSTOP\u200f", "UNSUBSCRIBE", "quit"],
)  # fmt: skip
async def test_a_word_that_means_stop_is_understood_in_any_dress(text):
    book = Book()

    (answer,) = await wishes(book).hear([sms(text)])

    assert [(r.reason, r.scope, r.address) for r in book.requests] == [("stop", "sms", NUMBER)]
    assert answer


@pytest.mark.parametrize(
    "text",
    ["", " ", "please do not stop", "STOPPED", "Stop the flood!", "T-shirt", "0", "\x00",
     "STOP\x00'; --x",
     "STOP " * 500, "S" * 100_000, "🛑", "{name}", "%s%n", "\ud800"],
)  # fmt: skip
async def test_any_other_text_is_nothing_to_do_with_us_and_gets_no_answer(text):
    book = Book()

    assert await wishes(book).hear([sms(text)]) == [""]

    assert book.requests == []


async def test_start_lifts_help_only_answers_and_stop_all_is_for_all_channels():
    book = Book()

    answers = await wishes(book).hear([sms("START"), sms("HELP"), sms("STOP ALL"), sms("订阅")])

    assert [(r.reason, r.scope) for r in book.requests] == [
        (None, "sms"),
        ("stop", ""),
        (None, "sms"),
    ]
    assert all(answers)


@pytest.mark.parametrize(
    ("text", "language", "part"),
    [
        ("STOP", "zh-CN", "您将不再"),
        ("退订", "en", "no more warnings"),
        ("退订", "", "您将不再"),
        ("STOP", "", "no more warnings"),
        ("ARRET", "", "您将不再"),
    ],
)
async def test_the_answer_is_in_the_persons_language_else_in_that_of_the_word(text, language, part):
    (answer,) = await wishes(Book(language)).hear([sms(text)])

    assert part in answer
    assert "{name}" not in answer


@pytest.mark.parametrize(
    ("wish", "text", "reason"),
    [
        (Wish.STOP, "", "unsubscribe"),
        (Wish.STOP, "lass mich in Ruhe", "stop"),
        (Wish.COMPLAINT, "", "complaint"),
        (Wish.HARD_BOUNCE, "STOP", "hard_bounce"),
        (Wish.START, "", None),
    ],
)
async def test_what_a_provider_says_that_somebody_wants_is_done(wish, text, reason):
    book = Book()
    said = Said("email", "email", "Fang@Mail.Example", text, wish)

    await wishes(book).hear([said])

    assert [(r.reason, r.address) for r in book.requests] == [(reason, "Fang@mail.example")]


@pytest.mark.parametrize("address", ["", "0401234567", "+0401234567", "Vaara"])
async def test_who_cannot_be_found_is_promised_nothing(address):
    book = Book()

    with capture_logs() as lines:
        answers = await wishes(book).hear(
            [sms("STOP", address=address), sms("thanks", address=address)]
        )

    assert (list(answers), book.requests) == (["", ""], [])
    [line] = lines
    assert line["event"] == "callback_refused"
    assert "401234567" not in str(line)


@pytest.mark.parametrize("address", ["teacher7", "x" * 5000 + "@home.example"])
async def test_what_names_a_delivery_and_what_is_no_address_is_about_nobody(address):
    book, key = Book(), AttemptKey("a" * 26, 7, 0)

    await wishes(book).hear([Said("email", "email", address, wish=Wish.HARD_BOUNCE, key=key)])

    assert book.requests == []


async def test_what_names_only_the_delivery_is_passed_on_with_it():
    book, key = Book(), AttemptKey("a" * 26, 7, 1)

    await wishes(book).hear([Said("email", "email", "", wish=Wish.COMPLAINT, key=key)])

    assert [request.key for request in book.requests] == [key]


@pytest.mark.parametrize("address", ["", "72345", "ALERTS", "+1", "x" * 10_000, "a@b@c", "\n"])
async def test_a_sender_that_can_be_nobody_on_a_list_changes_nothing(address):
    book = Book()

    await wishes(book).hear([sms("STOP", address=address)])

    assert book.requests == []


async def test_a_number_is_the_same_however_it_is_written_and_a_long_ref_is_bounded():
    book = Book()

    await wishes(book).hear([sms("STOP", address="+358 (40) 123-4567", ref="r" * 5000)])

    (request,) = book.requests
    assert request.address == NUMBER
    assert len(request.ref) <= 200


async def test_who_is_not_known_is_not_told_that_it_is_done():
    book = Book()
    book.known = False
    click = Said("email", "email", "", wish=Wish.STOP, key=AttemptKey("a" * 26, 1, 0))

    assert await wishes(book).hear([click, sms("what?"), sms("STOP")]) == ["", "", ""]
