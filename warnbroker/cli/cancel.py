"""``warnbroker cancel``: end a warning, and follow the word to the last who was told."""

from enum import StrEnum
from typing import Annotated

import typer

from warnbroker.cli.decide import IdArgument
from warnbroker.cli.session import HERE, KeyOption, UrlOption, key_of
from warnbroker.cli.terminal import JsonOption, run


class Why(StrEnum):
    """Why a warning ends."""

    ERROR = "error"
    LIFTED = "lifted"


def cancel(
    alert: IdArgument,
    reason: Annotated[
        Why, typer.Option("--reason", help="It was a mistake, or the danger has passed.")
    ],
    note: Annotated[str, typer.Option(help="Why, in a sentence; people read it.")] = "",
    url: UrlOption = HERE,
    key: KeyOption = "",
    *,
    json: JsonOption = False,
) -> None:
    """End a warning: one Cancel of all its messages, to everyone who may have been told."""
    import orjson

    from warnbroker.cli.retraction import retract

    body = orjson.dumps({"reason": reason.value, "note": note})
    work = retract(url, key_of(key), alert, "cancel", body, as_json=json)
    run(work)
