"""Channels and their providers as a table for people."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from warnbroker.cli.terminal import plain
from warnbroker.cli.waiting import age
from warnbroker.cli.words import word

Item = Mapping[str, Any]

_COLOURS = {"ok": "green", "slow": "yellow", "failing": "yellow", "open": "bold red"}
_RIGHT = frozenset({"provider.share", "provider.errors", "provider.latency"})
_COLUMNS = (
    "channel",
    "provider",
    "provider.state",
    "provider.share",
    "provider.errors",
    "provider.latency",
    "provider.last",
    "provider.why",
)


def table_of(items: Sequence[Item], now: datetime) -> Table:
    """Return a row for each provider of each channel."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    for column in _COLUMNS:
        table.add_column(word(column), justify="right" if column in _RIGHT else "left")
    for item in items:
        for place, provider in enumerate(item["providers"] or [None]):
            table.add_row(*_row(item, provider, now, first=place == 0))
    return table


def _row(item: Item, provider: Item | None, now: datetime, *, first: bool) -> Iterator[Text]:
    yield Text(word(item["name"]) if first else "")
    faults = [plain(fault) for fault in item["faults"]] if first else []
    if provider is None:
        yield from (Text(), _state("ok" if item["ready"] else "open"), Text(), Text(), Text())
        yield Text()
    else:
        yield Text("" if provider["name"] == item["name"] else plain(provider["name"]))
        yield _state("failing" if faults and provider["state"] == "ok" else provider["state"])
        yield Text(f"{provider['share']:.0%}")
        yield Text(f"{provider['errors']:.0%}")
        yield Text("" if provider["latency"] is None else f"{provider['latency']:.1f} s")
        yield Text(_ago(provider["last_handoff"], now))
    yield Text("\n".join([*faults, *(_causes(provider) if provider else ())]))


def _state(state: str) -> Text:
    return Text(word(f"provider.{state}"), style=_COLOURS[state])


def _ago(moment: str | None, now: datetime) -> str:
    return age(datetime.fromisoformat(moment), now) if moment else ""


def _causes(provider: Item) -> Iterator[str]:
    for breaker in provider["breakers"]:
        parts = (word(f"fault.{breaker['fault']}"), breaker["code"], breaker["scope"])
        yield f"{plain(' '.join(part for part in parts if part))} → {_clock(breaker['until'])}"
    for delay in provider["delays"]:
        kind, _, rest = delay["cause"].partition(":")
        yield f"{word(f'cause.{kind}')} {plain(rest)} → {_clock(delay['until'])}"


def _clock(moment: str) -> str:
    return f"{datetime.fromisoformat(moment).astimezone():%H:%M:%S}"
