"""The page on settings names each of them, with the default that holds."""

import re
import tomllib
from collections.abc import Iterator
from datetime import timedelta
from importlib.metadata import EntryPoint
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

import pytest
import yaml
from pydantic import BaseModel, SecretStr, TypeAdapter
from pydantic_core import PydanticUndefined

from warnbroker.registry import ENTRY_POINTS, build_channels
from warnbroker.resources import shipped
from warnbroker.settings import Settings, load

PAGE = "docs/settings.md"
SHIPPED = yaml.safe_load((shipped("config") / "warnbroker.yaml").read_text("utf-8"))
PROJECT = tomllib.loads((Path(__file__).parents[3] / "pyproject.toml").read_text("utf-8"))[
    "project"
]
CHANNELS = {
    name: EntryPoint(name, value, ENTRY_POINTS).load().Settings
    for name, value in PROJECT["entry-points"][ENTRY_POINTS].items()
}
LEVELS = yaml.safe_load((shipped("config") / SHIPPED["levels"]).read_text("utf-8"))


def models_in(annotation: Any) -> Iterator[tuple[str, type[BaseModel]]]:
    """Yield the models in a type, each with how its place is written in a path."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield "", annotation
        return
    marks = {list: "[]", dict: ".*"}
    origin = get_origin(annotation)
    if origin is Annotated:
        yield from models_in(get_args(annotation)[0])
        return
    mark = "" if origin in {Union, UnionType} else marks.get(origin, ".*")
    for part in get_args(annotation):
        yield from ((f"{mark}{rest}", model) for rest, model in models_in(part))


def leaves(model: type[BaseModel], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield each setting's path and its default in the code."""
    for name, field in model.model_fields.items():
        path = f"{prefix}{field.alias or name}"
        inner = list(models_in(field.annotation))
        for mark, found in inner:
            yield from leaves(found, f"{path}{mark}.")
        if not inner:
            yield path, field.get_default(call_default_factory=True)


def settings() -> dict[str, Any]:
    core = {path: default for path, default in leaves(Settings) if path != "channels"}
    own = {
        path: default
        for name, model in CHANNELS.items()
        for path, default in leaves(model, f"channels.{name}.")
    }
    # Their entries are completed from ours before they are read.
    completed = {"channels.voice.voices": {}, "channels.voice.redial": {}}
    return core | own | {"channels.*.enabled": True} | completed


def in_file(path: str) -> Any:
    """Return what the shipped file says at a path."""
    at: Any = SHIPPED | {"levels": LEVELS}
    for step in path.split("."):
        at = at.get(step, PydanticUndefined) if isinstance(at, dict) else PydanticUndefined
    return at


def shown(path: str, default: Any) -> str:
    """Return how the page writes what holds when nobody says otherwise."""
    stated = in_file(path)
    value = default if stated is PydanticUndefined else stated
    if value is PydanticUndefined:
        return "required"
    if isinstance(value, SecretStr):
        value = value.get_secret_value()
    if isinstance(value, timedelta):
        value = TypeAdapter(timedelta).dump_python(value, mode="json")
    text = yaml.safe_dump(
        value, default_flow_style=True, allow_unicode=True, sort_keys=False, width=1000
    )
    plain = text.strip().removesuffix("...").strip()
    return f"`{plain}`"


def documented(cells) -> dict[str, str]:
    rows = [row for row in cells(PAGE) if len(row) == 3 and row[0].startswith("`")]
    return {row[0].strip("`"): row[1] for row in rows}


@pytest.mark.parametrize("path", sorted(settings()))
def test_every_setting_is_explained_with_its_default(path, cells):
    assert documented(cells)[path] == shown(path, settings()[path])


def test_no_setting_is_explained_that_does_not_exist(cells):
    assert set(documented(cells)) - set(settings()) == set()


def test_every_channel_that_ships_has_its_section(page):
    assert set(re.findall(r"^### channels\.(\w+)$", page(PAGE), re.MULTILINE)) == set(CHANNELS)


def test_the_examples_are_settings(blocks, tmp_path, monkeypatch):
    monkeypatch.setenv("WARNBROKER_HOME", str(tmp_path))
    found = [*blocks("yaml"), *nested_yaml(blocks("sh"))]

    for where, text in found:
        file = tmp_path / "example.yaml"
        file.write_text(text, encoding="utf-8")
        channels = load(file).channels
        assert build_channels(channels), where
    assert len(found) >= 3


def nested_yaml(scripts: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return the settings that shell examples write into files."""
    written = re.compile(r"<<'YAML'\n(.*?)^YAML$", re.DOTALL | re.MULTILINE)
    return [(where, text) for where, script in scripts for text in written.findall(script)]
