"""Run the demo: far end, broker, people, alert, verdict."""

import asyncio
import signal
import sys
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import orjson
import typer
from rich.text import Text

from warnbroker.app import open_ledger, serve, vocabulary
from warnbroker.cli.client import Client
from warnbroker.cli.demo_files import clear, demo_alert, demo_settings, outputs
from warnbroker.cli.demo_report import report
from warnbroker.cli.follow import Until, follow
from warnbroker.cli.issue import post
from warnbroker.cli.issuer import add_issuer
from warnbroker.cli.session import RefusedError, reasons
from warnbroker.cli.terminal import err, progress_bar
from warnbroker.cli.words import word
from warnbroker.intake.subscriber_import import import_subscribers
from warnbroker.log import set_up
from warnbroker.resources import shipped
from warnbroker.settings import Settings
from warnbroker.simulator.population import generate_subscribers, write_csv
from warnbroker.simulator.station import StationSimulator

SEED = 20261123
DESK, LEADER = "demo duty desk", "demo shift leader"


@dataclass(frozen=True, slots=True)
class Wish:
    """What the demo was asked for; ``alert`` is None for the shipped storm surge."""

    out: Path
    alert: Path | None
    subscribers: int
    port: int
    once: bool
    faults: bool
    json: bool


async def publish(wish: Wish) -> int:
    """Publish the alert, show what came of it, and return how many were lost.

    Raises:
        WarnbrokerError: the folder, the port or the alert cannot be used.
    """
    set_up("error")
    clear(wish.out)
    body = demo_alert(wish.alert or shipped("config") / "demo" / "storm-surge.cap.xml")
    async with AsyncExitStack() as stack:
        far_end = await _simulator(stack, wish)
        settings = demo_settings(wish.out, wish.port, far_end)
        desk, leader = await _fill(settings, wish)
        broker = await stack.enter_async_context(serve(settings))
        stations = StationSimulator(wish.out / "broadcast", SEED)
        await stations.start()
        stack.push_async_callback(stations.stop)
        session = await stack.enter_async_context(aiohttp.ClientSession())
        people = Client(session, broker.url, desk), Client(session, broker.url, leader)
        lost = await _warn(people, broker.url, settings, wish, body)
        if not wish.once:
            await _until_told()
    return lost


async def _warn(
    people: tuple[Client, Client], url: str, settings: Settings, wish: Wish, body: bytes
) -> int:
    client, leader = people
    began = time.monotonic()
    accepted = await post(client, body)
    if accepted["approvals_needed"]:
        await _released(leader, accepted)
    answer = await follow(client, accepted["id"], until=Until.SETTLED, longer=None)
    seconds = round(time.monotonic() - began, 2)
    places = outputs(wish.out, url, accepted["id"])
    found = report(wish.out, body, answer["channels"], settings, accepted["level"])
    found.show(places)
    if wish.json:
        summary = {"channels": answer["channels"], "lost": found.lost, "seconds": seconds}
        typer.echo(orjson.dumps(summary | {"outputs": places}).decode())
    return found.lost


async def _released(leader: Client, posted: dict[str, Any]) -> None:
    """Let a second person approve, who types what it is: the desk cannot release it alone.

    Raises:
        RefusedError: the broker refused that.
    """
    err.print(f"[bold]{DESK}[/]: {word('issues an alert; a second person must release it')}")
    looked = await leader.get(f"/v1/alerts/{posted['id']}")
    typed = looked["release"]["confirmation"]
    status, answer = await leader.decide(posted["id"], "approve", {"confirmation": typed})
    if status != 200:
        raise RefusedError("\n".join(reasons(answer)))
    said = " / ".join(str(typed[name]) for name in ("status", "level", "area", "people"))
    told = Text.assemble((LEADER, "bold"), f": {word('releases it, having typed')} ", (said, "red"))
    err.print(told, soft_wrap=True)


async def _simulator(stack: AsyncExitStack, wish: Wish) -> dict[str, Any]:
    """Start the providers' stand-ins as a process of their own and return their addresses."""
    command = [
        sys.executable, "-m", "warnbroker", "simulate", "--port", "0", "--smtp-port", "0",
        "--journal", str(wish.out / "journal.jsonl"), "--mail", str(wish.out / "mail"),
        "--seed", str(SEED), *(["--low-faults"] if wish.faults else []),
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


async def _fill(settings: Settings, wish: Wish) -> tuple[str, str]:
    """Give the empty ledger its regions, people and two on duty; return the keys of the two."""
    file = wish.out / "subscribers.csv"
    async with open_ledger(settings) as store:
        words = await vocabulary(settings, store)
        people = generate_subscribers(await store.regions.all(), wish.subscribers, SEED)
        await asyncio.to_thread(write_csv, people, file)
        with progress_bar() as bar:
            task = bar.add_task(word("Importing subscribers"), total=file.stat().st_size)
            await import_subscribers(
                store.subscribers,
                file,
                wish.out / "subscribers.rejects.csv",
                words,
                lambda read: bar.update(task, completed=read),
            )
        _, desk = await add_issuer(store, settings, DESK, roles=("issuer", "operator"))
        _, leader = await add_issuer(store, settings, LEADER, roles=("approver",))
    return desk, leader


async def _until_told() -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    err.print(word("Still serving - Ctrl-C ends it."))
    await stopped.wait()
