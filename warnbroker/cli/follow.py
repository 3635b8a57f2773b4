"""Follow an alert in the terminal: a bar per channel, then a table."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

import aiohttp
import orjson
from rich.live import Live
from rich.progress import BarColumn, Progress, TaskID, TextColumn
from rich.table import Table

from warnbroker.cli.terminal import err, numbers_table
from warnbroker.cli.words import chinese, word
from warnbroker.model.receipt import FAILED, State

Counts = Mapping[str, Mapping[str, int]]

TAKEN = frozenset({State.ACCEPTED, State.HANDED_OFF})
ARRIVED = frozenset({State.DELIVERED, State.CONFIRMED})
STILL = frozenset({State.RETRY_WAIT, State.UNKNOWN})
POLL_SECONDS = 0.25
NOT_ANSWERED = (aiohttp.ClientError, TimeoutError, ValueError)
"""What is no address, no broker or no longer there shows in one of these."""


class Client:
    """Calls a broker's API with a key."""

    def __init__(self, session: aiohttp.ClientSession, url: str, key: str) -> None:
        self._session = session
        self._url = url.rstrip("/")
        language = "zh-CN" if chinese() else "en"
        self._headers = {"Authorization": f"Bearer {key}", "Accept-Language": language}

    async def post_alert(
        self, body: bytes, content_type: str, query: str = ""
    ) -> tuple[int, dict[str, Any]]:
        """Post an alert; return the status and the answer. ``query`` begins with ``?``.

        Raises:
            ClientError: what answers is no broker.
        """
        headers = self._headers | {"Content-Type": content_type}
        async with self._session.post(
            f"{self._url}/v1/alerts{query}", data=body, headers=headers
        ) as answer:
            return answer.status, _sensible(await answer.read())

    async def decide(
        self, alert_id: str, act: str, body: dict[str, Any]
    ) -> tuple[int, dict[str, Any]]:
        """Post a decision about an alert; return the status and the answer.

        Raises:
            ClientError: what answers is no broker.
        """
        path = f"{self._url}/v1/alerts/{alert_id}/{act}"
        async with self._session.post(path, json=body, headers=self._headers) as answer:
            return answer.status, _sensible(await answer.read())

    async def send(self, path: str, body: bytes, content_type: str) -> tuple[int, dict[str, Any]]:
        """Post a body; return the status and the answer.

        Raises:
            ClientError: what answers is no broker.
        """
        headers = self._headers | {"Content-Type": content_type}
        async with self._session.post(self._url + path, data=body, headers=headers) as answer:
            return answer.status, _sensible(await answer.read())

    async def find(self, path: str) -> tuple[int, dict[str, Any]]:
        """Return the status and the answer, also where it is a refusal.

        Raises:
            ClientError: what answers is no broker.
        """
        async with self._session.get(self._url + path, headers=self._headers) as answer:
            return answer.status, _sensible(await answer.read())

    async def read(self, path: str) -> bytes:
        """Return an answer's bytes."""
        async with self._session.get(self._url + path, headers=self._headers) as answer:
            answer.raise_for_status()
            return await answer.read()

    async def get(self, path: str) -> dict[str, Any]:
        """Return a JSON answer."""
        async with self._session.get(self._url + path, headers=self._headers) as answer:
            answer.raise_for_status()
            found: dict[str, Any] = await answer.json()
            return found


def _sensible(body: bytes) -> dict[str, Any]:
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        found = None
    # An alert that was taken has an id, a channel has providers, a problem has a title.
    known = ({"id", "state"}, {"name", "providers"}, {"title"})
    if not isinstance(found, dict) or not any(keys <= found.keys() for keys in known):
        raise aiohttp.ClientError("what answers is no warnbroker")
    return found


async def follow(
    client: Client, alert_id: str, look: Callable[[Mapping[str, Any]], None] = lambda _: None
) -> dict[str, Any]:
    """Show an alert's progress until it is settled; return the last answer.

    ``look`` is shown each answer.
    """
    board = _Board()
    with Live(board.bars, console=err, refresh_per_second=8, transient=not err.is_terminal) as live:
        while True:
            answer = await client.get(f"/v1/alerts/{alert_id}/progress")
            board.show(answer["channels"])
            board.count(answer.get("people", {}))
            look(answer)
            if answer["settled"]:
                break
            await asyncio.sleep(POLL_SECONDS)
        live.update(summary(answer["channels"]))
    if not err.is_terminal:
        err.print(summary(answer["channels"]))
    for line in lines_of(answer):
        err.print(line, soft_wrap=True)
    return answer


class _Board:
    def __init__(self) -> None:
        self.bars = Progress(
            TextColumn("{task.description:<10}"),
            BarColumn(bar_width=14, complete_style="green"),
            TextColumn("{task.completed:>6.0f}/{task.total:.0f}"),
            TextColumn("{task.fields[detail]}"),
            console=err,
        )
        self._tasks: dict[str, TaskID] = {}

    def show(self, channels: Counts) -> None:
        for name, counts in channels.items():
            if name not in self._tasks:
                self._tasks[name] = self.bars.add_task(word(name), total=1, detail="")
            done = total_of(counts, ARRIVED | TAKEN | FAILED)
            detail = (
                f"{word('accepted')} {total_of(counts, TAKEN)}  "
                f"[green]{word('delivered')} {total_of(counts, ARRIVED)}[/]  "
                f"[yellow]{word('retrying')} {total_of(counts, STILL)}[/]  "
                f"[red]{word('failed')} {total_of(counts, FAILED)}[/]"
            )
            self.bars.update(
                self._tasks[name], total=sum(counts.values()), completed=done, detail=detail
            )

    def count(self, people: Mapping[str, int]) -> None:
        """Show how many people were reached, below the channels."""
        if not people.get("total"):
            return
        if "people" not in self._tasks:
            self._tasks["people"] = self.bars.add_task(word("people"), total=1, detail="")
        reached = people["confirmed"] + people["delivered"]
        detail = (
            f"[green]{word('confirmed')} {people['confirmed']}  "
            f"{word('delivered')} {people['delivered']}[/]  "
            f"{word('no receipt')} {people['no_receipt']}  "
            f"[yellow]{word('not reached')} {people['unreached']}[/]"
        )
        self.bars.update(
            self._tasks["people"], total=people["total"], completed=reached, detail=detail
        )


def lines_of(answer: Mapping[str, Any]) -> list[str]:
    """Return what is said of people below the table: who was reached, and what was done."""
    people, done = answer.get("people", {}), answer.get("escalation", {})
    if not people.get("total"):
        return []
    columns = ("confirmed", "delivered", "no receipt", "not reached")
    numbers = (people["confirmed"], people["delivered"], people["no_receipt"], people["unreached"])
    said = [f"{word(name)} {number}" for name, number in zip(columns, numbers, strict=True)]
    lines = [f"{word('people')}: {', '.join(said)}"]
    steps = {name: sum(found.values()) for name, found in done.get("steps", {}).items()}
    said = [f"{word(f'step {name}')} {number}" for name, number in steps.items()]
    said += [f"{word('to go to')} {done['listed']}"] if done.get("listed") else []
    return [*lines, f"{word('escalation')}: {', '.join(said)}"] if said else lines


def total_of(counts: Mapping[str, int], states: frozenset[State]) -> int:
    """Return how many deliveries are in any of the states."""
    return sum(counts.get(state, 0) for state in states)


def summary(channels: Counts) -> Table:
    """Return the table of an alert's deliveries."""
    columns = ("delivered", "confirmed", "accepted", "retrying", "failed", "unknown", "total")
    table = numbers_table(word("channel"), *(word(column) for column in columns))
    for name, counts in channels.items():
        failed = total_of(counts, FAILED)
        unknown = counts.get(State.UNKNOWN, 0)
        table.add_row(
            word(name),
            f"[green]{counts.get(State.DELIVERED, 0)}[/]",
            f"[green]{counts.get(State.CONFIRMED, 0)}[/]",
            str(total_of(counts, TAKEN)),
            str(counts.get(State.RETRY_WAIT, 0)),
            f"[red]{failed}[/]" if failed else "0",
            f"[yellow]{unknown}[/]" if unknown else "0",
            str(sum(counts.values())),
        )
    return table
