"""Colours that everybody can read."""

import itertools
import re

import pytest
from town import LEVELS

from warnbroker.resources import shipped
from warnbroker.web.colours import contrast, on, safe, stylesheet

STYLE = (shipped("templates") / "web" / "static" / "style.css").read_text(encoding="utf-8")
READ_TOGETHER = [
    ("ink", "page"),
    ("ink", "paper"),
    ("soft", "page"),
    ("soft", "paper"),
    ("link", "page"),
    ("link", "paper"),
    ("ink", "act"),
    ("soft", "act"),
    ("on-top", "top"),
    ("on-over", "over"),
    ("on-calm", "calm"),
    ("ink", "halo"),
]


def schemes() -> dict[str, dict[str, str]]:
    blocks = re.findall(r":root \{(.*?)\}", STYLE, re.DOTALL)
    found = [dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", block)) for block in blocks]
    return dict(zip(("light", "dark"), found, strict=True))


def test_black_on_white_is_the_greatest_contrast():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


def test_text_can_be_read_on_any_level_colour():
    steps = ("00", "33", "66", "77", "99", "cc", "ff")
    for parts in itertools.product(steps, repeat=3):
        colour = "#" + "".join(parts)
        assert contrast(colour, on(colour)) >= 4.5, colour


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("text", "ground"), READ_TOGETHER)
def test_text_can_be_read_in_both_schemes(scheme, text, ground):
    colours = schemes()[scheme]

    assert contrast(colours[text], colours[ground]) >= 4.5


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("ground", ["page", "paper"])
def test_the_focus_can_be_seen(scheme, ground):
    colours = schemes()[scheme]

    assert contrast(colours["focus"], colours[ground]) >= 3


def test_each_level_has_its_rule():
    style = stylesheet(LEVELS)

    assert ".level-1{--level:#C4161C;--on-level:#ffffff}" in style
    assert ".level-3{--level:#F2C500;--on-level:#000000}" in style


def test_a_colour_cannot_break_out_of_the_style_sheet():
    assert safe("red;}body{display:none") == "#444444"
