"""GB/T to CAP: each element comes over, or stands in the list of losses."""

from datetime import UTC, datetime

import pytest

from tests.unit.cap.gbt.samples import CODE, IDENTIFIER, OFFICE, REGISTER, SENDER, cancel, full
from warnbroker.cap import check, parse_xml, to_xml
from warnbroker.cap.gbt import Wishes, from_gbt
from warnbroker.errors import AlertError, TooLargeError, UnreadableError
from warnbroker.model.alert import Circle, NamedValue, Reference
from warnbroker.model.enums import (
    Category,
    Certainty,
    MsgType,
    Severity,
    Status,
    Urgency,
)
from warnbroker.model.fan_out import fan_out_of, is_internal

NOW = datetime(2026, 11, 23, 11, 9, tzinfo=UTC)


def alert(body: bytes, **how):
    return from_gbt(body, REGISTER, **how).alert


def losses(body: bytes, **how) -> set[str]:
    return {loss.id for loss in from_gbt(body, REGISTER, **how).losses}


def rules(body: bytes) -> list[str]:
    with pytest.raises(AlertError) as caught:
        from_gbt(body, REGISTER)
    assert all(fault.chinese for fault in caught.value.faults)
    return [fault.rule for fault in caught.value.faults]


def test_the_head_of_a_message_comes_over():
    found = alert(full())

    assert (found.identifier, found.sender) == (IDENTIFIER, SENDER)
    assert found.sent.isoformat() == "2026-11-23T19:08:00+08:00"
    assert (found.status, found.msg_type) == (Status.ACTUAL, MsgType.ALERT)
    assert found.infos[0].sender_name == OFFICE


def test_the_info_comes_over():
    info = alert(full()).infos[0]

    assert (info.event, info.categories, info.language) == ("台风", (Category.MET,), "zh-CN")
    assert info.event_codes == (NamedValue("GB/T 35965", "11B01"),)
    assert (info.severity, info.parameter("severityColor")) == (Severity.EXTREME, "Red")
    assert (info.urgency, info.certainty) == (Urgency.UNKNOWN, Certainty.LIKELY)
    assert info.onset is None
    assert info.expires.isoformat() == "2026-11-24T19:08:00+08:00"
    assert info.resources[0].mime_type == "image/jpeg"
    assert info.resources[0].size == 84 * 1024


def test_metres_become_kilometres_and_the_list_becomes_pairs():
    area = alert(full()).infos[0].areas[0]

    assert area.circles == (Circle((28.6, 121.4), 3.5),)
    assert area.polygons[0][1] == (28.5, 121.5)
    assert area.geocodes == (
        NamedValue("GB/T 2260", "331003"),
        NamedValue("GB/T 10114", "331003100"),
    )


def test_the_methods_become_the_order_of_the_fan_out():
    order = fan_out_of(alert(full()).infos[0])

    assert order.channels == {"sms", "feed"}
    assert order.texts == {"sms": "请立即撤离"}
    assert order.audiences == {"sms": {"grid-officer", "G02003"}}
    assert order.admits("sms", "grid-officer")
    assert not order.admits("sms", "resident")
    assert order.admits("feed", "resident")


def test_every_loss_is_named():
    assert losses(full()) == {
        "phone.private",
        "method.unserved",
        "audience.persons",
        "category.derived",
        "urgency.unknown",
        "certainty.narrowed",
        "resource.type",
        "resource.content",
        "resource.size",
        "area.union",
    }


def test_telephones_and_persons_numbers_stand_nowhere_in_what_is_published():
    document = to_xml(alert(full())).decode()

    assert "18501377889" not in document
    assert "13736220960" not in document


def test_the_translation_is_cap_that_may_be_issued():
    document = to_xml(alert(full(), wishes=Wishes(urgency=Urgency.IMMEDIATE)))

    faults = check(parse_xml(document), NOW)
    assert [fault.rule for fault in faults if fault.level == "error"] == []


def test_inner_messages_never_leave_the_office():
    assert is_internal(alert(full((">None<", ">Inner<"))))
    assert not is_internal(alert(full((">None<", "><"))))


def test_the_issuer_may_say_what_gbt_leaves_open():
    wishes = Wishes(Urgency.IMMEDIATE, Certainty.OBSERVED)
    body = full(("VeryLikely", "Unknown"))

    info = alert(body, wishes=wishes).infos[0]

    assert (info.urgency, info.certainty) == (Urgency.IMMEDIATE, Certainty.OBSERVED)
    assert not losses(body, wishes=wishes) & {"urgency.unknown", "certainty.unknown"}


def test_what_gbt_does_say_goes_before_what_the_issuer_adds():
    body = full(("<urgency>Unknown", "<urgency>Expected"))

    assert alert(body, wishes=Wishes(Urgency.PAST)).infos[0].urgency is Urgency.EXPECTED


def test_a_cancel_references_the_first_message_when_no_more_is_known():
    found = from_gbt(cancel(), REGISTER)

    assert found.alert.references[0].identifier == f"{CODE}_20261123100000"
    assert found.alert.references[0].sent.isoformat() == "2026-11-23T10:00:00+08:00"
    assert "references.first" in {loss.id for loss in found.losses}
    assert found.alert.note == "台风已过"


def test_a_cancel_references_all_live_messages_that_are_known():
    live = (
        Reference(SENDER, f"{CODE}_20261123100000", NOW),
        Reference(SENDER, f"{CODE}_20261123110000", NOW),
    )

    found = from_gbt(cancel(), REGISTER, references=live)

    assert found.alert.references == live
    assert "references.first" not in {loss.id for loss in found.losses}


def test_an_exercise_that_went_as_test_is_an_exercise_again():
    body = full(("<status>Actual", "<status>Test"), ("<note/>", "<note>演练：海葵一号</note>"))

    assert (alert(body).status, alert(body).note) == (Status.EXERCISE, "海葵一号")
    assert alert(full(("<status>Actual", "<status>Test"))).status is Status.TEST


@pytest.mark.parametrize(
    ("headline", "event", "loss"),
    [
        ("通州区气象局发布台风红色预警", "台风", None),
        ("通州区气象局发布台风红色预警[I级/特别重大]", "台风", "headline.form"),
        ("另一单位发布暴雨红色预警", "11B01", "event.derived"),
        ("注意台风", "11B01", "event.derived"),
    ],
)
def test_the_event_is_what_the_headline_calls_it(headline, event, loss):
    found = from_gbt(full(("通州区气象局发布台风红色预警", headline)), REGISTER)

    info = found.alert.infos[0]
    assert (info.event, info.headline) == (event, headline)
    assert loss is None or loss in {item.id for item in found.losses}


def test_a_method_for_single_persons_alone_does_not_become_one_for_all():
    body = full(("G01002,G02003", ""))

    assert fan_out_of(alert(body).infos[0]).channels == {"feed"}


def test_a_message_whose_methods_nobody_serves_is_refused_not_sent_everywhere():
    body = full(("<methodName>SMS", "<methodName>LED"), ("<methodName>WEB", "<methodName>APP"))

    assert rules(body) == ["gbt.method.none"]


def test_no_method_at_all_means_the_configured_channels():
    start, end = FULL_CODE
    body = full((start, "<!--"), (end, "-->"))

    assert fan_out_of(alert(body).infos[0]).channels == frozenset()
    assert "method.missing" in losses(body)


FULL_CODE = ("<code>", "</code>")


def test_a_line_is_refused_unless_its_width_is_given():
    body = full(("28.7,121.5 28.5,121.3", "28.7,121.5"))
    assert rules(body) == ["gbt.polygon.open"]

    strip = alert(body, wishes=Wishes(line_width=500)).infos[0].areas[0].polygons[0]

    assert strip[0] == strip[-1]
    assert max(lat for lat, _ in strip) == pytest.approx(28.7 + 500 / 111_195, abs=1e-5)
    assert "area.line" in losses(body, wishes=Wishes(line_width=500))


def test_a_point_is_named_as_a_loss():
    assert "area.point" in losses(full((" 3500", " 0")))


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("<alert", "<warning", None),
        ('xmlns="http://com.icss.amp"', 'xmlns="urn:x"', "gbt.namespace"),
        ('xmlns="http://com.icss.amp"', 'xmlns="urn:oasis:names:tc:emergency:cap:1.2"',
         "gbt.namespace"),
        ("<note/>", "<scope>Public</scope>", "gbt.repeated"),
        (f"<senderCode>{CODE}", "<senderCode>", "gbt.required"),
        (f"<senderCode>{CODE}", "<senderCode>99999999999999", "gbt.sender.unknown"),
        (f"<identifier>{IDENTIFIER}", "<identifier>a-1", "gbt.identifier.form"),
        (f"<identifier>{IDENTIFIER}", f"<identifier>{CODE}_20261399190800",
         "gbt.identifier.form"),
        ("2026-11-23 19:08:00+08:00</sendTime>", "2026-11-23 19:08:00</sendTime>",
         "gbt.time.form"),
        ("2026-11-23 19:08:00+08:00</sendTime>", "2026-02-30 19:08:00+08:00</sendTime>",
         "gbt.time.form"),
        ("2026-11-24 19:08:00+08:00</expires>", "null+08:00</expires>", "gbt.time.form"),
        ("<status>Actual", "<status>System", "gbt.status"),
        ("<msgType>Alert", "<msgType>Ack", "gbt.msg_type"),
        ("<msgType>Alert", "<msgType>Update", "gbt.references.required"),
        ("<scope>Public", "<scope>Private", "gbt.scope"),
        (">None<", ">Secret<", "gbt.value"),
        ("<severity>Red", "<severity>Purple", "gbt.value"),
        ("<urgency>Unknown", "<urgency>Soon", "gbt.value"),
        ("<certainty>VeryLikely", "<certainty>Possible", "gbt.value"),
        ("28.5,121.3 28.5,121.5", "28.5;121.3 28.5,121.5", "gbt.polygon.form"),
        ("28.5,121.3 28.5,121.5 28.7,121.5 28.5,121.3",
         "121.3,28.5 121.5,28.5 121.5,28.7 121.3,28.5", "gbt.position.order"),
        ("28.5,121.3 28.5,121.5 28.7,121.5 28.5,121.3",
         "85.3,28.5 85.5,28.5 85.5,28.7 85.3,28.5", "gbt.position.order"),
        ("28.6,121.4 3500", "28.6,121.4", "gbt.circle.form"),
        ("28.6,121.4 3500", "28.6,121.4 -1", "gbt.circle.form"),
        ("331003000000,331003100000", "331003000000,abc", "gbt.geocode.form"),
        ("331003000000,331003100000", "", "gbt.required"),
    ],
)  # fmt: skip
def test_what_cannot_be_told_is_refused_with_its_rule(old, new, rule):
    body = full((old, new))
    if rule is None:
        body = body.replace(b"</alert>", b"</warning>")

    assert rules(body) == [rule or "gbt.root"]


def test_a_cancel_must_say_why():
    assert rules(cancel(("<note>台风已过</note>", "<note/>"))) == ["gbt.note.required"]


def test_all_that_is_missing_is_named_at_once():
    body = full(("<severity>Red", "<severity>"), ("<description>台风即将登陆", "<description>"))

    assert rules(body) == ["gbt.required", "gbt.required"]


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (b"", UnreadableError),
        (b"{}", UnreadableError),
        (full(("<alert", '<!DOCTYPE alert [<!ENTITY a "b">]><alert')), UnreadableError),
        (b"<alert>" + b"<a>" * 1000 + b"</a>" * 1000 + b"</alert>", UnreadableError),
        (full(("UTF-8", "UTF-16")), UnreadableError),
        (b"<alert>" + b" " * (1 << 20), TooLargeError),
    ],
    ids=["empty", "JSON", "entities", "deep", "encoding", "large"],
)
def test_hostile_bodies_are_refused_as_everywhere(body, error):
    with pytest.raises(error):
        from_gbt(body, REGISTER)


def test_strange_elements_are_named_and_left_out():
    assert "element.unknown" in losses(full(("<note/>", "<note/><secret>x</secret>")))
