"""``warnbroker issue``: post an alert and follow it."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlencode

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
from warnbroker.cli.terminal import err, run
from warnbroker.cli.words import word

if TYPE_CHECKING:
    from warnbroker.cli.client import Client

ENDED = frozenset({"rejected", "withdrawn", "lapsed"})


def issue(
    file: Annotated[Path, typer.Argument(help="CAP 1.2 as XML or JSON.")],
    url: UrlOption = HERE,
    key: KeyOption = "",
    flow: Annotated[str, typer.Option(help="Its way to release, if not the configured one.")] = "",
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show everything that would happen; publish nothing.")
    ] = False,
    until_reached: Annotated[
        bool, typer.Option("--until-reached", help="Follow also whom nobody has reached yet.")
    ] = False,
) -> None:
    """Post an alert, then follow it as long as something leaves or a receipt can come."""
    query = {"flow": flow} if flow else {}
    if dry_run:
        run(_rehearse(file, url, key_of(key), query))
    else:
        run(_issue(file, url, key_of(key), query, until_reached=until_reached))


async def _rehearse(file: Path, url: str, key: str, query: dict[str, str]) -> None:
    from warnbroker.cli.files import read_body
    from warnbroker.cli.outlook import outlook
    from warnbroker.cli.terminal import out

    body = read_body(file)
    async with calling(url, key, seconds=600) as client:
        answer = await post(client, body, query="?" + urlencode(query | {"dry_run": "true"}))
    out.print(outlook(answer))


async def _issue(
    file: Path, url: str, key: str, query: dict[str, str], *, until_reached: bool
) -> None:
    from rich.text import Text

    from warnbroker.cli.client import NOT_ANSWERED
    from warnbroker.cli.files import read_body
    from warnbroker.cli.outlook import advice

    body = read_body(file)
    async with calling(url, key) as client:
        answer = await post(client, body, query="?" + urlencode(query) if query else "")
        err.print(Text.assemble((word(answer["state"]), "green"), f" {answer['id']}"))
        for line in advice(answer):
            err.print(line, soft_wrap=True)
        if answer["state"] == "recorded":
            return
        try:
            await released(client, answer)
            await _followed(client, answer["id"], _longer(file, url), until_reached=until_reached)
        except NOT_ANSWERED as error:
            told = f"{url}: {answer['id']}: {word('it was accepted, but nobody answers any more')}"
            raise RefusedError(f"{told}: {error or type(error).__name__}") from error


async def _followed(client: Client, alert: str, longer: str, *, until_reached: bool) -> None:
    from warnbroker.cli.follow import Until, follow

    until = Until.REACHED if until_reached else Until.RESTS
    try:
        await follow(client, alert, until=until, longer=longer)
    except RefusedError as error:
        told = word("it was accepted, but cannot be followed")
        raise RefusedError(f"{alert}: {told}: {error}") from error


def _longer(file: Path, url: str) -> str:
    """Return the command that goes on to follow whom nobody has reached yet."""
    where = [] if url == HERE else ["--url", url]
    return shlex.join(["warnbroker", "issue", str(file), *where, "--until-reached"])


async def released(client: Client, answer: dict[str, Any]) -> None:
    """Wait until people have let an alert go; say meanwhile who must do what.

    Raises:
        RefusedError: it will not go out.
    """
    from warnbroker.cli.waiting import until_decided

    if not answer["approvals_needed"]:
        return
    decided = await until_decided(client, answer["id"])
    if decided["state"] in ENDED:
        raise RefusedError(_ending(decided))


def _ending(decided: Mapping[str, Any]) -> str:
    last = decided["release"]["decisions"][-1]
    ended = word("ended").format(id=decided["id"], state=word(decided["state"]))
    if decided["state"] == "lapsed":
        return ended
    by = word("decided by").format(act=word(last["act"]), person=last["person"])
    return ": ".join(part for part in (ended, by, last["reason"]) if part)


async def post(client: Client, body: bytes, query: str = "") -> dict[str, Any]:
    """Post an alert and return the answer; ``query`` begins with ``?``.

    Raises:
        RefusedError: the broker refused it; a line for each reason.
    """
    from warnbroker.cli.files import is_json

    kind = "application/json" if is_json(body) else "application/cap+xml"
    status, answer = await client.post_alert(body, kind, query)
    if status not in {200, 202}:
        raise RefusedError("\n".join(reasons(answer)))
    return answer
