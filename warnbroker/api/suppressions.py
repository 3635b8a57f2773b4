"""``/v1/suppressions``: addresses that are not written to, never shown; for operators."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, TypeVar

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from warnbroker.api.access import operator
from warnbroker.api.body import read_body
from warnbroker.api.issuers import MOST, number
from warnbroker.api.problem import problem
from warnbroker.api.summary import iso, json_response
from warnbroker.contracts.store import IssuerStore
from warnbroker.errors import AlertError, UnreadableError
from warnbroker.intake.suppressing import Suppressing
from warnbroker.model.actor import Actor
from warnbroker.model.suppression import Suppression

LARGEST = 16 * 1024
"""Bytes of a body."""

_Form = TypeVar("_Form", bound=BaseModel)
_Short = Annotated[str, Field(max_length=100)]


class AddressBody(BaseModel):
    """What is sent to find an address: a number, a mailbox, or what ``address_kind`` says."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    address: Annotated[str, Field(min_length=1, max_length=4_096)]
    address_kind: _Short = ""


class SuppressionBody(AddressBody):
    """What is sent to suppress an address; an empty ``scope`` means all channels."""

    scope: _Short = ""


@dataclass(frozen=True, slots=True)
class SuppressionResource:
    """The handlers of ``/v1/suppressions``."""

    suppressing: Suppressing
    issuers: IssuerStore

    def routes(self) -> Sequence[web.RouteDef]:
        """Return the routes."""
        return [
            web.get("/v1/suppressions", self.get_suppressions),
            web.post("/v1/suppressions", self.post_suppression),
            web.post("/v1/suppressions/search", self.find_suppressions),
            web.delete("/v1/suppressions/{id}", self.delete_suppression),
        ]

    async def get_suppressions(self, request: web.Request) -> web.Response:
        """Return those that stand, a page each; with ``all=true`` the lifted ones too."""
        await operator(request, self.issuers)
        after = number(request.query.get("cursor", "0"))
        limit = min(max(number(request.query.get("limit", "100")), 1), MOST)
        standing = request.query.get("all", "false") != "true"
        page = await self.suppressing.page(after, limit, standing=standing)
        following = str(page[-1].id) if len(page) == limit else None
        return json_response({"items": _rows(page), "next": following})

    async def find_suppressions(self, request: web.Request) -> web.Response:
        """Return all that ever stood against an address, which comes in the body, not the URL."""
        await operator(request, self.issuers)
        wish = await _read(request, AddressBody)
        try:
            found = await self.suppressing.find(wish.address, wish.address_kind)
        except AlertError as error:
            return problem(422, "There is no such address", errors=error.faults)
        return json_response({"items": _rows(found), "next": None})

    async def post_suppression(self, request: web.Request) -> web.Response:
        """Suppress an address: 201; again: the same answer."""
        by = await operator(request, self.issuers)
        wish = await _read(request, SuppressionBody)
        actor = Actor(by.name, request.remote or "")
        try:
            found = await self.suppressing.add(
                wish.address, wish.address_kind, wish.scope, actor=actor
            )
        except AlertError as error:
            return problem(422, "The address cannot be suppressed", errors=error.faults)
        return json_response({"items": _rows(found), "next": None}, status=201)

    async def delete_suppression(self, request: web.Request) -> web.Response:
        """Lift a suppression; doing it again changes nothing."""
        by = await operator(request, self.issuers)
        actor = Actor(by.name, request.remote or "")
        await self.suppressing.lift(number(request.match_info["id"]), actor=actor)
        return web.Response(status=204)


def suppression_json(item: Suppression) -> dict[str, object]:
    """Return a suppression without its address."""
    return {
        "id": str(item.id),
        "address_kind": item.address_kind,
        "scope": item.scope or "all",
        "reason": item.reason,
        "source": item.source,
        "since": iso(item.since),
        "lifted": iso(item.lifted_at),
        "lifted_by": item.lifted_by,
    }


def _rows(page: Sequence[Suppression]) -> Sequence[dict[str, object]]:
    return [suppression_json(item) for item in page]


async def _read(request: web.Request, form: type[_Form]) -> _Form:
    body = await read_body(request, LARGEST)
    try:
        return form.model_validate_json(body.strip() or b"{}")
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"])) or "the body"
        raise UnreadableError(f"{where}: {first['msg']}") from None
