"""DKIM signatures (RFC 6376; RFC 8463 for Ed25519), relaxed/relaxed.

The body is hashed once per letter; for each recipient only the header lines are signed.
"""

import base64
import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from warnbroker.errors import ConfigError

_SHORTEST_RSA = 1024
_BLANKS = re.compile(rb"[ \t]+")
_LINE_END_BLANKS = re.compile(rb"[ \t]+(?=\r\n|\Z)")
_FOLD = re.compile(rb"\r\n(?=[ \t])")
# Named once more than they occur, so that nobody can add another one to a signed mail.
_ONCE_ONLY = ("from", "to", "subject", "date", "message-id")
# Lines of these names change on the way, or are not ours to vouch for.
_UNSIGNED = frozenset({"x-auto-response-suppress", "x-priority", "importance"})

Field = tuple[str, bytes]
"""A header field's name in lower case, and the whole field without its last line end."""


@dataclass(frozen=True, slots=True)
class Hashed:
    """What all of a letter's mails have in common for a signature."""

    names: tuple[str, ...]
    fields: bytes
    body_hash: str


class DkimSigner:
    """Signs with one key for one domain."""

    def __init__(self, key: RSAPrivateKey | Ed25519PrivateKey, domain: str, selector: str) -> None:
        self._sign = _signing(key)
        algorithm = "rsa-sha256" if isinstance(key, RSAPrivateKey) else "ed25519-sha256"
        self._head = f"v=1; a={algorithm}; c=relaxed/relaxed; d={domain}; s={selector};"

    def hashed(self, fields: Sequence[Field], body: bytes) -> Hashed:
        """Return what a letter's mails have in common."""
        signed = [field for field in fields if field[0] not in _UNSIGNED]
        digest = hashlib.sha256(relaxed_body(body)).digest()
        return Hashed(
            tuple(name for name, _ in signed),
            b"".join(relaxed(field) for field in signed),
            base64.b64encode(digest).decode(),
        )

    def signature(self, own: Sequence[Field], letter: Hashed, at: datetime) -> bytes:
        """Return the DKIM-Signature line of one recipient's mail, with its line end."""
        own_names = [name for name, _ in own]
        names = [*own_names, *letter.names]
        names += [name for name in _ONCE_ONLY if name in names]
        start = f"{self._head} t={int(at.timestamp())};"
        # One blank where the canonical form has one, so that folding changes nothing.
        value = f"{start}\r\n h={':'.join(names)};\r\n bh={letter.body_hash};\r\n b="
        unsigned = f"dkim-signature:{value}".replace("\r\n", "").encode()
        data = b"".join(relaxed(field) for field in own) + letter.fields + unsigned
        text = base64.b64encode(self._sign(data)).decode()
        folded = "\r\n ".join(text[at : at + 72] for at in range(0, len(text), 72))
        return f"DKIM-Signature: {value}{folded}\r\n".encode()


def load_signer(path: Path, domain: str, selector: str) -> DkimSigner:
    """Read the key.

    Raises:
        ConfigError: it cannot be read, or is no RSA or Ed25519 key without a password.
    """
    where = f"channels.email.dkim.key_file {path}"
    try:
        key = load_pem_private_key(path.read_bytes(), None)
    except OSError as error:
        raise ConfigError(f"{where}: {error.strerror}") from None
    except (ValueError, TypeError):
        raise ConfigError(f"{where}: must hold a private key (PEM) without a password") from None
    if isinstance(key, RSAPrivateKey) and key.key_size < _SHORTEST_RSA:
        raise ConfigError(f"{where}: an RSA key needs {_SHORTEST_RSA} bits, better 2048")
    if not isinstance(key, (RSAPrivateKey, Ed25519PrivateKey)):
        raise ConfigError(f"{where}: must be an RSA or Ed25519 key")
    return DkimSigner(key, domain, selector)


def fields_of(head: bytes) -> list[Field]:
    """Return the fields of a block of header lines."""
    lines = re.split(rb"\r\n(?![ \t])", head.removesuffix(b"\r\n"))
    return [(line.partition(b":")[0].decode("ascii", "replace").lower(), line) for line in lines]


def relaxed(field: Field) -> bytes:
    """Return a field in the canonical form that the RFC calls relaxed (3.4.2)."""
    name, line = field
    value = _BLANKS.sub(b" ", _FOLD.sub(b"", line.partition(b":")[2])).strip(b" ")
    return name.encode() + b":" + value + b"\r\n"


def relaxed_body(body: bytes) -> bytes:
    """Return a body in the canonical form that the RFC calls relaxed (3.4.4)."""
    text = _LINE_END_BLANKS.sub(b"", _BLANKS.sub(b" ", body)).rstrip(b"\r\n")
    return text + b"\r\n" if text else b""


def _signing(key: RSAPrivateKey | Ed25519PrivateKey) -> Callable[[bytes], bytes]:
    if isinstance(key, RSAPrivateKey):
        scheme, algorithm = padding.PKCS1v15(), hashes.SHA256()
        return lambda data: key.sign(data, scheme, algorithm)
    return lambda data: key.sign(hashlib.sha256(data).digest())
