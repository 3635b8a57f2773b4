"""The key that signs the record: Ed25519, in a file outside the database."""

import hashlib
import os
import secrets
from collections.abc import Iterable
from enum import Enum
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from warnbroker.contracts.operator_file import unreadable
from warnbroker.errors import ConfigError

KEY_ID_BYTES = 8
_SIGNATURE_BYTES = 64
_PEM_END = b"-----END PUBLIC KEY-----"

ENTRY = b"warnbroker audit entry\n"
ANCHOR = b"warnbroker audit anchor\n"
"""What a signature is for stands before what is signed, so that none serves as another."""


class Mark(Enum):
    """What a signature turned out to be."""

    GENUINE = "genuine"
    WRONG = "wrong"
    OTHER_KEY = "other key"


class Signer:
    """Signs with one private key; a signature is the key's id (8 bytes) and Ed25519's 64."""

    def __init__(self, private: Ed25519PrivateKey) -> None:
        self._private = private
        self.public = private.public_key()
        self.key_id = key_id(self.public)

    def sign(self, purpose: bytes, content: bytes) -> bytes:
        """Return the signature of some content for a purpose."""
        return self.key_id + self._private.sign(purpose + content)


class Keyring:
    """The public keys that are believed, by id."""

    def __init__(self, keys: Iterable[Ed25519PublicKey]) -> None:
        self._keys = {key_id(key): key for key in keys}

    @property
    def names(self) -> list[str]:
        """Return the ids of the keys in hex."""
        return [found.hex() for found in self._keys]

    def add(self, key: Ed25519PublicKey) -> None:
        """Believe another key too."""
        self._keys[key_id(key)] = key

    def check(self, signature: bytes, purpose: bytes, content: bytes) -> Mark:
        """Say whether one of the keys signed some content."""
        if len(signature) != KEY_ID_BYTES + _SIGNATURE_BYTES:
            return Mark.WRONG
        key = self._keys.get(signature[:KEY_ID_BYTES])
        if key is None:
            return Mark.OTHER_KEY
        try:
            key.verify(signature[KEY_ID_BYTES:], purpose + content)
        except InvalidSignature:
            return Mark.WRONG
        return Mark.GENUINE


def key_id(key: Ed25519PublicKey) -> bytes:
    """Return the first 8 bytes of the SHA-256 of a raw public key."""
    return hashlib.sha256(key.public_bytes_raw()).digest()[:KEY_ID_BYTES]


def public_pem(key: Ed25519PublicKey) -> str:
    """Return a public key as PEM."""
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def read_signer(path: Path) -> Signer:
    """Return the signer of a key file (PEM, PKCS 8, no password); make it when there is none.

    Raises:
        ConfigError: the file cannot be read or made, or holds no such key.
    """
    if not path.exists():
        make_key(path)
    try:
        private = load_pem_private_key(path.read_bytes(), password=None)
    except OSError as error:
        raise ConfigError(f"audit.key_file: {unreadable(path, error)}") from error
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise _no_key(path) from error
    if not isinstance(private, Ed25519PrivateKey):
        raise _no_key(path)
    return Signer(private)


def _no_key(path: Path) -> ConfigError:
    return ConfigError(f"audit.key_file: {path} holds no Ed25519 private key (PEM, no password)")


def make_key(path: Path) -> None:
    """Make a key file that its owner alone may read; one that is there stays as it is.

    It appears whole: who comes second, or after a crash, never reads half a key.

    Raises:
        ConfigError: it cannot be made.
    """
    pem = Ed25519PrivateKey.generate().private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )
    fresh = path.with_name(f"{path.name}.{secrets.token_hex(4)}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _write_private(fresh, pem)
        try:
            os.link(fresh, path)
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
        sync_folder(path.parent)
    except OSError as error:
        raise ConfigError(f"audit.key_file: cannot make {path}: {error.strerror}") from error


def _write_private(path: Path, content: bytes) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Make sure that a new name in a folder outlives a loss of power."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def read_public_keys(path: Path) -> Keyring:
    """Return the Ed25519 public keys of a file, one PEM block after the other.

    Raises:
        ConfigError: the file cannot be read or holds something else.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from error
    blocks = [part + _PEM_END for part in content.split(_PEM_END)[:-1]]
    try:
        keys = [load_pem_public_key(block.lstrip()) for block in blocks]
    except (ValueError, UnsupportedAlgorithm) as error:
        raise ConfigError(f"{path}: holds no public key in PEM") from error
    found = [key for key in keys if isinstance(key, Ed25519PublicKey)]
    if not found or len(found) != len(keys):
        raise ConfigError(f"{path}: must hold Ed25519 public keys in PEM")
    return Keyring(found)
