"""``warnbroker approve`` and the other decisions about an alert that waits."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from warnbroker.cli.session import (
    HERE,
    KeyOption,
    RefusedError,
    UrlOption,
    calling,
    key_of,
    reasons,
)
from warnbroker.cli.terminal import JsonOption, err, out, run
from warnbroker.cli.words import word
from warnbroker.errors import ConfigError

if TYPE_CHECKING:
    from warnbroker.cli.client import Client

IdArgument = Annotated[str, typer.Argument(metavar="ID", help="The alert's number.")]
ReasonOption = Annotated[str, typer.Option("--reason", help="Why, in a sentence; on record.")]
ConfirmOption = Annotated[
    str,
    typer.Option(
        "--confirm",
        metavar="STATUS/LEVEL/AREA/PEOPLE",
        help="What you would type, for scripts.",
    ),
]
_ID = re.compile("[a-z2-7]{26}")
FIELDS = ("status", "level", "area", "people")
PATIENCE = 600.0
"""Seconds that an answer may take: the people of a large city are counted at the first look."""


def approve(
    alert: IdArgument,
    url: UrlOption = HERE,
    key: KeyOption = "",
    confirm: ConfirmOption = "",
    reason: ReasonOption = "",
) -> None:
    """Look at an alert that waits and let it go, by typing what it is."""
    run(_confirmed("approve", alert, url, key_of(key), confirm, reason))


def override(
    alert: IdArgument,
    reason: ReasonOption,
    url: UrlOption = HERE,
    key: KeyOption = "",
    confirm: ConfirmOption = "",
) -> None:
    """Release an alert alone, in an emergency; another person must sign afterwards."""
    run(_confirmed("override", alert, url, key_of(key), confirm, reason))


def reject(
    alert: IdArgument, reason: ReasonOption, url: UrlOption = HERE, key: KeyOption = ""
) -> None:
    """Refuse an alert that waits."""
    run(_plain("reject", alert, url, key_of(key), reason))


def withdraw(
    alert: IdArgument, url: UrlOption = HERE, key: KeyOption = "", reason: ReasonOption = ""
) -> None:
    """Take an alert of your own back before it leaves."""
    run(_plain("withdraw", alert, url, key_of(key), reason))


def countersign(
    alert: IdArgument, url: UrlOption = HERE, key: KeyOption = "", reason: ReasonOption = ""
) -> None:
    """Sign afterwards what one person released."""
    run(_plain("countersign", alert, url, key_of(key), reason))


def admit(
    alert: IdArgument, url: UrlOption = HERE, key: KeyOption = "", reason: ReasonOption = ""
) -> None:
    """Say that an alert that was held is meant, though another said the same."""
    run(_plain("admit", alert, url, key_of(key), reason))


def pending(url: UrlOption = HERE, key: KeyOption = "", *, json: JsonOption = False) -> None:
    """List what waits for people, with how long it has waited."""
    run(_pending(url, key_of(key), as_json=json))


async def _confirmed(act: str, alert: str, url: str, key: str, confirm: str, reason: str) -> None:
    from warnbroker.cap import parse_xml
    from warnbroker.cli.waiting import shown

    async with calling(url, key, PATIENCE) as client:
        answer = await looked(client, alert)
        document = await client.read(f"/v1/alerts/{alert}/cap")
        err.print(shown(answer, parse_xml(document, limit=len(document) + 1)))
        if answer["state"] == "held" and act == "approve":
            first = word("it is held; first: warnbroker admit")
            raise RefusedError(f"{first} {alert}")
        if answer["state"] not in {"pending", "held"}:
            told = word("nothing is left to decide")
            raise RefusedError(f"{word(answer['state'])}; {told}")
        typed = _given(confirm) if confirm else _typed(answer)
        step = answer["release"]["next"] if act == "approve" else ""
        body = {"confirmation": typed, "reason": reason, "step": step or ""}
        await _send(client, act, alert, body)


async def _plain(act: str, alert: str, url: str, key: str, reason: str) -> None:
    async with calling(url, key, PATIENCE) as client:
        await looked(client, alert)
        await _send(client, act, alert, {"reason": reason})


async def _send(client: Client, act: str, alert: str, body: Mapping[str, Any]) -> None:
    from rich.text import Text

    from warnbroker.cli.city_clock import clock_of
    from warnbroker.cli.waiting import who

    status, answer = await client.decide(alert, act, dict(body))
    if status != 200:
        raise RefusedError("\n".join(reasons(answer)))
    err.print(Text.assemble((word(answer["state"]), "green"), f" {answer['id']}"))
    if answer["state"] == "pending":
        err.print(who(answer), markup=False)
    if answer["release"]["countersign_by"]:
        by = clock_of(answer).moment(answer["release"]["countersign_by"])
        told = f"{word('another person must sign by')} {by}: warnbroker countersign {alert}"
        err.print(told, markup=False, soft_wrap=True)


async def looked(client: Client, alert: str) -> dict[str, Any]:
    """Return an alert as the broker shows it.

    Raises:
        RefusedError: it does not.
    """
    if not _ID.fullmatch(alert):
        told = "ID: an alert's number is 26 letters and digits; see warnbroker pending"
        raise ConfigError(word(told))
    status, answer = await client.find(f"/v1/alerts/{alert}")
    if status != 200:
        raise RefusedError("\n".join(reasons(answer)))
    return answer


def _given(confirm: str) -> dict[str, Any]:
    """Read ``STATUS/LEVEL/AREA/PEOPLE``; the area may hold strokes itself.

    Raises:
        ConfigError: it is not that.
    """
    status, _, rest = confirm.partition("/")
    level, _, rest = rest.partition("/")
    area, found, people = rest.rpartition("/")
    if not found:
        told = "--confirm: write STATUS/LEVEL/AREA/PEOPLE, as in Actual/red/Harbour/42"
        raise ConfigError(word(told))
    return _as_body(status, level, area, people, "--confirm")


def _typed(answer: Mapping[str, Any]) -> dict[str, Any]:
    """Ask for each field by itself; a yes or no would say nothing."""
    if not answer["release"]["confirm"]:
        return {}
    if not sys.stdin.isatty():
        raise ConfigError(word("nobody can type here; give --confirm STATUS/LEVEL/AREA/PEOPLE"))
    err.print(word("To let it go, type what it is. Ctrl-C leaves it waiting."))
    status, level, area, people = (typer.prompt(word(name), err=True) for name in FIELDS)
    return _as_body(status, level, area, people, "people")


def _as_body(status: str, level: str, area: str, people: str, where: str) -> dict[str, Any]:
    number = people.strip().replace(",", "")
    if not (number.isascii() and number.isdigit()):
        raise ConfigError(f"{where}: the number of people is a whole number, not {people!r}")
    return {"status": status, "level": level, "area": area, "people": int(number)}


async def _pending(url: str, key: str, *, as_json: bool) -> None:
    import orjson

    from warnbroker.cli.waiting import table_of, utc_now

    async with calling(url, key) as client:
        items = [
            item
            for state in ("pending", "held", "countersign")
            for item in await _all(client, state)
        ]
    if as_json:
        typer.echo(orjson.dumps(items).decode())
    elif items:
        out.print(table_of(items, utc_now()))
    else:
        err.print(word("Nothing waits."))


async def _all(client: Client, state: str) -> list[dict[str, Any]]:
    found, cursor = [], "0"
    while cursor is not None:
        page = await client.get(f"/v1/alerts?state={state}&limit=1000&cursor={cursor}")
        found += page["items"]
        cursor = page["next"]
    return found
