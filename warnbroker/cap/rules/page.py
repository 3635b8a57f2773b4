"""The page of rules, made from the tables: ``python -m warnbroker.cap.rules.page``."""

import sys
from collections.abc import Iterable, Iterator
from importlib.resources import files
from string import Template

from warnbroker.cap.gbt.faults import FAULTS
from warnbroker.cap.profiles import load_profile, profile_names
from warnbroker.cap.relay.words import DEFECTS
from warnbroker.cap.rules import RULES
from warnbroker.cap.rules.catalogue import BROKER, FORM, GATES, entries
from warnbroker.cap.rules.catalogue.entry import Entry

_HEAD = "| rule | level | source | English | 中文 |\n|---|---|---|---|---|\n"


def page() -> str:
    """Return the page of rules as Markdown."""
    known, content = entries(), {rule.id for rule in RULES}
    text = files("warnbroker.cap.rules").joinpath("page.md").read_text(encoding="utf-8")
    made = Template(text).substitute(
        form=_table(entry for entry in FORM if entry.id not in content),
        content=_table(known[rule.id] for rule in RULES),
        gates=_table(GATES),
        broker=_table(BROKER),
        relay=_table(_relay()),
        gbt=_table(_gbt()),
        profiles="\n".join(_profiles()),
    )
    return made.rstrip() + "\n"


def _relay() -> Iterator[Entry]:
    for rule, (level, english, chinese) in DEFECTS.items():
        yield Entry(rule, "warnbroker; nothing is lost in silence", english, chinese, level)


def _gbt() -> Iterator[Entry]:
    for rule, (english, chinese) in FAULTS.items():
        yield Entry(rule, "GB/T 35965.1", english.replace("{}", "…"), chinese.replace("{}", "…"))


def _profiles() -> Iterator[str]:
    for name in profile_names():
        profile = load_profile(name)
        yield f"### {name}\n\n{profile.title['en']}.\n\n{_table(profile.entries())}"


def _table(found: Iterable[Entry]) -> str:
    return _HEAD + "".join(_row(entry) for entry in found)


def _row(entry: Entry) -> str:
    level = f"{entry.level} at issue" if entry.at_issue else entry.level
    texts = " | ".join(_cell(entry.outline(text)) for text in (entry.english, entry.chinese))
    return f"| `{entry.id}` | {level} | {entry.source} | {texts} |\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("&lt;", "&amp;lt;").replace("<", "&lt;")


if __name__ == "__main__":
    sys.stdout.write(page())
