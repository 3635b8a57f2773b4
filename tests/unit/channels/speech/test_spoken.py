"""What the voice is given to read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels._speech.chinese import cardinal
from channels._speech.spoken import spoken


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (0, "零"),
        (10, "十"),
        (11, "十一"),
        (20, "二十"),
        (105, "一百零五"),
        (110, "一百一十"),
        (1005, "一千零五"),
        (1050, "一千零五十"),
        (12345, "一万二千三百四十五"),
        (100005, "十万零五"),
        (10010000, "一千零一万"),
        (120000005, "一亿二千万零五"),
    ],
)
def test_numbers_become_chinese_words(number, words):
    assert cardinal(number) == words


@pytest.mark.parametrize(
    ("written", "heard"),
    [
        ("2026年11月23日14时30分", "二零二六年十一月二十三日十四时三十分。"),
        ("2026-11-23T14:05:00+08:00", "二零二六年十一月二十三日十四点零五分。"),
        ("11月05日08时05分", "十一月五日八时零五分。"),
        ("18:00～20:30", "十八点整至二十点三十分。"),
        ("10-12级，阵风13级", "十至十二级，阵风十三级。"),
        ("5%-10%，占25%", "百分之五至百分之十，占百分之二十五。"),
        ("气温-3.5℃", "气温零下三点五度。"),
        ("请拨打119或120", "请拨打幺幺九或幺二零。"),
        ("电话：0771-1234567", "电话：零七七幺幺二三四五六七。"),
        ("手机+86 138 0013 8000", "手机八六幺三八零零幺三八零零零。"),
        ("拨打1 1 9", "拨打幺幺九。"),
        ("雨量100mm，风速28.5m/s", "雨量一百毫米，风速二十八点五米每秒。"),
        ("12,345人，2小时，2级", "一万二千三百四十五人，两小时，二级。"),
        ("Ⅰ级——1小时内撤离", "一级——一小时内撤离。"),
        ("详见https://example.org/a?b=1。", "详见。"),
        ("【红色】“撤离”*** 速撤", "【红色】 撤离。\n速撤。"),
        ("14：30撤离", "十四点三十分撤离。"),
        ("电话通知2000人", "电话通知二千人。"),
    ],
)
def test_chinese_is_written_out_for_the_voice(written, heard):
    assert spoken(written, "zh-CN") == heard


@pytest.mark.parametrize(
    ("written", "heard"),
    [
        ("from 18:00 to 06:05", "from 6 p m to 6 oh 5 a m."),
        ("18:00-20:30", "6 p m to 8 30 p m."),
        ("until 12:00 or 00:00", "until noon or midnight."),
        ("at 2:10 a.m. on Monday", "at 2:10 a m on Monday."),
        ("2026-11-23T14:05:00Z", "23 November 20 26, 2 oh 5 p m."),
        ("on 23 November 2026", "on 23 November 20 26."),
        ("in May 2005, in 1907", "in May 2005, in 1907."),
        ("Call 112. Dial 110, 119 or 120", "Call 1 1 2. Dial 1 1 0, 1 1 9 or 1 2 0."),
        ("Phone: +358 9 123 4567", "Phone: 3 5 8 9 1 2 3 4 5 6 7."),
        ("Call us within 20 minutes", "Call us within 20 minutes."),
        (
            "28.5 m/s, 150 mm, -3 °C",
            "28.5 metres per second, 150 millimetres, minus 3 degrees Celsius.",
        ),
        ("1,200 people, 25%", "1200 people, 25 percent."),
        ("Level IV, see www.example.org/x. Go", "Level 4, see. Go."),
        ("Mail duty@example.org now & go", "Mail now and go."),
        ("line one\n\nline two:\n- ", "line one.\nline two."),
    ],
)
def test_english_is_written_out_for_the_voice(written, heard):
    assert spoken(written, "en") == heard


def test_markup_commands_and_control_characters_are_not_read():
    text = spoken("<speak><b>Go</b> [[x]]\x01 9P {now} \x00\u202e`rm`", "en")

    assert text == "Go x 9P now rm."


def test_other_languages_keep_their_words_and_lose_their_addresses():
    assert spoken("Siirry heti, klo 18:30. https://a.example/", "fi") == "Siirry heti, klo 18:30."


@given(st.text("0123456789年月日时分:-.,%米 拨打电话约", max_size=40))
def test_no_digit_reaches_the_chinese_voice(text):
    assert not any(char.isdigit() for char in spoken(text, "zh"))
