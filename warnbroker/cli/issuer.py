"""``warnbroker issuer``: who may issue what, and their keys."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import orjson
import typer
from rich.text import Text

from warnbroker.cli.terminal import (
    ConfigOption,
    JsonOption,
    complain,
    err,
    operator,
    out,
    plain,
    run,
)
from warnbroker.errors import ConfigError

if TYPE_CHECKING:
    from warnbroker.intake.permit import Permit
    from warnbroker.model.record import IssuerRecord
    from warnbroker.settings import Settings
    from warnbroker.store import Store

app = typer.Typer(help="Issuers, what they may do, and their keys.")

ExpiresOption = Annotated[
    str,
    typer.Option(help="When the key ends: a day, an instant, or a time from now such as 90d."),
]
_OPTIONS = {
    "name": "NAME",
    "roles": "--role",
    "jurisdictions": "--jurisdiction",
    "hazards": "--hazard",
    "highest_level": "--highest-level",
    "on_behalf": "--on-behalf",
}
"""What a field of a permit is called here, where it is not just ``--field``."""


@app.command()
def add(
    name: Annotated[str, typer.Argument(help="What people call the issuer.")],
    *,
    authority: Annotated[str, typer.Option(help="The authority it belongs to.")] = "",
    person: Annotated[
        str, typer.Option(help="Who holds the key; two keys of one person are one person.")
    ] = "",
    sender: Annotated[
        str, typer.Option(help="The CAP sender it must use; empty: any of its authority.")
    ] = "",
    role: Annotated[
        list[str] | None,
        typer.Option(
            help="issuer, approver, operator, auditor, media, relay, or what a release step asks."
        ),
    ] = None,
    jurisdiction: Annotated[
        list[str] | None, typer.Option(help="Region code it may warn; none: as its authority.")
    ] = None,
    hazard: Annotated[
        list[str] | None, typer.Option(help="Category or event code; none: as its authority.")
    ] = None,
    highest_level: Annotated[
        str, typer.Option(help="The gravest level it may use; empty: as its authority.")
    ] = "",
    on_behalf: Annotated[
        list[str] | None, typer.Option(help="Another authority whose senders it may use.")
    ] = None,
    expires: ExpiresOption = "",
    rate: Annotated[
        float, typer.Option(help="Requests a minute of its own; 0: as configured.")
    ] = 0,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Add an issuer and show its key, this once."""
    from warnbroker.intake.permit import Permit

    permit = Permit(
        name=name,
        roles=tuple(role or ["issuer"]),
        sender=sender,
        jurisdictions=tuple(jurisdiction or ()),
        hazards=tuple(hazard or ()),
        authority=authority,
        person=person,
        highest_level=highest_level,
        on_behalf=tuple(on_behalf or ()),
        rate=rate,
    )
    found, key = run(_add(config, permit, expires))
    _show(found, key, name, json=json)


def _show(issuer_id: int, key: str, name: str, *, json: bool) -> None:
    if json:
        typer.echo(orjson.dumps({"id": str(issuer_id), "key": key}).decode())
        return
    told = " may now call the API. The key is shown this once; keep it safe:"
    err.print(Text.assemble((plain(name), "green"), told), soft_wrap=True)
    out.print(key, soft_wrap=True)


async def _add(config: ConfigOption, permit: Permit, expires: str) -> tuple[int, str]:
    from warnbroker.app import open_ledger
    from warnbroker.settings import load

    settings = load(config)
    granted = replace(permit, expires_at=_end(settings, expires))
    _require(settings, granted)
    async with open_ledger(settings) as store:
        known = {region.code for region in await store.regions.all()}
        strange = [code for code in granted.jurisdictions if known and code not in known]
        if strange:
            complain(f"note: no region has the code {', '.join(strange)} yet")
        return await grant(store, settings, granted)


def _end(settings: Settings, expires: str) -> datetime | None:
    from warnbroker.intake.permit import ExpiryError, expiry_of

    try:
        return expiry_of(expires, datetime.now(UTC), ZoneInfo(settings.municipality.time_zone))
    except ExpiryError as error:
        raise ConfigError(f"--expires: {error}") from error


def _require(settings: Settings, permit: Permit) -> None:
    from warnbroker.app.authorities import terms_of

    faults = list(terms_of(settings).faults(permit))
    if faults:
        lines = (f"{_OPTIONS.get(f.path, f'--{f.path}')}: {f.message}" for f in faults)
        raise ConfigError("\n".join(lines))


async def grant(store: Store, settings: Settings, permit: Permit) -> tuple[int, str]:
    """Write an issuer; return its id and its key.

    Raises:
        ConflictError: the name is taken.
    """
    from warnbroker.model.identity import lone_id

    now = datetime.now(UTC)
    authority = permit.authority or settings.municipality.authority
    record = permit.record(lone_id(now), await store.issuers.authority(authority), now)
    return record.id, await store.issuers.add(record, actor=operator())


async def add_issuer(
    store: Store,
    settings: Settings,
    name: str,
    *,
    roles: tuple[str, ...],
    sender: str = "",
    limits: tuple[tuple[str, ...], tuple[str, ...]] = ((), ()),
) -> tuple[int, str]:
    """Write a simple issuer, as ``grant`` does. ``limits`` are jurisdictions and hazards."""
    from warnbroker.intake.permit import Permit

    jurisdictions, hazards = limits
    permit = Permit(name, roles, sender, jurisdictions=jurisdictions, hazards=hazards)
    return await grant(store, settings, permit)


@app.command("list")
def list_(config: ConfigOption = None, *, json: JsonOption = False) -> None:
    """List issuers."""
    from warnbroker.cli.issuer_table import rows, table

    records = run(_list(config))
    if json:
        typer.echo(orjson.dumps(rows(records)).decode())
    else:
        out.print(table(records, datetime.now(UTC)))


async def _list(config: ConfigOption) -> list[IssuerRecord]:
    from warnbroker.app import open_ledger
    from warnbroker.settings import load

    async with open_ledger(load(config)) as store:
        return list(await store.issuers.all())


@app.command()
def renew(
    name: Annotated[str, typer.Argument(help="The issuer's name.")],
    *,
    expires: ExpiresOption = "",
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Show a new key for an issuer, this once; the old one is useless at once."""
    found, key = run(_renew(config, name, expires))
    _show(found, key, name, json=json)


async def _renew(config: ConfigOption, name: str, expires: str) -> tuple[int, str]:
    from warnbroker.app import open_ledger
    from warnbroker.errors import NotFoundError
    from warnbroker.intake.permit import ExpiryError, renewed_until
    from warnbroker.settings import load

    settings = load(config)
    async with open_ledger(settings) as store:
        record = next((item for item in await store.issuers.all() if item.name == name), None)
        if record is None:
            raise NotFoundError(f"no issuer is called {name!r}")
        zone = ZoneInfo(settings.municipality.time_zone)
        try:
            end = renewed_until(record, expires, datetime.now(UTC), zone)
        except ExpiryError as error:
            raise ConfigError(f"--expires: {error}") from error
        return record.id, await store.issuers.renew(name, expires_at=end, actor=operator())


@app.command()
def revoke(
    name: Annotated[str, typer.Argument(help="The issuer's name.")], config: ConfigOption = None
) -> None:
    """Make an issuer's key useless at once."""
    run(_revoke(config, name))
    out.print(f"The key of {name} is revoked.", markup=False)


async def _revoke(config: ConfigOption, name: str) -> None:
    from warnbroker.app import open_ledger
    from warnbroker.settings import load

    async with open_ledger(load(config)) as store:
        await store.issuers.revoke(name, actor=operator())
