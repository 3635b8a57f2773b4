"""What we sign can be verified, also without the library that signed it."""

import base64
import hashlib
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa, utils
from lxml import etree

import warnbroker.cap
from tests.unit.cap.signature.pairs import CAP, NOW, make_pair
from warnbroker.cap import parse_xml
from warnbroker.cap.signature import read_key, sign, unsigned, verify
from warnbroker.errors import FileError, SigningError

DSIG = "{http://www.w3.org/2000/09/xmldsig#}"
SCHEMA = Path(warnbroker.cap.__file__).parent / "schema" / "CAP-v1.2.xsd"


def c14n(element: etree._Element) -> bytes:
    return etree.tostring(element, method="c14n", exclusive=True, with_comments=False)


def test_a_signed_message_says_what_it_said_and_fits_the_schema(signed):
    assert parse_xml(signed) == parse_xml(CAP)
    etree.XMLSchema(etree.parse(SCHEMA)).assertValid(etree.fromstring(signed))


def test_digest_and_signature_hold_when_worked_out_by_hand(signed, ours):
    root = etree.fromstring(signed)
    signature = root.find(f"{DSIG}Signature")
    info = signature.find(f"{DSIG}SignedInfo")
    covered = c14n(info)
    digest = base64.b64decode(info.findtext(f".//{DSIG}DigestValue"))
    value = base64.b64decode(signature.findtext(f"{DSIG}SignatureValue"))
    root.remove(signature)

    assert hashlib.sha256(c14n(root)).digest() == digest
    numbers = (int.from_bytes(value[:32], "big"), int.from_bytes(value[32:], "big"))
    public = ours.key.certificate.public_key()
    public.verify(utils.encode_dss_signature(*numbers), covered, ec.ECDSA(hashes.SHA256()))


def test_an_rsa_key_serves_too(rsa_pair):
    found = verify(sign(CAP, rsa_pair.key, NOW), [rsa_pair.key.certificate], NOW)

    assert found.subject == "CN=rsa.example"


def test_a_larger_curve_takes_a_longer_digest(folder):
    pair = make_pair(folder, "p384", private=ec.generate_private_key(ec.SECP384R1()))

    signed = sign(CAP, pair.key, NOW)

    assert b"ecdsa-sha384" in signed
    assert verify(signed, [pair.key.certificate], NOW).subject == "CN=p384"


def test_an_old_signature_gives_way_to_ours(signed, stranger):
    again = sign(signed, stranger.key, NOW)

    assert again.count(b"<ds:SignatureValue") == 1
    assert verify(again, [stranger.key.certificate], NOW).subject == "CN=stranger.example"


def test_a_message_can_be_shown_without_its_signature(signed):
    assert b"Signature" not in unsigned(signed)
    assert parse_xml(unsigned(signed)) == parse_xml(CAP)


@pytest.mark.parametrize("days", [(-30, -1), (1, 30)], ids=["ended", "not begun"])
def test_nothing_is_signed_with_a_certificate_that_does_not_hold(folder, days):
    pair = make_pair(folder, f"late{days[0]}", days=days)

    with pytest.raises(SigningError, match="not valid now"):
        sign(CAP, pair.key, NOW)


def test_a_key_without_its_certificate_is_refused(ours, stranger):
    with pytest.raises(FileError, match="is not the key of"):
        read_key(ours.key_file, stranger.certificate_file)


@pytest.mark.parametrize("content", [b"", b"no PEM", b"-----BEGIN CERTIFICATE-----\nAAAA\n"])
def test_a_broken_certificate_is_named(tmp_path, ours, content):
    (tmp_path / "broken.crt").write_bytes(content)

    with pytest.raises(FileError, match=r"broken\.crt: is no certificate"):
        read_key(ours.key_file, tmp_path / "broken.crt")


def test_a_missing_key_is_named(tmp_path, ours):
    with pytest.raises(FileError, match=r"none\.key: cannot be read: No such file"):
        read_key(tmp_path / "none.key", ours.certificate_file)


def test_weak_keys_are_refused(tmp_path):
    weak = make_pair(tmp_path, "weak", private=rsa.generate_private_key(65537, 1024))

    with pytest.raises(FileError, match="2048 bits"):
        read_key(weak.key_file, weak.certificate_file)


def test_a_key_never_shows_itself(ours):
    assert repr(ours.key) == "Key('CN=warn.example.org')"
