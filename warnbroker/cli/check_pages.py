"""Whether the operator's own public pages can be painted."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from itertools import product
from zoneinfo import ZoneInfo

from warnbroker.app import scale_of
from warnbroker.contracts.clock import SystemClock
from warnbroker.errors import TemplateError
from warnbroker.settings import Settings
from warnbroker.web.painter import Painter
from warnbroker.web.reader import Reader
from warnbroker.web.site import Site

_NOTHING: Mapping[str, object] = {"warnings": [], "ended": [], "picture": None}
_PAGES: Mapping[str, Mapping[str, object]] = {
    "home.html.j2": _NOTHING,
    "notice.html.j2": {"what": "missing"},
}


def page_faults(settings: Settings) -> Iterator[str]:
    """Paint the pages that need no warning, in each language.

    Raises:
        ConfigError: the operator's texts or levels cannot be read.
    """
    painter, folder = Painter(_site(settings)), settings.templates.directory
    now = datetime.now(UTC)
    found: dict[str, None] = {}
    for language, (name, facts) in product(painter.tongues.languages, _PAGES.items()):
        reader = Reader(painter.tongues.speak([language]), (language,), "", still=False)
        try:
            painter.paint(name, reader, now, path="/", refresh=0, **facts)
        except TemplateError as error:
            found[f"{folder}/{error}"] = None
        except KeyError as error:
            found[f"{folder}/web/texts.{language}.yaml: lacks the text {error}"] = None
    yield from found


def _site(settings: Settings) -> Site:
    municipality = settings.municipality
    return Site(
        clock=SystemClock(),
        public_url="https://warnings.example",
        time_zone=ZoneInfo(municipality.time_zone),
        languages=tuple(municipality.languages),
        names=municipality.names,
        levels=scale_of(settings.levels).levels,
        templates=settings.templates.directory,
    )
