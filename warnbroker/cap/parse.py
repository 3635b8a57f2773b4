"""CAP XML or JSON to an Alert, or every fault of structure at once."""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from warnbroker.cap.document import MEBIBYTE, Document, locate, shorten
from warnbroker.cap.faults import translate
from warnbroker.cap.fields import as_list
from warnbroker.cap.forms import AlertForm
from warnbroker.cap.json_reader import load_json
from warnbroker.cap.salvage import salvage
from warnbroker.cap.xml_reader import load_xml
from warnbroker.errors import AlertError, Fault
from warnbroker.model.alert import Alert

# What stands in comments and in CDATA is no reference.
_REFERENCES = re.compile(
    rb"<!--.*?-->|<!\[CDATA\[.*?\]\]>|(&#(?:[0-9]{1,7}|x[0-9A-Fa-f]{1,6});)", re.DOTALL
)

Judge = Callable[[Alert, Collection[str]], Iterable[Fault]]
"""Finds what rules an alert breaks; the names are of elements that could not be read."""


def unjudged(alert: Alert, unread: Collection[str]) -> Iterable[Fault]:
    """Find nothing: the form alone is asked for."""
    return ()


@dataclass(frozen=True, slots=True)
class Parsed:
    """An alert, what was accepted though it should be written otherwise, and where things stood."""

    alert: Alert
    warnings: tuple[Fault, ...]
    lines: Mapping[str, int]

    def locate(self, faults: Iterable[Fault]) -> tuple[Fault, ...]:
        """Give faults that were found later, by ``check``, their lines in the XML."""
        return locate(faults, self.lines)


def parse_xml(body: bytes, limit: int = MEBIBYTE) -> Alert:
    """Read CAP 1.2 XML.

    Raises:
        TooLargeError: the body is longer than ``limit`` bytes.
        UnreadableError: it is not XML, or not safe to read.
        AlertError: it is XML but no CAP alert; holds all faults of structure.
    """
    return read_xml(body, limit).alert


def parse_json(body: bytes, limit: int = MEBIBYTE) -> Alert:
    """Read the JSON form of CAP 1.2; raises as ``parse_xml`` does."""
    return read_json(body, limit).alert


def read_xml(body: bytes, limit: int = MEBIBYTE, judge: Judge = unjudged) -> Parsed:
    """Read CAP 1.2 XML with warnings and lines; raises as ``parse_xml`` does.

    Where faults of form are raised, what ``judge`` finds in the rest is raised with them.
    """
    return _read(load_xml(body, limit), judge, tuple(_character_references(body)))


def read_json(body: bytes, limit: int = MEBIBYTE, judge: Judge = unjudged) -> Parsed:
    """Read the JSON form with warnings; raises as ``read_xml`` does."""
    return _read(load_json(body, limit), judge)


def _read(document: Document, judge: Judge, notes: tuple[Fault, ...] = ()) -> Parsed:
    try:
        form = AlertForm.model_validate(document.data)
    except ValidationError as error:
        faults = (*document.faults, *translate(error, document.data))
        rest = salvage(document.data, error)
        more = rest.own(judge(rest.alert, rest.unread)) if rest else ()
        raise AlertError(_in_order((*faults, *more, *notes), document.lines)) from None
    alert = form.build()
    if document.faults:
        faults = (*document.faults, *judge(alert, frozenset()), *notes)
        raise AlertError(_in_order(faults, document.lines))
    data = document.data if isinstance(document.data, dict) else {}
    warnings = (*locate(_zero_offsets(data), document.lines), *notes)
    return Parsed(alert, warnings, document.lines)


def _in_order(faults: Iterable[Fault], lines: Mapping[str, int]) -> tuple[Fault, ...]:
    located = locate(faults, lines)
    return shorten(sorted(located, key=lambda fault: fault.line or 0))


def _character_references(body: bytes) -> Iterator[Fault]:
    """Find numeric character references, which CAP discourages (CAP 1.2, 3.5)."""
    found = [match for match in _REFERENCES.finditer(body) if match[1]]
    if found:
        text = f"{len(found)} characters are written as {found[0][1].decode()} is; write UTF-8"
        line = body.count(b"\n", 0, found[0].start()) + 1
        yield Fault("cap.text.character_reference", text, "", level="warning", line=line)


def _zero_offsets(data: Mapping[str, Any]) -> Iterator[Fault]:
    """Find times that write UTC as ``+00:00`` where CAP wants ``-00:00`` (CAP 1.2, 3.3.2)."""
    infos = as_list(data.get("info") or [])
    times = [("sent", data["sent"])] + [
        (f"info[{index}]/{name}", info.get(name))
        for index, info in enumerate(infos)
        for name in ("effective", "onset", "expires")
    ]
    for path, value in times:
        if value is not None and value.strip().endswith("+00:00"):
            yield Fault("cap.time.zero", "write UTC as -00:00, not +00:00", path, level="warning")
