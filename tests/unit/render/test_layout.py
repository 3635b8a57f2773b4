"""Tidy texts read as they should in every script."""

import unicodedata

import pytest

from warnbroker.render.gsm import GSM_7
from warnbroker.render.layout import clean, ended, one_line, unwrapped
from warnbroker.render.parts import Form, Part, finished


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
    assert one_line("Area: 津波.\n岩手県") == "Area: 津波. 岩手県"


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("Leave now", "Leave now."),
        ("立即撤离", "立即撤离。"),
        ("请拨打119", "请拨打119。"),
        ("详情见https://x.example/a", "详情见https://x.example/a。"),
        ("Go to 海滨 station", "Go to 海滨 station."),
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
        ("请拨打12345，\n有人上门。\n不要驾车。", "请拨打12345，有人上门。\n不要驾车。"),
        (
            "즉시 높은 곳으로 대피하십시오. 계곡과 강과\n하천",
            "즉시 높은 곳으로 대피하십시오. 계곡과 강과 하천",
        ),
        ("Leave:\n- Oak Street\n- Elm Street", "Leave:\n- Oak Street\n- Elm Street"),
        ("Oak Street\nElm Street", "Oak Street\nElm Street"),
        ("a) leave\nb) take water", "a) leave\nb) take water"),
    ],
)
def test_only_a_line_that_was_full_goes_on(text, lines):
    assert unwrapped(text) == lines


def test_lines_of_signs_alone_say_nothing():
    assert clean("WHAT TO DO\n----------\nLeave now.\n\n&&\n\n$$") == "WHAT TO DO\n\nLeave now."


def test_numbered_lines_of_chinese_do_not_run_into_each_other():
    listed = "行动要求：\n一、停止作业\n二、撤离\n三、拨打119。"

    assert one_line(listed) == "行动要求：一、停止作业；二、撤离；三、拨打119。"
    assert one_line("1、撤离；\n2、不要涉水") == "1、撤离；2、不要涉水"


@pytest.mark.parametrize(
    ("output", "text"),
    [
        ("Until 18:00 น.. Go", "Until 18:00 น. Go"),
        ("The old town…. Go", "The old town... Go"),
        ("Wait... Go", "Wait... Go"),
        ("https://x.example/../a", "https://x.example/../a"),
        ("In 20 °C water", "In 20 deg C water"),
        ("Don´t \u200ego", "Don't go"),
        ("见https://x.example/a，注意。", "见https://x.example/a ，注意。"),
    ],
)
def test_a_finished_text_message_has_no_sign_too_many(output, text):
    assert finished(output, Part("txt", Form.SMS), "en") == text
