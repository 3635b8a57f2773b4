"""``warnbroker deliveries`` and ``retry``: what became of each, and one more try."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlencode

import typer

from warnbroker.cli.decide import IdArgument
from warnbroker.cli.session import HERE, KeyOption, UrlOption, calling, key_of
from warnbroker.cli.terminal import JsonOption, err, out, plain, run

if TYPE_CHECKING:
    from rich.table import Table

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


def deliveries(
    alert: IdArgument,
    channel: Annotated[str, typer.Option(help="Only this channel.")] = "",
    state: Annotated[str, typer.Option(help="Only this state, such as UNKNOWN.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many at most.")] = 50,
    url: UrlOption = HERE,
    key: KeyOption = "",
    *,
    as_json: JsonOption = False,
) -> None:
    """Show what became of an alert's deliveries: every attempt and every receipt."""
    run(_show(alert, urlencode({"channel": channel, "state": state.upper(), "limit": limit}),
              url, key_of(key), as_json=as_json))  # fmt: skip


async def _show(alert: str, query: str, url: str, key: str, *, as_json: bool) -> None:
    async with calling(url, key) as client:
        answer = await client.get(f"/v1/alerts/{alert}/deliveries?{query}")
    if as_json:
        import orjson

        typer.echo(orjson.dumps(answer["items"]).decode())
        return
    from warnbroker.cli.words import word

    if answer["items"]:
        out.print(table_of(answer["items"]))
    else:
        err.print(word("There is none of that kind."), style="dim")
    if answer["next"]:
        err.print(word("There are more; --limit shows up to 1000."), style="dim")


def table_of(items: Sequence[Item]) -> Table:
    """Return deliveries as a table, each with its history in one cell."""
    from rich.table import Table
    from rich.text import Text

    from warnbroker.cli.words import word

    table = Table(*(word(name) for name in ("number", "channel", "stands", "history")))
    for item in items:
        style = _COLOURS.get(item["state"], "")
        table.add_row(
            Text(item["id"], no_wrap=True),
            Text(word(item["channel"])),
            Text(item["state"], style=style),
            Text("\n".join(_history(item))),
        )
    return table


def _history(item: Item) -> Sequence[str]:
    """Return a line for each attempt, its receipts behind it in the order they came."""
    lines = []
    heard: dict[int, list[str]] = {}
    for receipt in item["receipts"]:
        words = (receipt["state"], receipt["reason"], receipt["code"])
        said = " ".join(plain(str(part)) for part in words if part)
        heard.setdefault(receipt["attempt"], []).append(said)
    for attempt in item["attempts"]:
        began = datetime.fromisoformat(attempt["started"]).astimezone()
        who = f" {plain(attempt['provider'])}" if attempt["provider"] else ""
        mark = " ↻" if attempt["repeat"] else ""
        said = " → ".join(heard.pop(attempt["number"], ["…"]))
        lines.append(f"{attempt['number']}{mark} {began:%H:%M:%S}{who}: {said}")
    lines += [f"– {' → '.join(said)}" for said in heard.values()]
    if item["due"]:
        due = datetime.fromisoformat(item["due"]).astimezone()
        why = f" ({plain(item['delayed_by'])})" if item["delayed_by"] else ""
        lines.append(f"⏲ {due:%H:%M:%S}{why}")
    return lines


def retry(
    delivery: Annotated[str, typer.Argument(metavar="DELIVERY", help="Its number.")],
    url: UrlOption = HERE,
    key: KeyOption = "",
) -> int:
    """Send one delivery again, such as after a fault that you have mended."""
    return run(_retry(delivery, url, key_of(key)))


async def _retry(delivery: str, url: str, key: str) -> int:
    from urllib.parse import quote

    from warnbroker.cli.issue import reasons

    async with calling(url, key) as client:
        path = f"/v1/deliveries/{quote(delivery, safe='')}/retry"
        status, answer = await client.send(path, b"", "application/json")
    if status != 202:
        for line in reasons(answer):
            err.print(line, style="red", markup=False, soft_wrap=True)
        return 1
    out.print(table_of([answer]))
    return 0
