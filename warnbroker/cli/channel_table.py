"""Channels and their providers as a table for people."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import JustifyMethod
from rich.table import Table
from rich.text import Text

from warnbroker.cli.city_clock import CityClock, clock_of
from warnbroker.cli.terminal import plain
from warnbroker.cli.waiting import age
from warnbroker.cli.words import word

Item = Mapping[str, Any]

_COLOURS = {"ok": "green", "slow": "yellow", "failing": "yellow", "open": "bold red"}
_RIGHT = frozenset({"provider.share", "provider.errors", "provider.latency"})
_WHY = "provider.why"
_COLUMNS = (
    "channel",
    "provider",
    "provider.state",
    "provider.share",
    "provider.errors",
    "provider.latency",
    "provider.last",
    _WHY,
)


def table_of(answer: Item, now: datetime) -> Table:
    """Return a row for each provider of each channel."""
    clock = clock_of(answer)
    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    for column in _COLUMNS:
        heading = clock.headed(word(column)) if column == _WHY else word(column)
        justify: JustifyMethod = "right" if column in _RIGHT else "left"
        # Only what is a sentence may be broken; a name or a number never is.
        table.add_column(heading, justify=justify, no_wrap=column != _WHY)
    for item in answer["items"]:
        for place, provider in enumerate(item["providers"] or [None]):
            table.add_row(*_row(item, provider, now, clock, first=place == 0))
    return table


def _row(
    item: Item, provider: Item | None, now: datetime, clock: CityClock, *, first: bool
) -> Iterator[Text]:
    yield Text(word(item["name"]) if first else "")
    faults = [plain(fault) for fault in item["faults"]] if first else []
    if provider is None:
        yield from (Text(), _state("ok" if item["ready"] else "open"), Text(), Text(), Text())
        yield Text()
    else:
        yield Text("" if provider["name"] == item["name"] else plain(provider["name"]))
        yield _state("failing" if faults and provider["state"] == "ok" else provider["state"])
        yield Text(f"{_traffic(provider, item['providers']):.0%}")
        yield Text(f"{provider['errors']:.0%}")
        yield Text("" if provider["latency"] is None else f"{provider['latency']:.1f} s")
        yield Text(_ago(provider["last_handoff"], now))
    yield Text("\n".join([*faults, *(_causes(provider, clock) if provider else ())]))


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
