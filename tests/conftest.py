"""In which order the tests run."""

from pathlib import Path

import pytest

# What takes longest begins first, so that no process waits alone at the end.
FIRST = (
    "test_kill_grave.py",
    "test_kill_light.py",
    "test_demo.py",
    "test_first_alert.py",
    "test_lineage.py",
    "test_faults.py",
    "test_hard_times.py",
    "test_ledger_in_trouble.py",
)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest files first."""
    items.sort(key=lambda item: _turn(item.path))


def _turn(path: Path) -> int:
    return FIRST.index(path.name) if path.name in FIRST else len(FIRST)
