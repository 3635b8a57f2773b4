"""``/v1/schemas``: the forms that we read, for programs that write them."""

from collections.abc import Sequence
from importlib.resources import files

from aiohttp import web


def schema_routes() -> Sequence[web.RouteDef]:
    """Return the routes; everybody may read them."""
    return [web.get("/v1/schemas/alert.json", _get_alert_schema)]


async def _get_alert_schema(_: web.Request) -> web.Response:
    """Return the JSON Schema of the JSON form of CAP."""
    schema = files("warnbroker.cap").joinpath("schema", "alert.json").read_bytes()
    return web.Response(body=schema, content_type="application/schema+json")
