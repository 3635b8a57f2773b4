"""The page on words names every state, reason, event, error and rule."""

import pkgutil
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

import channels
import warnbroker
from warnbroker.cap.rules import RULES
from warnbroker.errors import WarnbrokerError
from warnbroker.model.event import Event
from warnbroker.model.receipt import Reason, State
from warnbroker.model.record import AlertState

PAGE = "docs/reasons.md"
# Programs that run as children of their own, and migrations that alembic alone may import.
PROGRAMS = re.compile(r"\.(__main__|runner|pdf|migrations(\..*)?)$")
# Ids in the text of the code that do not come from the table of rules.
RULE = re.compile(r'"((?:cap|area|info|alert|lineage|release|file)\.[a-z_.]+[a-z][0-9]*)"')
GENERAL = re.compile(r"cap\.(alert|info|resource|area|circle)\.[a-z_]+\.(required|value)")


def explained(cells, word: str) -> bool:
    """Say whether a row of a table begins with a word."""
    return any(f"`{word}`" in row[0] for row in cells(PAGE))


@pytest.mark.parametrize("word", [*State, *Reason, *Event])
def test_every_word_has_a_row(word, cells):
    assert explained(cells, word)


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


def rules() -> set[str]:
    folder = Path(warnbroker.__file__).parent
    written = {
        found
        for path in folder.rglob("*.py")
        for found in RULE.findall(path.read_text(encoding="utf-8"))
        if not found.endswith((".xml", ".json", ".md", ".xsd"))
    }
    return {rule.id for rule in RULES} | written


def test_every_rule_is_explained(cells):
    missing = [name for name in sorted(rules()) if not explained(cells, name)]

    assert [name for name in missing if not GENERAL.fullmatch(name)] == []
    assert explained(cells, "cap.ELEMENT.NAME.required")
    assert explained(cells, "cap.ELEMENT.NAME.value")


def test_every_rule_stands_with_its_level(cells):
    levels = {
        name: row[1]
        for row in cells(PAGE)
        if len(row) == 3
        for name in re.findall(r"`([a-z0-9_.]+)`", row[0])
    }

    assert {rule.id: rule.level for rule in RULES} == {rule.id: levels[rule.id] for rule in RULES}


def test_no_rule_is_explained_that_does_not_exist(page):
    named = set(re.findall(r"`((?:cap|area|info|alert|lineage|release)\.[a-z0-9_.]+)`", page(PAGE)))
    examples = {name for name in named if GENERAL.fullmatch(name)}

    assert named - examples - rules() == set()
