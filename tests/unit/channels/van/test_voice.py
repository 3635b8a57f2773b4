"""What a moving loudspeaker reaches."""

import math

import pytest

from channels.van.voice import make_voice, reading_seconds


def test_the_reach_to_the_side_shrinks_with_speed_as_the_formula_says():
    voice = make_voice(122, 10, [30], 45)

    assert voice.half_width == pytest.approx(89, abs=0.5)


def test_a_speed_at_which_nobody_hears_a_whole_message_is_lowered_and_kept_in_mind():
    voice = make_voice(122, 15, [30], 45)

    assert voice.lowered_from == pytest.approx(15 / 3.6)
    assert voice.speed * voice.tau == pytest.approx(122 / math.sqrt(2))


def test_a_second_language_costs_reach_since_a_listener_may_have_missed_their_own():
    one = make_voice(120, 6, [30], 45)
    two = make_voice(120, 6, [30, 20], 45)

    assert two.tau == (30 + 20 + 30) / 2
    assert two.half_width < one.half_width


def test_a_leg_takes_at_least_the_dwell_however_short_it_is():
    voice = make_voice(120, 10, [30], 45)

    assert voice.seconds(4) == 45
    assert voice.seconds(300) == pytest.approx(108)


def test_a_leg_takes_at_least_one_reading_in_all_languages():
    assert make_voice(120, 10, [30, 31], 45).seconds(4) == 61


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("立即向北撤离" * 4, 6), ("go north now on foot please " * 4, 24 / 2.3), ("", 1)],
)
def test_reading_time_counts_characters_in_chinese_and_words_elsewhere(text, seconds):
    assert reading_seconds(text) == pytest.approx(seconds)
