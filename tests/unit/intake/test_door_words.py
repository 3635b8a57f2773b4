"""What officers text us."""

import pytest

from warnbroker.intake.door_words import MOST, understood
from warnbroker.model.doorstep import Answer

TOLD, OUT = Answer.REACHED, Answer.NOT_AT_HOME


@pytest.mark.parametrize(
    ("text", "answers"),
    [
        ("OK 12", [(12, TOLD)]),
        ("ok12", [(12, TOLD)]),
        ("NO 13", [(13, OUT)]),
        ("12 好", [(12, TOLD)]),
        ("12好", [(12, TOLD)]),
        ("１２　好", [(12, TOLD)]),
        ("12不在", [(12, OUT)]),
        ("好 12 13 14", [(12, TOLD), (13, TOLD), (14, TOLD)]),
        ("12、13 好；14 不在", [(12, TOLD), (13, TOLD), (14, OUT)]),
        ("OK 1, 2, NO 3\nSOS 4", [(1, TOLD), (2, TOLD), (3, OUT), (4, Answer.NEEDS_HELP)]),
        ("Refuses: 7.", [(7, Answer.REFUSES)]),
        ("12 求助", [(12, Answer.NEEDS_HELP)]),
        ("OK 12. NO 12", [(12, OUT)]),
    ],
)
def test_a_word_and_numbers_are_understood_in_any_order(text, answers):
    read = understood(text)

    assert (list(read.answers), read.rest) == (answers, "")


@pytest.mark.parametrize("text", ["hello", "OK", "12", "OK twelve", "STOP", "", "no problem 12"])
def test_what_makes_no_sense_is_given_back(text):
    read = understood(text)

    assert not read.answers
    assert read.rest == text.lower()


def test_what_was_understood_counts_although_the_rest_is_not():
    read = understood("OK 12, then I went home")

    assert (list(read.answers), read.rest) == ([(12, TOLD)], "then i went home")


def test_more_numbers_than_anybody_types_are_taken_for_nothing():
    read = understood("OK " + " ".join(map(str, range(1, MOST + 2))))

    assert not read.answers
    assert read.rest
