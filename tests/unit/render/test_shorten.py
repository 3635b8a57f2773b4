import pytest
from hypothesis import given
from hypothesis import strategies as st

from warnbroker.render.shorten import fit, sentences, shorten

CHINESE = "立即撤离到高处。来不及的，到三楼以上；不要乘电梯；不要涉水。收到通知前不要返回。"
ENGLISH = "Leave now. Go to St. Mary's by 6 a.m. today; do not drive! Is help needed? Call 112."


def test_sentences_end_where_people_end_them():
    assert [piece.strip() for piece in sentences(ENGLISH)] == [
        "Leave now.",
        "Go to St. Mary's by 6 a.m. today;",
        "do not drive!",
        "Is help needed?",
        "Call 112.",
    ]


@pytest.mark.parametrize(
    "text", ["1. Leave now.", "Water rises 1.5 metres", "e.g. boats", "(2) Go"]
)
def test_a_number_or_an_abbreviation_ends_no_sentence(text):
    assert sentences(text) == [text]


def test_lines_are_sentences():
    assert sentences("Leave now\n\n2. Take water") == ["Leave now\n\n", "2. Take water"]


def test_a_text_that_fits_stays():
    assert shorten(CHINESE, len(CHINESE)) == CHINESE


def test_a_text_is_cut_at_the_end_of_a_sentence():
    assert shorten(CHINESE, 20) == "立即撤离到高处。来不及的，到三楼以上。"
    assert shorten(ENGLISH, 50) == "Leave now. Go to St. Mary's by 6 a.m. today."


def test_the_first_sentence_is_kept_however_long():
    assert shorten(CHINESE) == "立即撤离到高处。"
    assert shorten("Leave the whole of the sea front now. Run.", 5).endswith("front now.")
    assert shorten("no end at all", 3) == "no end at all"
    assert shorten("", 0) == ""


@given(st.text(alphabet="ab. 。；;!\n1", max_size=60), st.integers(0, 60))
def test_what_is_left_is_how_the_text_begins(text, limit):
    cut = shorten(text, limit)

    assert text.startswith(cut.rstrip("。."))
    assert len(cut) <= max(limit, len(sentences(text)[0]) if text.strip() else len(text))


def test_places_that_do_not_fit_are_counted_not_cut():
    places = ("滨海区", "港口区", "灯塔区", "集市区")

    assert fit(places, 20, "、", "等4处") == "滨海区、港口区、灯塔区、集市区"
    assert fit(places, 10, "、", "等4处") == "滨海区、港口区等4处"
    assert fit(places, 0, "、", "等4处") == "滨海区等4处"
    assert fit(places[:1], 0, "、", "等1处") == "滨海区"
    assert fit((), 0, "、", "") == ""


def test_one_place_that_is_a_list_is_cut_between_its_items():
    shore = "Southern shore: Seafront, Lighthouse Hill, seaward side of Station"

    assert (
        fit((shore,), 50, "; ", " and more") == "Southern shore: Seafront, Lighthouse Hill and more"
    )
    assert fit((shore, "North"), 70, "; ", " and more") == f"{shore} and more"
    assert fit(("滨海区、港口区、灯塔区", "北区"), 8, "、", "等地") == "滨海区、港口区等地"


def test_what_never_ends_is_cut_before_a_text_message_bursts():
    assert len(shorten("go on and on " * 1000)) <= 801
    assert shorten("go on and on " * 1000).endswith(" on…")
    assert fit(("长" * 4000,), 40, "、", "等地") == "长" * 300 + "等地"
