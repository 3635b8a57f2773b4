"""Every known way to make a signature say more than it does is refused."""

from datetime import timedelta

import pytest
from lxml import etree
from signxml.algorithms import (
    CanonicalizationMethod,
    DigestAlgorithm,
    SignatureConstructionMethod,
    SignatureMethod,
)
from signxml.signer import SignatureReference, XMLSigner

from tests.unit.cap.signature.pairs import CAP, NOW, make_pair
from warnbroker.cap import parse_xml
from warnbroker.cap.signature import is_signed, verify
from warnbroker.errors import SignatureError, UnreadableError

DS = "http://www.w3.org/2000/09/xmldsig#"
DSIG = f"{{{DS}}}"
CAP_SPACE = "{urn:oasis:names:tc:emergency:cap:1.2}"
EXCLUSIVE = CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0


def text(root: etree._Element) -> bytes:
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)


def refused(body: bytes, ours, why: str) -> None:
    with pytest.raises(SignatureError, match=why):
        verify(body, [ours.key.certificate], NOW)


def test_a_good_signature_names_the_signer_and_returns_what_is_signed(signed, ours):
    found = verify(signed, [ours.key.certificate], NOW)

    assert found.subject == "CN=warn.example.org"
    assert parse_xml(found.content) == parse_xml(CAP)
    assert b"Signature" not in found.content


def test_one_of_several_registered_certificates_is_enough(signed, ours, stranger):
    both = [stranger.key.certificate, ours.key.certificate]

    assert verify(signed, both, NOW).subject == "CN=warn.example.org"


def test_a_strangers_certificate_in_the_message_is_not_believed(stranger, ours):
    theirs = XMLSigner(signature_algorithm=SignatureMethod.ECDSA_SHA256, c14n_algorithm=EXCLUSIVE)
    signed = theirs.sign(
        etree.fromstring(CAP), key=stranger.key.private, cert=[stranger.key.certificate]
    )

    refused(text(signed), ours, "not signed with the key of a registered certificate")


def test_our_certificate_beside_a_strangers_signature_helps_nobody(stranger, ours):
    theirs = XMLSigner(signature_algorithm=SignatureMethod.ECDSA_SHA256, c14n_algorithm=EXCLUSIVE)
    signed = theirs.sign(
        etree.fromstring(CAP), key=stranger.key.private, cert=[ours.key.certificate]
    )

    refused(text(signed), ours, "not signed with the key of a registered certificate")


def test_without_a_registered_certificate_nothing_is_verified(signed):
    with pytest.raises(SignatureError, match="no registered certificate fits"):
        verify(signed, [], NOW)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("立即撤离", "不要撤离"),
        ("Extreme", "Minor"),
        ("22,114", "22,115"),
        ("Actual", "Test"),
        ("a-1", "a-2"),
        ("<scope>Public</scope>", "<scope>Public</scope><code>warnbroker:internal</code>"),
        ("东港区</areaDesc>", "东港区</areaDesc><circle>22,113 100</circle>"),
        ("<headline>立即撤离</headline>\n", ""),
    ],
)
def test_a_change_anywhere_is_found(signed, ours, old, new):
    changed = signed.decode().replace(old, new, 1).encode()
    assert changed != signed

    refused(changed, ours, "altered after it was signed")


@pytest.mark.parametrize("name", ["DigestValue", "SignatureValue"])
def test_a_change_of_the_signature_is_found(signed, ours, name):
    root = etree.fromstring(signed)
    found = root.find(f".//{DSIG}{name}")
    found.text = "AAAA" + found.text[4:]

    refused(text(root), ours, "not signed with|altered")


@pytest.mark.parametrize("name", ["DigestValue", "SignatureValue"])
@pytest.mark.parametrize("value", ["", "%%%", "A", "AAAA"])
def test_a_signature_of_nonsense_is_refused_and_not_a_fault_of_ours(signed, ours, name, value):
    root = etree.fromstring(signed)
    root.find(f".//{DSIG}{name}").text = value

    refused(text(root), ours, ".")


@pytest.mark.parametrize("days", [-2, 366], ids=["before it began", "after it ended"])
def test_a_certificate_counts_only_while_it_is_valid(signed, ours, days):
    with pytest.raises(SignatureError, match="was not valid"):
        verify(signed, [ours.key.certificate], NOW + timedelta(days=days))


def test_the_whole_message_wrapped_in_another_is_refused(signed, ours):
    outer = etree.fromstring(CAP.replace("立即撤离".encode(), "不要撤离".encode()))
    outer.append(etree.fromstring(signed))

    refused(text(outer), ours, "does not stand in <alert> itself")


def test_a_signature_moved_into_another_alert_is_refused(signed, ours):
    other = etree.fromstring(CAP.replace(b"a-1", b"a-2"))
    other.append(etree.fromstring(signed).find(f"{DSIG}Signature"))

    refused(text(other), ours, "altered after it was signed")


def test_a_signed_alert_hidden_in_the_signature_is_refused(signed, ours):
    root = etree.fromstring(signed)
    signature = root.find(f"{DSIG}Signature")
    hidden = etree.SubElement(signature, f"{DSIG}Object")
    hidden.append(etree.fromstring(CAP))

    refused(text(root), ours, "holds what it must not: 'Object'")


def test_two_signatures_are_refused(signed, ours):
    root = etree.fromstring(signed)
    root.append(etree.fromstring(signed).find(f"{DSIG}Signature"))

    refused(text(root), ours, "2 signatures")


def test_a_signature_deeper_in_the_message_is_refused(signed, ours):
    root = etree.fromstring(signed)
    signature = root.find(f"{DSIG}Signature")
    root.find(f"{CAP_SPACE}info").append(signature)

    refused(text(root), ours, "does not stand in <alert> itself")


def test_a_signature_over_a_part_of_the_message_is_refused(ours):
    root = etree.fromstring(CAP)
    root.find(f"{CAP_SPACE}info").set("Id", "part")
    signer = XMLSigner(signature_algorithm=SignatureMethod.ECDSA_SHA256, c14n_algorithm=EXCLUSIVE)
    signed = signer.sign(
        root, key=ours.key.private, cert=[ours.key.certificate], reference_uri="#part"
    )

    refused(text(signed), ours, "not over the whole message")


def test_a_signature_over_two_things_is_refused(ours):
    root = etree.fromstring(CAP)
    root.find(f"{CAP_SPACE}info").set("Id", "part")
    signer = XMLSigner(signature_algorithm=SignatureMethod.ECDSA_SHA256, c14n_algorithm=EXCLUSIVE)
    both = [SignatureReference(URI="#part"), SignatureReference(URI="#part")]
    signed = signer.sign(
        root, key=ours.key.private, cert=[ours.key.certificate], reference_uri=both
    )

    refused(text(signed), ours, "over 2 things")


def test_an_enveloping_signature_is_no_alert(ours):
    signer = XMLSigner(
        method=SignatureConstructionMethod.enveloping,
        signature_algorithm=SignatureMethod.ECDSA_SHA256,
    )
    signed = signer.sign(etree.fromstring(CAP), key=ours.key.private, cert=[ours.key.certificate])

    refused(text(signed), ours, "does not stand in <alert> itself")


@pytest.mark.parametrize("uri", ["http://127.0.0.1:9/alert.xml", "file:///etc/passwd", "#a", "x"])
def test_a_reference_to_elsewhere_is_refused(signed, ours, uri):
    root = etree.fromstring(signed)
    root.find(f".//{DSIG}Reference").set("URI", uri)

    refused(text(root), ours, "not over the whole message")


@pytest.mark.parametrize(
    "algorithm",
    [
        "http://www.w3.org/TR/1999/REC-xslt-19991116",
        "http://www.w3.org/TR/1999/REC-xpath-19991116",
        "http://www.w3.org/2000/09/xmldsig#base64",
        "http://www.w3.org/2001/10/xml-exc-c14n#WithComments",
        "urn:x",
    ],
)
@pytest.mark.parametrize("place", [0, 1, 2])
def test_other_transforms_are_refused(signed, ours, algorithm, place):
    root = etree.fromstring(signed)
    more = etree.Element(f"{DSIG}Transform", Algorithm=algorithm)
    root.find(f".//{DSIG}Transforms").insert(place, more)

    refused(text(root), ours, "the transforms are")


def test_a_transform_with_a_program_is_refused(signed, ours):
    root = etree.fromstring(signed)
    step = root.findall(f".//{DSIG}Transform")[1]
    etree.SubElement(step, "{http://www.w3.org/1999/XSL/Transform}stylesheet")

    refused(text(root), ours, "has parameters")


@pytest.mark.parametrize(
    "name", ["RetrievalMethod", "PGPData", "SPKIData", "MgmtData", "Signature", "Object"]
)
def test_other_ways_to_name_a_key_are_refused(signed, ours, name):
    root = etree.fromstring(signed)
    info = root.find(f".//{DSIG}KeyInfo")
    etree.SubElement(info, f"{DSIG}{name}").set("URI", "http://127.0.0.1:9/key")

    refused(text(root), ours, "KeyInfo holds|signatures")


def test_the_key_that_a_message_states_is_not_used(signed, stranger):
    root = etree.fromstring(signed)
    assert root.find(f".//{DSIG}X509Certificate") is not None

    with pytest.raises(SignatureError, match="not signed with the key"):
        verify(text(root), [stranger.key.certificate], NOW)


def test_a_signature_without_key_info_is_verified_all_the_same(signed, ours):
    root = etree.fromstring(signed)
    signature = root.find(f"{DSIG}Signature")
    signature.remove(signature.find(f"{DSIG}KeyInfo"))

    assert verify(text(root), [ours.key.certificate], NOW).subject == "CN=warn.example.org"


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(lambda s: s.replace("立即".encode(), "立<!-- -->即".encode()), id="comment"),
        pytest.param(lambda s: s.replace("立即".encode(), "立<?x?>即".encode()), id="inside"),
        pytest.param(
            lambda s: s.replace(b"<alert", b'<?xml-stylesheet href="http://127.0.0.1:9"?><alert'),
            id="before",
        ),
        pytest.param(lambda s: s + b"<!-- after -->", id="after"),
    ],
)
def test_what_no_signature_covers_must_not_stand_in_the_message(signed, ours, body):
    refused(body(signed), ours, "no comment and no processing instruction")


class Weak(XMLSigner):
    """Signs as nobody should."""

    def check_deprecated_methods(self) -> None:
        """Let everything pass."""


@pytest.mark.parametrize(
    ("method", "digest"),
    [
        (SignatureMethod.RSA_SHA1, DigestAlgorithm.SHA256),
        (SignatureMethod.RSA_SHA256, DigestAlgorithm.SHA1),
        (SignatureMethod.RSA_SHA224, DigestAlgorithm.SHA256),
        (SignatureMethod.RSA_SHA256, DigestAlgorithm.SHA224),
    ],
)
def test_weak_algorithms_are_refused_even_from_a_registered_key(rsa_pair, method, digest):
    signer = Weak(signature_algorithm=method, digest_algorithm=digest, c14n_algorithm=EXCLUSIVE)
    key = rsa_pair.key
    signed = signer.sign(etree.fromstring(CAP), key=key.private, cert=[key.certificate])

    refused(text(signed), rsa_pair, "an algorithm that is not taken")


def test_a_public_certificate_is_no_shared_secret(ours):
    secret = ours.certificate_file.read_text()
    signer = XMLSigner(signature_algorithm=SignatureMethod.HMAC_SHA256, c14n_algorithm=EXCLUSIVE)
    signed = signer.sign(etree.fromstring(CAP), key=secret)

    refused(text(signed), ours, "an algorithm that is not taken")


def test_an_algorithm_of_md5_is_refused(signed, ours):
    weak = signed.replace(
        b"http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256",
        b"http://www.w3.org/2001/04/xmldsig-more#rsa-md5",
    )

    refused(weak, ours, "an algorithm that is not taken")


def test_the_common_forms_of_other_signers_are_taken(rsa_pair):
    for c14n in (EXCLUSIVE, CanonicalizationMethod.CANONICAL_XML_1_0):
        signer = XMLSigner(signature_algorithm=SignatureMethod.RSA_SHA256, c14n_algorithm=c14n)
        key = rsa_pair.key
        signed = signer.sign(etree.fromstring(CAP), key=key.private, cert=[key.certificate])

        assert verify(text(signed), [key.certificate], NOW).subject == "CN=rsa.example"


def test_a_document_type_is_refused_before_anything_is_verified(signed, ours):
    body = signed.replace(b"<alert", b'<!DOCTYPE alert [<!ENTITY a "b">]><alert', 1)

    with pytest.raises(UnreadableError, match="DOCTYPE"):
        verify(body, [ours.key.certificate], NOW)


def test_only_a_signature_makes_a_message_signed(signed):
    assert is_signed(signed, len(signed))
    worded = CAP.replace("立即撤离".encode(), b"Signature of http://www.w3.org/2000/09/xmldsig#")
    assert not is_signed(worded, len(worded))
    assert not is_signed(CAP, len(CAP))


def test_a_certificate_of_another_kind_of_key_does_not_fit(signed, folder, rsa_pair):
    make_pair(folder, "unused")

    with pytest.raises(SignatureError):
        verify(signed, [rsa_pair.key.certificate], NOW)
