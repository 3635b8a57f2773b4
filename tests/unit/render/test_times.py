from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from warnbroker.render.times import LocalClock, spoken, written

SHANGHAI = ZoneInfo("Asia/Shanghai")
NIGHT = datetime(2026, 11, 23, 2, 10, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("zh-CN", "11月23日02时10分"),
        ("zh-TW", "11月23日02時10分"),
        ("zh-Hant-HK", "11月23日02時10分"),
        ("en", "23 Nov, 02:10"),
        ("en-US", "23 Nov, 02:10"),
        ("fr-CA", "23 nov., 02 h 10"),
        ("ar", "23 نوفمبر، 02:10"),
        ("tlh", "2026-11-23 02:10"),
        ("i-klingon", "2026-11-23 02:10"),
    ],
)
def test_a_time_is_written_as_its_language_does(language, text):
    assert written(NIGHT, language) == text


@pytest.mark.parametrize(
    ("hour", "minute", "chinese", "english"),
    [
        (0, 0, "11月23日零时", "midnight at the start of Monday 23 November"),
        (0, 5, "11月23日零时05分", "12:05 a.m. on Monday 23 November"),
        (2, 10, "11月23日凌晨2时10分", "2:10 a.m. on Monday 23 November"),
        (8, 0, "11月23日上午8时", "8 a.m. on Monday 23 November"),
        (12, 0, "11月23日中午12时", "12 noon on Monday 23 November"),
        (12, 30, "11月23日中午12时30分", "12:30 p.m. on Monday 23 November"),
        (18, 0, "11月23日晚上6时", "6 p.m. on Monday 23 November"),
        (23, 59, "11月23日晚上11时59分", "11:59 p.m. on Monday 23 November"),
    ],
)
def test_a_spoken_time_can_be_read_aloud(hour, minute, chinese, english):
    moment = NIGHT.replace(hour=hour, minute=minute)

    assert spoken(moment, "zh-CN") == chinese
    assert spoken(moment, "en-GB") == english


def test_a_full_hour_is_written_without_minutes_in_chinese():
    assert written(NIGHT.replace(hour=18, minute=0), "zh-CN") == "11月23日18时"


def test_a_time_of_another_year_says_the_year():
    clock = LocalClock(datetime(2026, 12, 31, 12, tzinfo=UTC), SHANGHAI, "en")

    assert clock.moment(datetime(2026, 12, 31, 15, tzinfo=UTC)).text == "31 Dec, 23:00"
    assert clock.moment(datetime(2026, 12, 31, 18, tzinfo=UTC)).text == "1 Jan 2027, 02:00"
    assert clock.moment(datetime(2026, 12, 31, 18, tzinfo=UTC)).spoken.endswith("1 January 2027")


@pytest.mark.parametrize("language", ["ug", "bo", "mn", "ja", "ru", "sw", "hi"])
def test_every_language_gets_date_and_time_in_both_forms(language):
    for text in (written(NIGHT, language), spoken(NIGHT, language)):
        assert "23" in text
        assert "10" in text
