"""Reading a published alert back from where readers read it."""

import hashlib

from lxml import etree

from channels.feed.entry import Entry
from channels.feed.library import EVERYWHERE
from channels.feed.press import FORMS, Press
from channels.feed.shelf import Shelf

_ID_PATHS = {"atom": "{*}entry/{*}id", "rss": "channel/item/guid"}


def missing(entry: Entry, press: Press, shelf: Shelf) -> str:
    """Return what of an alert cannot be read, empty if all of it can."""
    cap = shelf.cap(entry.id)
    if cap is None or hashlib.sha256(cap).hexdigest() != entry.cap_digest:
        return "the CAP message is not there as it was given"
    for form in FORMS:
        body = press.on_disk(press.key(EVERYWHERE, "", form))
        if body is None or f"urn:warnbroker:alert:{entry.id}" not in _ids(body, form):
            return f"the {form} feed does not hold the alert"
    return ""


def _ids(body: bytes, form: str) -> set[str]:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        feed = etree.fromstring(body, parser)
    except etree.XMLSyntaxError:
        return set()
    return {found.text or "" for found in feed.findall(_ID_PATHS[form])}
