"""Chance that depends on a seed and a name only, never on the order of events."""

from hashlib import blake2b

_BITS = 53


def chance(seed: int, *name: object) -> float:
    """Return a number in [0, 1) that is the same for the same seed and name, everywhere.

    It is the first 53 bits of BLAKE2b over seed and name, so concurrency, hash
    randomisation and restarts do not change it.
    """
    text = "\x1f".join(map(str, (seed, *name)))
    digest = blake2b(text.encode(), digest_size=8).digest()
    return (int.from_bytes(digest) >> (64 - _BITS)) / (1 << _BITS)
