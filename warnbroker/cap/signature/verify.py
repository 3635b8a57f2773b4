"""Verify a message against the certificates that are registered for its sender, and no other."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from cryptography.x509 import Certificate
from lxml import etree

from warnbroker.cap.document import MEBIBYTE
from warnbroker.cap.signature.certificates import subject
from warnbroker.cap.signature.structure import check_structure
from warnbroker.errors import SignatureError

_METHODS = (
    *("RSA_SHA256", "RSA_SHA384", "RSA_SHA512"),
    *("SHA256_RSA_MGF1", "SHA384_RSA_MGF1", "SHA512_RSA_MGF1"),
    *("ECDSA_SHA256", "ECDSA_SHA384", "ECDSA_SHA512"),
)
_DIGESTS = ("SHA256", "SHA384", "SHA512")


@dataclass(frozen=True, slots=True)
class Verified:
    """Whose certificate fits, and the signed XML without its signature: trust nothing else."""

    subject: str
    content: bytes


def verify(
    body: bytes, certificates: Sequence[Certificate], at: datetime, limit: int = MEBIBYTE
) -> Verified:
    """Verify a signed message; what the message itself says of keys is never trusted.

    Raises:
        SignatureError: its shape is not taken, or no certificate fits that holds ``at`` then.
        UnreadableError: it is no XML, or not safe to read.
        TooLargeError: it is longer than ``limit`` bytes.
    """
    check_structure(body, limit)
    reasons = []
    for certificate in certificates:
        try:
            content = _signed_by(certificate, body, at)
        except _not_verified() as error:
            reasons.append(_reason(error))
        else:
            return Verified(subject(certificate), content)
    raise SignatureError(reasons[0] if len(set(reasons)) == 1 else "no registered certificate fits")


def _signed_by(certificate: Certificate, body: bytes, at: datetime) -> bytes:
    from signxml.algorithms import DigestAlgorithm, SignatureMethod
    from signxml.verifier import SignatureConfiguration, XMLVerifier

    config = SignatureConfiguration(
        require_x509=True,
        location="./",
        expect_references=1,
        signature_methods=frozenset(SignatureMethod[name] for name in _METHODS),
        digest_algorithms=frozenset(DigestAlgorithm[name] for name in _DIGESTS),
        verification_time=at,
    )
    result = XMLVerifier().verify(
        body.removeprefix(b"\xef\xbb\xbf"), x509_cert=certificate, expect_config=config
    )
    if isinstance(result, list):
        raise SignatureError("the signature is over several things; it must be over the message")
    return result.signed_data


def _not_verified() -> tuple[type[Exception], ...]:
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
    from signxml.exceptions import SignXMLException

    # Beside its own errors the library lets those of others through: base64, numbers of
    # foreign keys, the schema of the signature, parts that it expects and does not find.
    foreign = (ValueError, TypeError, KeyError, AttributeError, NotImplementedError, AssertionError)
    return (SignXMLException, InvalidSignature, UnsupportedAlgorithm, etree.LxmlError, *foreign)


def _reason(error: Exception) -> str:
    """Return why one certificate does not fit, in one line without what the message holds."""
    from signxml.exceptions import InvalidCertificate, InvalidDigest, InvalidSignature

    if isinstance(error, InvalidDigest):
        return "the message was altered after it was signed"
    if isinstance(error, InvalidCertificate):
        return "the registered certificate was not valid when the message came"
    if isinstance(error, InvalidSignature):
        return "it was not signed with the key of a registered certificate"
    return "the signature cannot be read, or uses an algorithm that is not taken"
