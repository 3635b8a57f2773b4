"""Read a folder of other services' alerts and say what of them survives.

``python bench/samples.py FOLDER [--json]``

Every file is read as from another platform and, where it can be, as from an own issuer; what is
made of it is written again and held against the file itself, element by element. Goal: every
alert that can be read survives whole, and what we write of it is valid by the OASIS schema.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path

import orjson
from lxml import etree
from rich.console import Console
from rich.table import Table

from warnbroker.cap import check, parse_xml, read_xml, to_xml
from warnbroker.cap.relay import Relayed, read_relayed
from warnbroker.cap.shape import CHILDREN
from warnbroker.errors import AlertError, WarnbrokerError

Leaf = tuple[str, str]
"""The path of an element without numbers, and its value in plain form."""

_TIMES = frozenset({"sent", "effective", "onset", "expires"})
_NUMBERS = frozenset({"altitude", "ceiling", "size"})
_SHAPES = frozenset({"polygon", "circle"})


@dataclass
class Finding:
    """What became of one file: how it was read, what was lost on the way, and what it breaks."""

    file: str
    strict: str
    relayed: str
    lost: list[Leaf] = field(default_factory=list)
    rules: list[str] = field(default_factory=list)
    defects: list[str] = field(default_factory=list)


def main() -> int:
    """Report; 0 if nothing that was read lost anything that no defect names."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    found = [_judge(path) for path in sorted(asked.folder.rglob("*")) if path.is_file()]
    read = [item for item in found if item.relayed == "read"]
    whole = [item for item in read if not item.lost]
    ratio = len(whole) / len(read) if read else 0.0
    if not asked.json:
        _show(found)
    totals = {
        "files": len(found),
        "read": len(read),
        "whole": len(whole),
        "ratio": ratio,
        "goal": 1,
    }
    sys.stdout.write(orjson.dumps(totals).decode() + "\n")
    return 0 if ratio == 1 else 1


def _judge(path: Path) -> Finding:
    body = path.read_bytes()
    strict, rules = _strict(body)
    try:
        alerts = read_relayed(body)
    except WarnbrokerError as error:
        return Finding(path.name, strict, type(error).__name__, rules=rules)
    causes = {str(item.cause) for item in alerts if item.cause}
    finding = Finding(path.name, strict, ", ".join(sorted(causes)) or "read", rules=rules)
    for item in alerts:
        finding.defects += [fault.rule for fault in item.defects]
        if item.alert is not None:
            finding.lost += _lost(item)
    return finding


def _strict(body: bytes) -> tuple[str, list[str]]:
    try:
        parsed = read_xml(body)
    except AlertError as error:
        return "refused", [fault.rule for fault in error.faults]
    except WarnbrokerError as error:
        return type(error).__name__, []
    faults = check(parsed.alert, datetime.now(UTC), issuing=False)
    errors = [fault.rule for fault in faults if fault.level == "error"]
    return "refused" if errors else "accepted", errors


def _lost(item: Relayed) -> list[Leaf]:
    """Return the values of a message that its new form lacks and that no defect names."""
    assert item.alert is not None
    written = to_xml(item.alert)
    _schema().assertValid(etree.fromstring(written))
    assert parse_xml(written, len(written) + 1) == item.alert
    named = {fault.path.rpartition("/")[2].partition("[")[0] for fault in item.defects}
    before, after = (Counter(_leaves(_root(body))) for body in (item.content, written))
    return [leaf for leaf in before - after if leaf[0].rpartition("/")[2] not in named]


def _root(body: bytes) -> etree._Element:
    return etree.fromstring(body, etree.XMLParser(resolve_entities=False, no_network=True))


def _leaves(element: etree._Element, path: str = "alert") -> Iterator[Leaf]:
    children = [child for child in element if isinstance(child.tag, str)]
    name = path.rpartition("/")[2]
    for child in children:
        local = etree.QName(child).localname
        if local in CHILDREN.get(name, ()):
            yield from _leaves(child, f"{path}/{local}")
    text = "".join(map(str, element.itertext())).strip(" \t\r\n") if name not in CHILDREN else ""
    if text:
        yield path, _plain(name, text.replace("\r\n", "\n"))


def _plain(name: str, text: str) -> str:
    """Write a value so that two forms of the same value are the same text."""
    try:
        if name in _TIMES:
            moment = datetime.fromisoformat(text)
            return moment.replace(microsecond=0).astimezone(UTC).isoformat()
        if name in _NUMBERS:
            return repr(float(text))
        if name in _SHAPES:
            return " ".join(repr(float(part)) for part in text.replace(",", " ").split())
        if name == "references":
            triples = [triple.split(",") for triple in text.split()]
            return " ".join(f"{a},{b},{_plain('sent', c)}" for a, b, c in triples)
    except ValueError:
        return text
    return " ".join(text.replace('"', " ").split()) if name in {"addresses", "incidents"} else text


def _schema() -> etree.XMLSchema:
    path = files("warnbroker.cap").joinpath("schema", "CAP-v1.2.xsd")
    return etree.XMLSchema(etree.fromstring(path.read_bytes()))


def _show(found: list[Finding]) -> None:
    table = Table("file", "as our own", "as another's", "lost", "rules and defects")
    for item in found:
        words = Counter([*item.rules, *item.defects])
        shown = ", ".join(f"{word} {count}" for word, count in words.most_common(6))
        lost = "; ".join(f"{path}: {text[:40]}" for path, text in item.lost[:3])
        table.add_row(item.file, item.strict, item.relayed, lost, shown)
    Console(stderr=True, width=180).print(table)


if __name__ == "__main__":
    sys.exit(main())
