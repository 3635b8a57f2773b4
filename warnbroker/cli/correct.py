"""``warnbroker correct``: replace what a warning says, and follow the word to the last."""

from pathlib import Path
from typing import Annotated

import typer

from warnbroker.cli.decide import IdArgument
from warnbroker.cli.session import HERE, KeyOption, UrlOption, key_of
from warnbroker.cli.terminal import JsonOption, run


def correct(
    alert: IdArgument,
    file: Annotated[Path, typer.Argument(help="The whole message, or JSON of what changes.")],
    url: UrlOption = HERE,
    key: KeyOption = "",
    *,
    json: JsonOption = False,
) -> None:
    """Correct a warning: one Update, to all in the area and all who may have been told."""
    from warnbroker.cli.files import read_body
    from warnbroker.cli.retraction import retract

    work = retract(url, key_of(key), alert, "correct", read_body(file), as_json=json)
    run(work)
