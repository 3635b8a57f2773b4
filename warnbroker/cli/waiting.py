"""An alert that waits for people, shown in the terminal."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from warnbroker.cli.city_clock import clock_of
from warnbroker.cli.client import Client
from warnbroker.cli.follow import POLL_SECONDS
from warnbroker.cli.terminal import err, plain
from warnbroker.cli.words import word
from warnbroker.model.alert import Alert, Info

Answer = Mapping[str, Any]
REAL, DRILL, KEPT = "bold white on red", "bold black on bright_cyan", "bold black on yellow"
ID = 26
"""The length of an alert's number, which must be whole: people type it."""
_BANNERS = {"Actual": REAL, "Exercise": DRILL, "Test": DRILL}


def shown(answer: Answer, alert: Alert) -> RenderableType:
    """Return all that a person must see before they decide."""
    release = answer["release"]
    typed = release["confirmation"]
    return Group(
        banner(answer["status"], answer["msgType"]),
        _facts(answer, alert, typed),
        *(_words(info) for info in alert.infos),
        _course(release),
    )


def banner(status: str, kind: str) -> RenderableType:
    """Return the loud line that says whether it is real: never the same for drill and danger."""
    ends = "THIS ENDS A WARNING. Everybody who may have been told is told."
    told = {
        "Actual": ends if kind == "Cancel" else "THIS IS REAL. Everybody in the area is told.",
        "Exercise": "THIS IS A DRILL. Only those who agreed to drills are told.",
        "Test": "THIS IS A TEST. Only those who agreed to drills are told.",
    }.get(status, "This is between systems. Nobody is told.")
    line = Text(f"{status.upper()}  {word(told)}", justify="center")
    return Panel(line, style=_BANNERS.get(status, KEPT))


def _facts(answer: Answer, alert: Alert, typed: Mapping[str, Any]) -> Table:
    table = Table.grid(padding=(0, 2))
    rows = {
        "status": typed["status"],
        "level": typed["level"],
        "area": typed["area"],
        "people": typed["people"],
        "kind": word(answer["msgType"]),
        "sender": answer["sender"],
        "expires": clock_of(answer).moment(answer["expires"]),
        "number": answer["id"],
        "flow": answer["release"]["flow"],
    }
    for name, value in rows.items():
        table.add_row(Text(word(name), style="dim"), Text(plain(str(value)), style="bold"))
    places = dict.fromkeys(area.area_desc for info in alert.infos for area in info.areas)
    if list(places) != [typed["area"]]:
        table.add_row(Text(word("places"), style="dim"), Text(plain("; ".join(places))))
    return table


def _words(info: Info) -> Panel:
    parts = (info.headline, info.description, info.instruction)
    text = "\n".join(plain(part) for part in parts if part)
    return Panel(Text(text), title=f"{info.language} {plain(info.event)}", title_align="left")


def _course(release: Answer) -> Text:
    done = [
        f"{step['name']}: {plain(step['done_by'])}" if step["done_by"] else f"{step['name']}: -"
        for step in release["steps"]
    ]
    return Text(f"{word('steps')}  " + "   ".join(done))


def who(answer: Answer) -> str:
    """Say who must decide next."""
    release = answer["release"]
    step = next((item for item in release["steps"] if item["name"] == release["next"]), None)
    roles = f" {word('or')} ".join(step["roles"]) if step else "approver"
    name = step["name"] if step else "approve"
    return f"{word('the step')} {name} {word('waits for another person with the role')} {roles}"


async def until_decided(client: Client, alert: str) -> Answer:
    """Wait with a spinner while an alert waits; name who must decide, and how."""
    shown_for = ""
    with err.status(word("waiting")) as spinner:
        while True:
            answer = await client.get(f"/v1/alerts/{alert}")
            if answer["state"] not in {"pending", "held"}:
                return answer
            held = answer["state"] == "held"
            told = word("held: another said the same a short time ago") if held else who(answer)
            if told != shown_for:
                shown_for, act = told, "admit" if held else "approve"
                err.print(f"{told}: warnbroker {act} {alert}", markup=False, soft_wrap=True)
            since = datetime.fromisoformat(answer["release"]["waiting_since"])
            spinner.update(f"{word('waiting')} {age(since, utc_now())}")
            await asyncio.sleep(POLL_SECONDS)


def table_of(items: Sequence[Answer], now: datetime) -> Table:
    """Return the list of what waits, with ages; its place stands below the whole number."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column(word("number"), min_width=ID)
    for name in ("status", "kind", "level", "waits", "ends"):
        table.add_column(word(name), no_wrap=True)
    for item in items:
        table.add_row(*_cells(item, now))
    return table


def _cells(item: Answer, now: datetime) -> Iterator[Text]:
    state = item["state"] if item["state"] in {"pending", "held"} else "countersign"
    yield Text(f"{item['id']}\n  {word(state)}: {plain(item.get('place', ''))}")
    yield Text(item["status"], style=_BANNERS.get(item["status"], KEPT))
    yield Text(word(item["msgType"]))
    yield Text(item["level"])
    since = item["waiting_since"] or item["countersign_by"]
    yield Text(age(datetime.fromisoformat(since), now) if since else "")
    yield Text(age(now, datetime.fromisoformat(item["expires"])))


def age(begin: datetime, end: datetime) -> str:
    """Write a span of time in the two largest units that it has; nothing for one that is over."""
    seconds = int((end - begin).total_seconds())
    if seconds < 0:
        return word("over")
    hours, rest = divmod(seconds, 3600)
    minutes, seconds = divmod(rest, 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min {seconds:02} s"


def utc_now() -> datetime:
    """Return the present instant."""
    return datetime.now(UTC)
