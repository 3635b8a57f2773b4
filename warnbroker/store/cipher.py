"""Addresses at rest: encrypted with AES-256-GCM, found by a keyed hash (HMAC-SHA256)."""

import base64
import binascii
import hashlib
import hmac
import os
import secrets
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from warnbroker.contracts.operator_file import unreadable
from warnbroker.errors import ConfigError, StoreError
from warnbroker.model.subscriber import AddressKind

_KEY_BYTES = 32
_NONCE_BYTES = 12
_MARK_BYTES = 13


class Seal:
    """Signs numbers, so that a link holds what only we could have written."""

    def __init__(self, master: bytes) -> None:
        self._key = _derive(master, b"link seal")

    def seal(self, number: int) -> str:
        """Return a short text that stands for a number."""
        body = number.to_bytes(8)
        return base64.urlsafe_b64encode(body + self._mark(body)).decode().rstrip("=")

    def open(self, text: str) -> int | None:
        """Return the number, None where the text is not ours."""
        try:
            whole = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        except (ValueError, binascii.Error):
            return None
        body, mark = whole[:8], whole[8:]
        return int.from_bytes(body) if hmac.compare_digest(mark, self._mark(body)) else None

    def _mark(self, body: bytes) -> bytes:
        return hmac.digest(self._key, body, "sha256")[:_MARK_BYTES]


class AddressCipher:
    """Encrypts and finds addresses with one master key of 32 bytes."""

    def __init__(self, master: bytes) -> None:
        self._aead = AESGCM(_derive(master, b"address encryption"))
        self._hash_key = _derive(master, b"address hash")
        self.seal = Seal(master)
        self.key_id = hashlib.sha256(_derive(master, b"key id")).hexdigest()[:12]

    def encrypt(self, address: str) -> bytes:
        """Return nonce and ciphertext."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._aead.encrypt(nonce, address.encode(), None)

    def decrypt(self, sealed: bytes) -> str:
        """Return the address.

        Raises:
            StoreError: it was sealed with another key, or altered.
        """
        try:
            return self._aead.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], None).decode()
        except InvalidTag as error:
            raise StoreError("an address does not open: store.key_file is not its key") from error

    def keyed_hash(self, kind: str, address: str) -> bytes:
        """Return what an address is found by; 16 bytes.

        Nobody has two mailboxes that differ in capitals alone, so they are one.
        """
        same = address.casefold() if kind == AddressKind.EMAIL else address
        return hmac.digest(self._hash_key, f"{kind}:{same}".encode(), "sha256")[:16]


def _derive(master: bytes, purpose: bytes) -> bytes:
    return HKDF(SHA256(), _KEY_BYTES, salt=None, info=purpose).derive(master)


def fitting_cipher(path: Path, sealed_with: str | None) -> AddressCipher:
    """Return the cipher of a key file, which must be the one that the addresses are sealed with.

    Raises:
        ConfigError: the file is missing, or holds no key or another one.
    """
    if sealed_with is not None and not path.exists():
        raise ConfigError(
            f"store.key_file: {path} is missing, and the addresses are sealed with the key "
            f"{sealed_with}; put it back from a backup"
        )
    cipher = AddressCipher(read_key(path))
    if sealed_with not in {None, cipher.key_id}:
        raise ConfigError(
            f"store.key_file: {path} holds the key {cipher.key_id}, but the addresses are sealed "
            f"with {sealed_with}; put that one back"
        )
    return cipher


def read_key(path: Path) -> bytes:
    """Return the master key from its file; make the file when there is none.

    Raises:
        ConfigError: the file cannot be read or made, or holds no key.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return _existing_key(path)
    except OSError as error:
        raise ConfigError(f"store.key_file: cannot make {path}: {error.strerror}") from error
    key = secrets.token_bytes(_KEY_BYTES)
    with os.fdopen(handle, "w") as file:
        file.write(key.hex() + "\n")
        file.flush()
        os.fsync(file.fileno())
    return key


def _existing_key(path: Path) -> bytes:
    try:
        key = bytes.fromhex(path.read_text().strip())
    except OSError as error:
        raise ConfigError(f"store.key_file: {unreadable(path, error)}") from error
    except ValueError as error:
        raise ConfigError(f"store.key_file: {path} holds no key of 64 hex digits") from error
    if len(key) != _KEY_BYTES:
        raise ConfigError(f"store.key_file: {path} holds no key of 64 hex digits")
    return key
