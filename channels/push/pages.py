"""The page on which people subscribe, and the files that their browser needs for it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import orjson
import yaml
from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from channels.push.settings import PushSettings
from warnbroker.contracts import ChannelContext
from warnbroker.model.level import in_language
from warnbroker.model.region import Region

_FOLDER = Path(__file__).parent / "page"
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; worker-src 'self'; manifest-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}
_FILES = {
    "sw.js": "text/javascript",
    "page.js": "text/javascript",
    "page.css": "text/css",
    "icon.svg": "image/svg+xml",
}


@dataclass(frozen=True, slots=True)
class Place:
    """A region as a choice on the page, and how deep it stands below the whole."""

    code: str
    name: str
    depth: int


class Pages:
    """Paints the page in the reader's language."""

    def __init__(self, settings: PushSettings) -> None:
        self._settings = settings
        self._context: ChannelContext | None = None
        self._key = ""

    def open(self, context: ChannelContext, key: str) -> None:
        """Begin to answer."""
        self._context, self._key = context, key

    def routes(self) -> Sequence[web.RouteDef]:
        """Return the routes."""
        return (
            web.get("/push", self._get_page),
            web.get("/push/manifest.webmanifest", self._get_manifest),
            web.get("/push/{name}", self._get_file),
        )

    async def _get_page(self, request: web.Request) -> web.Response:
        context = self._context
        if context is None:
            raise web.HTTPServiceUnavailable(text="The channel is not open yet; ask again.")
        language = _language(request)
        places = _places(await context.regions(), language)
        page = _template().render(
            language=language,
            other=next(tag for tag in _words() if tag != language),
            words=_words()[language],
            name=in_language(context.names, language),
            key=self._key,
            languages=[(tag, _TONGUES.get(tag, tag)) for tag in context.languages],
            places=places,
            levels=[(code, _level(code, language)) for code in self._settings.levels],
        )
        headers = {**_HEADERS, "Content-Security-Policy": _POLICY, "Content-Language": language}
        return web.Response(text=page, content_type="text/html", headers=headers)

    async def _get_file(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        if name not in _FILES:
            raise web.HTTPNotFound
        return web.Response(
            body=(_FOLDER / name).read_bytes(),
            content_type=_FILES[name],
            charset="utf-8",
            headers=_HEADERS,
        )

    async def _get_manifest(self, request: web.Request) -> web.Response:
        language = _language(request)
        names = self._context.names if self._context else {}
        manifest = {
            "name": f"{in_language(names, language)} {_words()[language]['site']}",
            "short_name": _words()[language]["site"],
            "start_url": "/push",
            "scope": "/",
            "display": "standalone",
            "icons": [{"src": "/push/icon.svg", "sizes": "any", "type": "image/svg+xml"}],
        }
        return web.Response(
            body=orjson.dumps(manifest), content_type="application/manifest+json", headers=_HEADERS
        )


_TONGUES = {"zh-CN": "中文", "zh": "中文", "en": "English", "en-US": "English"}


def _language(request: web.Request) -> str:
    asked = request.query.get("lang", "") or request.headers.get("Accept-Language", "")[:200]
    for part in asked.split(","):
        primary = part.strip().partition(";")[0].partition("-")[0].lower()
        for tag in _words():
            if tag.partition("-")[0] == primary:
                return tag
    return "en"


def _level(code: str, language: str) -> str:
    known: str | None = _words()[language]["levels"].get(code)
    return known or code


def _places(regions: Sequence[Region], language: str) -> Sequence[Place]:
    """Return the tree of regions, each followed by what lies in it."""
    below: dict[str | None, list[Region]] = {}
    codes = {region.code for region in regions}
    for region in regions:
        parent = region.parent if region.parent in codes else None
        below.setdefault(parent, []).append(region)
    found: list[Place] = []

    def add(parent: str | None, depth: int) -> None:
        for region in below.pop(parent, ()):
            found.append(Place(region.code, region.name(language), depth))
            add(region.code, depth + 1)

    add(None, 0)
    return found


@lru_cache(maxsize=1)
def _words() -> Mapping[str, Any]:
    words: Mapping[str, Any] = yaml.safe_load((_FOLDER / "words.yaml").read_text("utf-8"))
    return words


@lru_cache(maxsize=1)
def _template() -> Any:
    environment = Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("page.html.j2")
