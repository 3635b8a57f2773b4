"""Tidy texts read as they should in every script."""

import unicodedata

import pytest

from warnbroker.render.gsm import GSM_7
from warnbroker.render.layout import clean


@pytest.mark.parametrize("text", ["évàcùer", "Über Höhe", "Åland", "Ñuñoa"])
def test_an_accent_written_apart_from_its_letter_stays_within_gsm_7(text):
    tidy = clean(unicodedata.normalize("NFD", text))

    assert tidy == text
    assert GSM_7.issuperset(tidy)
