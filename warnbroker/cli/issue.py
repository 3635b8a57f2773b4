"""``warnbroker issue``: post an alert and follow it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from warnbroker.cli.terminal import err, run
from warnbroker.errors import ConfigError, WarnbrokerError

if TYPE_CHECKING:
    from warnbroker.cli.follow import Client


class RefusedError(WarnbrokerError):
    """The broker refused the alert; a line for each reason."""


def issue(
    file: Annotated[Path, typer.Argument(help="CAP 1.2 as XML or JSON.")],
    url: Annotated[str, typer.Option(help="Where the broker is.")] = "http://127.0.0.1:8080",
    key: Annotated[str, typer.Option(help="The issuer's key; default $WARNBROKER_KEY.")] = "",
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show everything that would happen; publish nothing.")
    ] = False,
) -> None:
    """Post an alert, then follow it to the last delivery."""
    key = (key or os.environ.get("WARNBROKER_KEY", "")).strip()
    if not key:
        raise ConfigError("give --key or set WARNBROKER_KEY; `warnbroker issuer add` makes one")
    if not (key.isascii() and key.isprintable()):
        raise ConfigError("--key: holds characters that no key has; copy it again")
    run(_rehearse(file, url, key) if dry_run else _issue(file, url, key))


async def _rehearse(file: Path, url: str, key: str) -> None:
    import aiohttp

    from warnbroker.cli.files import read_body
    from warnbroker.cli.follow import NOT_ANSWERED, Client
    from warnbroker.cli.outlook import outlook
    from warnbroker.cli.terminal import out

    body = read_body(file)
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=600)) as session:
        try:
            answer = await post(Client(session, url, key), body, query="?dry_run=true")
        except NOT_ANSWERED as error:
            told = f"{url}: no broker answers there"
            raise RefusedError(f"{told}: {error or type(error).__name__}") from error
    out.print(outlook(answer))


async def _issue(file: Path, url: str, key: str) -> None:
    import aiohttp
    from rich.text import Text

    from warnbroker.cli.files import read_body
    from warnbroker.cli.follow import NOT_ANSWERED, Client, follow

    body = read_body(file)
    told = f"{url}: no broker answers there"
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60)) as session:
        client = Client(session, url, key)
        try:
            answer = await post(client, body)
            err.print(Text.assemble((answer["state"], "green"), f" {answer['id']}"))
            told = f"{url}: {answer['id']} was accepted, but the broker answers no longer"
            await follow(client, answer["id"])
        except NOT_ANSWERED as error:
            raise RefusedError(f"{told}: {error or type(error).__name__}") from error


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


def reasons(problem: dict[str, Any]) -> list[str]:
    """Return the lines of a problem document."""
    errors = problem.get("errors")
    lines = [
        f"{item.get('rule')} {item.get('path') or 'alert'}: {item.get('message')}"
        for item in (errors if isinstance(errors, list) else [])
        if isinstance(item, dict)
    ]
    return lines or [f"{problem.get('title')}: {problem.get('detail', '')}".rstrip(": ")]
