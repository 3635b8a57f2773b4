"""Find the nearest of the languages that something exists in."""

from collections.abc import Iterable, Sequence


def primary(language: str) -> str:
    """Return the first subtag of a language tag, in lower case."""
    return language.lower().partition("-")[0]


def nearest(available: Iterable[str], language: str, fallbacks: Sequence[str] = ()) -> str | None:
    """Return the available tag that serves a reader of a language best, or None.

    Tried in turn, for the language and then for each fallback: the tag itself, the tag
    with its last subtags dropped (RFC 4647, section 3.4), any tag with its primary language.
    """
    by_tag = {tag.lower(): tag for tag in available}
    for wanted in (language, *fallbacks):
        found = _near(by_tag, wanted.lower())
        if found:
            return by_tag[found]
    return None


def _near(tags: Iterable[str], wanted: str) -> str | None:
    subtags = wanted.split("-")
    ranges = ["-".join(subtags[:length]) for length in range(len(subtags), 0, -1)]
    exact = next((tag for tag in ranges if tag in tags), None)
    return exact or next((tag for tag in sorted(tags) if primary(tag) == subtags[0]), None)
