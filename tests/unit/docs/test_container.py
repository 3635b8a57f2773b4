"""The image's recipe fits the project; nothing here can build it."""

import re
import shlex

from warnbroker.cli import app

FILE = "Dockerfile"


def instructions(page) -> list[tuple[str, str]]:
    text = "\n".join(line for line in page(FILE).splitlines() if not line.startswith("#"))
    lines = text.replace("\\\n", " ").splitlines()
    return [tuple(line.split(maxsplit=1)) for line in lines if line.strip()]


def arguments(page, word: str) -> list[str]:
    return [rest for name, rest in instructions(page) if name == word]


def test_what_is_copied_exists_and_is_let_through(page, root):
    let_through = {line[1:] for line in page(".dockerignore").splitlines() if line.startswith("!")}
    sources = [
        source
        for rest in arguments(page, "COPY")
        if not rest.startswith("--from")
        for source in shlex.split(rest)[:-1]
    ]

    assert [source for source in sources if not (root / source).exists()] == []
    assert set(sources) == let_through


def test_the_image_has_the_system_packages_that_set_up_installs(page):
    wanted = re.search(r'^run_packages="(.*)"', page("scripts/setup"), re.MULTILINE)[1].split()
    installed = " ".join(arguments(page, "RUN")).split()

    assert set(wanted) - set(installed) == set()


def test_only_locked_packages_are_installed(page):
    installs = re.findall(r"pip install ([^&]*)", " ".join(arguments(page, "RUN")))

    assert [text.split()[0] for text in installs] == ["--require-hashes", "--no-deps"]


def test_the_last_stage_runs_a_command_that_exists_without_rights(page):
    last = instructions(page)[
        max(i for i, (w, _) in enumerate(instructions(page)) if w == "FROM") :
    ]
    words = dict(last)

    assert words["USER"] != "root"
    assert words["ENTRYPOINT"] == '["warnbroker"]'
    [command] = eval(words["CMD"])  # a list of words, as JSON and Python write it
    assert command in {found.callback.__name__ for found in app.registered_commands}
    assert words["WORKDIR"] == words["VOLUME"] == "/var/lib/warnbroker"
    assert f"WARNBROKER_HOME={words['VOLUME']}" in words["ENV"]


def test_the_health_check_asks_an_address_that_is_served(page):
    [check] = arguments(page, "HEALTHCHECK")
    [path] = re.findall(r"'(/health/\w+)'", check)

    assert f"## GET {path}\n" in page("docs/api.md")
