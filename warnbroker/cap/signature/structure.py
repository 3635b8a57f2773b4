"""The only shape of signature that is looked at; everything else is refused before any maths.

A signature proves something about the bytes that it covers and about nothing beside them
(XML Signature 1.1, 8.1.2 "Only What is Signed Should be Trusted"). So it must cover the whole
message, and nothing may stand in the message that it does not cover.
"""

from collections.abc import Iterator
from itertools import chain

from lxml import etree

from warnbroker.cap.document import quote
from warnbroker.cap.xml_reader import safe_tree
from warnbroker.errors import SignatureError

DSIG = "http://www.w3.org/2000/09/xmldsig#"
DSIG11 = "http://www.w3.org/2009/xmldsig11#"
_SIGNATURE = f"{{{DSIG}}}Signature"
_ENVELOPED = f"{DSIG}enveloped-signature"
CANONICAL = frozenset(
    {
        "http://www.w3.org/2001/10/xml-exc-c14n#",
        "http://www.w3.org/TR/2001/REC-xml-c14n-20010315",
        "http://www.w3.org/2006/12/xml-c14n11",
    }
)
"""The canonical forms, all without comments, that a signature may be over."""

_KEY_INFO = frozenset(
    {
        f"{{{DSIG}}}KeyName",
        f"{{{DSIG}}}KeyValue",
        f"{{{DSIG}}}X509Data",
        f"{{{DSIG11}}}DEREncodedKeyValue",
    }
)
_PREFIXES = "{http://www.w3.org/2001/10/xml-exc-c14n#}InclusiveNamespaces"
_PARTS = frozenset(f"{{{DSIG}}}{name}" for name in ("SignedInfo", "SignatureValue", "KeyInfo"))


def is_signed(body: bytes, limit: int) -> bool:
    """Say whether a message holds a signature anywhere.

    Raises:
        UnreadableError: it is no XML, or not safe to read.
        TooLargeError: it is longer than ``limit`` bytes.
    """
    # The name of an element can be written in one way only, so most messages need no parsing.
    return b"Signature" in body and next(safe_tree(body, limit).iter(_SIGNATURE), None) is not None


def check_structure(body: bytes, limit: int) -> None:
    """Refuse every signed message but one with a single enveloped signature over all of it.

    Raises:
        SignatureError: says what is out of shape.
        UnreadableError: it is no XML, or not safe to read.
        TooLargeError: it is longer than ``limit`` bytes.
    """
    root = safe_tree(body, limit)
    signatures = list(root.iter(_SIGNATURE))
    if len(signatures) != 1:
        number = len(signatures) or "no"
        raise SignatureError(f"the message holds {number} signatures; it must hold one")
    if signatures[0].getparent() is not root:
        raise SignatureError("the signature does not stand in <alert> itself")
    _check_hidden(body)
    for problem in chain(_parts(signatures[0]), _signed_info(signatures[0])):
        raise SignatureError(problem)


def _check_hidden(body: bytes) -> None:
    # Comments are covered by no signature, and some readers end a text where one stands.
    # What surrounds <alert> is not covered either. safe_tree has seen that there is no DTD.
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    root = etree.fromstring(body.removeprefix(b"\xef\xbb\xbf"), parser)
    around = chain(root.itersiblings(preceding=True), root.itersiblings())
    inside = root.iter(etree.Comment, etree.ProcessingInstruction)
    if next(chain(around, inside), None) is not None:
        text = "a signed message must hold no comment and no processing instruction"
        raise SignatureError(f"{text}: the signature does not cover them")


def _parts(signature: etree._Element) -> Iterator[str]:
    names = [str(child.tag) for child in signature]
    if not set(names) <= _PARTS or len(set(names)) != len(names):
        strange = next((name for name in names if name not in _PARTS), names[0] if names else "")
        yield f"the signature holds what it must not: {_shown(strange)}"
    for info in signature.iterfind(f"{{{DSIG}}}KeyInfo"):
        yield from (f"KeyInfo holds {_shown(str(x.tag))}" for x in info if x.tag not in _KEY_INFO)


def _signed_info(signature: etree._Element) -> Iterator[str]:
    info = signature.find(f"{{{DSIG}}}SignedInfo")
    if info is None:
        yield "SignedInfo is missing"
        return
    yield from _canonical(info)
    references = info.findall(f"{{{DSIG}}}Reference")
    if len(references) != 1:
        yield f"the signature is over {len(references)} things; it must be over the message"
    for reference in references:
        uri = reference.get("URI")
        if uri != "":
            yield f"the signature is over {quote(uri or 'nothing')}, not over the whole message"
        yield from _transforms(reference)


def _canonical(info: etree._Element) -> Iterator[str]:
    method = info.find(f"{{{DSIG}}}CanonicalizationMethod")
    found = method.get("Algorithm") if method is not None else None
    if found not in CANONICAL:
        yield f"the canonical form {quote(found or 'none')} is not taken"


def _transforms(reference: etree._Element) -> Iterator[str]:
    found = [str(item.get("Algorithm")) for item in reference.iter(f"{{{DSIG}}}Transform")]
    if found[:1] != [_ENVELOPED] or len(found) > 2 or not set(found[1:]) <= CANONICAL:
        shown = ", ".join(quote(name) for name in found[:3]) or "none"
        yield f"the transforms are {shown}; only enveloped-signature and a canonical form are taken"
    inside = (part for item in reference.iter(f"{{{DSIG}}}Transform") for part in item)
    if any(part.tag != _PREFIXES for part in inside):
        yield "a transform has parameters; none is taken"


def _shown(tag: str) -> str:
    return quote(tag.rpartition("}")[2])
