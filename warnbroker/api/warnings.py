"""``/v1/warnings``: what is in force now."""

from collections.abc import Sequence
from dataclasses import dataclass

import shapely
from aiohttp import web

from warnbroker.api.access import caller
from warnbroker.api.summary import json_response
from warnbroker.contracts.clock import Clock
from warnbroker.contracts.public import PublicWarning, PublicWarnings
from warnbroker.contracts.store import IssuerStore


@dataclass(frozen=True, slots=True)
class WarningResource:
    """The handler of ``/v1/warnings``."""

    source: PublicWarnings
    issuers: IssuerStore
    clock: Clock

    def routes(self) -> Sequence[web.RouteDef]:
        """Return the routes."""
        return [web.get("/v1/warnings", self.get_warnings)]

    async def get_warnings(self, request: web.Request) -> web.Response:
        """Return the warnings in force, as a list or as GeoJSON."""
        await caller(request, self.issuers)
        found = [item for item in await self.source.in_force(self.clock.now()) if item.state.holds]
        if request.query.get("format") == "geojson":
            features = [
                {
                    "type": "Feature",
                    "geometry": shapely.geometry.mapping(item.area),
                    "properties": _properties(item),
                }
                for item in found
            ]
            return json_response({"type": "FeatureCollection", "features": features})
        return json_response({"items": [_properties(item) for item in found], "next": None})


def _properties(warning: PublicWarning) -> dict[str, object]:
    infos = warning.informative.infos
    return {
        "id": warning.id,
        "state": warning.state,
        "level": warning.level.code,
        "published": warning.published.isoformat(),
        "expires": warning.newest.expires.isoformat(),
        "alerts": [item.id for item in warning.alerts],
        "event": {info.language: info.event for info in infos},
        "headline": {info.language: info.headline for info in infos},
        "areas": sorted({area.area_desc for info in infos for area in info.areas}),
    }
