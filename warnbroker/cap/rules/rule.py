"""What a rule is, and ways to walk an alert that keep the path of each element."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from warnbroker.model.alert import Alert, Area, Info, Resource

Finding = tuple[str, str]
"""The path of a faulty element, and what to do about it."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: its id, the function that finds where it is broken, and where it stands written.

    ``level`` is ``error`` where the alert must not be published, else ``warning``.
    """

    id: str
    find: Callable[[Alert, datetime], Iterator[Finding]]
    source: str
    level: str = "error"


def infos(alert: Alert) -> Iterator[tuple[str, Info]]:
    """Yield each info with its path."""
    for index, info in enumerate(alert.infos):
        yield f"info[{index}]", info


def areas(alert: Alert) -> Iterator[tuple[str, Area]]:
    """Yield each area of each info with its path."""
    for path, info in infos(alert):
        for index, area in enumerate(info.areas):
            yield f"{path}/area[{index}]", area


def resources(alert: Alert) -> Iterator[tuple[str, Resource]]:
    """Yield each resource of each info with its path."""
    for path, info in infos(alert):
        for index, resource in enumerate(info.resources):
            yield f"{path}/resource[{index}]", resource
