"""The page on commands names every command with its options, and every example exists."""

import re
import shlex
from collections.abc import Iterator

import pytest
import typer

from warnbroker.cli import app

PAGE = "docs/commands.md"
ROOT = typer.main.get_command(app)
SECTION = re.compile(r"^## (warnbroker [\w -]+)\n(.*?)(?=^## |\Z)", re.DOTALL | re.MULTILINE)
OPTION = re.compile(r"--[a-z][a-z-]*")


def walk(command=ROOT, name: str = "warnbroker") -> Iterator[tuple[str, set[str]]]:
    """Yield each command by its full name, with its options."""
    inner = getattr(command, "commands", {})
    for word, found in inner.items():
        yield from walk(found, f"{name} {word}")
    if not inner:
        flags = {
            flag
            for parameter in command.params
            for flag in (*parameter.opts, *parameter.secondary_opts)
            if flag.startswith("--")
        }
        yield name, flags - {"--help"}


COMMANDS = dict(walk())


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_explained_with_its_options(name, page):
    sections = dict(SECTION.findall(page(PAGE)))

    explained = {flag for row in rows(sections[name]) for flag in OPTION.findall(row)}
    assert explained == COMMANDS[name]


def test_no_command_is_explained_that_does_not_exist(page):
    assert set(dict(SECTION.findall(page(PAGE)))) == set(COMMANDS)


def test_every_exit_status_is_explained(page):
    opening = page(PAGE).partition("## ")[0]

    for status in ("**0**", "**1**", "**2**", "130"):
        assert status in opening


def test_the_examples_use_commands_and_options_that_exist(blocks):
    lines = [(where, line) for where, script in blocks("sh") for line in calls(script)]

    unknown = [(where, line) for where, line in lines if not exists(line)]
    assert unknown == []
    assert len(lines) >= 12


def test_the_examples_use_targets_that_exist(blocks, page):
    targets = set(re.findall(r"^([a-z][a-z-]*):", page("Makefile"), re.MULTILINE))
    named = set(re.findall(r"`make ([a-z]+)", page("README.md") + page("CONTRIBUTING.md")))
    used = {
        line.split()[1]
        for _, script in blocks("sh")
        for line in script.splitlines()
        if line.startswith("make ")
    }

    assert used == {"demo", "test"}
    assert (named | used) - targets == set()


def rows(section: str) -> list[str]:
    """Return the first cells of a section's table."""
    return [line.split("|")[1] for line in section.splitlines() if line.startswith("| `--")]


def calls(script: str) -> Iterator[str]:
    """Yield each call of warnbroker in a shell script, on one line, without what follows it."""
    for line in script.replace("\\\n", " ").splitlines():
        for found in re.findall(r"(?:^|\$\()(?:docker run .* )?(warnbroker [a-z][^&|)]*)", line):
            yield found.strip()


def exists(call: str) -> bool:
    words = shlex.split(call)
    name = next((n for n in COMMANDS if words[: len(n.split())] == n.split()), None)
    flags = {word.partition("=")[0] for word in words if word.startswith("--")}
    return name is not None and flags <= COMMANDS[name]
