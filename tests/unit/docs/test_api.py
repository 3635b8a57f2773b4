"""The page on HTTP names every route that the broker serves, and no other."""

import re
from collections.abc import AsyncIterator

import pytest

from warnbroker.api import problem
from warnbroker.app import open_ledger
from warnbroker.app.parts import Parts
from warnbroker.app.routes import routes_of
from warnbroker.contracts.clock import SystemClock
from warnbroker.registry import build_channels
from warnbroker.settings import load

PAGE = "docs/api.md"


@pytest.fixture
async def routes(tmp_path) -> AsyncIterator[set[str]]:
    settings = load(environment={"WARNBROKER_HOME": str(tmp_path)})
    # The one channel that the shipped settings leave out.
    push = {"key_file": str(tmp_path / "vapid.pem"), "subject": "https://warn.example"}
    channels = build_channels({**settings.channels, "push": push})
    async with open_ledger(settings) as store:
        parts = Parts(settings, SystemClock(), store, channels, "http://127.0.0.1")
        # {path:.+} and {form:rss|atom} say what may stand there; the page names them only.
        yield {f"{route.method} {re.sub(r':[^}]*', '', route.path)}" for route in routes_of(parts)}


async def test_every_route_is_explained(routes, page):
    assert [route for route in sorted(routes) if f"{route}\n" not in in_headings(page)] == []


async def test_no_route_is_explained_that_does_not_exist(routes, page):
    named = re.findall(r"^## ((?:GET|POST|PUT|DELETE) \S+)$", page(PAGE), re.MULTILINE)

    assert set(named) - routes == set()


def test_every_status_of_an_error_is_explained(page):
    table = [line for line in page(PAGE).splitlines() if line.startswith("| ")]

    for status, title in problem._STATUS.values():
        assert any(line.startswith(f"| {status} ") and title in line for line in table), status


def in_headings(page) -> str:
    """Return the headings, and the sentences that name a preflight."""
    headings = re.findall(r"^## (.*)$", page(PAGE), re.MULTILINE)
    preflights = re.findall(r"`(OPTIONS [^`]*)`", page(PAGE))
    return "\n".join([*headings, *preflights]) + "\n"
