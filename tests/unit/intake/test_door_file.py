"""Files of answers from the duty desk: what they say, and what they must not undo."""

from datetime import UTC, datetime, timedelta

import pytest

from warnbroker.cap.rules.catalogue import in_language
from warnbroker.errors import ReportError
from warnbroker.intake.door_file import rows_of, written
from warnbroker.intake.door_rows import AnswerRow, matched
from warnbroker.model.doorstep import Answer, Door

NOW = datetime(2026, 11, 23, 2, 31, 7, 120331, tzinfo=UTC)
LATER = NOW + timedelta(minutes=4)


def door(ref="p-1", *answers):
    """Somebody on a list, answered for at NOW and then at LATER."""
    given = dict(zip((NOW, LATER), answers, strict=False))
    newest = list(given)[-1] if given else None
    return Door(
        1, 1, 7, ref, "N", "resident", "en", "", None, "", {},
        given[newest] if newest else None, "grid-7" if newest else "", newest, given,
    )  # fmt: skip


def answers_of(text, *doors):
    return [(one.ref, answer) for one, answer in matched(rows_of(text.encode()), doors, "line ")]


def refused(text, *doors):
    with pytest.raises(ReportError) as caught:
        answers_of(text, *doors)
    return [(fault.rule, fault.path, fault.message) for fault in caught.value.faults]


def exported(*doors):
    return written(doors, {1: 1})


def test_a_list_that_is_sent_back_as_it_was_fetched_undoes_no_later_answer():
    fetched = exported(door("p-1", Answer.NOT_AT_HOME), door("p-2"))

    sent_back = answers_of(fetched, door("p-1", Answer.NOT_AT_HOME, Answer.NEEDS_HELP), door("p-2"))

    assert sent_back == []


def test_what_the_desk_fills_in_counts_where_nothing_newer_came():
    fetched = exported(door("p-1", Answer.NOT_AT_HOME), door("p-2"))
    filled = fetched.replace(",not_at_home,", ",reached,")

    found = answers_of(filled, door("p-1", Answer.NOT_AT_HOME), door("p-2"))

    assert found == [("p-1", Answer.REACHED)]


def test_a_row_that_was_changed_while_a_newer_answer_came_is_refused():
    fetched = exported(door("p-1", Answer.NOT_AT_HOME))
    filled = fetched.replace(",not_at_home,", ",reached,")

    found = refused(filled, door("p-1", Answer.NOT_AT_HOME, Answer.NEEDS_HELP))

    assert [item[:2] for item in found] == [("last_mile.stale", "line 2")]
    assert "'p-1' was answered meanwhile (needs_help)" in found[0][2]


def test_a_row_that_was_filled_in_while_the_first_answer_came_is_refused():
    file = "ref,answer,answered_at\np-1,reached,\n"

    assert refused(file, door("p-1", Answer.NEEDS_HELP))[0][0] == "last_mile.stale"
    assert answers_of(file, door("p-1", Answer.REACHED)) == [("p-1", Answer.REACHED)]


def test_a_file_that_does_not_say_what_it_knew_answers_only_for_whoever_is_still_to_be_told():
    file = "ref,answer\np-1,reached\n"

    assert answers_of(file, door("p-1")) == [("p-1", Answer.REACHED)]
    assert answers_of(file, door("p-1", Answer.NOT_AT_HOME)) == [("p-1", Answer.REACHED)]
    assert refused(file, door("p-1", Answer.NEEDS_HELP))[0][0] == "last_mile.stale"


def test_a_time_that_a_spreadsheet_has_spoilt_protects_the_answer_that_there_is():
    file = "ref,answer,answered_at\np-1,{},23/11/2026 02:31\n"

    assert answers_of(file.format("needs_help"), door("p-1", Answer.NEEDS_HELP))
    assert refused(file.format("reached"), door("p-1", Answer.NEEDS_HELP))


def test_two_answers_about_one_person_are_refused_with_both_lines():
    file = "ref,answer\np-1,reached\np-2,reached\np-1,not_at_home\n"

    found = refused(file, door("p-1"), door("p-2"))

    assert found == [("last_mile.twice", "line 4", "line 2 says something else about 'p-1'")]


def test_who_stands_on_several_lists_is_answered_for_once():
    file = "ref,answer\np-1,reached\np-1,reached\n"

    assert answers_of(file, door("p-1")) == [("p-1", Answer.REACHED)]


def test_one_filled_row_of_somebody_on_several_lists_is_enough():
    first, second = exported(door("p-1", Answer.NOT_AT_HOME)).splitlines()
    file = "\n".join([first, second, second.replace(",not_at_home,", ",reached,")])

    found = answers_of(file, door("p-1", Answer.NOT_AT_HOME))

    assert found == [("p-1", Answer.REACHED)]


def test_semicolons_may_separate_where_the_header_has_no_comma():
    file = "ref;name;answer\r\np-1;Wang, Fang;reached\r\n"

    assert rows_of(file.encode()) == [AnswerRow(2, "p-1", "reached")]


def test_a_file_without_the_columns_is_told_which_it_has_and_how_to_separate_them():
    fault = refused("Ref\tanswer\np-1\treached\n")[0]

    assert fault[0] == "last_mile.columns"
    assert "separate them with commas" in fault[2]
    assert "'Ref?answer'" in fault[2]


@pytest.mark.parametrize(
    "file",
    [b"\xff\xfe", b'ref,answer\n"p', b"a,b\n", b"ref,answer\np-9,reached\n",
     b"ref,answer\np-1,perhaps\n", b"ref,answer\np-1,reached\np-1,refuses\n",
     b"ref,answer\np-2,reached\n", b"ref,answer\n" + b"p-1,\n" * 20_001],
)  # fmt: skip
def test_every_fault_is_said_in_chinese_too(file):
    with pytest.raises(ReportError) as caught:
        matched(rows_of(file), [door("p-1"), door("p-2", Answer.NEEDS_HELP)], "line ")

    for fault in caught.value.faults:
        assert in_language(fault, "zh-CN") != in_language(fault, "en")
