"""What a person must type, and what counts as the same."""

import pytest

from tests.integration.alerts import alert, info
from warnbroker.errors import ConfirmationError
from warnbroker.intake.release.confirmation import (
    LONGEST_AREA,
    NOTHING,
    Confirmation,
    Named,
    area_words,
    require_same,
)
from warnbroker.model.alert import Area

WANTED = Named("Actual", "red", {"en-US": "North quay", "zh-CN": "北码头"}, 4821)


def test_case_and_space_do_not_matter():
    require_same(Confirmation(" actual", "RED", "north   Quay ", 4821), WANTED)


def test_all_that_differs_is_named_at_once_in_both_languages():
    with pytest.raises(ConfirmationError) as caught:
        require_same(NOTHING, WANTED)

    assert [fault.rule.rpartition(".")[2] for fault in caught.value.faults] == [
        "status", "level", "area", "people",
    ]  # fmt: skip
    assert all(fault.chinese for fault in caught.value.faults)


@pytest.mark.parametrize("people", [4822, 482, 0, None])
def test_the_number_of_people_must_be_the_number(people):
    with pytest.raises(ConfirmationError, match="4821"):
        require_same(Confirmation("Actual", "red", "North quay", people), WANTED)


def areas(*names, language="en-US"):
    return alert(infos=[info(language=language, areas=tuple(Area(name) for name in names))])


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (["North quay"], "North quay"),
        (["North  quay", "Market", "North quay"], "North quay, Market"),
        (
            ["示范港市南部滨海地带：滨海区、灯塔区、集市区及站前区、学府区临海一侧"],
            "示范港市南部滨海地带",
        ),
        (["The quays, all of them, from north to south", "Market", "Mill"], "The quays +2"),
    ],
)
def test_the_place_is_short_enough_to_be_typed(names, words):
    assert area_words([areas(*names)]) == {"en-US": words}


def test_a_name_without_a_pause_is_cut():
    assert area_words([areas("x" * 200)]) == {"en-US": "x" * LONGEST_AREA}


def test_a_cancel_without_a_place_takes_that_of_what_it_ends():
    assert area_words([alert(infos=[]), areas("North quay")]) == {"en-US": "North quay"}
    assert area_words([alert(infos=[])]) == {}


def test_the_place_may_be_named_in_any_language_of_the_alert():
    for place in ("North quay", "北码头"):
        require_same(Confirmation("Actual", "red", place, 4821), WANTED)
    with pytest.raises(ConfirmationError) as caught:
        require_same(Confirmation("Actual", "red", "South quay", 4821), WANTED)

    (fault,) = caught.value.faults
    assert "'North quay'" in fault.message
    assert "“北码头”" in fault.chinese


def test_the_place_is_told_in_the_reader_s_language_where_the_alert_has_it():
    assert WANTED.told_in("zh-CN").area == "北码头"
    assert WANTED.told_in("en").area == "North quay"
    assert WANTED.told_in("fi").area == "North quay"
    assert Named("Actual", "red", {}, 1).told_in("en").area == ""


def test_an_alert_without_a_place_is_confirmed_without_one():
    nowhere = Named("Actual", "red", {}, 1)

    require_same(Confirmation("Actual", "red", "", 1), nowhere)
    with pytest.raises(ConfirmationError):
        require_same(Confirmation("Actual", "red", "Somewhere", 1), nowhere)
