"""Keys and certificates as PEM files: read, and refused where they are too weak to trust."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey as EcKey
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey as EcPublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey as RsaKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey as RsaPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from warnbroker.errors import FileError

LEAST_RSA_BITS = 2048
LEAST_EC_BITS = 256


@dataclass(frozen=True, slots=True)
class Key:
    """A private key with the certificate of its public half; never shown by ``repr``."""

    private: EcKey | RsaKey
    certificate: x509.Certificate

    def __repr__(self) -> str:
        return f"Key({subject(self.certificate)!r})"


def read_certificate(file: Path) -> x509.Certificate:
    """Read a certificate.

    Raises:
        FileError: it cannot be read, is no PEM certificate, or its key is weak.
    """
    try:
        certificate = x509.load_pem_x509_certificate(_read(file))
        public = certificate.public_key()
    except (ValueError, UnsupportedAlgorithm) as error:
        raise FileError(f"{file}: is no certificate in PEM form") from error
    if not _strong(public):
        raise FileError(f"{file}: {_WANTED}")
    return certificate


def read_key(key_file: Path, certificate_file: Path) -> Key:
    """Read a private key and its certificate.

    Raises:
        FileError: one of them cannot be read or is weak, or they do not belong together.
    """
    certificate = read_certificate(certificate_file)
    try:
        private = load_pem_private_key(_read(key_file), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise FileError(f"{key_file}: is no private key in PEM form without password") from error
    if not isinstance(private, EcKey | RsaKey):
        raise FileError(f"{key_file}: {_WANTED}")
    if private.public_key() != certificate.public_key():
        raise FileError(f"{key_file}: is not the key of {certificate_file}")
    return Key(private, certificate)


def subject(certificate: x509.Certificate) -> str:
    """Return whose certificate it is, printable and short."""
    text = certificate.subject.rfc4514_string()
    return "".join(c if c.isprintable() else "?" for c in text)[:200] or "no subject"


def is_valid(certificate: x509.Certificate, at: datetime) -> bool:
    """Say whether a certificate holds at a time."""
    return certificate.not_valid_before_utc <= at <= certificate.not_valid_after_utc


_WANTED = f"use RSA of {LEAST_RSA_BITS} bits or more, or ECDSA on P-256 or a larger curve"


def _strong(key: object) -> bool:
    if isinstance(key, RsaPublicKey):
        return key.key_size >= LEAST_RSA_BITS
    return isinstance(key, EcPublicKey) and key.key_size >= LEAST_EC_BITS


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise FileError(f"{file}: cannot be read: {error.strerror}") from error
