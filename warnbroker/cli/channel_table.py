"""Channels and their providers as a table for people."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Group, JustifyMethod, RenderableType
from rich.table import Table
from rich.text import Text

from warnbroker.cli.city_clock import CityClock, clock_of
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
)


def board_of(answer: Item, now: datetime) -> RenderableType:
    """Return a row for each provider of each channel; below, what is wrong and why it waits."""
    return Group(_table(answer["items"], now), *_why(answer["items"], clock_of(answer)))


def _table(items: Sequence[Item], now: datetime) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    for column in _COLUMNS:
        justify: JustifyMethod = "right" if column in _RIGHT else "left"
        # A provider's name may be longer than any line.
        is_name = column == "provider"
        table.add_column(word(column), justify=justify, no_wrap=not is_name, overflow="fold")
    for item in items:
        for place, provider in enumerate(item["providers"] or [None]):
            table.add_row(*_row(item, provider, now, first=place == 0))
    return table


def _row(item: Item, provider: Item | None, now: datetime, *, first: bool) -> Iterator[Text]:
    yield Text(word(item["name"]) if first else "")
    if provider is None:
        yield from (Text(), _state("ok" if item["ready"] else "open"))
        return
    yield Text(_named(item, provider))
    faulty = item["faults"] and provider["state"] == "ok"
    yield _state("failing" if faulty and first else provider["state"])
    yield Text(f"{_traffic(provider, item['providers']):.0%}")
    yield Text(f"{provider['errors']:.0%}")
    yield Text("" if provider["latency"] is None else f"{provider['latency']:.1f} s")
    yield Text(_ago(provider["last_handoff"], now))


def _named(item: Item, provider: Item) -> str:
    return "" if provider["name"] == item["name"] else plain(provider["name"])


def _why(items: Sequence[Item], clock: CityClock) -> Iterator[Text]:
    """Yield a line for each fault and each delay, as long as it may be."""
    for item in items:
        for fault in item["faults"]:
            yield Text(f"{word(item['name'])}: {plain(fault)}", "yellow")
        for provider in item["providers"]:
            name = f"{word(item['name'])} {_named(item, provider)}".rstrip()
            for cause in _causes(provider, clock):
                yield Text(f"{name}: {cause} ({clock.name})", "yellow")


def _state(state: str) -> Text:
    return Text(word(f"provider.{state}"), style=_COLOURS[state])


def _ago(moment: str | None, now: datetime) -> str:
    return age(datetime.fromisoformat(moment), now) if moment else ""


def _traffic(provider: Item, providers: Sequence[Item]) -> float:
    """Return what a provider gets of all that its channel sends."""
    parts = {one["name"]: (one["weight"] or 1.0) * one["share"] for one in providers}
    total = sum(parts.values())
    return parts[provider["name"]] / total if total else 0.0


def _causes(provider: Item, clock: CityClock) -> Iterator[str]:
    """Yield why it gets less, each with the time of the next probe or send."""
    for breaker in provider["breakers"]:
        parts = (word(f"fault.{breaker['fault']}"), breaker["code"], breaker["scope"])
        said = plain(" ".join(part for part in parts if part))
        yield f"{said} → {word('probe')} {clock.time(breaker['until'])}"
    for delay in provider["delays"]:
        kind, _, rest = delay["cause"].partition(":")
        # A breaker has said why and until when already.
        if not (kind == "breaker" and provider["breakers"]):
            yield f"{word(f'cause.{kind}')} {plain(rest)} → {clock.time(delay['until'])}"
