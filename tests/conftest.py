"""In which order the tests run, and what the collector of garbage leaves alone."""

import gc
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


def pytest_collection_finish() -> None:
    """Set the collected tests apart."""
    _set_apart()


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """Between two files, set apart what the tests keep."""
    if nextitem is None or nextitem.path != item.path:
        _set_apart()


def _set_apart() -> None:
    # Looking all of it through for garbage takes more than a second on a busy machine, and
    # a far end that lives in this process answers nobody meanwhile.
    gc.collect()
    gc.freeze()


def _turn(path: Path) -> int:
    return FIRST.index(path.name) if path.name in FIRST else len(FIRST)
