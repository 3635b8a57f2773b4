"""What proves that a link or a return path is ours: a key in a file, and a seal on each delivery.

Anybody can guess the number of another delivery; without the key nobody can make its seal.
"""

import base64
import hmac
import os
import secrets
from pathlib import Path

from warnbroker.errors import ConfigError
from warnbroker.model.receipt import AttemptKey

_SIZE = 32
_SEAL = 15
_TAG = 6


class Seal:
    """Seals deliveries with a key."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._last: tuple[str, int, str] = ("", 0, "")

    def of(self, key: AttemptKey) -> str:
        """Return the seal of a delivery: 24 letters and digits; the same for each attempt."""
        alert, delivery, seal = self._last
        if not seal or delivery != key.delivery or alert != key.alert:
            # One mail asks several times in a row.
            seal = self._made(key)
            self._last = (key.alert, key.delivery, seal)
        return seal

    def _made(self, key: AttemptKey) -> str:
        text = f"warnbroker email\n{key.alert}\n{key.delivery}".encode()
        digest = hmac.digest(self._key, text, "sha256")
        return base64.b32encode(digest[:_SEAL]).decode().lower()

    def token(self, key: AttemptKey) -> str:
        """Return the word that stands for a delivery in its unsubscribe link."""
        return f"email.{key.alert}.{key.delivery}.{self.of(key)}"

    def opened(self, token: str) -> AttemptKey | None:
        """Return the delivery that a token of ours stands for, as attempt 0; None for any other."""
        kind, _, rest = token.partition(".")
        alert, _, rest = rest.partition(".")
        number, _, seal = rest.partition(".")
        if kind != "email" or not (number.isascii() and number.isdigit() and len(number) < 20):
            return None
        key = AttemptKey(alert, int(number), 0)
        return key if hmac.compare_digest(seal.encode(), self.of(key).encode()) else None

    @staticmethod
    def tag(seal: str) -> str:
        """Return the part of a seal that a return path has room for."""
        return seal[:_TAG]

    def is_tag(self, key: AttemptKey, tag: str) -> bool:
        """Tell whether a return path's tag is that of its delivery."""
        return hmac.compare_digest(tag.encode(), self.tag(self.of(key)).encode())


def load_seal(path: Path) -> Seal:
    """Read the key; make it where there is none. Several processes may do so at once.

    Raises:
        ConfigError: it can be neither read nor made, or is no key.
    """
    try:
        text = _read_or_make(path)
    except (OSError, UnicodeDecodeError) as error:
        fault = getattr(error, "strerror", None) or "not text"
        raise ConfigError(f"channels.email.key_file {path}: {fault}") from None
    try:
        key = bytes.fromhex(text)
    except ValueError:
        key = b""
    if len(key) < _SIZE:
        raise ConfigError(f"channels.email.key_file {path}: must hold {2 * _SIZE} hex digits")
    return Seal(key)


def _read_or_make(path: Path) -> str:
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_hex(_SIZE) + "\n")
            file.flush()
            os.fsync(descriptor)
        try:
            # Whoever links first has made it; a whole file or none is seen.
            path.hardlink_to(fresh)
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    return path.read_text("ascii").strip()
