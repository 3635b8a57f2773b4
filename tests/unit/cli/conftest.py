"""A terminal of 80 columns, in the language of its reader."""

from collections.abc import Callable, Iterator

import pytest
from rich.cells import cell_len
from rich.console import Console, RenderableType

from warnbroker.cli import words

Screen = Callable[..., str]


@pytest.fixture
def screen(monkeypatch) -> Iterator[Screen]:
    """Draw what a call gives as a reader sees it; no line may be wider than the terminal."""

    def draw(make: Callable[[], RenderableType], locale: str = "C.UTF-8", width: int = 80) -> str:
        monkeypatch.setenv("LC_ALL", locale)
        words.chinese.cache_clear()
        console = Console(width=width, force_terminal=False)
        with console.capture() as captured:
            console.print(make())
        said = captured.get()
        assert all(cell_len(line.rstrip()) <= width for line in said.splitlines())
        return said

    yield draw
    words.chinese.cache_clear()
