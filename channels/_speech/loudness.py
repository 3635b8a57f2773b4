"""Sample rate and loudness of a recording, as broadcasters want them.

Samples are float arrays in which 1.0 is full scale.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.floating[Any]]

RATE = 48_000
TARGET_LUFS = -23.0
"""EBU R 128."""
PEAK_LIMIT = 10 ** (-1 / 20)
"""EBU R 128: no more than -1 dB below full scale."""

# ITU-R BS.1770-4, tables 1 and 2: the two filters of the K weighting at 48 kHz.
_SHELF = (
    (1.53512485958697, -2.69169618940638, 1.19839281085285),
    (1.0, -1.69065929318241, 0.73248077421585),
)
_HIGH_PASS = ((1.0, -2.0, 1.0), (1.0, -1.99004745483398, 0.99007225036621))
_PIECE = 10 * RATE
_BLOCK = RATE * 400 // 1000
_STEP = RATE * 100 // 1000


def resampled(samples: Samples, rate: int) -> Samples:
    """Return samples of a rate at 48 kHz, band-limited, by Fourier transform."""
    divisor = int(np.gcd(rate, RATE))
    # A length of many small factors keeps the transform fast.
    blocks = -(-len(samples) // (rate // divisor * 1024)) * 1024
    spectrum = np.fft.rfft(samples, blocks * (rate // divisor))
    longer = np.fft.irfft(spectrum, blocks * (RATE // divisor)) * RATE / rate
    return longer[: round(len(samples) * RATE / rate)]


def loudness(samples: Samples) -> float:
    """Return the integrated loudness of a mono recording at 48 kHz in LUFS (ITU-R BS.1770-4)."""
    powers = _block_powers(_k_weighted(samples))
    for threshold in (-70.0, None):
        if not len(powers):
            return -np.inf
        floor = _lufs(float(powers.mean())) - 10 if threshold is None else threshold
        powers = powers[powers > 10 ** ((floor + 0.691) / 10)]
    return _lufs(float(powers.mean())) if len(powers) else -np.inf


def levelled(samples: Samples) -> Samples:
    """Return a recording at the target loudness, or as near as its peaks allow."""
    measured = loudness(samples)
    if not np.isfinite(measured):
        return samples
    gain = 10 ** ((TARGET_LUFS - measured) / 20)
    return samples * min(gain, PEAK_LIMIT / float(np.abs(samples).max()))


def _lufs(power: float) -> float:
    return -0.691 + 10 * float(np.log10(power))


def _k_weighted(samples: Samples) -> Samples:
    """Filter in pieces; the filters' memory is far shorter than the second before each."""
    response = _response(_PIECE + RATE)
    pieces = -(-len(samples) // _PIECE)
    padded = np.pad(samples, (RATE, pieces * _PIECE - len(samples)))
    weighted = [
        np.fft.irfft(np.fft.rfft(padded[start : start + _PIECE + RATE]) * response)[RATE:]
        for start in range(0, pieces * _PIECE, _PIECE)
    ]
    return np.concatenate(weighted)[: len(samples)] if weighted else samples


def _response(length: int) -> NDArray[np.complex64]:
    """Return the K weighting at the frequencies of a transform of that length."""
    delay = np.exp(-2j * np.pi * np.fft.rfftfreq(length))
    response = np.ones_like(delay)
    for numerator, denominator in (_SHELF, _HIGH_PASS):
        response *= np.polyval(numerator[::-1], delay) / np.polyval(denominator[::-1], delay)
    return np.asarray(response, dtype=np.complex64)


def _block_powers(weighted: Samples) -> Samples:
    padded = np.pad(weighted, (0, max(0, _BLOCK - len(weighted))))
    energy = np.concatenate(([0.0], np.cumsum(padded**2, dtype=np.float64)))
    starts = np.arange(0, len(padded) - _BLOCK + 1, _STEP)
    return np.asarray((energy[starts + _BLOCK] - energy[starts]) / _BLOCK)
