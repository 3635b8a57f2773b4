"""``/v1/issuers``: who may do what, and their keys; for operators."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Annotated, TypeVar

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from warnbroker.api.access import operator
from warnbroker.api.body import read_body
from warnbroker.api.problem import problem
from warnbroker.api.summary import iso, json_response
from warnbroker.contracts.clock import Clock
from warnbroker.contracts.store import IssuerStore, RegionStore
from warnbroker.errors import AlertError, Fault, UnreadableError
from warnbroker.intake.permit import ExpiryError, Permit, Terms, expiry_of, renewed_until
from warnbroker.model.actor import Actor
from warnbroker.model.record import IssuerRecord

_Form = TypeVar("_Form", bound=BaseModel)

LARGEST = 64 * 1024
"""Bytes of a body."""

MOST = 1000
LARGEST_ID = 2**63 - 1

_Text = Annotated[str, Field(max_length=500)]
_Texts = Annotated[tuple[_Text, ...], Field(max_length=500)]


class PermitBody(BaseModel):
    """What is sent to add an issuer; ``expires`` as ``warnbroker issuer add`` takes it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: _Text
    roles: _Texts = ("issuer",)
    sender: _Text = ""
    jurisdictions: _Texts = ()
    hazards: _Texts = ()
    authority: _Text = ""
    person: _Text = ""
    highest_level: _Text = ""
    on_behalf: _Texts = ()
    rate: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0
    expires: _Text = ""


class RenewalBody(BaseModel):
    """What is sent to renew a key."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    expires: _Text = ""


@dataclass(frozen=True, slots=True)
class IssuerResource:
    """The handlers of ``/v1/issuers``; issuers of no authority count to ``home``."""

    issuers: IssuerStore
    regions: RegionStore
    terms: Terms
    clock: Clock
    zone: tzinfo
    home: str
    ids: Iterator[int]

    def routes(self) -> Sequence[web.RouteDef]:
        """Return the routes."""
        return [
            web.get("/v1/issuers", self.get_issuers),
            web.post("/v1/issuers", self.post_issuer),
            web.get("/v1/issuers/{id}", self.get_issuer),
            web.delete("/v1/issuers/{id}", self.delete_issuer),
            web.post("/v1/issuers/{id}/renew", self.renew_issuer),
        ]

    async def get_issuers(self, request: web.Request) -> web.Response:
        """Return issuers, a page each, without their keys."""
        await operator(request, self.issuers)
        after = number(request.query.get("cursor", "0"))
        limit = min(max(number(request.query.get("limit", "100")), 1), MOST)
        everyone = sorted(await self.issuers.all(), key=lambda item: item.id)
        page = [item for item in everyone if item.id > after][:limit]
        following = str(page[-1].id) if len(page) == limit else None
        return json_response({"items": [issuer_json(item) for item in page], "next": following})

    async def get_issuer(self, request: web.Request) -> web.Response:
        """Return one issuer."""
        await operator(request, self.issuers)
        return json_response(issuer_json(await self._find(request)))

    async def post_issuer(self, request: web.Request) -> web.Response:
        """Add an issuer: 201, with the key, this once."""
        by = await operator(request, self.issuers)
        wish = await _read(request, PermitBody)
        now = self.clock.now()
        try:
            permit = self._permit(wish, now)
            self.terms.require(permit)
            await self._require_regions(permit)
        except AlertError as error:
            return problem(422, "The issuer cannot be added", errors=error.faults)
        home = await self.issuers.authority(permit.authority or self.home)
        record = permit.record(next(self.ids), home, now)
        key = await self.issuers.add(record, actor=_actor(by, request))
        return json_response(issuer_json(record) | {"key": key}, status=201)

    async def delete_issuer(self, request: web.Request) -> web.Response:
        """Make a key useless; doing it again changes nothing."""
        by = await operator(request, self.issuers)
        record = await self._find(request)
        if record.revoked_at is None:
            await self.issuers.revoke(record.name, actor=_actor(by, request))
        return web.Response(status=204)

    async def renew_issuer(self, request: web.Request) -> web.Response:
        """Answer with a new key, this once; the old one is useless."""
        by = await operator(request, self.issuers)
        wish = await _read(request, RenewalBody)
        record = await self._find(request)
        try:
            expires_at = renewed_until(record, wish.expires, self.clock.now(), self.zone)
        except ExpiryError as error:
            return problem(422, "The key cannot be renewed", errors=[_of_expiry(error)])
        key = await self.issuers.renew(
            record.name, expires_at=expires_at, actor=_actor(by, request)
        )
        return json_response(issuer_json(await self._find(request)) | {"key": key})

    def _permit(self, wish: PermitBody, now: datetime) -> Permit:
        try:
            expires_at = expiry_of(wish.expires, now, self.zone)
        except ExpiryError as error:
            raise AlertError([_of_expiry(error)]) from error
        return Permit(**wish.model_dump(exclude={"expires"}), expires_at=expires_at)

    async def _require_regions(self, permit: Permit) -> None:
        known = {region.code for region in await self.regions.all()}
        faults = [
            Fault("issuer.jurisdictions", f"no region has the code {code}", "jurisdictions")
            for code in permit.jurisdictions
            if code not in known
        ]
        if faults:
            raise AlertError(faults)

    async def _find(self, request: web.Request) -> IssuerRecord:
        return await self.issuers.get(number(request.match_info["id"]))


def issuer_json(record: IssuerRecord) -> dict[str, object]:
    """Return an issuer without its key."""
    return {
        "id": str(record.id),
        "name": record.name,
        "person": record.person,
        "authority": record.authority,
        "sender": record.sender,
        "roles": record.roles,
        "jurisdictions": record.jurisdictions,
        "hazards": record.hazards,
        "highest_level": record.highest_level,
        "on_behalf": record.on_behalf,
        "rate": record.rate,
        "created": iso(record.created_at),
        "expires": iso(record.expires_at),
        "revoked": iso(record.revoked_at),
    }


def number(text: str) -> int:
    """Read an id, a cursor or a limit."""
    if not (text.isascii() and text.isdigit()) or len(text) > 19 or int(text) > LARGEST_ID:
        raise web.HTTPBadRequest(text="id, cursor and limit must be whole numbers")
    return int(text)


async def _read(request: web.Request, form: type[_Form]) -> _Form:
    body = await read_body(request, LARGEST)
    try:
        return form.model_validate_json(body.strip() or b"{}")
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"])) or "the body"
        raise UnreadableError(f"{where}: {first['msg']}") from None


def _of_expiry(error: ExpiryError) -> Fault:
    return Fault("issuer.expires", str(error), "expires")


def _actor(by: IssuerRecord, request: web.Request) -> Actor:
    return Actor(by.name, request.remote or "")
