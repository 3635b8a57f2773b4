"""Loudness and sample rate, against what the standards say of known signals."""

import numpy as np
import pytest

from channels._speech.loudness import PEAK_LIMIT, RATE, levelled, loudness, resampled


def tone(frequency: float, seconds: float = 5, rate: int = RATE, level: float = 1.0) -> np.ndarray:
    return level * np.sin(2 * np.pi * frequency * np.arange(int(seconds * rate)) / rate)


def test_a_full_scale_tone_has_the_loudness_that_the_standard_states():
    assert loudness(tone(997)) == pytest.approx(-3.01, abs=0.02)


def test_ten_decibels_less_is_ten_units_less():
    assert loudness(tone(997, level=10**-0.5)) == pytest.approx(-13.01, abs=0.02)


def test_silence_does_not_lower_the_loudness():
    quiet = np.zeros(20 * RATE)

    assert loudness(np.concatenate([tone(997), quiet])) == pytest.approx(-3.01, abs=0.5)


def test_low_frequencies_count_less():
    assert loudness(tone(30)) < loudness(tone(1000)) - 6


@pytest.mark.parametrize("level", [0.001, 0.05, 0.5])
def test_a_recording_is_brought_to_the_target(level):
    assert loudness(levelled(tone(1000, level=level))) == pytest.approx(-23, abs=0.05)


def test_peaks_are_never_pushed_over_the_limit():
    clicks = np.zeros(RATE * 5)
    clicks[::RATE] = 0.5

    assert np.abs(levelled(clicks)).max() <= PEAK_LIMIT + 1e-9


def test_silence_stays_silence():
    assert not levelled(np.zeros(RATE)).any()


@pytest.mark.parametrize("frequency", [100, 1000, 7000])
def test_a_tone_is_the_same_at_another_rate(frequency):
    out = resampled(tone(frequency, 2, 22_050), 22_050)

    expected = tone(frequency, 2)
    middle = slice(RATE // 2, RATE * 3 // 2)
    assert len(out) == len(expected)
    assert np.abs(out[middle] - expected[middle]).max() < 0.01
