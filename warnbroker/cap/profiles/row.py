"""One rule of a profile as data, and how it is judged."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from warnbroker.cap.document import quote
from warnbroker.cap.profiles.checks import CHECKS
from warnbroker.cap.rules.catalogue.entry import Entry
from warnbroker.cap.rules.rule import Finding, at
from warnbroker.cap.shape import child_path
from warnbroker.errors import Fault
from warnbroker.model.alert import Alert
from warnbroker.model.enums import MsgType

Data = Mapping[str, Any]


class Row(BaseModel):
    """One rule; what is left empty is not asked.

    ``element`` is a path of CAP's names, such as ``info/area/geocode``. ``present`` says
    whether it must be there or must not. Of its values, ``some`` must match one, ``pattern``
    all; ``longest`` counts characters. ``names`` picks pairs by valueName: ``least`` and
    ``most`` count them, the rest looks at their values. ``languages`` asks for infos.
    ``check`` names a function. The patterns are regular expressions for the whole text.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    rule: str
    level: Literal["error", "warning"] = "error"
    english: str
    chinese: str
    msg_types: frozenset[MsgType] = frozenset()
    element: str = ""
    present: bool | None = None
    some: str = ""
    names: str = ""
    least: int = Field(default=0, ge=0)
    most: int | None = None
    pattern: str = ""
    longest: int = 0
    allowed: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    check: str = ""

    def entry(self, source: str) -> Entry:
        """Return the row as the page of rules lists it."""
        return Entry(self.rule, source, self.english, self.chinese, self.level)

    @property
    def needs(self) -> frozenset[str]:
        """Return the names of the elements that it looks at."""
        found = {self.element.rpartition("/")[2]} if self.element else set()
        if self.names:
            found |= {"valueName", "value"}
        return frozenset(found | ({"language"} if self.languages else set()))

    def faults(self, alert: Alert, data: Data, source: str) -> Iterator[Fault]:
        """Yield what breaks the row; ``data`` is the alert in the JSON form."""
        if self.msg_types and alert.msg_type not in self.msg_types:
            return
        entry = self.entry(source)
        for path, values in self._findings(alert, data):
            filled = {"longest": self.longest, "allowed": ", ".join(self.allowed), **values}
            yield entry.fault(path, **filled)

    def _findings(self, alert: Alert, data: Data) -> Iterator[Finding]:
        if self.check:
            yield from CHECKS[self.check](alert)
        elif self.languages:
            yield from self._missing_languages(data)
        elif self.names:
            yield from self._pairs(data)
        else:
            yield from self._values(data)

    def _missing_languages(self, data: Data) -> Iterator[Finding]:
        spoken = {info["language"].lower().partition("-")[0] for info in data.get("info", [])}
        for language in self.languages:
            if spoken and language not in spoken:
                yield at("info", language=language)

    def _values(self, data: Data) -> Iterator[Finding]:
        for path, parent, name in _parents(data, self.element):
            found = _listed(parent.get(name))
            values = [(child_path(path, name), value) for value in found]
            if self.present is not None and self.present != bool(found):
                yield at(child_path(path, name))
            if self.some and not any(re.fullmatch(self.some, str(value)) for value in found):
                yield at(child_path(path, name))
            yield from self._wrong(values)

    def _pairs(self, data: Data) -> Iterator[Finding]:
        for path, parent, name in _parents(data, self.element):
            pairs = [
                (child_path(path, name, index), pair["value"])
                for index, pair in enumerate(_listed(parent.get(name)))
                if re.fullmatch(self.names, pair["valueName"])
            ]
            if len(pairs) < self.least or (self.most is not None and len(pairs) > self.most):
                yield at(child_path(path, name), count=len(pairs))
            yield from self._wrong(pairs)

    def _wrong(self, values: list[tuple[str, Any]]) -> Iterator[Finding]:
        for path, value in values:
            if not isinstance(value, str):
                continue
            is_wrong = (
                (self.pattern and not re.fullmatch(self.pattern, value))
                or (self.longest and len(value) > self.longest)
                or (self.allowed and value not in self.allowed)
            )
            if is_wrong:
                yield at(path, shown=quote(value), count=len(value))


def _parents(data: Data, element: str) -> Iterator[tuple[str, Data, str]]:
    """Yield what may hold an element, with its path, and the element's own name."""
    *above, name = element.split("/")
    found: list[tuple[str, Data]] = [("", data)]
    for step in above:
        found = [
            (child_path(path, step, index), child)
            for path, parent in found
            for index, child in enumerate(_listed(parent.get(step)))
        ]
    for path, parent in found:
        yield path, parent, name


def _listed(value: Any) -> list[Any]:
    if value is None or value == "":
        return []
    return value if isinstance(value, list) else [value]
