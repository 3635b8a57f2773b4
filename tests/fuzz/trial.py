"""One case: make a message, let every reader have it, and see that only our own errors come out."""

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from random import Random

import orjson
from lxml import etree

from tests.fuzz import mutations, seeds
from warnbroker.cap import check, parse_json, parse_xml, read_json, read_xml, to_json, to_xml
from warnbroker.cap.relay import read_relayed
from warnbroker.errors import WarnbrokerError
from warnbroker.model.alert import Alert

NOW = datetime(2026, 11, 22, 18, 11, tzinfo=UTC)


def message(seed: int, number: int) -> tuple[str, bytes]:
    """Return the message of a case: the same for the same seed and number, wherever it runs."""
    random = Random(f"{seed}:{number}")
    if random.random() < 0.3:
        body = random.choice(seeds.JSON)
        way = random.choice((mutations.values_of, mutations.values_of, mutations.bytes_of))
        return "json", way(random, body)
    body = random.choice(seeds.XML)
    ways = [mutations.elements_of, mutations.bytes_of]
    chosen = random.choice([ways[:1], ways[:1], ways[:1], ways[1:], ways])
    for way in chosen:
        body = way(random, body)
    return "xml", body


def attempt(kind: str, body: bytes) -> Iterator[str]:
    """Read a message in every way; yield a word for how each ended.

    Whatever else than an error of ours comes out is a fault of ours.
    """
    yield f"strict {kind} {_strict(kind, body)}"
    if kind == "xml":
        for found in read_relayed(body):
            yield f"relay {_relayed(found.alert) if found.alert else found.cause}"


def _strict(kind: str, body: bytes) -> str:
    try:
        parsed = read_json(body) if kind == "json" else read_xml(body)
    except WarnbrokerError as error:
        return type(error).__name__
    faults = parsed.locate(check(parsed.alert, NOW))
    _survives(parsed.alert, valid=all(fault.level != "error" for fault in faults))
    return "read"


def _relayed(alert: Alert) -> str:
    _survives(alert, valid=True)
    check(alert, NOW, issuing=False)
    return "read"


def _survives(alert: Alert, *, valid: bool) -> None:
    """Whatever was read can be written and reads back equal; what is right fits the schema."""
    written = to_xml(alert)
    if valid:
        schema().assertValid(etree.fromstring(written))
    limit = len(written) + 1
    assert parse_xml(written, limit) == alert, "the XML reads back otherwise"
    plain = orjson.dumps(to_json(alert))
    assert parse_json(plain, len(plain) + 1) == alert, "the JSON reads back otherwise"


@cache
def schema() -> etree.XMLSchema:
    """Return the schema of OASIS."""
    return etree.XMLSchema(
        etree.fromstring(files("warnbroker.cap").joinpath("schema", "CAP-v1.2.xsd").read_bytes())
    )
