import re

import pytest

from warnbroker.cap import parse_xml, read_xml
from warnbroker.errors import AlertError
from warnbroker.model.alert import Circle, NamedValue
from warnbroker.model.enums import Category, MsgType


def faults_of(body):
    with pytest.raises(AlertError) as caught:
        parse_xml(body)
    return caught.value.faults


def rules_of(body):
    return [fault.rule for fault in faults_of(body)]


def test_every_element_reaches_the_model(full):
    alert = parse_xml(full)

    info = alert.infos[0]
    area = info.areas[0]
    assert alert.msg_type is MsgType.UPDATE
    assert alert.addresses == ("alpha", "bravo charlie")
    assert alert.codes == ("profile:a", "profile:b")
    assert alert.incidents == ("surge", "tide two")
    assert alert.references[0].identifier == "urn:oid:2.49.0.1.156.6"
    assert alert.sent.isoformat() == "2026-11-23T02:10:00+08:00"
    assert info.categories == (Category.MET, Category.SAFETY)
    assert info.event_codes == (NamedValue("GBT", "11B22"),)
    assert info.description == "潮位将超过警戒 <1.5 米> & 继续上涨"
    assert info.parameter("level") == "red"
    assert info.resources[0].size == 5
    assert area.polygons[0][0] == (22.5, 113.25)
    assert area.circles == (Circle((22.75, 113.5), 3.5),)
    assert (area.altitude, area.ceiling) == (0, 328.084)


def test_all_structural_faults_come_at_once_with_their_paths_and_lines(plain):
    body = plain(
        ("<status>Actual</status>\n", "<status>Real</status>\n"),
        ("<event>Storm surge</event>\n", ""),
        ("2026-11-23T08:00:00+08:00", "2026-11-23T08:00:00Z"),
        ("23,113 22,113", "23;113 22,113"),
    )

    found = {(fault.rule, fault.path, fault.line) for fault in faults_of(body)}

    assert found == {
        ("cap.alert.status.value", "status", 5),
        ("cap.info.event.required", "info[0]/event", 8),
        ("cap.time.z", "info[0]/expires", 14),
        ("cap.area.polygon.form", "info[0]/area[0]/polygon[0]", 18),
    }


@pytest.mark.parametrize(
    ("sent", "rule"),
    [
        ("2026-11-23T02:10:00Z", "cap.time.z"),
        ("2026-11-23T02:10:00", "cap.time.zone"),
        ("2026-11-23T02:10:00.5+08:00", "cap.time.fraction"),
        ("2026-11-23 02:10:00+08:00", "cap.time.form"),
        ("2026-11-23T02:10+08:00", "cap.time.form"),
        ("２０２６-11-23T02:10:00+08:00", "cap.time.form"),
        ("2026-02-30T02:10:00+08:00", "cap.time.calendar"),
        ("2026-11-23T02:60:00+08:00", "cap.time.calendar"),
        ("2026-11-23T02:10:00+08:75", "cap.time.calendar"),
        ("2026-11-23T02:10:00+15:00", "cap.time.calendar"),
        ("0000-11-23T02:10:00+08:00", "cap.time.calendar"),
        ("0001-01-01T00:00:00+14:00", "cap.time.calendar"),
        ("", "cap.time.form"),
    ],
)
def test_a_time_that_cap_forbids_has_a_rule_of_its_own(plain, sent, rule):
    body = plain(("2026-11-23T02:10:00+08:00", sent))

    assert rules_of(body) == [rule]


def test_a_zero_offset_with_plus_is_read_with_a_warning(plain):
    body = plain(("2026-11-23T08:00:00+08:00", "2026-11-23T00:00:00+00:00"))

    parsed = read_xml(body)

    assert [(w.rule, w.level, w.path, w.line) for w in parsed.warnings] == [
        ("cap.time.zero", "warning", "info[0]/expires", 15)
    ]


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("cap:1.2", "cap:1.1", "cap.namespace"),
        (' xmlns="urn:oasis:names:tc:emergency:cap:1.2"', "", "cap.namespace"),
        ("<sender>duty@storm.example</sender>\n", "", "cap.alert.sender.required"),
        ("<category>Met</category>\n", "", "cap.info.category.required"),
        ("<category>Met", "<category>met", "cap.info.category.value"),
        ("<severity>Extreme", "<severity> Extreme", "cap.info.severity.value"),
        ("<certainty>Observed", "<certainty>Very Likely", "cap.info.certainty.value"),
        ("<area>", "<hazard>x</hazard><area>", "cap.info.unknown"),
        ("<area>", '<area xmlns:x="urn:x"><x:polygon/>', "cap.area.unknown"),
        ("<event>", "<event>a</event><event>", "cap.element.repeated"),
        ("<language>en-US</language>\n<category>Met</category>",
         "<category>Met</category><language>en-US</language>", "cap.element.order"),
        ("Storm surge", "Storm <b>surge</b>", "cap.element.markup"),
        ("<info>", "<info>now", "cap.element.text"),
        ("<info>", '<info id="1">', "cap.element.attribute"),
        ("23,114 23,113", "23,114,7 23,113", "cap.area.polygon.form"),
        ("23,114 23,113", "23,1e2 23,113", "cap.area.polygon.form"),
        ("23,114 23,113", "nan,114 23,113", "cap.area.polygon.form"),
        ("23,114 23,113", "foo 23,113", "cap.area.polygon.form"),
        ("</area>", "<circle>22,113,5</circle></area>", "cap.area.circle.form"),
        ("</area>", "<circle>22,113 5km</circle></area>", "cap.area.circle.form"),
        ("</area>", "<geocode>440300</geocode></area>", "cap.element.text"),
        ("</area>", "<altitude>high</altitude></area>", "cap.number.form"),
        ("</area>", "<altitude>1e3</altitude></area>", "cap.number.form"),
        ("<scope>Public</scope>", '<scope>Public</scope><addresses>a "b</addresses>',
         "cap.words.form"),
        ("<scope>Public</scope>", "<scope>Public</scope><references>a,b</references>",
         "cap.alert.references.form"),
        ("<scope>Public</scope>",
         "<scope>Public</scope><references>a,b,2026-11-23T02:10:00Z</references>", "cap.time.z"),
    ],
)  # fmt: skip
def test_a_broken_structure_names_its_rule(plain, old, new, rule):
    assert rule in rules_of(plain((old, new)))


def test_another_root_element_is_no_alert():
    assert rules_of(b"<feed xmlns='http://www.w3.org/2005/Atom'/>") == ["cap.alert.root"]


def test_a_signature_comments_and_schema_hints_do_no_harm(plain):
    signature = '<Signature xmlns="http://www.w3.org/2000/09/xmldsig#"><SignedInfo/></Signature>'
    hint = '<alert xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="a b"'
    body = plain(
        ("</alert>", f"{signature}</alert>"),
        ("<alert", hint),
        ("Storm surge", "Storm <!-- a note -->surge"),
    )

    assert parse_xml(body) == parse_xml(plain())


def test_the_prefix_of_the_namespace_does_not_matter(plain):
    prefixed = re.sub(rb"<(/?)(\w)", rb"<\1cap:\2", plain()).replace(b"xmlns=", b"xmlns:cap=")

    assert parse_xml(prefixed) == parse_xml(plain())


def test_an_absent_or_empty_language_is_us_english(plain):
    line = "<language>en-US</language>\n"

    assert parse_xml(plain((line, ""))).infos[0].language == "en-US"
    assert parse_xml(plain((line, "<language/>"))).infos[0].language == "en-US"


def test_white_space_around_texts_and_foreign_line_ends_are_not_part_of_them(plain):
    body = plain(("Storm surge", "\r\n   Storm\r\n   surge  \n"))

    assert parse_xml(body).infos[0].event == "Storm\n   surge"


def test_an_ideographic_indent_is_part_of_a_text(plain):
    body = plain(("Storm surge", "　　风暴潮"))

    assert parse_xml(body).infos[0].event == "　　风暴潮"


def test_spaces_in_an_identifier_are_kept_for_the_rules_to_find(plain):
    body = plain(("<identifier>a-1", "<identifier> a-1"))

    assert parse_xml(body).identifier == " a-1"
