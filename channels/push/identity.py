"""Who we are to push services (VAPID, RFC 8292), and what proves a browser's word to us."""

import base64
import hmac
import os
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import uuid4

from warnbroker.errors import ConfigError

_VALID = timedelta(hours=12)
# A new one well before the old one ends: clocks differ, and messages wait.
_RENEWED = timedelta(hours=6)
_PROOF = 16


class Identity:
    """One key: services let nobody else notify those who subscribed with it."""

    def __init__(self, key: Any, subject: str) -> None:
        self._key = key
        self._subject = subject
        numbers = key.private_numbers().private_value.to_bytes(32, "big")
        self._secret = hmac.digest(numbers, b"warnbroker push receipts", "sha256")
        self._authorizations: dict[str, tuple[str, datetime]] = {}

    @classmethod
    def load(cls, path: Path, subject: str) -> "Identity":
        """Read the key from its file; make the file when there is none.

        Raises:
            ConfigError: it cannot be read or made, or holds no such key.
        """
        from cryptography.hazmat.primitives.asymmetric import ec
        from cryptography.hazmat.primitives.serialization import load_pem_private_key

        try:
            if not path.exists():
                _make(path)
            key = load_pem_private_key(path.read_bytes(), password=None)
        except OSError as error:
            raise ConfigError(f"channels.push.key_file: {path}: {error.strerror}") from error
        except (ValueError, TypeError) as error:
            raise ConfigError(f"channels.push.key_file: {path} holds no key in PEM") from error
        curve = getattr(key, "curve", None)
        if not isinstance(curve, ec.SECP256R1):
            raise ConfigError(f"channels.push.key_file: {path}: the key must be one of P-256")
        return cls(key, subject)

    @property
    def public_key(self) -> str:
        """Return the key that browsers subscribe with."""
        from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

        point = self._key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return base64.urlsafe_b64encode(point).decode().rstrip("=")

    def authorization(self, audience: str, now: datetime) -> str:
        """Return the header that proves us to a service; made anew every few hours."""
        made = self._authorizations.get(audience)
        if made is None or now >= made[1]:
            from py_vapid import Vapid02

            ends = int((now + _VALID).timestamp())
            claims = {"sub": self._subject, "aud": audience, "exp": ends}
            header = Vapid02(self._key, {"no-strict": True}).sign(claims)["Authorization"]
            made = (str(header), now + _RENEWED)
            self._authorizations[audience] = made
        return made[0]

    def proof(self, path: str) -> str:
        """Return what a browser shows when it reports on an attempt; nobody else knows it."""
        made = hmac.digest(self._secret, path.encode(), sha256)
        return base64.urlsafe_b64encode(made[:_PROOF]).decode().rstrip("=")

    def proves(self, path: str, proof: str) -> bool:
        """Tell whether a report on an attempt comes from whom it was sent to."""
        return hmac.compare_digest(self.proof(path).encode(), proof.encode())


def _make(path: Path) -> None:
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        NoEncryption,
        PrivateFormat,
    )

    key = ec.generate_private_key(ec.SECP256R1())
    content = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{uuid4().hex}")
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        # Of several processes that start at once, one makes the key and all use that one.
        try:
            os.link(part, path)
        except FileExistsError:
            return
    finally:
        part.unlink()
