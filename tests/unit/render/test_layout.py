"""Tidy texts read as they should in every script."""

import unicodedata

import pytest

from warnbroker.render.gsm import GSM_7
from warnbroker.render.layout import clean, ended, one_line, unwrapped


@pytest.mark.parametrize("text", ["évàcùer", "Über Höhe", "Åland", "Ñuñoa"])
def test_an_accent_written_apart_from_its_letter_stays_within_gsm_7(text):
    tidy = clean(unicodedata.normalize("NFD", text))

    assert tidy == text
    assert GSM_7.issuperset(tidy)


@pytest.mark.parametrize("text", ["즉시 대피하십시오\n약을 챙기십시오", "Leave now\ntake water"])
def test_a_line_break_between_words_is_a_blank(text):
    assert one_line(text) == text.replace("\n", " ")


def test_a_line_break_between_chinese_letters_is_nothing():
    assert one_line("立即\n撤离 \n 到𠮷野\n区") == "立即撤离到𠮷野区"


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("Leave now", "Leave now."),
        ("立即撤离", "立即撤离。"),
        ("즉시 대피하십시오", "즉시 대피하십시오."),
        ("Call 112 (it is free.)", "Call 112 (it is free.)"),
        ("Ring “the office.”", "Ring “the office.”"),
        ("Call 112 (free)", "Call 112 (free)."),
    ],
)
def test_a_text_ends_once_in_the_sign_of_its_script(text, whole):
    assert ended(text) == whole


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("Leave your\nhome at once.\nTake water.", "Leave your home at once.\nTake water."),
        (
            "Residents along the streams and creeks of\nHaibin must leave.\n\nArea: Port.",
            "Residents along the streams and creeks of Haibin must leave.\n\nArea: Port.",
        ),
        (
            "居住在河流两岸和低洼地带的各位居民，请立\n即撤离。",
            "居住在河流两岸和低洼地带的各位居民，请立即撤离。",
        ),
        ("Leave:\n- Oak Street\n- Elm Street", "Leave:\n- Oak Street\n- Elm Street"),
        ("Oak Street\nElm Street", "Oak Street\nElm Street"),
        ("a) leave\nb) take water", "a) leave\nb) take water"),
    ],
)
def test_only_a_line_that_was_full_goes_on(text, lines):
    assert unwrapped(text) == lines
