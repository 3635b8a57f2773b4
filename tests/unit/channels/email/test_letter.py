"""What stands in a mail, as a reader's program and a relay see it."""

import email
import email.policy
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from shapely import box

from channels.email.letter import Letterhead, Stamp
from channels.email.settings import EmailSettings
from warnbroker.errors import PermanentSendError
from warnbroker.model.alert import Alert
from warnbroker.model.enums import MsgType, Scope, Status
from warnbroker.model.level import Level
from warnbroker.model.message import MessageKind
from warnbroker.model.publication import Group, Publication
from warnbroker.model.receipt import Reason

NOW = datetime(2026, 9, 8, 1, 10, tzinfo=UTC)
STAMP = Stamp("a" * 26, "w" * 26, NOW, NOW + timedelta(hours=6), urgent=True)


def letterhead(**changes):
    settings = {"host": "relay", "from": "示范港市应急管理局 <warn@city.example>"}
    return Letterhead(EmailSettings.model_validate(settings | changes))


def composed(message, stamp):
    return letterhead().compose(message, stamp).content


def parsed(content):
    return email.message_from_bytes(
        content.replace(b"\r\n..", b"\r\n."), policy=email.policy.default
    )


@pytest.fixture
def message(make_delivery):
    return make_delivery().message


def with_parts(message, **parts):
    return replace(message, parts=parts)


def test_text_and_html_come_back_as_they_were_written(message):
    mail = parsed(letterhead().compose(message, STAMP).content)

    assert mail.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
    for part, kind in (("txt", "plain"), ("html", "html")):
        text = mail.get_body((kind,)).get_content()
        assert text.replace("\r\n", "\n") == message.parts[part]


def test_the_headers_name_author_subject_language_and_times(message):
    mail = parsed(letterhead(reply_to="desk@city.example").compose(message, STAMP).content)

    assert mail["From"] == "示范港市应急管理局 <warn@city.example>"
    assert mail["Reply-To"] == "desk@city.example"
    assert mail["Subject"] == "【红色预警】示范港市风暴潮"
    assert mail["Date"].datetime == NOW
    assert mail["Expires"] == "Tue, 08 Sep 2026 07:10:00 +0000"
    assert mail["Content-Language"] == "zh-CN"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["References"] == f"<{'w' * 26}@city.example>"
    assert mail.defects == []


def test_a_long_chinese_subject_is_folded_into_words_that_decode_one_by_one(message):
    subject = "【红色预警】风暴潮将于今晚二十二时抵达示范港市沿海各区请立即撤离" * 4
    content = letterhead().compose(with_parts(message, subject=subject, txt="x"), STAMP).content

    header = content.split(b"\r\nDate:")[0].split(b"Subject: ")[1].decode()

    assert parsed(content)["Subject"] == subject
    for word in header.split():
        assert len(word) <= 75
        email.header.make_header(email.header.decode_header(word))


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("短", "<p>" + "长" * 5000 + "</p>"),
        ("a" * 5000, "<p>" + "b" * 5000 + "</p>"),
        ("mixed 混合 " * 900, "<p>mixed 混合</p>" * 900),
        (".\n..\n.x\n" * 20, "<p>\n.\n</p>"),
    ],
)
def test_lines_stay_short_seven_bit_and_unbroken_by_dots(message, text, html):
    content = composed(with_parts(message, subject="s", txt=text, html=html), STAMP)

    lines = content.split(b"\r\n")
    assert lines[-1] == b""
    assert max(map(len, lines)) <= 77  # 76, and one stuffed dot
    assert content.isascii()
    assert b"\n" not in content.replace(b"\r\n", b"")
    assert not any(line.startswith(b".") and not line.startswith(b"..") for line in lines)
    body = parsed(content).get_body(("plain",)).get_content().replace("\r\n", "\n")
    assert body.strip() == text.strip()


def test_composing_again_gives_the_same_bytes(message):
    assert composed(message, STAMP) == composed(message, STAMP)


def test_a_message_without_html_is_plain_text(message):
    mail = parsed(composed(with_parts(message, subject="s", txt="撤离\n"), STAMP))

    assert mail.get_content_type() == "text/plain"
    assert mail["Content-Language"] == "zh-CN"


def test_a_message_without_a_subject_borrows_its_first_line(message):
    mail = parsed(composed(with_parts(message, txt="\n立即撤离\n其余\n"), STAMP))

    assert mail["Subject"] == "立即撤离"


def test_a_message_without_a_text_is_refused(message):
    with pytest.raises(PermanentSendError) as caught:
        composed(with_parts(message, subject="s", txt=" \n"), STAMP)

    assert caught.value.reason is Reason.CONTENT


def test_line_ends_in_a_subject_cannot_start_a_header(message):
    wicked = with_parts(message, subject="Storm\r\nBcc: all@home.example\n\n", txt="x")

    mail = parsed(letterhead().compose(wicked, STAMP).content)

    assert mail["Bcc"] is None
    assert mail["Subject"] == "Storm Bcc: all@home.example"


def _publication(rank, *messages):
    level = Level("red", rank, "I", "#f00", {"en": "Red"}, timedelta(hours=6), True)
    area = box(0, 0, 1, 1)
    alert = Alert("id", "s", NOW, Status.ACTUAL, MsgType.ALERT, Scope.PUBLIC)
    groups = (Group(0, level, (), area),)
    return Publication(
        id="a" * 26,
        warning_id="w" * 26,
        alert=alert,
        level=level,
        published=NOW,
        expires=NOW + timedelta(hours=6),
        area=area,
        groups=groups,
        regions=(),
        messages=messages,
        cap=b"",
    )


@pytest.mark.parametrize(
    ("rank", "kind", "urgent"),
    [
        (1, MessageKind.ALERT, True),
        (1, MessageKind.UPDATE, True),
        (1, MessageKind.CANCEL, False),
        (1, MessageKind.OUTSIDE, False),
        (2, MessageKind.ALERT, False),
    ],
)
def test_only_a_warning_of_the_gravest_level_is_marked_important(message, rank, kind, urgent):
    marked = replace(message, kind=kind)
    stamp = Stamp.of(_publication(rank, marked), marked)

    mail = parsed(letterhead().compose(marked, stamp).content)

    assert stamp.urgent is urgent
    assert (mail["Importance"] == "high") is urgent
