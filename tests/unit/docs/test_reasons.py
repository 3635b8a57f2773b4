"""The page on words names every state, reason, event and error."""

import pkgutil
import re
from collections.abc import Iterator
from importlib import import_module

import pytest

import channels
import warnbroker
from warnbroker.errors import WarnbrokerError
from warnbroker.model.event import Event
from warnbroker.model.receipt import Reason, State
from warnbroker.model.record import AlertState

PAGE = "docs/reasons.md"
# Programs that run as children of their own, and migrations that alembic alone may import.
PROGRAMS = re.compile(r"\.(__main__|runner|pdf|migrations(\..*)?)$")


def explained(cells, word: str) -> bool:
    """Say whether a row of a table begins with a word."""
    return any(f"`{word}`" in row[0] for row in cells(PAGE))


@pytest.mark.parametrize("word", [*State, *Reason, *Event])
def test_every_word_has_a_row(word, cells):
    assert explained(cells, word)


def test_no_row_stands_within_another(cells):
    rows = {row[0]: row[1:] for row in cells(PAGE)}

    assert {len(row) for row in cells(PAGE)} <= {2, 3}
    assert rows["`OPTED_OUT`"] == ["not again: the recipient said stop", "`opted_out`"]


@pytest.mark.parametrize("word", AlertState)
def test_every_state_of_an_alert_is_explained(word, page):
    assert f"`{word}`" in page(PAGE)


def errors() -> set[str]:
    for package in (warnbroker, channels):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not PROGRAMS.search(module.name):
                import_module(module.name)
    return {found.__name__ for found in (WarnbrokerError, *below(WarnbrokerError))}


def below(error: type) -> Iterator[type]:
    # Other tests define errors of their own.
    for found in error.__subclasses__():
        if found.__module__.partition(".")[0] in {"warnbroker", "channels"}:
            yield found
        yield from below(found)


def test_every_error_is_explained(cells):
    assert [name for name in sorted(errors()) if not explained(cells, name)] == []
