from datetime import UTC, datetime, timedelta, timezone

import pytest
from lxml import etree

from tests.fuzz.seeds import ATOM, EDXL, ESCAPED, FULL, OLD
from tests.fuzz.trial import schema
from warnbroker.cap import parse_xml, to_xml
from warnbroker.cap.relay import DEFECTS, read_relayed
from warnbroker.cap.relay.build import LONGEST_NAME
from warnbroker.errors import TooLargeError
from warnbroker.model.alert import NamedValue
from warnbroker.model.enums import Category, Certainty, MsgType, Scope, Severity, Status

EIGHT = datetime(2026, 11, 23, 8, tzinfo=timezone(timedelta(hours=8)))
CAP_10 = "http://www.incident.com/cap/1.0"
CAP_11 = "urn:oasis:names:tc:emergency:cap:1.1"
CAP_12 = "urn:oasis:names:tc:emergency:cap:1.2"


def read(body):
    """Read one alert; whatever it was, what we write of it is valid and reads back the same."""
    [found] = read_relayed(body.encode() if isinstance(body, str) else body)
    assert found.alert is not None, found.detail
    written = to_xml(found.alert)
    schema().assertValid(etree.fromstring(written))
    assert parse_xml(written) == found.alert
    return found


def line_of(body, text):
    return body[: body.index(text)].count("\n") + 1


def rules(found):
    return [fault.rule for fault in found.defects]


def test_a_sound_message_is_read_as_the_strict_reader_reads_it():
    found = read(FULL)

    assert found.alert == parse_xml(FULL.encode())
    assert found.defects == ()
    assert found.content == FULL.encode()


@pytest.mark.parametrize("body", [EDXL, ESCAPED])
def test_a_wrapped_alert_is_the_alert(body):
    found = read(body)

    assert found.alert == parse_xml(FULL.encode())
    assert found.content.startswith(b"<?xml")
    assert parse_xml(found.content) == found.alert


def test_an_alert_in_an_atom_entry_of_cap_1_1_is_read_and_its_version_named():
    found = read(ATOM)

    assert found.alert == parse_xml(FULL.encode())
    assert rules(found) == ["relay.version"]


def test_cap_1_0_is_read_with_what_its_time_wrote_otherwise():
    found = read(OLD)

    [info] = found.alert.infos
    assert found.alert.scope is Scope.PUBLIC
    assert info.certainty is Certainty.LIKELY
    assert info.categories == (Category.OTHER,)
    assert info.event_codes == (NamedValue("SAME", "EQW"),)
    assert info.areas[0].circles[0].center == (37.86, -122.28)
    assert {"relay.version", "relay.time.zone", "relay.element.unknown", "relay.pair.form",
            "relay.value.form", "relay.element.missing"} <= set(rules(found))  # fmt: skip


def test_several_alerts_of_one_envelope_are_several():
    two = f"<x>{FULL.partition(chr(10))[2]}<alert/></x>".encode()

    first, second = read_relayed(two)

    assert first.alert is not None
    assert second.cause == "no_sender"


def test_more_alerts_than_an_envelope_may_hold_are_refused_as_a_whole():
    with pytest.raises(TooLargeError, match="more than 100 alerts"):
        read_relayed(b"<x>" + b"<alert/>" * 101 + b"</x>")


@pytest.mark.parametrize(
    ("stated", "meant", "rule"),
    [
        ("2026-11-23T08:00:00Z", datetime(2026, 11, 23, 8, tzinfo=UTC), "relay.time.form"),
        ("2026-11-23T08:00:00+00:00", datetime(2026, 11, 23, 8, tzinfo=UTC), "relay.time.form"),
        ("2026-11-23T08:00:00.123+08:00", EIGHT, "relay.time.form"),
        ("2026-11-23 08:00:00+08:00", EIGHT, "relay.time.form"),
        ("2026-11-23T08:00+0800", EIGHT, "relay.time.form"),
        ("2026-11-23T08:00:00", EIGHT, "relay.time.zone"),
        ("tomorrow", None, "relay.time.unreadable"),
        ("2026-02-30T08:00:00+08:00", None, "relay.time.unreadable"),
        ("2026-11-23T08:00:00+25:00", None, "relay.time.unreadable"),
    ],
)  # fmt: skip
def test_times_are_read_where_they_mean_one_thing(stated, meant, rule):
    found = read(FULL.replace("2026-11-23T08:00:00+08:00", stated))

    assert found.alert.infos[0].expires == meant
    [fault] = found.defects
    line = line_of(FULL, "<expires>")
    assert (fault.rule, fault.path, fault.line) == (rule, "info[0]/expires", line)
    assert meant is None or found.alert.infos[0].expires.utcoffset() == meant.utcoffset()


def test_a_sending_time_without_an_offset_is_read_as_utc():
    found = read(FULL.replace("<sent>2026-11-23T02:10:00+08:00", "<sent>2026-11-23T02:10:00"))

    assert found.alert.sent == datetime(2026, 11, 23, 2, 10, tzinfo=UTC)
    assert rules(found) == ["relay.time.zone"]


RING, CIRCLE = "22.5,113.25 22.5,114 23,114 22.5,113.25", "<circle>22.75,113.5 3.5</circle>\n"
CODE, NOTE = "<valueName>GBT</valueName><value>11B22</value>", "<note>Second message</note>"


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        (RING, "22.5,113.25 22.5,114 23,114", "relay.polygon.open"),
        (RING, "here", "relay.polygon.unreadable"),
        (CIRCLE, "<circle>22.75,113.5,3.5</circle>", "relay.value.form"),
        (CIRCLE, "<circle>round</circle>", "relay.circle.unreadable"),
        (CIRCLE, "<circle> </circle>", "relay.element.empty"),
        (f"<polygon>{RING}</polygon>", "<polygon/>", "relay.element.empty"),
        ("<status>Actual", "<status>ACTUAL", "relay.value.form"),
        ("<status>Actual", "<status>Real", "relay.value.unknown"),
        ("<severity>Extreme", "<severity>Purple", "relay.value.unknown"),
        ("<language>zh-CN", "<language>zh_CN", "relay.value.form"),
        (f"<eventCode>{CODE}", "<eventCode>11B22", "relay.pair.form"),
        ("<altitude>0", "<altitude>0 m", "relay.value.dropped"),
        ("<size>2048", "<size>2 kB", "relay.value.dropped"),
        ("https://storm.example/7</web>", "http://[</web>", "relay.value.dropped"),
        ('alpha "bravo', "alpha bravo", "relay.value.form"),
        ("+08:00</references>", "+08:00 a,b</references>", "relay.value.dropped"),
        (NOTE, "<note><b>Second</b> message</note>", "relay.element.markup"),
        (NOTE, "<extra/>", "relay.element.unknown"),
        (NOTE, "<Note>x</Note>", "relay.element.case"),
        (NOTE, "<note>x</note><note>y</note>", "relay.element.repeated"),
        (NOTE, "loose words", "relay.element.text"),
        (NOTE, "<scope/><restriction>x</restriction>", "relay.element.repeated"),
        ("<source>", '<source a="b">', "relay.element.attribute"),
        ("<source>", f'<source xmlns="{CAP_11}">', "relay.namespace"),
    ],
)
def test_a_small_fault_is_named_with_its_line_and_stops_nothing(old, new, rule):
    assert old in FULL
    body = FULL.replace(old, new, 1)

    found = read(body)

    # Text between elements is a fault of the element around it.
    line = line_of(body, "<alert" if rule == "relay.element.text" else new)
    assert (rule, line) in [(fault.rule, fault.line) for fault in found.defects]


def test_elements_out_of_order_are_put_into_cap_s_order():
    sent = "  <sent>2026-11-23T02:10:00+08:00</sent>\n"
    body = FULL.replace(sent, "").replace("  <info>\n", f"{sent}  <info>\n", 1)

    found = read(body)

    assert found.alert == parse_xml(FULL.encode())
    [fault] = found.defects
    assert (fault.rule, fault.line) == ("relay.element.order", line_of(body, "<sent>"))


def test_an_info_without_a_language_is_in_english_as_cap_says():
    found = read(FULL.replace("<language>zh-CN</language>", ""))

    assert found.alert.infos[0].language == "en-US"
    assert rules(found) == ["relay.language.missing"]


def test_spaces_around_the_commas_of_positions_mean_nothing():
    found = read(FULL.replace(RING, "22.5, 113.25 22.5 ,114 23,114 22.5,113.25"))

    assert found.alert == parse_xml(FULL.encode())


@pytest.mark.parametrize(
    ("old", "new", "field", "value"),
    [
        ("<status>Actual</status>", "", "status", Status.DRAFT),
        ("<status>Actual", "<status>Genuine", "status", Status.DRAFT),
        ("<scope>Public</scope>", "", "scope", Scope.PRIVATE),
        ("<msgType>Update", "<msgType>Warn", "msg_type", MsgType.ERROR),
        ("<msgType>Update</msgType>", "", "msg_type", MsgType.ERROR),
    ],
)
def test_what_is_not_sure_never_passes_for_public_and_actual(old, new, field, value):
    assert getattr(read(FULL.replace(old, new)).alert, field) is value


def test_without_a_type_and_without_references_it_is_a_first_alert():
    start, _, rest = FULL.partition("<references>")
    body = start + rest.partition("</references>")[2]

    assert read(body.replace("<msgType>Update</msgType>", "")).alert.msg_type is MsgType.ALERT


@pytest.mark.parametrize("namespace", ["", "u:x", CAP_10, CAP_11])
def test_any_namespace_or_none_is_read(namespace):
    body = FULL.replace(f' xmlns="{CAP_12}"', f' xmlns="{namespace}"' if namespace else "")

    found = read(body)

    assert found.alert == parse_xml(FULL.encode())
    assert rules(found) == ["relay.version" if "cap" in namespace else "relay.namespace"]


@pytest.mark.parametrize(
    ("encoding", "declared", "rule"),
    [
        ("utf-8-sig", "UTF-8", None),
        ("utf-16", "UTF-16", "relay.encoding.other"),
        ("utf-16-le", "UTF-16", "relay.encoding.other"),
        ("utf-16-be", "UTF-8", "relay.encoding.other"),
        ("utf-32", "UTF-32", "relay.encoding.other"),
        ("gb18030", "GB2312", "relay.encoding.other"),
        ("gb18030", "UTF-8", "relay.encoding.wrong"),
        ("utf-8", "GB2312", "relay.encoding.wrong"),
        ("utf-8", "made-up", "relay.encoding.wrong"),
    ],
)
def test_a_message_in_another_or_a_wrongly_named_encoding_is_read(encoding, declared, rule):
    body = FULL.replace('encoding="UTF-8"', f'encoding="{declared}"').encode(encoding)

    found = read(body)

    assert found.alert == parse_xml(FULL.encode())
    assert rules(found) == ([rule] if rule else [])


def test_western_text_that_claims_to_be_utf_8_is_read_as_what_it_is():
    body = FULL.partition("<info>")[0].replace("Tide gauge 7", "Pégel Köln") + "</alert>"

    found = read(body.encode("cp1252"))

    assert found.alert.source == "Pégel Köln"
    assert rules(found) == ["relay.encoding.wrong"]


@pytest.mark.parametrize(
    ("body", "cause"),
    [
        (b"", "not_xml"),
        (b"{}", "not_xml"),
        (FULL[:-5].encode(), "not_xml"),
        (FULL.replace("UTF-8", "UTF-7").encode(), "not_xml"),
        (FULL.encode("cp500", "replace"), "not_xml"),
        (b"<rss><channel/></rss>", "not_xml"),
        (FULL.replace("duty@storm.example</sender>", " </sender>").encode(), "no_sender"),
        (FULL.replace("<sender>", "<sender>" + "x" * LONGEST_NAME).encode(), "no_sender"),
        (FULL.replace("<sent>2026", "<sent>26").encode(), "no_sent"),
        (FULL.replace("<sent>2026-11-23T02:10:00+08:00</sent>", "").encode(), "no_sent"),
    ],
)
def test_what_cannot_be_attributed_or_read_is_withheld_with_its_cause(body, cause):
    [found] = read_relayed(body)

    assert (found.alert, found.cause) == (None, cause)
    assert found.detail
    assert found.content == body


def test_two_messages_without_an_identifier_never_share_one():
    bare = FULL.replace("<identifier>urn:oid:2.49.0.1.156.7</identifier>", "")

    one, same, other = read(bare), read(bare), read(bare.replace("东港区", "西港区"))

    assert one.alert.identifier == same.alert.identifier != other.alert.identifier
    assert rules(one) == ["relay.identifier.missing"]


def test_a_file_within_a_message_is_kept_up_to_the_limit():
    body = FULL.encode()

    [kept] = read_relayed(body, largest_resource=6)
    [cut] = read_relayed(body, largest_resource=5)

    assert kept.alert.infos[0].resources[0].deref_uri == "aGVsbG8="
    assert cut.alert.infos[0].resources[0].deref_uri == ""
    assert rules(cut) == ["relay.resource.too_large"]


def test_a_message_of_thousands_of_defects_lists_some_and_says_that_there_are_more():
    body = FULL.replace("<note>", "<x/>" * 5000 + "<note>")

    found = read(body)

    assert 100 < len(found.defects) < 1000
    assert rules(found)[-1] == "relay.faults.more"


def test_a_signature_is_noticed_and_is_no_defect():
    mark = '<Signature xmlns="http://www.w3.org/2000/09/xmldsig#"/>'

    found = read(FULL.replace("</alert>", f"{mark}</alert>"))

    assert found.signed
    assert found.defects == ()


@pytest.mark.parametrize("rule", DEFECTS)
def test_every_defect_is_worded_in_both_languages(rule):
    level, english, chinese = DEFECTS[rule]

    assert level in {"error", "warning"}
    assert english.isascii() or "…" in english
    assert any("\u4e00" <= letter <= "\u9fff" for letter in chinese)
    blanks = lambda text: {part.partition("}")[0] for part in text.split("{")[1:]}  # noqa: E731
    assert blanks(english) == blanks(chinese)


def test_severity_that_nobody_knows_is_unknown():
    assert read(FULL.replace("Extreme", "Purple")).alert.infos[0].severity is Severity.UNKNOWN
