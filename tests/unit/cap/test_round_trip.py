from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

import warnbroker.cap
from warnbroker.cap import parse_json, parse_xml, read_xml, to_json, to_xml
from warnbroker.cap.relay import read_relayed
from warnbroker.errors import AlertError
from warnbroker.model.alert import Alert, Area, Circle, Info, NamedValue, Reference, Resource
from warnbroker.model.enums import (
    Category,
    Certainty,
    MsgType,
    ResponseType,
    Scope,
    Severity,
    Status,
    Urgency,
)

SCHEMA = etree.XMLSchema(
    etree.parse(Path(warnbroker.cap.__file__).parent / "schema" / "CAP-v1.2.xsd")
)

# Every character that XML can hold, with those that need care more often.
characters = st.characters(
    codec="utf-8", exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff"
) | st.sampled_from("\n\t <>&\"']，。　")
texts = st.text(characters, max_size=6).map(lambda text: text.strip(" \t\n"))
tokens = st.text(st.sampled_from("abcAZ09.:-_@预"), min_size=1, max_size=12)
words = st.lists(st.text(st.sampled_from("ab警 -"), min_size=1, max_size=6), max_size=3).map(tuple)
links = st.sampled_from(["", "https://storm.example/7?a=%20", "7.png"])
moments = st.builds(
    lambda moment, minutes: moment.replace(tzinfo=timezone(timedelta(minutes=minutes))),
    st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1)).map(
        lambda moment: moment.replace(microsecond=0)
    ),
    st.integers(-14 * 60, 14 * 60),
)
numbers = st.floats(-1e6, 1e6)
latitudes, longitudes = st.floats(-90, 90), st.floats(-180, 180)
positions = st.tuples(latitudes, longitudes)
pairs = st.lists(st.builds(NamedValue, texts, texts), max_size=2).map(tuple)


def tuples(strategy, least=0):
    return st.lists(strategy, min_size=least, max_size=2).map(tuple)


areas = st.builds(
    Area,
    area_desc=texts,
    polygons=tuples(tuples(positions)),
    circles=tuples(st.builds(Circle, positions, st.floats(0, 1e5))),
    geocodes=pairs,
    altitude=st.none() | numbers,
    ceiling=st.none() | numbers,
)
resources = st.builds(
    Resource,
    resource_desc=texts,
    mime_type=texts,
    size=st.none() | st.integers(0, 10**12),
    uri=links,
    deref_uri=texts,
    digest=texts,
)
infos = st.builds(
    Info,
    event=texts,
    categories=tuples(st.sampled_from(Category), least=1),
    urgency=st.sampled_from(Urgency),
    severity=st.sampled_from(Severity),
    certainty=st.sampled_from(Certainty),
    language=st.sampled_from(["zh-CN", "en-US", "fr", "x-a1"]),
    response_types=tuples(st.sampled_from(ResponseType)),
    audience=texts,
    event_codes=pairs,
    effective=st.none() | moments,
    onset=st.none() | moments,
    expires=st.none() | moments,
    sender_name=texts,
    headline=texts,
    description=texts,
    instruction=texts,
    web=links,
    contact=texts,
    parameters=pairs,
    resources=tuples(resources),
    areas=tuples(areas),
)
alerts = st.builds(
    Alert,
    identifier=tokens,
    sender=tokens,
    sent=moments,
    status=st.sampled_from(Status),
    msg_type=st.sampled_from(MsgType),
    scope=st.sampled_from(Scope),
    source=texts,
    restriction=texts,
    addresses=words,
    codes=tuples(texts),
    note=texts,
    references=tuples(st.builds(Reference, tokens, tokens, moments)),
    incidents=words,
    infos=tuples(infos),
)


# No deadline: the machine that runs the tests may be busy.
@settings(deadline=None, max_examples=50)
@given(alerts)
def test_an_alert_written_as_xml_is_valid_and_reads_back_equal(alert):
    written = to_xml(alert)

    SCHEMA.assertValid(etree.fromstring(written))
    parsed = read_xml(written)
    assert parsed.alert == alert
    assert offsets(parsed.alert) == offsets(alert)
    assert parsed.warnings == ()
    assert to_xml(parsed.alert) == written


# No deadline: the machine that runs the tests may be busy.
@settings(deadline=None, max_examples=30)
@given(alerts)
def test_what_we_wrote_is_read_the_same_and_without_a_defect_by_those_who_read_anything(alert):
    whole = replace(alert, infos=tuple(map(named, alert.infos)))

    [found] = read_relayed(to_xml(whole))

    assert found.alert == whole
    assert found.defects == ()


def named(info):
    """Give an info what every info must have; the tolerant reader names what is missing."""
    areas = tuple(
        replace(
            area,
            area_desc=area.area_desc or "x",
            polygons=(),
            circles=(),
            geocodes=tuple(pair for pair in area.geocodes if (pair.name + pair.value).strip()),
        )
        for area in info.areas
    )
    files = tuple(
        replace(item, resource_desc="x", mime_type="a/b", deref_uri="") for item in info.resources
    )
    return replace(info, event=info.event or "x", areas=areas, resources=files)


def offsets(alert):
    """Return the offsets of all times: equal instants may be written in different zones."""
    times = [alert.sent, *(reference.sent for reference in alert.references)]
    times += [t for info in alert.infos for t in (info.effective, info.onset, info.expires) if t]
    return [moment.utcoffset() for moment in times]


# No deadline: the machine that runs the tests may be busy.
@settings(deadline=None, max_examples=50)
@given(alerts)
def test_an_alert_written_as_json_reads_back_equal(alert):
    assert parse_json(orjson.dumps(to_json(alert))) == alert


def test_a_message_with_every_element_survives(full):
    alert = parse_xml(full)
    written = to_xml(alert)

    SCHEMA.assertValid(etree.fromstring(written))
    assert parse_xml(written) == alert
    names = {etree.QName(element).localname for element in etree.fromstring(full).iter()}
    assert names == {etree.QName(element).localname for element in etree.fromstring(written).iter()}


def test_the_xml_is_utf_8_with_a_declaration_and_the_default_namespace(full):
    written = to_xml(parse_xml(full))

    assert written.startswith(b"<?xml version='1.0' encoding='UTF-8'?>\n<alert xmlns=")
    assert "风暴潮".encode() in written


def test_utc_is_written_with_a_minus(plain):
    body = plain(("2026-11-23T08:00:00+08:00", "2026-11-23T00:00:00-00:00"))

    assert parse_xml(body).infos[0].expires == datetime(2026, 11, 23, tzinfo=UTC)
    assert b"<expires>2026-11-23T00:00:00-00:00</expires>" in to_xml(parse_xml(body))


def test_small_and_large_numbers_are_written_without_exponent(plain):
    body = plain(
        ("22,113 22,114 23,114 23,113 22,113", "0.0000001,1 0,1 0,2 0.0000001,1"),
        ("</area>", "<altitude>100000000000000000000000</altitude></area>"),
    )

    written = to_xml(parse_xml(body))

    assert b"<polygon>0.0000001,1 " in written
    assert b"<altitude>100000000000000000000000</altitude>" in written


@pytest.mark.parametrize(
    ("stated", "written"),
    [
        ("  spaces around \n", "spaces around"),
        ("two\n\n  paragraphs", "two\n\n  paragraphs"),
        ("\u00a0kept\u3000", "\u00a0kept\u3000"),
        ("a<!-- comment -->b<?pi x?>", "ab"),
        ("<![CDATA[1 < 2 & 3]]>", "1 &lt; 2 &amp; 3"),
        ("lines\r\nof DOS", "lines\nof DOS"),
    ],
)
def test_white_space_around_a_text_goes_and_within_it_stays(plain, stated, written):
    body = plain(("Storm surge", stated))

    assert f"<event>{written}</event>" in to_xml(parse_xml(body)).decode()


@pytest.mark.parametrize(
    ("stated", "written"),
    [("25.30", "25.3"), ("+5", "5"), ("007", "7"), (".5", "0.5"), ("-0.10", "-0.1"),
     ("45.12345678901234", "45.12345678901234"), ("1e5", None), ("5 m", None), ("", None)],
)  # fmt: skip
def test_a_number_keeps_its_value_and_may_change_its_form(plain, stated, written):
    body = plain(("</area>", f"<altitude>{stated}</altitude></area>"))

    if written is None:
        with pytest.raises(AlertError, match=r"cap\.number\.form"):
            parse_xml(body)
    else:
        assert f"<altitude>{written}</altitude>".encode() in to_xml(parse_xml(body))


def test_an_empty_element_that_may_be_left_out_is(plain):
    body = plain(("<scope>Public</scope>", "<source/><scope>Public</scope><code/><note> </note>"))

    written = to_xml(parse_xml(body))

    assert b"source" not in written
    assert b"note" not in written
    assert b"<code></code>" in written or b"<code/>" in written


def test_repeated_elements_keep_their_order_and_their_repeats(plain):
    codes = "".join(f"<code>{word}</code>" for word in ("b", "a", "b"))
    pairs = "".join(
        f"<parameter><valueName>{name}</valueName><value>{value}</value></parameter>"
        for name, value in (("x", "2"), ("x", "1"), ("a", ""), ("x", "2"))
    )
    body = plain(("</scope>", f"</scope>{codes}"), ("<area>", f"{pairs}<area>"))

    alert = parse_xml(to_xml(parse_xml(body)))

    assert alert.codes == ("b", "a", "b")
    assert [(pair.name, pair.value) for pair in alert.infos[0].parameters] == [
        ("x", "2"), ("x", "1"), ("a", ""), ("x", "2")
    ]  # fmt: skip
