import importlib.util
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

# The acceptance tests load the same file; import-mode=importlib knows no sibling modules.
_spec = importlib.util.spec_from_file_location("town", Path(__file__).with_name("town.py"))
town = importlib.util.module_from_spec(_spec)
sys.modules["town"] = town
_spec.loader.exec_module(town)


@pytest.fixture
def place():
    """Return a town that has no warning yet."""
    return town.Town()


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(headers={"Accept-Language": "en"}) as session:
        yield session


@pytest.fixture
async def get(place, http):
    """Return what fetches a path of the town's pages: the response and its text."""
    async with place.serve() as url:

        async def fetch(path: str, **headers: str):
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            async with http.get(url + path, headers=named, allow_redirects=False) as response:
                return response, await response.text()

        yield fetch
