"""Show a forecast in the terminal: whom, when, at what cost, by which paths, in which words."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from warnbroker.cli.city_clock import CityClock, clock_of
from warnbroker.cli.terminal import numbers_table, plain
from warnbroker.cli.words import chinese, word

Answer = Mapping[str, Any]
TEXT_PARTS = ("subject", "title", "txt", "script", "crawl", "summary")
"""The parts of a message that a terminal can show."""


def outlook(answer: Answer) -> RenderableType:
    """Return a dry run's answer as tables."""
    parts: list[RenderableType] = [_head(answer), _channels(answer), _districts(answer)]
    parts += [_clock(answer["clock"], clock_of(answer)), *advice(answer), *_texts(answer)]
    return Group(*parts)


def _head(answer: Answer) -> Text:
    population, cost = answer["population"], answer["cost"]
    return Text.assemble(
        (f"{word('dry run')}: {word('nothing is published')}. ", "bold yellow"),
        f"{word('would be told')} ", (f"{answer['people']:,}", "bold"), "; ",
        f"{word('population in the area')} {population['area']:,}, ",
        (f"{word('no channel is known to reach')} {population['unreached']:,}", "red"), "; ",
        f"{word('cost')} {cost['total']:,.2f} {cost['currency']}",
        *_causes("not sent", answer["withheld"]), *_causes("delayed by", answer["delayed"]),
    )  # fmt: skip


def _causes(what: str, numbers: Mapping[str, int]) -> Sequence[tuple[str, str]]:
    counted = ", ".join(
        f"{word(cause.replace('_', ' '))} {number:,}" for cause, number in sorted(numbers.items())
    )
    return [(f"; {word(what)}: {counted}", "yellow")] if counted else []


def _channels(answer: Answer) -> Table:
    columns = ("recipients", "units", "cost", "first told", "last told")
    table = numbers_table(word("channel"), *(word(name) for name in columns))
    for name, item in answer["channels"].items():
        table.add_row(
            word(name),
            f"{item['recipients'] + item['targets']:,}",
            f"{item['units']:,}",
            f"{item['cost']:,.2f}",
            duration(item["first_seconds"]),
            duration(item["last_seconds"]),
        )
    return table


def _districts(answer: Answer) -> Table:
    columns = ("population", "would be told", "unreached", "too late", "last told", "paths")
    table = numbers_table(word("district"), *(word(name) for name in columns))
    for item in answer["districts"]:
        few = len(item["paths"]) < 2 or not item["off_mains"]
        table.add_row(
            plain(_named(item)),
            f"{item['population']:,}",
            f"{item['told']:,}",
            f"[red]{item['unreached']:,}[/]",
            f"[red]{item['late']}[/]" if item["late"] else "0",
            duration(max(item["last"].values(), default=None)),
            f"[red]{len(item['paths'])}[/]" if few else str(len(item["paths"])),
        )
    return table


def _named(item: Answer) -> str:
    names = item["names"]
    return str(names.get("zh-CN" if chinese() else "en") or item["region"])


def _clock(clock: Answer, city: CityClock) -> Text:
    last = duration(clock["last_told_seconds"])
    line = Text(f"{word('everybody is told after')} {last}")
    if clock["onset"]:
        line.append(f"; {word('onset')} {city.moment(clock['onset'])}")
        line.append(f"; {word('release no later than')} {city.moment(clock['release_by'])}")
    if clock["late"]:
        line.append(f"; {word('told after the onset')}: {clock['late']}", "red")
    if clock["remedy"]:
        remedy = clock["remedy"]
        action = word("twice as fast:" if remedy["action"] == "faster" else "use also:")
        told = f"; {word('best remedy')}: {action} {word(remedy['channel'])} "
        line.append(f"{told}({duration(remedy['last'])}, {remedy['late']} {word('too late')})")
    return line


def advice(answer: Answer) -> Sequence[Text]:
    """Return a line for each thing that an alert should say or reach and does not."""
    found = [*answer.get("warnings", ()), *answer.get("forecast_warnings", ())]
    return [
        Text(
            f"{item['rule']} {item.get('path', '')}".rstrip() + f": {plain(item['message'])}",
            "yellow",
        )
        for item in found
    ]


def _texts(answer: Answer) -> Sequence[Panel]:
    return [
        Panel(
            _text(m["parts"]),
            title=f"{word(name)} · {m['language']} · {m['recipients']}",
            title_align="left",
        )
        for name, item in answer["channels"].items()
        for m in item["messages"]
    ]


def _text(parts: Mapping[str, str]) -> Text:
    lines = [line for part in TEXT_PARTS for line in parts.get(part, "").splitlines()]
    return Text("\n".join(plain(line) for line in lines))


def duration(seconds: float | None) -> str:
    """Return seconds as ``1:02:03``, ``2:03`` or ``3 s``; a dash for None."""
    if seconds is None:
        return "-"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    hours, rest = divmod(whole, 3600)
    minutes, left = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{left:02}" if hours else f"{minutes}:{left:02}"
