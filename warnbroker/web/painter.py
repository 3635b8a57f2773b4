"""Turns views into HTML with the templates of ``templates/web``."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from babel import Locale, UnknownLocaleError
from jinja2 import TemplateError as JinjaError

from warnbroker.errors import TemplateError
from warnbroker.render.sandbox import environment
from warnbroker.render.times import written
from warnbroker.resources import shipped
from warnbroker.web.assets import Assets
from warnbroker.web.colours import stylesheet
from warnbroker.web.reader import Reader
from warnbroker.web.site import Site
from warnbroker.web.texts import Tongues

STYLE, LEVELS, ICON = "style.css", "levels.css", "icon.svg"


class Painter:
    """Holds the templates, the words and the style sheets; reads them once."""

    def __init__(self, site: Site) -> None:
        own = shipped("templates") / "web"
        theirs = site.templates / "web" if site.templates else None
        folders = [folder for folder in (theirs, own) if folder and folder.is_dir()]
        self.tongues = Tongues(folders, site.languages)
        self.assets = Assets(
            [folder / "static" for folder in folders], {LEVELS: stylesheet(site.levels)}
        )
        self._site = site
        self._environment = environment(own, theirs)

    def paint(self, template: str, reader: Reader, now: datetime, **facts: object) -> bytes:
        """Return a page.

        Raises:
            TemplateError: the template is broken.
        """
        try:
            page = self._environment.get_template(template).render(
                {**self._common(reader, now), **facts}
            )
        except JinjaError as error:
            raise TemplateError(f"web/{template}: {' '.join(str(error).split())}") from error
        return page.encode()

    def _common(self, reader: Reader, now: datetime) -> Mapping[str, Any]:
        language = reader.texts.language
        clock = _Clock(self._site, language, now)
        return {
            "t": reader.texts,
            "language": language,
            "reader": reader,
            "root": self._site.root,
            "name": self._site.name(language),
            "levels": self._site.levels,
            "languages": [(tag, autonym(tag)) for tag in self.tongues.languages],
            "autonym": autonym,
            "moment": clock.moment,
            "offset": clock.offset,
            "machine_time": clock.machine_time,
            "link": self._link(reader),
            "static": lambda file: self._site.root + self.assets.link(file),
            "now": now,
        }

    def _link(self, reader: Reader) -> Callable[..., str]:
        return lambda path, **changes: f"{self._site.root}{path}{reader.query(**changes)}"


class _Clock:
    """Writes instants in the municipality's time."""

    def __init__(self, site: Site, language: str, now: datetime) -> None:
        self._site = site
        self._language = language
        self._now = now

    def moment(self, at: datetime) -> str:
        """Return an instant for reading, the year left out where it is the present one."""
        local = at.astimezone(self._site.time_zone)
        year = local.year != self._now.astimezone(self._site.time_zone).year
        return written(local, self._language, year=year)

    def offset(self, at: datetime) -> str:
        """Return the municipality's offset at an instant: ``UTC+8``, ``UTC-3:30``."""
        return offset(at.astimezone(self._site.time_zone))

    def machine_time(self, at: datetime) -> str:
        """Return an instant for the ``datetime`` attribute."""
        return at.astimezone(self._site.time_zone).isoformat(timespec="seconds")


def offset(local: datetime) -> str:
    """Return a local time's offset: ``UTC+8``, ``UTC-3:30``."""
    minutes = int((local.utcoffset() or local - local).total_seconds() // 60)
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'-' if minutes < 0 else '+'}{hours}" + (f":{rest:02}" if rest else "")


def autonym(tag: str) -> str:
    """Return a language's name in itself, the tag where nobody knows it."""
    try:
        locale = Locale.parse(tag, sep="-")
    except (UnknownLocaleError, ValueError):
        return tag
    return locale.get_language_name() or tag
