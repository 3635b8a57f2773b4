"""``warnbroker serve``: run the broker."""

import asyncio
import logging
import resource
import signal
from typing import Annotated

import typer

from warnbroker.cli.terminal import ConfigOption, err, run
from warnbroker.errors import ConfigError

MANY = 65_536
"""Open files that are enough for everything."""


def serve(
    config: ConfigOption = None,
    role: Annotated[
        list[str] | None, typer.Option(help="Part to run: all, api, dispatch or clock.")
    ] = None,
) -> None:
    """Run the broker until it is told to stop."""
    if set(role or ["all"]) != {"all"}:
        raise ConfigError("--role: with SQLite and the local bus one process does all; use all")
    run(_serve(config))


async def _serve(config: ConfigOption) -> None:
    from warnbroker import app, failpoints
    from warnbroker.app.interpreter import settle
    from warnbroker.log import set_up
    from warnbroker.settings import load

    settings = load(config)
    if failpoints.arm():
        err.print(f"[bold red]{failpoints.VARIABLE} is set[/]: this process will kill itself")
    set_up(settings.log_level)
    # A stranger's broken HTTP is no fault of ours; our own are logged by the API.
    logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)
    _allow_many_files()
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    async with app.serve(settings) as broker:
        settle()
        err.print(f"[green]warnbroker[/] serves {broker.url} - Ctrl-C stops it")
        await stopped.wait()


def _allow_many_files() -> None:
    """Take all the open files that the system allows.

    The usual 1,024 are soon taken by idle readers of the public page, and then no message
    goes out.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MANY if hard == resource.RLIM_INFINITY else min(hard, MANY)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
