"""``warnbroker gbt``: alerts from China's GB/T 35965 to CAP and back, with what is lost."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from warnbroker.cli.files import read_alert, read_body
from warnbroker.cli.terminal import ConfigOption, err, plain
from warnbroker.cli.words import chinese, word
from warnbroker.errors import ConfigError, FileError, TooLargeError, UnreadableError
from warnbroker.model.enums import Certainty, Urgency

if TYPE_CHECKING:
    from warnbroker.cap.gbt import Loss, Register

app = typer.Typer(help="GB/T 35965, the form of China's 12379 platforms, to CAP and back.")

SenderOption = Annotated[
    list[str] | None,
    typer.Option(help="CODE=SENDER: a 14-digit issuer and the CAP sender it is; may be repeated."),
]


@app.command("to-cap")
def to_cap(
    file: Annotated[Path, typer.Argument(help="A GB/T 35965 message.")],
    *,
    out_file: Annotated[
        Path | None, typer.Option("--out", help="Where to write CAP; default: stdout.")
    ] = None,
    sender: SenderOption = None,
    urgency: Annotated[
        Urgency | None, typer.Option(help="What to write where GB/T says Unknown.")
    ] = None,
    certainty: Annotated[
        Certainty | None, typer.Option(help="What to write where GB/T says Unknown.")
    ] = None,
    line_width: Annotated[
        float | None, typer.Option(min=1, max=50_000, help="Metres to each side of a line.")
    ] = None,
    config: ConfigOption = None,
) -> None:
    """Translate a GB/T message to CAP XML."""
    from warnbroker.cap import to_xml
    from warnbroker.cap.gbt import Wishes, from_gbt

    wishes = Wishes(urgency, certainty, line_width)
    try:
        found = from_gbt(read_body(file), _register(sender, config), wishes=wishes)
    except (UnreadableError, TooLargeError) as error:
        raise FileError(f"{file}: {error}") from error
    document = to_xml(found.alert)
    if out_file is None:
        typer.echo(document.decode(), nl=False)
    else:
        out_file.write_bytes(document)
    _print(found.losses)


@app.command("from-cap")
def from_cap(
    file: Annotated[Path, typer.Argument(help="CAP 1.2 as XML or JSON.")],
    *,
    out: Annotated[
        Path | None, typer.Option(help="A folder for the file, which gets its prescribed name.")
    ] = None,
    sender: SenderOption = None,
    serial: Annotated[
        int | None, typer.Option(min=0, max=9, help="Parts two messages of one second.")
    ] = None,
    config: ConfigOption = None,
) -> None:
    """Translate CAP to a GB/T message."""
    from warnbroker.cap.gbt import to_gbt

    found = to_gbt(read_alert(file), _register(sender, config), serial=serial)
    if out is None:
        typer.echo(found.body.decode(), nl=False)
    else:
        out.mkdir(parents=True, exist_ok=True)
        (out / found.file_name).write_bytes(found.body)
        err.print(Text(plain(str(out / found.file_name)), "green"), soft_wrap=True)
    _print(found.losses)


def _register(stated: Sequence[str] | None, config: Path | None) -> Register:
    from warnbroker.app.authorities import authorities_of
    from warnbroker.cap.gbt import Register
    from warnbroker.settings import load

    known = Register.of(authorities_of(load(config).authorities))
    pairs = [item.partition("=") for item in stated or ()]
    for code, _, name in pairs:
        if not (len(code) == 14 and code.isascii() and code.isdigit() and name):
            raise ConfigError("--sender: write CODE=SENDER with a code of 14 digits")
    own = {code: name for code, _, name in pairs}
    # What is stated here goes before what is configured, both ways.
    return Register({**own, **known.senders, **own}, known.names, known.groups)


def _print(losses: Sequence[Loss]) -> None:
    if not losses:
        err.print(Text(word("nothing is lost"), "green"))
        return
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for name in ("loss", "what", "why"):
        table.add_column(word(name), overflow="fold")
    for loss in losses:
        why = loss.why_chinese if chinese() else loss.why
        table.add_row(Text(f"{loss.id}\n{plain(loss.path)}"), Text(plain(loss.what)), why)
    err.print(table)
