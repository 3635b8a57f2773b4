"""Find the alerts in a message: alone, or wrapped in EDXL-DE, an Atom entry or another envelope."""

from collections.abc import Iterator
from itertools import islice

from lxml import etree

from warnbroker.cap.xml_reader import tree_of
from warnbroker.errors import TooLargeError, UnreadableError

MOST = 100
"""Alerts that one envelope may hold."""


def alerts_in(root: etree._Element) -> list[etree._Element]:
    """Return the outermost ``<alert>`` elements, whatever namespace they are in.

    One that stands as escaped text, as Atom's content may, counts too.

    Raises:
        TooLargeError: there are more than ``MOST``; none of them may be lost unnoticed.
    """
    found = list(islice(_outermost(root), MOST + 1))
    if len(found) > MOST:
        raise TooLargeError(f"there are more than {MOST} alerts in one message; send it in parts")
    return found


def _outermost(root: etree._Element) -> Iterator[etree._Element]:
    if etree.QName(root).localname.casefold() == "alert":
        yield root
        return
    text = (root.text or "").strip()
    if text.startswith("<"):
        yield from _escaped(text)
    for child in root:
        if isinstance(child.tag, str):
            yield from _outermost(child)


def _escaped(text: str) -> Iterator[etree._Element]:
    """Yield the alert that a text spells; envelopes inside texts are not opened."""
    try:
        root = tree_of(text.encode())
    except UnreadableError:
        return
    if etree.QName(root).localname.casefold() == "alert":
        yield root
