"""Signed messages, and those who sign them."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.unit.cap.signature.pairs import CAP, NOW, Pair, make_pair
from warnbroker.cap.signature import sign


@pytest.fixture(scope="session")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("keys")


@pytest.fixture(scope="session")
def ours(folder) -> Pair:
    return make_pair(folder, "warn.example.org")


@pytest.fixture(scope="session")
def stranger(folder) -> Pair:
    return make_pair(folder, "stranger.example")


@pytest.fixture(scope="session")
def rsa_pair(folder) -> Pair:
    return make_pair(folder, "rsa.example", private=rsa.generate_private_key(65537, 2048))


@pytest.fixture(scope="session")
def signed(ours) -> bytes:
    """Return a message that we signed."""
    return sign(CAP, ours.key, NOW)
