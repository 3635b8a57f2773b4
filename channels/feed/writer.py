"""RSS 2.0 and Atom by feedgen, with the faults of feedgen 1.0 mended through its extension hooks.

Mended: Atom entries lose the rel and type of their links (feedgen issue 135), RSS knows no
rel=hub, and RSS items cannot link a second form of the same thing.
"""

import html
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from lxml import etree

from channels.feed.entry import Entry, Text
from channels.feed.series import Series
from warnbroker.model.identity import cap_time

if TYPE_CHECKING:
    from feedgen.entry import FeedEntry

CAP_TYPE = "application/cap+xml"
CAP_NS = "urn:oasis:names:tc:emergency:cap:1.2"
GEORSS_NS = "http://www.georss.org/georss"
ATOM_NS = "http://www.w3.org/2005/Atom"

Link = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Edition:
    """One feed in one language, ready to be written; ``languages`` are the fallbacks."""

    series: Series

    title: str
    description: str
    publisher: str
    language: str
    languages: tuple[str, ...]
    public_url: str
    self_url: str
    hub: str
    changed: datetime
    entries: tuple[Entry, ...]


class FeedLinks:
    """A feed extension: gives RSS the hub link that feedgen leaves out."""

    hub = ""

    def extend_ns(self) -> dict[str, str]:
        """Name the prefixes that the entries use."""
        return {"cap": CAP_NS, "georss": GEORSS_NS}

    def extend_atom(self, feed: etree._Element) -> etree._Element:
        """Leave the Atom feed as it is: it has its hub link."""
        return feed

    def extend_rss(self, feed: etree._Element) -> etree._Element:
        """Append ``atom:link rel=hub`` to the channel."""
        if self.hub:
            etree.SubElement(feed[0], f"{{{ATOM_NS}}}link", rel="hub", href=self.hub)
        return feed


class EntryFacts:
    """An entry extension: mends the links and adds facts in CAP's and GeoRSS's elements."""

    links: tuple[Link, ...] = ()
    language = ""
    facts: tuple[tuple[str, str], ...] = ()
    polygons: tuple[str, ...] = ()

    def extend_atom(self, entry: etree._Element) -> etree._Element:
        """Write the links anew with their attributes, and say the language of the texts."""
        for bare in entry.findall("link"):
            entry.remove(bare)
        for link in self.links:
            etree.SubElement(entry, "link", dict(link))
        entry.set("{http://www.w3.org/XML/1998/namespace}lang", self.language)
        return self._add_facts(entry)

    def extend_rss(self, entry: etree._Element) -> etree._Element:
        """Link the CAP message as another form of the item, besides the enclosure."""
        for link in self.links:
            if link["rel"] == "alternate" and link["type"] == CAP_TYPE:
                etree.SubElement(entry, f"{{{ATOM_NS}}}link", dict(link))
        return self._add_facts(entry)

    def _add_facts(self, entry: etree._Element) -> etree._Element:
        for name, value in self.facts:
            if value:
                etree.SubElement(entry, f"{{{CAP_NS}}}{name}").text = value
        for polygon in self.polygons:
            etree.SubElement(entry, f"{{{GEORSS_NS}}}polygon").text = polygon
        return entry


def write(edition: Edition, form: str) -> bytes:
    """Return the feed as XML, ``form`` being ``rss`` or ``atom``."""
    # Heavy, and needed only once the channel is open.
    from feedgen.feed import FeedGenerator

    feed: Any = FeedGenerator()
    feed.register_extension("warnbroker", FeedLinks, EntryFacts)
    feed.warnbroker.hub = edition.hub
    feed.id(edition.self_url)
    feed.title(edition.title)
    feed.description(edition.description)
    feed.author(name=edition.publisher)
    feed.language(edition.language)
    feed.updated(edition.changed)
    feed.generator("warnbroker")
    _link_feed(feed, edition, form)
    for entry in edition.entries:
        _add(feed.add_entry(order="append"), entry, edition, form)
    return bytes(feed.atom_str() if form == "atom" else feed.rss_str())


def _link_feed(feed: Any, edition: Edition, form: str) -> None:
    feed.link(href=edition.self_url, rel="self", type=f"application/{form}+xml")
    if edition.hub:
        feed.link(href=edition.hub, rel="hub")
    # The page comes last: feedgen takes the last link for RSS's own <link>.
    page = f"{edition.public_url}/" if edition.series.public else edition.self_url
    kind = "text/html" if edition.series.public else f"application/{form}+xml"
    feed.link(href=page, rel="alternate", type=kind)


def _add(item: "FeedEntry", entry: Entry, edition: Edition, form: str) -> None:
    language = entry.language(edition.language, edition.languages)
    text = entry.texts[language]
    links = _links(entry, edition)
    item.guid(f"urn:warnbroker:alert:{entry.id}", permalink=False)
    item.title(text.title)
    item.summary(text.summary if form == "atom" else _as_html(text.summary), type="text")
    item.updated(entry.sent)
    item.pubDate(entry.sent)
    item.author(name=text.sender or edition.publisher)
    # feedgen takes the last alternate for an RSS item's <link>: what a person opens.
    item.link([dict(link) for link in reversed(links)])
    item.category([dict(category) for category in _categories(entry, text)])
    facts = item.warnbroker
    facts.links, facts.language = links, language
    facts.facts, facts.polygons = _facts(entry, text), entry.polygons


def _links(entry: Entry, edition: Edition) -> tuple[Link, ...]:
    root = edition.public_url
    cap = f"{root}/{edition.series.cap}/{entry.id}.xml"
    size = str(entry.cap_size)
    page: Link = {
        "href": f"{root}/warnings/{entry.warning_id}",
        "rel": "alternate",
        "type": "text/html",
    }
    # A drill has no page: nobody may come upon it by chance.
    return (
        *((page,) if edition.series.public else ()),
        {"href": cap, "rel": "alternate", "type": CAP_TYPE},
        {"href": cap, "rel": "enclosure", "type": CAP_TYPE, "length": size},
    )


def _categories(entry: Entry, text: Text) -> list[Mapping[str, str]]:
    level = {"term": entry.level, "scheme": "urn:warnbroker:level", "label": text.level}
    kind = {"term": entry.msg_type, "scheme": f"{CAP_NS}:msgType"}
    return [level, kind, *({"term": c, "scheme": f"{CAP_NS}:category"} for c in entry.categories)]


def _facts(entry: Entry, text: Text) -> tuple[tuple[str, str], ...]:
    return (
        ("identifier", entry.identifier),
        ("status", entry.status),
        ("msgType", entry.msg_type),
        ("sent", cap_time(entry.sent)),
        ("event", text.event),
        ("urgency", entry.urgency),
        ("severity", entry.severity),
        ("certainty", entry.certainty),
        ("expires", cap_time(entry.expires)),
        ("areaDesc", text.area),
    )


def _as_html(text: str) -> str:
    """Escape a text for RSS, whose readers take a description for HTML and would eat ``<3 m``."""
    return html.escape(text, quote=False).replace("\n", "<br>\n")
