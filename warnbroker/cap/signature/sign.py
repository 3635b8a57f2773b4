"""Sign a message: enveloped, exclusive canonical form, ECDSA or RSA with SHA-256 or better."""

from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from lxml import etree

from warnbroker.cap.signature.certificates import Key, is_valid
from warnbroker.cap.signature.structure import DSIG
from warnbroker.cap.signature.verify import verify
from warnbroker.cap.xml_reader import safe_tree
from warnbroker.errors import SignatureError, SigningError

_HASH_OF_CURVE = {256: 256, 384: 384, 521: 512}


def sign(document: bytes, key: Key, at: datetime) -> bytes:
    """Return the document with our signature as the last element of its root.

    An earlier signature is left out: it would not fit any more. The result has been verified,
    so that nothing leaves that a reader would refuse.

    Raises:
        SigningError: the certificate does not hold ``at`` then, or signing failed.
    """
    if not is_valid(key.certificate, at):
        ends = key.certificate.not_valid_after_utc
        raise SigningError(f"our certificate is not valid now (it ends {ends:%Y-%m-%d})")
    signed = etree.tostring(_signed(_bare(document), key), encoding="UTF-8", xml_declaration=True)
    try:
        verify(signed, [key.certificate], at, limit=len(signed))
    except SignatureError as error:
        raise SigningError(f"our own signature does not verify: {error}") from error
    return signed


def unsigned(document: bytes) -> bytes:
    """Return a message without its signature, such as one that nobody has released yet."""
    if b"Signature" not in document:
        return document
    return etree.tostring(_bare(document), encoding="UTF-8", xml_declaration=True)


def _bare(document: bytes) -> etree._Element:
    root = safe_tree(document, len(document) + 1)
    for old in root.findall(f"{{{DSIG}}}Signature"):
        root.remove(old)
    return root


def _signed(root: etree._Element, key: Key) -> etree._Element:
    from signxml.algorithms import (
        CanonicalizationMethod,
        DigestAlgorithm,
        SignatureConstructionMethod,
        SignatureMethod,
    )
    from signxml.exceptions import SignXMLException
    from signxml.signer import XMLSigner

    bits = 256
    if isinstance(key.private, EllipticCurvePrivateKey):
        bits = _HASH_OF_CURVE.get(key.private.key_size, 256)
        method = SignatureMethod[f"ECDSA_SHA{bits}"]
    else:
        method = SignatureMethod.RSA_SHA256
    signer = XMLSigner(
        method=SignatureConstructionMethod.enveloped,
        signature_algorithm=method,
        digest_algorithm=DigestAlgorithm[f"SHA{bits}"],
        c14n_algorithm=CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0,
    )
    try:
        return signer.sign(root, key=key.private, cert=[key.certificate])
    except (SignXMLException, ValueError) as error:
        raise SigningError(f"the message could not be signed: {error}") from error
