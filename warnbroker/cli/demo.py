"""``warnbroker demo``: one real warning through every medium, on this machine alone."""

import asyncio
import signal
import time
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Annotated, Any

import aiohttp
import orjson
import typer

from warnbroker.cli.demo_files import clear, demo_alert, demo_settings, outputs
from warnbroker.cli.demo_report import Report, report
from warnbroker.cli.follow import Client, follow
from warnbroker.cli.issue import post
from warnbroker.cli.terminal import err, progress_bar, run
from warnbroker.cli.words import word
from warnbroker.resources import shipped

SEED = 20261123


def demo(
    once: Annotated[bool, typer.Option("--once", help="End when all is settled.")] = False,
    out: Annotated[Path, typer.Option(help="Where everything that goes out is kept.")] = Path(
        "demo-out"
    ),
    alert: Annotated[Path | None, typer.Option(help="A CAP file of your own.")] = None,
    subscribers: Annotated[int, typer.Option(min=1, max=1_000_000, help="How many.")] = 5000,
    port: Annotated[int, typer.Option(min=0, max=65535, help="0: any free one.")] = 8080,
    faults: Annotated[bool, typer.Option(help="Let providers fail now and then.")] = True,
    json: Annotated[bool, typer.Option("--json", help="End with one JSON line.")] = False,
) -> None:
    """Publish a red storm surge through six media, prove that nobody was lost, keep serving."""
    found = run(_demo(out.resolve(), alert, subscribers, port, once=once, faults=faults, json=json))
    if once and found.lost:
        raise typer.Exit(1)


async def _demo(
    out: Path, file: Path | None, count: int, port: int, *, once: bool, faults: bool, json: bool
) -> Report:
    from warnbroker.app import serve
    from warnbroker.log import set_up
    from warnbroker.simulator.station import StationSimulator

    set_up("error")
    clear(out)
    body = demo_alert(file or shipped("config") / "demo" / "storm-surge.cap.xml")
    async with AsyncExitStack() as stack:
        far_end = await _simulator(stack, out, faults=faults)
        settings = demo_settings(out, port, far_end)
        key = await _fill(settings, out, count)
        broker = await stack.enter_async_context(serve(settings))
        stations = StationSimulator(out / "broadcast", SEED)
        await stations.start()
        stack.push_async_callback(stations.stop)
        session = await stack.enter_async_context(aiohttp.ClientSession())
        client = Client(session, broker.url, key)
        began = time.monotonic()
        accepted = await post(client, body)
        answer = await follow(client, accepted["id"])
        seconds = round(time.monotonic() - began, 2)
        places = outputs(out, broker.url, accepted["id"])
        found = report(out, body, answer["channels"], settings, accepted["level"])
        found.show(places)
        if json:
            summary = {"channels": answer["channels"], "lost": found.lost, "seconds": seconds}
            typer.echo(orjson.dumps(summary | {"outputs": places}).decode())
        if not once:
            await _until_told()
    return found


async def _simulator(stack: AsyncExitStack, out: Path, *, faults: bool) -> dict[str, Any]:
    """Start the providers' stand-ins as a process of their own and return their addresses."""
    import sys

    command = [
        sys.executable, "-m", "warnbroker", "simulate", "--port", "0", "--smtp-port", "0",
        "--journal", str(out / "journal.jsonl"), "--mail", str(out / "mail"),
        "--seed", str(SEED), *(["--low-faults"] if faults else []),
    ]  # fmt: skip
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
    )
    stack.push_async_callback(_end, process)
    assert process.stdout is not None  # noqa: S101  it was asked for just above
    found: dict[str, Any] = orjson.loads(await process.stdout.readline())
    return found


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.terminate()
    await process.wait()


async def _fill(settings: Any, out: Path, count: int) -> str:
    """Give the empty ledger its regions, people and issuer; return the issuer's key."""
    from warnbroker.app import open_ledger, vocabulary
    from warnbroker.cli.issuer import add_issuer
    from warnbroker.intake.subscriber_import import import_subscribers
    from warnbroker.simulator.population import generate_subscribers, write_csv

    file = out / "subscribers.csv"
    async with open_ledger(settings) as store:
        words = await vocabulary(settings, store)
        people = generate_subscribers(await store.regions.all(), count, SEED)
        await asyncio.to_thread(write_csv, people, file)
        with progress_bar() as bar:
            task = bar.add_task(word("Importing subscribers"), total=file.stat().st_size)
            await import_subscribers(
                store.subscribers,
                file,
                out / "subscribers.rejects.csv",
                words,
                lambda read: bar.update(task, completed=read),
            )
        _, key = await add_issuer(store, settings, "demo duty desk", roles=("issuer", "operator"))
    return key


async def _until_told() -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    err.print(word("Still serving - Ctrl-C ends it."))
    await stopped.wait()
