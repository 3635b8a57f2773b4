"""``warnbroker demo``: one real warning through every medium, on this machine alone."""

from pathlib import Path
from typing import Annotated

import typer

from warnbroker.cli.terminal import run


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
    from warnbroker.cli.demo_run import Wish, publish

    wish = Wish(out.resolve(), alert, subscribers, port, once=once, faults=faults, json=json)
    lost = run(publish(wish))
    if once and lost:
        raise typer.Exit(1)
