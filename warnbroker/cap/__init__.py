"""CAP 1.2: XML and JSON to and from Alert, and the rules of what may be published."""

from warnbroker.cap.dump import to_json, to_xml
from warnbroker.cap.forms import json_schema
from warnbroker.cap.parse import Parsed, parse_json, parse_xml, read_json, read_xml
from warnbroker.cap.rules import RULES, check
from warnbroker.cap.rules.rule import Rule

__all__ = [
    "RULES",
    "Parsed",
    "Rule",
    "check",
    "json_schema",
    "parse_json",
    "parse_xml",
    "read_json",
    "read_xml",
    "to_json",
    "to_xml",
]
