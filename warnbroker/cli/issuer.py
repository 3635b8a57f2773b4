"""``warnbroker issuer``: who may issue what, and their keys."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import orjson
import typer
from rich.table import Table
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
from warnbroker.model.identity import sortable_ids
from warnbroker.model.record import IssuerRecord

if TYPE_CHECKING:
    from warnbroker.settings import Settings
    from warnbroker.store import Store

app = typer.Typer(help="Issuers, their roles, jurisdictions, hazards and keys.")

ROLES = ("issuer", "approver", "operator", "auditor")


@app.command()
def add(
    name: Annotated[str, typer.Argument(help="What people call the issuer.")],
    *,
    sender: Annotated[str, typer.Option(help="The CAP sender it must use; empty: any.")] = "",
    role: Annotated[list[str] | None, typer.Option(help=f"One of {', '.join(ROLES)}.")] = None,
    jurisdiction: Annotated[
        list[str] | None, typer.Option(help="Region code it may warn; none: all.")
    ] = None,
    hazard: Annotated[
        list[str] | None, typer.Option(help="Category or event code; none: all.")
    ] = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Add an issuer and show its key, this once."""
    roles = tuple(role or ["issuer"])
    unknown = set(roles) - set(ROLES)
    if unknown:
        raise ConfigError(f"--role: {', '.join(sorted(unknown))} is none of {', '.join(ROLES)}")
    if not name.strip() or not name.isprintable():
        raise ConfigError("NAME: give the issuer a name that can be printed")
    found, key = run(
        _add(config, name, sender, roles, (tuple(jurisdiction or ()), tuple(hazard or ())))
    )
    if json:
        typer.echo(orjson.dumps({"id": str(found), "key": key}).decode())
        return
    told = " may now call the API. The key is shown this once; keep it safe:"
    err.print(Text.assemble((plain(name), "green"), told), soft_wrap=True)
    out.print(key, soft_wrap=True)


async def _add(
    config: ConfigOption,
    name: str,
    sender: str,
    roles: tuple[str, ...],
    limits: tuple[tuple[str, ...], tuple[str, ...]],
) -> tuple[int, str]:
    from warnbroker.app import open_ledger
    from warnbroker.settings import load

    settings = load(config)
    async with open_ledger(settings) as store:
        known = {region.code for region in await store.regions.all()}
        strange = [code for code in limits[0] if known and code not in known]
        if strange:
            complain(f"note: no region has the code {', '.join(strange)} yet")
        return await add_issuer(store, settings, name, sender=sender, roles=roles, limits=limits)


async def add_issuer(
    store: Store,
    settings: Settings,
    name: str,
    *,
    roles: tuple[str, ...],
    sender: str = "",
    limits: tuple[tuple[str, ...], tuple[str, ...]] = ((), ()),
) -> tuple[int, str]:
    """Write an issuer; return its id and its key. ``limits`` are jurisdictions and hazards."""
    now = datetime.now(UTC)
    jurisdictions, hazards = limits
    record = IssuerRecord(
        id=next(sortable_ids(lambda: now)),
        name=name,
        sender=sender,
        roles=roles,
        jurisdictions=jurisdictions,
        hazards=hazards,
        authority_id=await store.issuers.authority(settings.municipality.authority),
        created_at=now,
    )
    return record.id, await store.issuers.add(record, actor=operator())


@app.command("list")
def list_(config: ConfigOption = None, *, json: JsonOption = False) -> None:
    """List issuers."""
    records = run(_list(config))
    if json:
        rows = [{"id": str(r.id), "name": r.name, "sender": r.sender, "roles": r.roles,
                 "jurisdictions": r.jurisdictions, "hazards": r.hazards,
                 "revoked": r.revoked_at} for r in records]  # fmt: skip
        typer.echo(orjson.dumps(rows).decode())
        return
    table = Table("Name", "Sender", "Roles", "Jurisdictions", "Hazards", "Key")
    for r in records:
        key = "[red]revoked[/]" if r.revoked_at else "[green]valid[/]"
        every = "all"
        table.add_row(
            Text(plain(r.name)),
            Text(plain(r.sender) or "any"),
            Text(", ".join(r.roles)),
            Text(plain(", ".join(r.jurisdictions)) or every),
            Text(plain(", ".join(r.hazards)) or every),
            key,
        )
    out.print(table)


async def _list(config: ConfigOption) -> list[IssuerRecord]:
    from warnbroker.app import open_ledger
    from warnbroker.settings import load

    async with open_ledger(load(config)) as store:
        return list(await store.issuers.all())


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
