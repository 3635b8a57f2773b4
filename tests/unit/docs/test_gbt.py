"""The page on GB/T 35965 says what the code does."""

from warnbroker.cap.gbt import CONTENT_TYPE, MAPPING, REASONS
from warnbroker.cap.gbt.faults import FAULTS
from warnbroker.cap.gbt.outline import CHILDREN
from warnbroker.cap.gbt.words import CHANNELS, SEVERITIES

PAGE = "docs/gbt.md"


def rows(cells) -> dict[str, list[str]]:
    return {row[0].strip("`"): row[1:] for row in cells(PAGE)}


def test_every_element_has_a_row_with_its_place_in_cap(cells):
    found = rows(cells)

    for path, place in MAPPING.items():
        shown = ", ".join(f"`{item}`" for item in place.split(", ")) if place else "–"
        assert found[path][0] == shown, path


def test_every_element_of_the_form_is_mapped():
    texts = {
        f"{'code/method' if parent == 'method' else parent}/{name}"
        for parent, names in CHILDREN.items()
        for name in names
        if name not in CHILDREN
    }

    assert set(MAPPING) == texts


def test_every_loss_and_every_refusal_has_a_row_in_both_languages(cells):
    found = rows(cells)

    for name, (english, chinese) in (REASONS | FAULTS).items():
        assert found[name] == [english.format("…"), chinese.format("…")]


def test_every_colour_and_method_has_a_row(cells):
    found = rows(cells)

    for name, meant in (*SEVERITIES.items(), *CHANNELS.items()):
        assert found[name][0] == f"`{meant}`"


def test_the_page_says_where_its_facts_come_from_and_what_the_type_is_called(page):
    assert "not from the standard's own text" in page(PAGE)
    assert CONTENT_TYPE in page(PAGE)
    assert CONTENT_TYPE in page("docs/api.md")
