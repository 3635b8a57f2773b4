"""Send a correction and follow it until the last one is out, with the seconds that it took."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson
import typer
from rich.text import Text

from warnbroker.cli.client import NOT_ANSWERED, Client
from warnbroker.cli.decide import looked
from warnbroker.cli.files import is_json
from warnbroker.cli.follow import follow
from warnbroker.cli.issue import ENDED, released
from warnbroker.cli.session import RefusedError, calling, reasons
from warnbroker.cli.tally import total_of
from warnbroker.cli.terminal import err
from warnbroker.cli.words import word
from warnbroker.model.receipt import SCHEDULED, State

NOT_OUT = SCHEDULED | {State.IN_FLIGHT}


@dataclass(slots=True)
class Stopwatch:
    """Seconds since the command, and when nothing was left to hand over.

    One that ``is_late`` began after the correction did.
    """

    began: float = field(default_factory=time.monotonic)
    out: float | None = None
    is_late: bool = False

    def look(self, progress: Mapping[str, Any]) -> None:
        """Note the moment at which every correction is out."""
        waiting = sum(total_of(counts, NOT_OUT) for counts in progress["channels"].values())
        if self.out is None and progress["planned"] and not waiting:
            self.out = time.monotonic() - self.began


async def retract(url: str, key: str, alert: str, act: str, body: bytes, *, as_json: bool) -> None:
    """Post a correction of an alert and follow the message that it became.

    Where it had been made before, such as by a command that did not live to tell of it, the
    seconds are those since then.

    Raises:
        RefusedError: the broker refused it, or answers no longer.
    """
    watch = Stopwatch()
    async with calling(url, key) as client:
        await looked(client, alert)
        kind = "application/json" if is_json(body) else "application/cap+xml"
        status, answer = await client.send(f"/v1/alerts/{alert}/{act}", body, kind)
        if status not in {200, 202}:
            raise RefusedError("\n".join(reasons(answer)))
        err.print(Text.assemble((word(answer["state"]), "green"), f" {answer['id']}"))
        if answer["state"] in ENDED:
            err.print(word("It had not left; nobody was told."))
            return
        try:
            watch.is_late = status == 200
            await _follow(client, answer, watch, as_json=as_json)
        except NOT_ANSWERED as error:
            told = word("it was accepted and goes on; the same command shows it again")
            text = f"{url}: {answer['id']}: {told}"
            raise RefusedError(f"{text} ({error or type(error).__name__})") from error


async def _follow(
    client: Client, answer: dict[str, Any], watch: Stopwatch, *, as_json: bool
) -> None:
    waits = bool(answer["approvals_needed"])
    await released(client, answer)
    if waits:
        # People took their time; the seconds are those of the machine.
        watch = Stopwatch(is_late=watch.is_late)
    progress = await follow(client, answer["id"], watch.look)
    seconds = await _seconds(client, answer["id"], watch)
    if seconds is None:
        err.print(word("not all corrections are out yet"), style="yellow")
    else:
        err.print(f"{word('last correction out after')} {seconds} s")
    if as_json:
        found = {"id": answer["id"], "seconds": seconds, "channels": progress["channels"]}
        typer.echo(orjson.dumps(found).decode())


async def _seconds(client: Client, alert: str, watch: Stopwatch) -> float | None:
    """Return how long the last correction took, None where it is not out."""
    if watch.out is None or not watch.is_late:
        return watch.out and round(watch.out, 2)
    clock = (await client.get(f"/v1/alerts/{alert}"))["clock"]
    moments = (clock["released"] or clock["received"], clock["last_handoff"])
    if not all(moments):
        return round(watch.out, 2)
    began, ended = map(datetime.fromisoformat, moments)
    return round((ended - began).total_seconds(), 2)
