"""Follow an alert in the terminal: a bar per channel, then a table."""

import asyncio
from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any

from rich.live import Live

from warnbroker.cli.board import Board
from warnbroker.cli.client import Client
from warnbroker.cli.tally import (
    climbing,
    climbs,
    has_steps_to_come,
    lines_of,
    resting,
    summary,
    waits,
)
from warnbroker.cli.terminal import err
from warnbroker.cli.words import word

POLL_SECONDS = 0.25

Answer = Mapping[str, Any]


class Until(Enum):
    """How long an alert is followed."""

    RESTS = "until what is left waits for hours"
    SETTLED = "until every delivery is settled"
    REACHED = "until nobody is on a ladder any more"


async def follow(
    client: Client,
    alert_id: str,
    look: Callable[[Answer], None] = lambda _: None,
    *,
    until: Until = Until.RESTS,
    longer: str | None = "",
) -> dict[str, Any]:
    """Show an alert's progress as long as asked; return the last answer.

    ``look`` is shown each answer; ``longer`` is a command that follows people on ladders, None
    where nobody can look again.
    """
    board, told = Board(), False
    with Live(board, console=err, refresh_per_second=8, transient=not err.is_terminal) as live:
        while True:
            answer = await client.get(f"/v1/alerts/{alert_id}/progress")
            board.show(answer)
            look(answer)
            # Where no board is seen, nobody would know why it takes so long.
            told = told or (not err.is_terminal and answer["planned"] and _say_waits(answer))
            if is_over(answer, until):
                break
            await asyncio.sleep(POLL_SECONDS)
        live.update(summary(answer["channels"]))
    if not err.is_terminal:
        err.print(summary(answer["channels"]))
    _say_people(answer, told=told)
    if longer is not None:
        _say_how_to_go_on(answer, longer)
    return answer


def is_over(answer: Answer, until: Until) -> bool:
    """Say whether an alert has been followed long enough."""
    if until is Until.RESTS:
        return bool(answer["planned"]) and answer["unsettled"] <= sum(resting(answer).values())
    if until is Until.SETTLED:
        return bool(answer["settled"])
    return bool(answer["settled"]) and not (climbing(answer) or has_steps_to_come(answer))


def _say_waits(answer: Answer) -> bool:
    lines = list(waits(answer))
    for line in lines:
        err.print(line, soft_wrap=True)
    return bool(lines)


def _say_people(answer: Answer, *, told: bool) -> None:
    """Say what became of people, and for what some of them wait."""
    for line in lines_of(answer):
        err.print(line, soft_wrap=True)
    if not told:
        _say_waits(answer)


def _say_how_to_go_on(answer: Answer, longer: str) -> None:
    """Say how to look again at what goes on without us."""
    same = word("the same command")
    if resting(answer):
        err.print(word("look again").format(command=same), markup=False, soft_wrap=True)
    if number := climbing(answer):
        again = word("look again").format(command=longer or same)
        err.print(f"{climbs(number)}; {again}", style="yellow", markup=False, soft_wrap=True)
