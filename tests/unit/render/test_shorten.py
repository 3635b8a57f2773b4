import pytest
from hypothesis import given
from hypothesis import strategies as st

from warnbroker.model.sentences import sentences
from warnbroker.render.layout import one_line
from warnbroker.render.shorten import fit, shorten

CHINESE = "立即撤离到高处。来不及的，到三楼以上；不要乘电梯；不要涉水。收到通知前不要返回。"
ENGLISH = "Leave now. Go to St. Mary's by 6 a.m. today; do not drive! Is help needed? Call 112."


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

    assert text.startswith(cut.rstrip("。.…"))
    first = len(sentences(text)[0]) if text.strip() else 0
    assert len(cut) <= max(limit, first + len("…"))


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("WHAT TO DO:\nLeave by the north road.\nTake water.", "Leave by the north road."),
        ("Leave by Hwy. 101 towards Mt. Pleasant School; go on foot.", "Pleasant School."),
        ("Boil water for min. 3 minutes. Wash your hands.", "min. 3 minutes."),
        ("If you are on the map leave\nyour home by 3. Then wait.", "your home by 3. Then wait."),
        ("Achtung! Bis ca. 20 Uhr fort. Dann warten.", "Achtung! Bis ca. 20 Uhr fort."),
    ],
)
def test_what_to_do_is_not_cut_at_a_line_or_an_abbreviation(text, kept):
    assert shorten(text).endswith(kept)


def test_items_of_a_list_that_are_left_out_are_not_hidden():
    streets = "Leave these streets:\n- Oak Street\n- Elm Street\n- Lime Street"

    assert one_line(shorten(streets, 50)) == "Leave these streets: - Oak Street - Elm Street…"
    assert shorten("防御指南：\n1、立即撤离\n2、不要涉水") == "防御指南：\n1、立即撤离…"


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
