"""The readiness board in the terminal: each channel, its providers, and what delays them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import quote

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
    from rich.console import RenderableType

    from warnbroker.cli.client import Client

EVERY = 1.0
"""Seconds between two looks."""

Answer = Mapping[str, Any]


def channels(
    url: UrlOption = HERE,
    key: KeyOption = "",
    *,
    watch: Annotated[bool, typer.Option("--watch", help="Look again every second.")] = False,
    reset: Annotated[
        str,
        typer.Option("--reset", metavar="CHANNEL/PROVIDER", help="Say that a provider is well."),
    ] = "",
    as_json: JsonOption = False,
) -> int:
    """Show each channel, how well its providers are, and what delays what it sends."""
    if watch and as_json:
        raise ConfigError("--watch is for people, --json for programs; give one of them")
    return run(_channels(url, key_of(key), reset, watch=watch, as_json=as_json))


async def _channels(url: str, key: str, reset: str, *, watch: bool, as_json: bool) -> int:
    async with calling(url, key) as client:
        if reset:
            await _reset(client, reset)
        answer = await _read(client)
        if as_json:
            import orjson

            typer.echo(orjson.dumps(answer["items"]).decode())
        elif watch:
            await _watch(client, answer)
        else:
            out.print(_table(answer))
    return 0 if all(item["ready"] for item in answer["items"]) else 1


async def _read(client: Client) -> Answer:
    return await client.get("/v1/channels")


async def _reset(client: Client, which: str) -> None:
    channel, _, provider = which.partition("/")
    if not channel or not provider:
        raise ConfigError(word("--reset: write CHANNEL/PROVIDER, as in sms/twilio"))
    path = f"/v1/channels/{quote(channel, safe='')}/providers/{quote(provider, safe='')}/reset"
    status, answer = await client.send(path, b"", "application/json")
    if status != 200:
        raise RefusedError("\n".join(reasons(answer)))
    err.print(f"{which}: {word('counts as well again')}", markup=False)


async def _watch(client: Client, answer: Answer) -> None:
    from rich.live import Live

    with Live(_table(answer), console=out, auto_refresh=False) as live:
        while True:
            await asyncio.sleep(EVERY)
            live.update(_table(await _read(client)), refresh=True)


def _table(answer: Answer) -> RenderableType:
    from warnbroker.cli.channel_table import board_of
    from warnbroker.cli.waiting import utc_now

    return board_of(answer, utc_now())
