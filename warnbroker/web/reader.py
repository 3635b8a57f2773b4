"""The reader of a page: the languages wanted, and the links that keep them."""

from dataclasses import dataclass
from urllib.parse import quote, urlencode

from aiohttp import web

from warnbroker.web.texts import Texts, Tongues

_LONGEST = 40
_MOST = 8


@dataclass(frozen=True, slots=True)
class Reader:
    """One reader: ``wanted`` are languages in order of liking, ``asked`` is ``?lang=``."""

    texts: Texts
    wanted: tuple[str, ...]
    asked: str
    still: bool

    @property
    def key(self) -> tuple[object, ...]:
        """Return what makes this reader's pages differ from others'."""
        return self.texts.language, self.wanted, self.asked, self.still

    def query(self, **changes: str) -> str:
        """Return the query that keeps the reader's choices, with changes; empty values fall out."""
        kept = {"lang": self.asked, "refresh": "off" if self.still else "", **changes}
        chosen = {name: value for name, value in kept.items() if value}
        return f"?{urlencode(chosen, quote_via=quote)}" if chosen else ""


def reader_of(request: web.Request, tongues: Tongues) -> Reader:
    """Read what a request says of its reader: ``?lang=`` outranks Accept-Language."""
    asked = request.query.get("lang", "")[:_LONGEST]
    liked = preferences(request.headers.get("Accept-Language", ""))
    wanted = (asked, *liked) if asked else liked
    still = request.query.get("refresh") == "off"
    return Reader(tongues.speak(wanted), wanted, asked, still)


def preferences(header: str) -> tuple[str, ...]:
    """Return the languages of an Accept-Language header, best first, at most eight."""
    weighted = []
    for item in header.split(",")[:_MOST]:
        tag, _, parameter = item.partition(";")
        weight = _weight(parameter)
        if tag.strip() and tag.strip() != "*" and weight > 0:
            weighted.append((weight, tag.strip()[:_LONGEST]))
    return tuple(tag for _, tag in sorted(weighted, key=lambda pair: -pair[0]))


def _weight(parameter: str) -> float:
    name, _, value = parameter.strip().partition("=")
    try:
        return float(value) if name.strip() == "q" else 1.0
    except ValueError:
        return 0.0
