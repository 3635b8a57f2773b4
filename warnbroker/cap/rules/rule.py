"""What a rule is, and ways to walk an alert that keep the path of each element."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from warnbroker.errors import Fault
from warnbroker.model.alert import Alert, Area, Info, Resource

Finding = tuple[str, Mapping[str, object]]
"""The path of a faulty element, and what fills the blanks of the rule's texts."""

ERROR, WARNING = "error", "warning"


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: its id, the function that finds where it is broken, and where it stands written.

    ``english`` and ``chinese`` say what to do about it; their blanks are filled by each
    finding. ``level`` is ``error`` where the alert must not be published, else ``warning``.
    ``at_issue`` marks an error that is one only while the alert is being issued: it depends
    on the clock. ``needs`` names the other elements that the rule looks at: it cannot be
    judged where one of them could not be read.
    """

    id: str
    find: Callable[[Alert, datetime], Iterator[Finding]]
    source: str
    english: str
    chinese: str
    level: str = ERROR
    at_issue: bool = False
    needs: tuple[str, ...] = ()

    def faults(self, alert: Alert, now: datetime, *, issuing: bool = True) -> Iterator[Fault]:
        """Yield a fault for each finding, in both languages."""
        level = WARNING if self.at_issue and not issuing else self.level
        for path, values in self.find(alert, now):
            yield Fault(
                self.id,
                self.english.format(**values),
                path,
                level,
                chinese=self.chinese.format(**values),
            )


def at(path: str, **values: object) -> Finding:
    """Say where a rule is broken, and what fills the blanks of its texts."""
    return path, values


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
