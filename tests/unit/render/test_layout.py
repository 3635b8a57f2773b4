"""Tidy texts read as they should in every script."""

import unicodedata

import pytest

from warnbroker.render.gsm import GSM_7
from warnbroker.render.layout import clean, ended, one_line


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
