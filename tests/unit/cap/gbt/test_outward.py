"""CAP to GB/T, and there and back again."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.cap.gbt.samples import CODE, IDENTIFIER, OFFICE, REGISTER, SENDER, cancel, full
from warnbroker.cap import parse_xml, to_xml
from warnbroker.cap.gbt import from_gbt, read_gbt, to_gbt
from warnbroker.cap.gbt.originals import PREFIX, without_private
from warnbroker.cap.gbt.writer import write_gbt
from warnbroker.errors import AlertError
from warnbroker.model.alert import Alert, Area, Circle, Info, NamedValue, Reference
from warnbroker.model.enums import (
    Category,
    Certainty,
    MsgType,
    Scope,
    Severity,
    Status,
    Urgency,
)
from warnbroker.model.fan_out import INTERNAL

SENT = datetime(2026, 11, 23, 11, 8, tzinfo=UTC)
AREA = Area("东镇", geocodes=(NamedValue("GB/T 2260", "331003"),))
INFO = Info(
    event="台风",
    categories=(Category.MET,),
    urgency=Urgency.IMMEDIATE,
    severity=Severity.EXTREME,
    certainty=Certainty.OBSERVED,
    language="zh-CN",
    event_codes=(NamedValue("GB/T 35965", "11B01"),),
    expires=SENT + timedelta(hours=6),
    description="台风即将登陆",
    areas=(AREA,),
)
ALERT = Alert("a-1", SENDER, SENT, Status.ACTUAL, MsgType.ALERT, Scope.PUBLIC, infos=(INFO,))


def with_info(**changed) -> Alert:
    return replace(ALERT, infos=(replace(INFO, **changed),))


def data(alert: Alert, **how):
    return read_gbt(to_gbt(alert, REGISTER, **how).body).data


def losses(alert: Alert, **how) -> set[str]:
    return {loss.id for loss in to_gbt(alert, REGISTER, **how).losses}


def rule(alert: Alert) -> str:
    with pytest.raises(AlertError) as caught:
        to_gbt(alert, REGISTER)
    return caught.value.faults[0].rule


def test_name_and_identifier_follow_from_issuer_and_time():
    found = to_gbt(ALERT, REGISTER)

    assert found.file_name == f"{CODE}_20261123190800_11B01_RED_ALERT.xml"
    assert read_gbt(found.body).data["identifier"] == f"{CODE}_20261123190800"
    assert "identifier.generated" in losses(ALERT)


def test_a_serial_parts_two_messages_of_one_second():
    assert data(ALERT, serial=3)["identifier"] == f"{CODE}_20261123190800_3"


def test_the_headline_is_generated_as_prescribed():
    assert data(ALERT)["info"]["headline"] == f"{OFFICE}发布台风红色预警"
    over = replace(
        ALERT,
        msg_type=MsgType.CANCEL,
        note="已过",
        references=(Reference(SENDER, IDENTIFIER, SENT),),
    )
    assert data(over)["info"]["headline"] == f"{OFFICE}解除台风红色预警"


def test_times_are_written_in_beijing_with_a_space():
    found = data(ALERT)

    assert found["sendTime"] == "2026-11-23 19:08:00+08:00"
    assert found["info"]["expires"] == "2026-11-24 01:08:00+08:00"
    assert found["info"]["effective"] == found["sendTime"]


def test_references_become_the_identifier_of_the_first_message():
    references = (
        Reference(SENDER, "b-2", SENT - timedelta(hours=1)),
        Reference(SENDER, "b-1", SENT - timedelta(hours=2)),
    )
    update = replace(ALERT, msg_type=MsgType.UPDATE, references=references)

    assert data(update)["references"] == f"{CODE}_20261123170800"
    assert "references.others" in losses(update)
    first = Reference(SENDER, f"{CODE}_20261123010101", SENT)
    assert data(update, first=first)["references"] == f"{CODE}_20261123010101"


def test_an_exercise_goes_as_test_and_says_so():
    drill = replace(ALERT, status=Status.EXERCISE, note="海葵一号")

    assert (data(drill)["status"], data(drill)["note"]) == ("Test", "演练：海葵一号")
    assert "status.exercise" in losses(drill)


def test_internal_becomes_inner():
    assert data(replace(ALERT, codes=(INTERNAL,)))["secClassification"] == "Inner"


@pytest.mark.parametrize(
    ("parameters", "severity", "colour"),
    [
        ((NamedValue("severityColor", "Orange"),), Severity.EXTREME, "Orange"),
        ((NamedValue("awareness_level", "3; yellow; Moderate"),), Severity.EXTREME, "Yellow"),
        ((NamedValue("预警级别", "蓝色"),), Severity.EXTREME, "Blue"),
        ((), Severity.SEVERE, "Orange"),
        ((), Severity.UNKNOWN, "Unknown"),
    ],
)
def test_the_stated_colour_goes_before_the_severity(parameters, severity, colour):
    assert data(with_info(parameters=parameters, severity=severity))["info"]["severity"] == colour


def test_an_area_of_several_outlines_becomes_several_areas():
    square = ((28.0, 121.0), (28.0, 122.0), (29.0, 122.0), (28.0, 121.0))
    area = replace(AREA, polygons=(square, square), circles=(Circle((28.0, 121.0), 0.25),))
    found = data(with_info(areas=(area,)))["info"]["area"]

    assert [sorted(item) for item in found] == [
        ["areaDesc", "circle", "geocode", "polygon"],
        ["areaDesc", "geocode", "polygon"],
    ]
    assert found[0]["circle"] == "28,121 250"
    assert found[0]["geocode"] == "331003000000"
    assert "area.split" in losses(with_info(areas=(area,)))


@pytest.mark.parametrize(
    ("alert", "loss"),
    [
        (replace(ALERT, source="gauge"), "element.uncarried"),
        (replace(ALERT, incidents=("surge",)), "element.uncarried"),
        (replace(ALERT, codes=("profile:x",)), "element.uncarried"),
        (with_info(contact="12345"), "element.uncarried"),
        (with_info(audience="all"), "element.uncarried"),
        (with_info(parameters=(NamedValue("wind", "12"),)), "element.uncarried"),
        (with_info(areas=(replace(AREA, altitude=1.0),)), "element.uncarried"),
        (with_info(certainty=Certainty.POSSIBLE), "certainty.possible"),
        (with_info(headline="快跑"), "headline.generated"),
        (with_info(areas=(replace(AREA, geocodes=(*AREA.geocodes, NamedValue("UGC", "X"))),)),
         "geocode.system"),
        (replace(ALERT, infos=(INFO, replace(INFO, language="en"))), "language.uncarried"),
        (ALERT, "method.assumed"),
    ],
)  # fmt: skip
def test_every_loss_on_the_way_out_is_named(alert, loss):
    assert loss in losses(alert)


@pytest.mark.parametrize(
    ("alert", "expected"),
    [
        (replace(ALERT, sender="x@y.example"), "gbt.sender.unknown"),
        (replace(ALERT, msg_type=MsgType.ACK), "gbt.msg_type"),
        (replace(ALERT, scope=Scope.PRIVATE), "gbt.scope"),
        (replace(ALERT, scope=Scope.RESTRICTED), "gbt.scope"),
        (replace(ALERT, status=Status.SYSTEM), "gbt.status"),
        (replace(ALERT, msg_type=MsgType.CANCEL), "gbt.note.required"),
        (replace(ALERT, msg_type=MsgType.UPDATE), "gbt.references.required"),
        (with_info(language="en"), "gbt.info.required"),
        (replace(ALERT, infos=(INFO, INFO)), "gbt.info.several"),
        (with_info(event_codes=()), "gbt.event_type.required"),
        (with_info(areas=()), "gbt.area.required"),
        (with_info(areas=(Area("东镇"),)), "gbt.geocode.required"),
    ],
)
def test_what_gbt_cannot_carry_is_refused_with_its_rule(alert, expected):
    assert rule(alert) == expected


@pytest.mark.parametrize(
    "body",
    [
        full(),
        full((' xmlns="http://com.icss.amp"', "")),
        full(("发布台风红色预警", "发布台风红色预警[I级/特别重大]")),
        full(("28.6,121.4 3500", "28.600,121.40 3500.0")),
        full(("331003000000,331003100000", "33100300000000")),
        full(("<status>Actual", "<status>Exercise")),
        full((">None<", ">Inner<")),
        full(("<severity>Red", "<severity>Unknown")),
        cancel(),
    ],
    ids=["full", "bare", "headline", "numbers", "codes", "exercise", "inner", "unknown", "cancel"],
)
def test_there_and_back_again_is_the_same_message_but_for_private_numbers(body):
    first = from_gbt(body, REGISTER)
    through_cap = parse_xml(to_xml(first.alert))

    back = read_gbt(to_gbt(through_cap, REGISTER).body)

    assert back.data == without_private(read_gbt(body).data)


def test_an_alert_that_was_changed_is_written_as_it_is_now():
    was = from_gbt(full(("发布台风红色预警", "发布台风红色预警[I级]")), REGISTER).alert
    info = replace(
        was.infos[0],
        severity=Severity.SEVERE,
        parameters=tuple(
            NamedValue("severityColor", "Orange") if pair.name == "severityColor" else pair
            for pair in was.infos[0].parameters
        ),
        expires=SENT + timedelta(hours=1),
    )

    found = data(replace(was, infos=(info,)))

    assert found["info"]["severity"] == "Orange"
    assert found["info"]["expires"] == "2026-11-23 20:08:00+08:00"


def test_what_another_message_said_is_not_repeated():
    was = from_gbt(full(), REGISTER).alert
    later = replace(
        was,
        identifier=f"{CODE}_20261123200000",
        msg_type=MsgType.UPDATE,
        references=(Reference(SENDER, IDENTIFIER, SENT),),
    )

    names = [item["methodName"] for item in data(later)["code"]]

    assert names == ["SMS", "WEB"]


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_kept_texts_of_strangers_break_nothing(chosen):
    paths = st.sampled_from(
        ["code", "info/area[0]/geocode", "info/area[9]/x", "info", "alert/identifier", "", "a/b/c",
         "info/headline", "info/severity", "info/area", "alert/xmlns", "info/area[0]/polygon"]
    )  # fmt: skip
    texts = st.sampled_from(["", "[]", "[[1]]", "{", '[["SMS"]]', "x", "Blue", "null"])
    kept = chosen.draw(st.lists(st.builds(NamedValue, paths.map(PREFIX.__add__), texts)))
    mine = NamedValue(f"{PREFIX}alert/identifier", IDENTIFIER)
    alert = replace(with_info(parameters=(mine, *kept)), identifier=IDENTIFIER)

    found = data(alert)

    assert found["info"]["severity"] == "Red"
    assert found["identifier"] == IDENTIFIER


moments = st.datetimes(datetime(2000, 1, 1), datetime(2090, 1, 1)).map(
    lambda moment: moment.replace(microsecond=0).isoformat(sep=" ") + "+08:00"
)
words = st.text(st.sampled_from("台风暴雨预警发布解除红色ab1 ,&<>"), min_size=1, max_size=12).map(
    lambda text: text.strip() or "雨"
)
ids = st.lists(st.sampled_from(["G01002", "G2", "G3"]), min_size=1, max_size=2, unique=True)
methods = st.fixed_dictionaries(
    {"methodName": st.sampled_from(["SMS", "SPEAKER", "BROADCAST", "LED", "WEB", "TV"])},
    optional={"message": words, "audienceGrp": ids.map(",".join)},
)
numbers = st.integers(0, 10**6).map(lambda number: f"{20 + number / 10**5:.5f}")
codes = st.from_regex(r"[1-9][0-9]{5}([0-9]{3}([0-9]{3}([0-9]{2})?)?)?", fullmatch=True)
circles = st.tuples(numbers, numbers, st.integers(0, 10**5)).map(
    lambda drawn: "{},{} {}".format(*drawn)
)
polygons = st.tuples(numbers, numbers, numbers, numbers).map(
    lambda drawn: "{0},{1} {0},{3} {2},{3} {0},{1}".format(*drawn)
)
places = st.fixed_dictionaries(
    {"areaDesc": words, "geocode": st.lists(codes, min_size=1, max_size=3).map(",".join)},
    optional={"circle": circles, "polygon": polygons},
)


@st.composite
def messages(draw):
    """Draw a GB/T message as plain data."""
    office = draw(words)
    kind = draw(st.sampled_from(["Alert", "Update", "Cancel"]))
    sent = draw(moments)
    stamp = sent[:19].translate(str.maketrans("", "", "- :"))
    info = {
        "language": "zh-CN",
        "eventType": draw(st.from_regex(r"1[1-4][A-G][0-9]{2}", fullmatch=True)),
        "urgency": draw(st.sampled_from(["Unknown", "Immediate", "Future"])),
        "severity": draw(st.sampled_from(["Red", "Orange", "Yellow", "Blue", "Unknown"])),
        "certainty": draw(st.sampled_from(["Unknown", "VeryLikely", "Likely", "Observed"])),
        "effective": sent,
        "headline": draw(words),
        "description": draw(words),
        "area": draw(st.lists(places, min_size=1, max_size=2)),
    }
    more = {"onset": moments, "expires": moments, "senderName": words, "instruction": words}
    info |= {name: draw(texts) for name, texts in more.items() if draw(st.booleans())}
    data = {
        "xmlns": draw(st.sampled_from(["", "http://com.icss.amp"])),
        "identifier": f"{CODE}_{stamp}" + draw(st.sampled_from(["", "_0", "_9"])),
        "sender": office,
        "senderCode": CODE,
        "sendTime": sent,
        "status": draw(st.sampled_from(["Actual", "Test", "Exercise", "Draft"])),
        "msgType": kind,
        "scope": "Public",
        "info": info,
    }
    ways = [{"methodName": "SMS"}, *draw(st.lists(methods, max_size=3))]
    data["code"] = draw(st.permutations(ways))
    data["secClassification"] = draw(st.sampled_from(["None", "Inner"]))
    if kind != "Alert":
        data["references"] = f"{CODE}_20200101000000"
        data["note"] = draw(words)
    return data


@given(messages())
@settings(max_examples=150, deadline=None)
def test_any_message_survives_the_way_through_cap(data):
    body = write_gbt(data)
    written = read_gbt(body).data

    alert = from_gbt(body, REGISTER).alert
    again = parse_xml(to_xml(alert))

    assert again == alert
    assert read_gbt(to_gbt(again, REGISTER).body).data == written
