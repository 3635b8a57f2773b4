"""Issuers as a table, and as rows for programs."""

from collections.abc import Sequence
from datetime import datetime

from rich.table import Table
from rich.text import Text

from warnbroker.cli.terminal import plain
from warnbroker.model.record import IssuerRecord

_EVERY = "all"


def rows(records: Sequence[IssuerRecord]) -> list[dict[str, object]]:
    """Return issuers without their keys, as JSON can carry them."""
    return [
        {
            "id": str(item.id),
            "name": item.name,
            "person": item.person,
            "authority": item.authority,
            "sender": item.sender,
            "roles": item.roles,
            "jurisdictions": item.jurisdictions,
            "hazards": item.hazards,
            "highest_level": item.highest_level,
            "on_behalf": item.on_behalf,
            "rate": item.rate,
            "expires": item.expires_at,
            "revoked": item.revoked_at,
        }
        for item in records
    ]


def table(records: Sequence[IssuerRecord], now: datetime) -> Table:
    """Return a table for people."""
    found = Table("Name", "Authority", "Sender", "Roles", "Jurisdictions", "Hazards", "Key")
    for item in records:
        known_as = f"{item.name} ({item.person})" if item.person else item.name
        found.add_row(
            Text(plain(known_as)),
            Text(plain(", ".join(filter(None, (item.authority, *item.on_behalf)))) or "none"),
            Text(plain(item.sender) or "any"),
            Text(", ".join(item.roles)),
            Text(plain(", ".join(item.jurisdictions)) or _EVERY),
            Text(_hazards(item)),
            _key(item, now),
        )
    return found


def _hazards(record: IssuerRecord) -> str:
    hazards = plain(", ".join(record.hazards)) or _EVERY
    return f"{hazards}, up to {record.highest_level}" if record.highest_level else hazards


def _key(record: IssuerRecord, now: datetime) -> str:
    if record.revoked_at:
        return "[red]revoked[/]"
    if record.expires_at is None:
        return "[green]valid[/]"
    day = f"{record.expires_at:%Y-%m-%d}"
    return f"[red]expired {day}[/]" if record.expires_at <= now else f"[green]until {day}[/]"
