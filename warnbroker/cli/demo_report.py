"""What came of the demo, judged from outside and shown as a table."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import yaml
from lxml import etree

from warnbroker.app import scale_of
from warnbroker.cap import parse_xml
from warnbroker.cli.tally import Counts
from warnbroker.cli.terminal import err, numbers_table
from warnbroker.cli.witness import Finding, Wanted, area_of, judge, regions_within
from warnbroker.cli.witness_offices import contacts, judge_offices
from warnbroker.cli.words import word
from warnbroker.model.identity import alert_public_id
from warnbroker.settings import Settings

SHEETS = frozenset({".pdf", ".html"})


@dataclass(frozen=True, slots=True)
class Report:
    """Findings per channel; for those that publish, the names of what is owed and what is there."""

    findings: Mapping[str, Finding]

    @property
    def lost(self) -> int:
        """Return how many were to be told and were not, over all channels."""
        return sum(len(finding.lost) for finding in self.findings.values())

    @property
    def strangers(self) -> int:
        """Return how many were told who should not have been."""
        return sum(len(finding.strangers) for finding in self.findings.values())

    def show(self, places: Mapping[str, str]) -> None:
        """Print the table, the verdict and where to look."""
        columns = ("in the area", "reached", "refused for good", "lost")
        table = numbers_table(word("channel"), *(word(column) for column in columns))
        for name, finding in self.findings.items():
            gone = finding.expected & finding.refused - finding.reached
            numbers = (finding.expected, finding.reached & finding.expected, gone, finding.lost)
            table.add_row(word(name), *(str(len(number)) for number in numbers))
        err.print(table)
        if self.lost or self.strangers:
            err.print(
                f"[bold red]{self.lost} {word('lost')}, {self.strangers} {word('too many')}[/]"
            )
        else:
            err.print(f"[bold green]{word('Nobody was lost.')}[/]")
        err.print(word("Where to look"))
        for name, place in places.items():
            err.print(f"  {word(name)}: {place}", soft_wrap=True)


def report(out: Path, body: bytes, channels: Counts, settings: Settings, level: str) -> Report:
    """Compare what the alert called for with what the far ends, the feeds and the folders hold."""
    alert = parse_xml(body)
    area = area_of(body)
    scale = scale_of(settings.levels)
    wanted = Wanted(
        area=area,
        region_codes=regions_within(settings.regions.file or Path(), area),
        rank=scale[level].rank,
        ranks={item.code: item.rank for item in scale.levels},
        categories=frozenset(item.value for info in alert.infos for item in info.categories),
        channels=frozenset(channels),
    )
    findings = {
        name: _without(found, contacts(settings))
        for name, found in judge(out / "subscribers.csv", wanted, out / "journal.jsonl").items()
    }
    findings["offices"] = judge_offices(settings, body, level, out / "journal.jsonl")
    published = {
        "feed": _feed(out, alert_public_id(alert)),
        "broadcast": _stations(out, settings),
        "van": _vans(out, settings, alert_public_id(alert)),
    }
    findings |= {name: found for name, found in published.items() if name in channels}
    return Report(findings)


def _without(found: Finding, offices: frozenset[str]) -> Finding:
    """Return what came of a channel without those who are told because of their office."""
    return replace(found, reached=found.reached - (offices - found.expected))


def _feed(out: Path, alert_id: str) -> Finding:
    wanted = ("alerts.rss", "alerts.atom")
    there = [
        name
        for name in wanted
        if alert_id in etree.tostring(etree.parse(out / "feeds" / name)).decode()
    ]
    return Finding(frozenset(wanted), frozenset(there), frozenset())


def _stations(out: Path, settings: Settings) -> Finding:
    listed = yaml.safe_load(Path(settings.channels["broadcast"]["stations"]).read_text("utf-8"))
    wanted = frozenset(station["id"] for station in listed["stations"])
    there = {path.parents[2].name for path in out.glob("broadcast/*/incoming/*/SHA256SUMS")}
    return Finding(wanted, frozenset(there), frozenset())


def _vans(out: Path, settings: Settings, alert_id: str) -> Finding:
    listed = yaml.safe_load(Path(settings.channels["van"]["fleet"]).read_text("utf-8"))
    wanted = frozenset(van["id"] for van in listed["vans"])
    # Where a machine cannot make PDFs, the same sheet is there as a page.
    sheets = [path for path in out.glob(f"vans/{alert_id}/*-r1.*") if path.suffix in SHEETS]
    there = {path.stem.removesuffix("-r1") for path in sheets}
    return Finding(wanted, frozenset(there), frozenset())
