"""The operators' page on templates tells the truth."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from warnbroker.model.message import MessageKind
from warnbroker.render.facts import Facts
from warnbroker.render.levels import LevelFact
from warnbroker.render.parts import PARTS

PAGE = (Path(__file__).parents[3] / "docs/howto/templates.md").read_text(encoding="utf-8")
EXAMPLE = re.compile(r"## Example.*?`(\w+/[\w.]+\.j2)`.*?```jinja\n(.*?)```", re.DOTALL)
EXAMPLES = EXAMPLE.findall(PAGE)


@pytest.mark.parametrize("field", [field.name for field in fields(Facts)])
def test_every_fact_is_explained(field):
    assert f"`{field}`" in PAGE


@pytest.mark.parametrize("field", [field.name for field in fields(LevelFact)])
def test_every_word_of_a_level_is_explained(field):
    assert f"`level.{field}`" in PAGE


def test_every_channel_part_and_kind_is_explained():
    parts = {part.name for parts in PARTS.values() for part in parts}

    assert [word for word in {*PARTS, *parts, *MessageKind} if f"`{word}`" not in PAGE] == []


def test_the_examples_pass_the_check(overridden):
    assert {name for name, _ in EXAMPLES} == {"sms/alert.fr.txt.j2", "voice/alert.en.script.j2"}
    assert overridden(dict(EXAMPLES)).check() == []
