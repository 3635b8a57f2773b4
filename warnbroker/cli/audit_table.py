"""Entries of the record as a table for people."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from warnbroker.cli.terminal import plain
from warnbroker.cli.words import word
from warnbroker.model.record import AuditEntry

_GRAVE = ("refused", "rejected", "overridden", "overdue", "withheld", "escalated", "changed")
_GOOD = ("accepted", "released", "approved", "countersigned")


def table(entries: Sequence[AuditEntry], zone: ZoneInfo) -> Table:
    """Return a table of entries with times of a zone."""
    found = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    found.add_column("#", justify="right", no_wrap=True)
    for name in ("when", "who", "what", "about"):
        found.add_column(word(name))
    for entry in entries:
        who = f"{entry.actor} ({entry.origin})" if entry.origin else entry.actor
        about = Text(plain(entry.subject))
        detail = plain(entry.detail)
        if detail != "{}":
            about.append(f" {detail[:200]}", "dim")
        found.add_row(
            str(entry.sequence),
            f"{entry.at.astimezone(zone):%Y-%m-%d %H:%M:%S}",
            Text(plain(who)),
            Text(plain(entry.event), _colour(entry.event)),
            about,
        )
    return found


def _colour(event: str) -> str:
    if event.endswith(_GRAVE):
        return "red"
    return "green" if event.endswith(_GOOD) else "cyan"
