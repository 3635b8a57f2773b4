"""The documents, and what they are held against."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
FENCE = re.compile(r"^```(?P<kind>[^\n]*)\n(?P<body>.*?)^```$", re.DOTALL | re.MULTILINE)


@pytest.fixture
def root() -> Path:
    return ROOT


@pytest.fixture
def page() -> Callable[[str], str]:
    """Return a document by its path from the root."""
    return lambda path: (ROOT / path).read_text(encoding="utf-8")


@pytest.fixture
def documents() -> list[Path]:
    """Return every document that the project ships."""
    return sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])


@pytest.fixture
def blocks(documents) -> Callable[[str], list[tuple[str, str]]]:
    """Return all code blocks of a kind, each with the document it stands in."""

    def find(kind: str) -> list[tuple[str, str]]:
        return [
            (path.relative_to(ROOT).as_posix(), block["body"])
            for path in documents
            for block in FENCE.finditer(path.read_text(encoding="utf-8"))
            if block["kind"].strip() == kind
        ]

    return find


@pytest.fixture
def cells(page) -> Callable[[str], list[list[str]]]:
    """Return the rows of all tables of a document, without heads and rules."""

    def read(path: str) -> list[list[str]]:
        lines = [line for line in page(path).splitlines() if line.startswith("| ")]
        return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]

    return read
