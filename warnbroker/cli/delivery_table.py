"""Deliveries as a table for people, each with its history in one cell."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from warnbroker.cli.city_clock import CityClock
from warnbroker.cli.terminal import plain
from warnbroker.cli.words import chinese, word
from warnbroker.model.ladder import DOOR
from warnbroker.model.receipt import ENGINE, OPERATOR

Item = Mapping[str, Any]

_COLOURS = {
    "CONFIRMED": "bold green",
    "DELIVERED": "green",
    "HANDED_OFF": "cyan",
    "ACCEPTED": "cyan",
    "UNKNOWN": "bold yellow",
    "FAILED_PERM": "red",
    "FAILED_TEMP": "red",
    "EXPIRED": "red",
    "SUPPRESSED": "magenta",
}


def table_of(items: Sequence[Item], clock: CityClock) -> Table:
    """Return deliveries as a table; what an office is told beside the public is marked."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    for name in ("number", "channel", "stands"):
        table.add_column(word(name), no_wrap=True)
    table.add_column(clock.headed(word("history")))
    for item in items:
        table.add_row(
            item["id"],
            _channel(item),
            Text(_state(item["state"], item["channel"]), style=_COLOURS.get(item["state"], "")),
            Text("\n".join(_history(item, clock))),
        )
    return table


def _channel(item: Item) -> Text:
    name = Text(word(item["channel"]))
    return name.append(f"\n{word('notice')}", "magenta") if item.get("notice") else name


def _state(state: str, channel: str) -> str:
    """Return a state by the word that filters take, in Chinese with what it means."""
    if not chinese():
        return state
    own = f"door.state.{state}"
    meant = word(own) if channel == DOOR else own
    return word(f"state.{state}") if meant == own else meant


def _history(item: Item, clock: CityClock) -> Iterator[str]:
    """Yield a line for each attempt, its receipts behind it in the order they came."""
    heard = _heard(item)
    for attempt in item["attempts"]:
        began = clock.time(attempt["started"])
        who = f" {plain(attempt['provider'])}" if attempt["provider"] else ""
        mark = " ↻" if attempt["repeat"] else ""
        said = " → ".join(heard.pop(attempt["number"], ["…"]))
        yield f"{attempt['number']}{mark} {began}{who}: {said}"
    for rest in heard.values():
        yield f"– {' → '.join(rest)}"
    if item["due"]:
        why = f" ({_cause(item['delayed_by'])})" if item["delayed_by"] else ""
        yield f"⏲ {clock.time(item['due'])}{why}"


def _heard(item: Item) -> dict[int, list[str]]:
    heard: defaultdict[int, list[str]] = defaultdict(list)
    for receipt in item["receipts"]:
        heard[receipt["attempt"]].append(_receipt(receipt, item["channel"]))
    return dict(heard)


def _receipt(receipt: Item, channel: str) -> str:
    """Return what a receipt says; an operator's wish is no outcome, although it is kept as one."""
    if (receipt["provider"], receipt["code"]) == (ENGINE, OPERATOR):
        return word("sent again by").format(name=plain(receipt["ref"] or "?"))
    words = (_state(receipt["state"], channel), _reason(receipt["reason"]), receipt["code"])
    return " ".join(plain(str(part)) for part in words if part)


def _reason(reason: str | None) -> str:
    """Return a reason by the word that the reference explains, in Chinese with what it means."""
    meant = word(f"reason.{reason}")
    return (reason or "") if meant.startswith("reason.") else meant


def _cause(cause: str) -> str:
    kind, _, rest = cause.partition(":")
    known = word(f"cause.{kind}")
    told = word(kind.replace("_", " ")) if known.startswith("cause.") else known.rstrip(":")
    return plain(f"{told} {rest}".strip())
