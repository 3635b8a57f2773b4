from dataclasses import replace
from datetime import timedelta

import pytest

from warnbroker.cap import RULES, check, parse_xml, read_xml
from warnbroker.model.alert import NamedValue

REFERENCE = "duty@storm.example,a-0,2026-11-23T01:10:00+08:00"
SQUARE = "22,113 22,114 23,114 23,113 22,113"
SCOPE = "<scope>Public</scope>"
POLYGON = f"<polygon>{SQUARE}</polygon>"
CONTACT = "<contact>12345</contact>"
SENDER = "<senderName>Storm desk</senderName>"
EXPIRES = "<expires>2026-11-23T08:00:00+08:00</expires>"


def errors(alert, now):
    return [fault.rule for fault in check(alert, now) if fault.level == "error"]


def warnings(alert, now):
    return [fault.rule for fault in check(alert, now) if fault.level == "warning"]


def test_a_sound_alert_breaks_no_rule(plain, full, now):
    assert check(parse_xml(plain()), now) == []
    assert check(parse_xml(full), now) == []


def test_every_rule_has_an_id_of_its_own_and_a_source():
    assert len({rule.id for rule in RULES}) == len(RULES)
    assert all(rule.source and rule.level in {"error", "warning"} for rule in RULES)


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        (">a-1<", "><", "cap.alert.identifier.empty"),
        (">a-1<", ">a 1<", "cap.alert.identifier.characters"),
        (">a-1<", ">a,1<", "cap.alert.identifier.characters"),
        (">a-1<", ">a&lt;1<", "cap.alert.identifier.characters"),
        (">a-1<", ">a&amp;1<", "cap.alert.identifier.characters"),
        (">duty@storm.example<", "><", "cap.alert.sender.empty"),
        (">duty@storm.example<", ">duty desk<", "cap.alert.sender.characters"),
        ("T02:10:00", "T02:26:01", "cap.alert.sent.future"),
        (SCOPE, f"{SCOPE}<restriction>staff</restriction>", "cap.alert.restriction.scope"),
        (SCOPE, "<scope>Restricted</scope>", "cap.alert.restriction.required"),
        (SCOPE, "<scope>Private</scope>", "cap.alert.addresses.required"),
        (">Alert<", ">Update<", "cap.alert.references.required"),
        (">Alert<", ">Cancel<", "cap.alert.references.required"),
        (SCOPE, f"{SCOPE}<references>{REFERENCE.replace('a-0', 'a-1')}</references>",
         "cap.alert.references.self"),
        (">en-US<", ">english_us<", "cap.info.language.form"),
        (">Storm surge<", "> <", "cap.info.event.empty"),
        (EXPIRES, "<expires>2026-11-23T02:10:00+08:00</expires>", "cap.info.expires.order"),
        (EXPIRES, "<expires>2026-11-23T02:11:00+08:00</expires>", "cap.info.expires.past"),
        (CONTACT, f"<web>/alerts/7</web>{CONTACT}", "cap.info.web.absolute"),
        (CONTACT, f"<web>javascript:alert(1)</web>{CONTACT}", "cap.info.web.absolute"),
        (CONTACT, f"<web>http://[</web>{CONTACT}", "cap.info.web.absolute"),
        (CONTACT, f"<web>https:///x</web>{CONTACT}", "cap.info.web.absolute"),
        (POLYGON, "", "cap.info.area.required"),
        (">East Harbour<", "> <", "cap.area.area_desc.empty"),
        (SQUARE, "22,113 22,114 22,113", "cap.area.polygon.length"),
        (SQUARE, "", "cap.area.polygon.length"),
        (SQUARE, "22,113 22,114 23,114 23,113", "cap.area.polygon.closed"),
        (SQUARE, "113,22 114,22 114,23 113,22", "cap.area.polygon.range"),
        (SQUARE, "22,113 23,114 22,114 23,113 22,113", "cap.area.polygon.crossing"),
        (SQUARE, "22,113 24,115 23,114 22,113", "cap.area.polygon.flat"),
        (SQUARE, "22,113 22,113 22,113 22,113", "cap.area.polygon.flat"),
        (SQUARE, "0.1,0.1 0.2,0.2 0.3,0.3 0.1,0.1", "cap.area.polygon.flat"),
        (POLYGON, "<circle>91,113 5</circle>", "cap.area.circle.range"),
        (POLYGON, "<circle>22,113 -5</circle>", "cap.area.circle.radius"),
        (POLYGON, "<geocode><valueName/><value>1</value></geocode>", "cap.area.geocode.pair"),
        (POLYGON, "<geocode><valueName>S</valueName><value> </value></geocode>",
         "cap.area.geocode.pair"),
        (POLYGON, f"{POLYGON}<ceiling>5</ceiling>", "cap.area.ceiling.altitude"),
        (POLYGON, f"{POLYGON}<altitude>5</altitude><ceiling>5</ceiling>", "cap.area.ceiling.order"),
    ],
)  # fmt: skip
def test_an_alert_that_breaks_a_rule_is_not_published(plain, now, old, new, rule):
    assert rule in errors(parse_xml(plain((old, new))), now)


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        (SCOPE, f"{SCOPE}<references>{REFERENCE.replace('T01', 'T03')}</references>",
         "cap.alert.references.later"),
        (SCOPE, f"{SCOPE}<references>{REFERENCE} {REFERENCE}</references>",
         "cap.alert.references.repeated"),
        (EXPIRES, f"<effective>2026-11-23T09:00:00+08:00</effective>{EXPIRES}",
         "cap.info.effective.after_expires"),
        (EXPIRES, "<effective>2026-11-23T04:00:00+08:00</effective>"
         f"<onset>2026-11-23T03:00:00+08:00</onset>{EXPIRES}", "cap.info.effective.after_onset"),
        (EXPIRES, f"<onset>2026-11-23T09:00:00+08:00</onset>{EXPIRES}",
         "cap.info.onset.after_expires"),
        (SENDER, f"{SENDER}<description>Leave &lt;b&gt;now&lt;/b&gt;</description>",
         "cap.info.text.markup"),
        (SENDER, f"{SENDER}<headline>Wind &amp;amp; rain</headline>", "cap.info.text.markup"),
        (">East Harbour<", ">East&lt;br/&gt;Harbour<", "cap.info.text.markup"),
        ("</area>", "</area><area><areaDesc>Pier</areaDesc></area>", "cap.area.place.missing"),
        ("</polygon>", "</polygon><circle>22,113 0</circle>", "cap.area.circle.empty"),
    ],
)  # fmt: skip
def test_what_is_only_doubtful_is_published_with_a_warning(plain, now, old, new, rule):
    alert = parse_xml(plain((old, new)))

    assert errors(alert, now) == []
    assert warnings(alert, now) == [rule]


@pytest.mark.parametrize(
    "text", ["wind < 8 & gusts > 10", "潮位<1.5米", "3 <4; R&D", "below 5 < x"]
)
def test_comparisons_are_no_markup(plain, now, text):
    alert = parse_xml(plain())
    info = replace(alert.infos[0], description=text)

    assert check(replace(alert, infos=(info,)), now) == []


def test_a_clock_may_run_a_quarter_of_an_hour_ahead(plain, now):
    alert = parse_xml(plain())

    assert errors(replace(alert, sent=now + timedelta(minutes=15)), now) == []


def test_a_cancel_needs_no_info_and_no_area(plain, now):
    alert = parse_xml(
        plain(
            (">Alert<", ">Cancel<"),
            (SCOPE, f"{SCOPE}<references>{REFERENCE}</references>"),
            (POLYGON, "<geocode><valueName>S</valueName><value>1</value></geocode>"),
        )
    )
    bare = replace(alert.infos[0], areas=())

    assert errors(alert, now) == []
    assert check(replace(alert, infos=(bare,)), now) == []
    assert check(replace(alert, infos=()), now) == []


@pytest.mark.parametrize("kind", ["Alert", "Update"])
def test_an_alert_or_update_needs_an_info(plain, now, kind):
    alert = parse_xml(
        plain((">Alert<", f">{kind}<"), (SCOPE, f"{SCOPE}<references>{REFERENCE}</references>"))
    )

    assert errors(replace(alert, infos=()), now) == ["cap.alert.info.required"]


def test_an_alert_built_by_a_program_is_checked_for_what_parsing_requires(plain, now):
    alert = parse_xml(plain())
    info = replace(
        alert.infos[0],
        categories=(),
        event_codes=(NamedValue("", "x"),),
        parameters=(NamedValue("", "x"),),
    )

    found = errors(replace(alert, infos=(info,) * 201), now)

    assert {
        "cap.info.category.required",
        "cap.info.event_code.pair",
        "cap.info.parameter.name",
        "cap.alert.info.count",
    } == set(found) - {"cap.faults.more"}


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("<resourceDesc>map<", "<resourceDesc><", "cap.resource.resource_desc.empty"),
        ("image/png", "png", "cap.resource.mime_type.form"),
        ("https://storm.example/7.png", "ftp://storm.example/7.png", "cap.resource.uri.absolute"),
        ("<uri>https://storm.example/7.png", "<uri>javascript:x", "cap.resource.uri.absolute"),
        ("aGVsbG8=", "hello!", "cap.resource.deref_uri.base64"),
        ("aaf4c61ddcc5", "xyz", "cap.resource.digest.sha1"),
    ],
)
def test_a_faulty_resource_names_its_rule(full, now, old, new, rule):
    alert = parse_xml(full.decode().replace(old, new).encode())

    assert [fault.rule for fault in check(alert, now)] == [rule]


def test_a_relative_uri_needs_the_file_itself(full, now):
    relative = full.replace(b"https://storm.example/7.png", b"7.png")
    alone = relative.replace(b"<derefUri>aGVsbG8=</derefUri>", b"")

    assert check(parse_xml(relative), now) == []
    assert errors(parse_xml(alone), now) == ["cap.resource.uri.absolute"]


def test_faults_of_several_elements_come_at_once_with_paths_and_lines(plain, now):
    parsed = read_xml(
        plain(
            (">a-1<", ">a 1<"),
            ("</area>", f"</area>\n<area><areaDesc/><polygon>{SQUARE[:-7]}</polygon></area>"),
        )
    )

    found = parsed.locate(check(parsed.alert, now))

    assert [(fault.rule, fault.path, fault.line) for fault in found] == [
        ("cap.alert.identifier.characters", "identifier", 2),
        ("cap.area.area_desc.empty", "info[0]/area[1]/areaDesc", 21),
        ("cap.area.polygon.closed", "info[0]/area[1]/polygon[0]", 21),
    ]
