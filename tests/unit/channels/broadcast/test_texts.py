"""Crawls and scripts at their length."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.broadcast.texts import clean_lines, one_line, shortened, wordings

DETAIL = "The sea will rise by 1.5 metres. High water lasts five hours. Winds reach 30 m/s."
ACTION = "Go north on foot now."
TEXT = f"RED WARNING for Seafront. {DETAIL} {ACTION}"


def test_a_text_that_fits_is_left_as_it_is():
    assert shortened(TEXT, [DETAIL], len(TEXT)) == TEXT


def test_details_give_way_before_the_call_to_action():
    text = shortened(TEXT, [DETAIL], 100)

    assert text.startswith("RED WARNING for Seafront.")
    assert text.endswith(ACTION)
    assert "***" in text
    assert len(text) <= 100


def test_the_last_details_go_first_and_whole_numbers_stay_whole():
    text = shortened(TEXT, [DETAIL], len(TEXT) - 12)

    assert "rise by 1.5 metres. High water lasts five hours." in text
    assert "30 m/s" not in text


def test_the_least_needed_details_go_first():
    one, other = "Grave things happen here today.", "Small things happen there."
    text = shortened(f"{one} {other} {ACTION}", [other, one], 65)

    assert one in text
    assert other not in text


@pytest.mark.parametrize(
    ("instruction", "first", "further"),
    [
        (
            "Leave by Hwy. 101 towards\r\nMt. Pleasant School. Take water.\r\n\r\nCall 112.",
            "Leave by Hwy. 101 towards Mt. Pleasant School.",
            ("Take water.", "Call 112."),
        ),
        (
            "行动要求：\n请立即步行\n向北撤离。不要驾车\n涉水。",
            "行动要求：请立即步行向北撤离。",
            ("不要驾车涉水。",),
        ),
    ],
)
def test_the_first_sentence_of_what_to_do_is_no_detail(publication, instruction, first, further):
    told = publication()
    [group] = told.groups
    infos = tuple(replace(info, instruction=instruction) for info in group.infos)
    told = replace(told, groups=(replace(group, infos=infos),))

    [*_, wording] = wordings(told, told.messages[0])

    assert wording.details[1:] == further
    crawl = one_line(f"Storm. {instruction}")
    kept = shortened(crawl, wording.details, len(crawl) - 3)
    assert first in kept
    assert "***" in kept


def test_without_details_the_end_gives_way():
    text = shortened(TEXT, [], 60)

    assert text.endswith("***")
    assert TEXT.startswith(text.removesuffix(" ***"))


@pytest.mark.parametrize(
    ("text", "limit", "kept"),
    [
        ("海水漫过码头，请立即撤离，前往高处避险。", 16, "海水漫过码头， ***"),
        ("海水漫过码头水深一米请立即撤离前往高处", 12, "海水漫过码头水深 ***"),
        ("风力12级，14:30前撤离", 12, "风力12级， ***"),
        ("supercalifragilistic", 10, "***"),
    ],
)
def test_a_cut_is_at_the_end_of_a_clause_or_word(text, limit, kept):
    assert shortened(text, [], limit) == kept


@given(
    st.lists(st.text("abé12:.,漢字。， ", max_size=12), max_size=30),
    st.lists(st.integers(0, 29), max_size=3),
    st.integers(20, 120),
)
def test_a_cut_text_never_exceeds_its_length(parts, picked, limit):
    text = one_line(" ".join(parts))
    details = [one_line(parts[number]) for number in picked if number < len(parts)]

    assert len(shortened(text, details, limit)) <= limit


@given(
    st.lists(st.from_regex(r"[a-z0-9:]{1,9}", fullmatch=True), min_size=1, max_size=20),
    st.integers(10, 60),
)
def test_a_cut_never_parts_a_word(words, limit):
    text = " ".join(words)

    kept = shortened(text, [], limit).removesuffix("***").split()

    assert kept == words[: len(kept)]


def test_one_line_holds_no_break_control_or_direction_mark():
    assert one_line(" a\x00b\r\nc\u2028d\u202ee\ufeff\te ") == "a b c d e e".replace("d e", "de")


def test_a_line_is_composed_after_invisible_marks_have_gone():
    assert one_line("e\u200b\u0301") == "é"


def test_joiners_that_scripts_need_are_kept():
    assert one_line("ن\u200cم") == "ن\u200cم"


def test_a_script_keeps_its_paragraphs():
    assert clean_lines("\n one  two \n\n\n\n three\x07\r\n") == "one two\n\nthree\n"
