"""The page of rules is made from the tables, and the tables know every rule of the code."""

import re
from pathlib import Path

import warnbroker
from warnbroker.cap.rules.page import page as made

PAGE = "docs/rules.md"
# Ids in the text of the code, wherever a fault is made.
RULE = re.compile(
    r'"((?:cap|area|info|alert|lineage|release|scope|signature|gate|file|relay|gbt|report)'
    r'\.[a-z_.]+[a-z][0-9]*)"'
)
# What looks like one: files, settings, hosts, and the kinds of loss of GB/T.
OTHER = re.compile(
    r".*\.(xml|json|md|xsd|yaml|py|example)|release\.(flows|override\.roles|repeat_within)"
    r"|area\.(line|point|split|union)"
)


def test_the_page_is_what_the_tables_say(page):
    hint = "make it again: python -m warnbroker.cap.rules.page > docs/rules.md"
    assert page(PAGE) == made(), hint


def test_every_rule_of_the_code_has_a_row(cells):
    folder = Path(warnbroker.__file__).parent
    written = {
        found
        for path in folder.rglob("*.py")
        for found in RULE.findall(path.read_text(encoding="utf-8"))
        if not OTHER.fullmatch(found)
    }
    known = {row[0].strip("`") for row in cells(PAGE)}

    hint = "describe it in warnbroker/cap/rules/catalogue/broker.py and make the page again"
    assert sorted(written - known) == [], hint


def test_every_row_says_how_grave_a_rule_is_where_it_comes_from_and_what_it_asks(cells):
    rows = [row for row in cells(PAGE) if row[0] != "rule"]

    assert len({row[0] for row in rows}) == len(rows)
    for rule, level, source, english, chinese in rows:
        assert level in {"error", "warning", "error at issue"}, rule
        assert source, rule
        assert english, rule
        assert re.search("[\u4e00-\u9fff]", chinese), rule
