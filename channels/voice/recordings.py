"""Recorded voices: the issuer's own in an alert, or an operator's in a folder; served by us."""

import asyncio
import base64
import binascii
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

from aiohttp import ClientError, ClientSession, ClientTimeout, web

from channels.voice.files import write_whole
from warnbroker.log import log
from warnbroker.model.alert import Resource
from warnbroker.model.event import Event
from warnbroker.model.publication import Group, Publication

TYPES = {
    "audio/mpeg": ".mp3",
    "audio/mp3": ".mp3",
    "audio/wav": ".wav",
    "audio/wave": ".wav",
    "audio/x-wav": ".wav",
}
"""What we serve of the sound that Twilio plays."""

SUFFIXES = (".wav", ".mp3")
LARGEST = 5 * 1024 * 1024
"""Bytes of a recording; five minutes as Twilio plays them."""

_PATIENCE = ClientTimeout(total=3)
_NAME = re.compile(r"[0-9a-f]{32}\.(?:wav|mp3)")
_SERVED = {".mp3": "audio/mpeg", ".wav": "audio/wav"}


@dataclass(frozen=True, slots=True)
class Recordings:
    """Finds the recordings of an alert, and keeps what calls are to play.

    ``directory`` holds what is served, ``own`` the operator's files; from the web a file is
    fetched only where its host is one of ``hosts``.
    """

    directory: Path
    own: Path | None = None
    hosts: Sequence[str] = ()

    def routes(self) -> Sequence[web.RouteDef]:
        """Return the route that calls are played from."""
        return (web.get("/audio/{name}", self._get_audio),)

    async def find(
        self, publication: Publication, group: Group, language: str, session: ClientSession
    ) -> str:
        """Return the file of a voice that says a whole alert; empty where there is none."""
        own = await asyncio.to_thread(self._own, publication.id, language)
        if own:
            return own
        for resource in _sounds(group, language):
            content = await self._content(resource, session)
            if content:
                return await asyncio.to_thread(self._keep, content, TYPES[_media_type(resource)])
        return ""

    async def opening(self, level: str, language: str) -> str:
        """Return the operator's file that goes before the words of a level; empty without."""
        return await asyncio.to_thread(self._own, level, language)

    def _own(self, stem: str, language: str) -> str:
        if self.own is None:
            return ""
        for suffix in SUFFIXES:
            path = self.own / f"{stem}.{language}{suffix}"
            try:
                if path.is_file() and path.stat().st_size <= LARGEST:
                    return self._keep(path.read_bytes(), suffix)
            except OSError as error:
                _tell(path.name, error.strerror or type(error).__name__)
        return ""

    async def _content(self, resource: Resource, session: ClientSession) -> bytes:
        if resource.deref_uri:
            return _decoded(resource.deref_uri)
        try:
            return await self._fetched(resource.uri, session)
        except (ClientError, TimeoutError, OSError, ValueError) as error:
            # A voice that does not come in time must not keep the warning from anybody.
            _tell("an alert's recording", type(error).__name__)
            return b""

    async def _fetched(self, uri: str, session: ClientSession) -> bytes:
        if not _is_of(uri, self.hosts):
            return b""
        async with session.get(uri, timeout=_PATIENCE, allow_redirects=False) as answer:
            if answer.status != 200:
                raise ValueError(f"answered {answer.status}")
            content = bytearray()
            async for piece in answer.content.iter_any():
                content += piece
                if len(content) > LARGEST:
                    raise ValueError(f"longer than {LARGEST} bytes")
            return bytes(content)

    def _keep(self, content: bytes, suffix: str) -> str:
        # Named by its content: whoever does not have the sound cannot ask for it.
        name = f"{blake2b(content, digest_size=16).hexdigest()}{suffix}"
        try:
            write_whole(self.directory / name, content)
        except OSError as error:
            _tell(name, error.strerror or type(error).__name__)
            return ""
        return name

    async def _get_audio(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["name"]
        path = self.directory / name
        if not _NAME.fullmatch(name) or not path.is_file():
            raise web.HTTPNotFound(text="There is no such recording.")
        headers = {
            "Content-Type": _SERVED[path.suffix],
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "private, max-age=86400",
        }
        return web.FileResponse(path, headers=headers)


def _sounds(group: Group, language: str) -> Iterator[Resource]:
    for info in group.infos:
        if _is_same(info.language, language):
            yield from (item for item in info.resources if _media_type(item) in TYPES)


def _is_same(one: str, other: str) -> bool:
    # "en" and "en-US" are; "zh-CN" and "zh-HK" are spoken differently.
    short, long = sorted((one.lower(), other.lower()), key=len)
    return long == short or long.startswith(f"{short}-")


def _media_type(resource: Resource) -> str:
    return resource.mime_type.partition(";")[0].strip().lower()


def _decoded(text: str) -> bytes:
    try:
        content = base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        return b""
    return content if len(content) <= LARGEST else b""


def _is_of(uri: str, hosts: Sequence[str]) -> bool:
    from yarl import URL

    url = URL(uri)
    return url.scheme in {"http", "https"} and url.host in hosts


def _tell(what: str, why: str) -> None:
    log.warning(Event.CHANNEL_FAULT, channel="voice", fault=f"{what} is not played: {why}")
