"""Suppressions as a table for people."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from warnbroker.cli.terminal import plain
from warnbroker.cli.words import word
from warnbroker.model.suppression import Suppression

_COLUMNS = ("id", "address", "scope", "reason", "since", "by")


def table_of(found: Sequence[Suppression], zone: ZoneInfo) -> Table:
    """Return suppressions as a table of 80 columns, without addresses."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    for name in _COLUMNS:
        # Names of people are long; all else must be whole, the id to lift by.
        table.add_column(word(f"suppression.{name}"), no_wrap=name != "by")
    for item in found:
        cells = (
            str(item.id),
            word(plain(item.address_kind)),
            word(plain(item.scope) or "all"),
            word(item.reason.replace("_", " ")),
            _course(item, zone),
            plain(item.source),
        )
        table.add_row(*map(Text, cells))
    return table


def _course(item: Suppression, zone: ZoneInfo) -> str:
    since = _day(item.since, zone)
    if item.lifted_at is None:
        return since
    return f"{since}\n{word('suppression.lifted')}\n{_day(item.lifted_at, zone)}"


def _day(moment: datetime, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%Y-%m-%d\n%H:%M}"
