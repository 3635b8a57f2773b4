"""Every rule of form is broken by a message, alone, and told in both languages."""

import json
from copy import deepcopy
from functools import partial

import pytest

from tests.unit.cap.rules.good import GOOD, NOW
from warnbroker.cap import check, read_json, read_xml, to_json, to_xml
from warnbroker.cap.rules.catalogue import FORM, entries, in_language
from warnbroker.errors import AlertError

XML = to_xml(GOOD).decode()
JSON = to_json(GOOD)
JSON["info"][0]["area"][0]["geocode"] = [{"valueName": "S", "value": "1"}]
PLACES = {"alert", "info", "event_code", "parameter", "resource", "area", "geocode"}
# What breaks one rule of form: the text that is replaced in the XML, and by what.
EDITS = {
    "cap.alert.root": ("alert", "alarm"),
    "cap.namespace": ("cap:1.2", "cap:1.1"),
    "cap.element.order": ("<scope>Public</scope>", "<scope>Public</scope><source>x</source>"),
    "cap.element.repeated": ("<scope>Public</scope>", "<scope>Public</scope>" * 2),
    "cap.element.attribute": ("<sender>", '<sender kind="x">'),
    "cap.element.markup": ("Go inland on foot.", "Go <b>inland</b>."),
    "cap.element.text": ("<scope>", "and <scope>"),
    "cap.text.character_reference": ("Go inland", "Go&#x20;inland"),
    "cap.words.form": ("</scope>", '</scope><addresses>"a</addresses>'),
    "cap.number.form": ("<size>5</size>", "<size>5 kB</size>"),
    "cap.time.form": ("T02:10:00+08:00</sent>", " 02:10:00+08:00</sent>"),
    "cap.time.zone": ("T02:10:00+08:00</sent>", "T02:10:00</sent>"),
    "cap.time.z": ("T02:10:00+08:00</sent>", "T02:10:00Z</sent>"),
    "cap.time.fraction": ("T02:10:00+08:00</sent>", "T02:10:00.5+08:00</sent>"),
    "cap.time.calendar": ("2026-11-23T02:10:00+08:00</sent>", "2026-02-30T02:10:00+08:00</sent>"),
    "cap.time.zero": ("2026-11-23T02:10:00+08:00</sent>", "2026-11-22T18:10:00+00:00</sent>"),
    "cap.alert.references.form": ("</scope>", "</scope><references>a,b</references>"),
    "cap.area.polygon.form": ("<polygon>", "<polygon>foo "),
    "cap.area.circle.form": ("</polygon>", "</polygon><circle>22,113,5</circle>"),
}


def faults_of(read, body) -> list:
    judge = partial(lambda alert, unread: check(alert, NOW, unread=unread))
    try:
        return list(read(body, judge=judge).warnings)
    except AlertError as error:
        return list(error.faults)


def changed(place: str) -> tuple[dict, dict]:
    """Return a copy of the JSON, and the object in it that is to be broken."""
    data = deepcopy(JSON)
    info = data["info"][0]
    area = info["area"][0]
    return data, {
        "alert": data,
        "info": info,
        "event_code": info["eventCode"][0],
        "parameter": info["parameter"][0],
        "resource": info["resource"][0],
        "area": area,
        "geocode": area["geocode"][0],
    }[place]


def camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.title() for word in rest)


def broken_json(rule: str) -> bytes | None:
    """Return the JSON that lacks an element, has a wrong word in it, or one too many."""
    _, *place, what = rule.split(".")
    if what not in {"required", "value", "unknown"} or place[0] not in PLACES:
        return None
    place, *name = place
    data, holder = changed(place)
    if what == "unknown":
        holder["colour"] = "red"
    elif what == "required":
        del holder[camel(name[0])]
    else:
        wrong = ["Soon"] if camel(name[0]) in {"category", "responseType"} else "Soon"
        holder[camel(name[0])] = wrong
    return json.dumps(data).encode()


def of_other_json(rule: str) -> bytes | None:
    data, area = changed("area")
    whole = {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 0]]] * 2}
    if rule == "cap.area.polygon.hole":
        area["polygon"] = [whole]
    elif rule == "cap.type":
        data["note"] = 5
    elif rule == "cap.characters":
        data["note"] = "\x07"
    elif rule == "cap.json.repeated":
        return json.dumps(data).replace('"scope"', '"note": "a", "note": "b", "scope"').encode()
    else:
        return None
    return json.dumps(data).encode()


# Told elsewhere: by the command, and where there are more than 500 faults.
ELSEWHERE = {"file.unreadable", "cap.faults.more"}
RULES = [entry.id for entry in FORM if entry.id not in ELSEWHERE]


@pytest.mark.parametrize("rule", RULES)
def test_a_message_breaks_exactly_the_rule_of_form(rule):
    if rule in EDITS:
        old, new = EDITS[rule]
        assert old in XML
        found = faults_of(read_xml, XML.replace(old, new).encode())
    else:
        body = broken_json(rule) or of_other_json(rule)
        assert body is not None, f"nothing breaks {rule}; add an edit"
        found = faults_of(read_json, body)

    assert {fault.rule for fault in found} == {rule}
    assert {fault.level for fault in found} == {entries()[rule].level}
    assert any("\u4e00" <= letter <= "\u9fff" for letter in in_language(found[0], "zh-CN"))
    assert in_language(found[0], "en-GB") == found[0].message


def test_the_good_message_breaks_no_rule_of_form():
    assert faults_of(read_xml, XML.encode()) == []
    assert faults_of(read_json, json.dumps(JSON).encode()) == []


def test_what_is_wrong_with_the_rest_of_a_broken_message_is_told_with_it():
    body = XML.replace("Extreme", "Bad").replace(">duty@storm.example<", ">duty desk.example<")
    body = body.replace("<size>5</size>", "<size>6</size>").replace(" 22,113<", " 22,112<")

    found = faults_of(read_xml, body.encode())

    assert {fault.rule for fault in found} == {
        "cap.info.severity.value",
        "cap.alert.sender.characters",
        "cap.resource.size.differs",
        "cap.area.polygon.closed",
    }
    assert all(fault.line for fault in found)


def test_what_stands_in_for_an_unread_element_breaks_no_rule_of_its_own():
    data = deepcopy(JSON)
    for name in ("sent", "status", "msgType", "scope", "identifier", "sender"):
        data[name] = None
    info = data["info"][0]
    for name in ("category", "event", "urgency", "severity", "certainty"):
        del info[name]
    info["area"][0]["polygon"] = ["foo"]

    found = faults_of(read_json, json.dumps(data).encode())

    assert {fault.rule.rpartition(".")[2] for fault in found} <= {"required", "form"}


@pytest.mark.parametrize("data", [[], "x", 5, {"info": ["x"]}, {"info": 5}, {"info": [[]]}])
def test_a_message_with_nothing_left_to_judge_is_refused_for_its_form_alone(data):
    found = faults_of(read_json, json.dumps(data).encode())

    assert found
    assert all(entries()[fault.rule] for fault in found)


def test_a_reference_to_a_character_in_a_comment_or_in_plain_data_is_none():
    body = XML.replace("<scope>", "<!-- &#65; --><scope>")
    body = body.replace("Go inland on foot.", "<![CDATA[Go &#65;]]>")

    assert faults_of(read_xml, body.encode()) == []
