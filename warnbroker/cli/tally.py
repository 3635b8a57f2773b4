"""What an alert's progress says, in words: of deliveries, of people, of what goes on."""

from collections.abc import Iterator, Mapping
from typing import Any

from rich.table import Table
from rich.text import Text

from warnbroker.cli.city_clock import clock_of
from warnbroker.cli.terminal import numbers_table
from warnbroker.cli.words import word
from warnbroker.model.ladder import DOOR
from warnbroker.model.receipt import FAILED, State

Counts = Mapping[str, Mapping[str, int]]
Answer = Mapping[str, Any]

TAKEN = frozenset({State.ACCEPTED, State.HANDED_OFF})
ARRIVED = frozenset({State.DELIVERED, State.CONFIRMED})
STILL = frozenset({State.RETRY_WAIT, State.UNKNOWN})
TOOK_PLACE = ("sent", "listed", "planned")
"""The outcomes of a step that did something; the others say why it did not."""
RESTING = ("quiet_hours", "update_interval")
"""What deliveries wait for by the hour, where all others wait for seconds."""


def total_of(counts: Mapping[str, int], states: frozenset[State]) -> int:
    """Return how many deliveries are in any of the states."""
    return sum(counts.get(state, 0) for state in states)


def done_of(name: str, counts: Mapping[str, int]) -> int:
    """Return with how many deliveries of a channel nothing more is to be done."""
    taken = frozenset() if name == DOOR else TAKEN
    return total_of(counts, ARRIVED | FAILED | taken)


def detail(name: str, counts: Mapping[str, int]) -> Text:
    """Return how a channel's deliveries stand, in a line."""
    taken, arrived = total_of(counts, TAKEN), total_of(counts, ARRIVED)
    if name == DOOR:
        return _line(("door.told", arrived, "green"), ("door.open", taken, "yellow"))
    return _line(
        ("accepted", taken, ""),
        ("delivered", arrived, "green"),
        ("retrying", total_of(counts, STILL), "yellow"),
        ("failed", total_of(counts, FAILED), "red"),
    )


def people_detail(people: Mapping[str, int]) -> Text:
    """Return how many people were reached how well, in a line."""
    return _line(
        ("confirmed", people["confirmed"], "green"),
        ("delivered", people["delivered"], "green"),
        ("no receipt", people["no_receipt"], ""),
        ("not reached", people["unreached"], "yellow"),
    )


def _line(*parts: tuple[str, int, str]) -> Text:
    said = [Text(f"{word(name)} {number}", style) for name, number, style in parts]
    return Text("  ").join(said)


def summary(channels: Counts) -> Table:
    """Return the table of an alert's deliveries; visits are told of below it."""
    columns = ("delivered", "confirmed", "accepted", "retrying", "failed", "unknown", "total")
    table = numbers_table(word("channel"), *(word(column) for column in columns))
    for name, counts in channels.items():
        if name == DOOR:
            continue
        failed, unknown = total_of(counts, FAILED), counts.get(State.UNKNOWN, 0)
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


def lines_of(answer: Answer) -> Iterator[Text]:
    """Yield what is said of people below the table: who was reached, and what was done."""
    people, done = answer.get("people", {}), answer.get("escalation", {})
    if not people.get("total"):
        return
    yield Text.assemble(f"{word('people')}: ", people_detail(people))
    if steps := _steps(done.get("steps", {})):
        yield Text(f"{word('escalation')}: {steps}")
    yield from _visits(answer["channels"].get(DOOR, {}), done)
    if done.get("desk"):
        number, path = done["desk"], f"/v1/alerts/{answer['id']}/last-mile?format=csv"
        yield Text(word("desk").format(number=number, path=path), "yellow")


def _steps(steps: Counts) -> str:
    taken = {name: sum(found.get(one, 0) for one in TOOK_PLACE) for name, found in steps.items()}
    return ", ".join(f"{word(f'step {name}')} {number}" for name, number in taken.items() if number)


def _visits(doors: Mapping[str, int], done: Answer) -> Iterator[Text]:
    listed, answers = done.get("listed", 0), done.get("answers", {})
    if not listed and not doors:
        return
    parts = [Text(_to_go(done))] if listed else [detail(DOOR, doors)]
    for name, number in answers.items():
        style = "bold red" if name == "needs_help" else ""
        parts.append(Text(f"{word(f'answer.{name}')} {number}", style))
    yield Text.assemble(f"{word(DOOR)}: ", Text(", ").join(parts))


def _to_go(done: Answer) -> str:
    if "open" not in done:
        return f"{word('to go to')} {done['listed']}"
    return word("open visits").format(open=done["open"], listed=done["listed"])


def resting(answer: Answer) -> Mapping[str, int]:
    """Return how many deliveries wait for hours, by what they wait for."""
    delayed = answer.get("delayed", {})
    return {cause: delayed[cause] for cause in RESTING if delayed.get(cause)}


def waits(answer: Answer) -> Iterator[Text]:
    """Yield a line for each thing that deliveries wait for by the hour."""
    clock = clock_of(answer)
    for cause, number in resting(answer).items():
        name = word(cause.replace("_", " "))
        line = word("waits.one" if number == 1 else "waits.many").format(number=number, cause=name)
        if until := answer.get("delayed_until", {}).get(cause):
            when = f"{clock.time(until, seconds=False)} ({clock.name})"
            line = word("until").format(line=line, when=when)
        yield Text(line, "yellow")


def climbing(answer: Answer) -> int:
    """Return how many people escalation still looks after."""
    return int(answer.get("escalation", {}).get("climbing", 0))


def has_steps_to_come(answer: Answer) -> bool:
    """Say whether a step of a ladder waits that may still send something."""
    steps = answer.get("escalation", {}).get("steps", {})
    return any(found.get("waits") for found in steps.values())


def climbs(number: int) -> str:
    """Say how many people escalation still looks after."""
    return word("climbs.one" if number == 1 else "climbs.many").format(number=number)
