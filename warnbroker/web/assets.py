"""Style sheets and pictures, read once and served from memory."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from aiohttp import web

from warnbroker.web.answers import Body, answer

_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".woff2": "font/woff2",
}
_A_DAY = 86_400


class Assets:
    """Files of the folders, the first folder before the later ones, and generated ones."""

    def __init__(self, folders: Iterable[Path], generated: Mapping[str, str]) -> None:
        self._bodies = {
            name: Body(text.encode(), _TYPES[Path(name).suffix]) for name, text in generated.items()
        }
        for folder in folders:
            for path in sorted(folder.glob("*")):
                if path.suffix in _TYPES and path.name not in self._bodies:
                    self._bodies[path.name] = Body(path.read_bytes(), _TYPES[path.suffix])

    def link(self, name: str) -> str:
        """Return the path of a file, which changes with its bytes, so that it may be kept long."""
        return f"/static/{name}?v={self._bodies[name].digest[:8]}"

    async def get(self, request: web.Request) -> web.Response:
        """Serve a file."""
        body = self._bodies.get(request.match_info["name"])
        if body is None:
            raise web.HTTPNotFound
        return answer(request, body, max_age=_A_DAY if request.query.get("v") else 0)
