"""Mails that are bent, torn or made to hurt: whatever anybody sends, the sorter answers."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.email.incoming.origin import Origins
from channels.email.incoming.sorter import Sorter
from channels.email.refusals import load_refusals
from channels.email.seal import Seal
from tests.unit.channels.email.mails import PATH, complaint, dsn, failed, lines, plain

SORTER = Sorter(Origins("bounce.city.example", "city.example", Seal(b"k" * 32)), load_refusals())
BLOCK = "Final-Recipient: rfc822; li@home.example\nAction: failed\nStatus: 5.1.1\n"
CHARSETS = ("undefined", "idna", "punycode", "rot13", '"a\0b"', "\udcff", "utf-16", "klingon")
HALVES = ("=?utf-7?q?+2AA-?=", "=?unicode_escape?q?=5Cud800?=", "a\0b")
WORDS = (
    *(f"; charset={name}" for name in CHARSETS),
    *(f"=?{name}?q?=E4=F6?=" for name in CHARSETS),
    *(f"<{half}@h.example>\n" for half in HALVES),
    "; charset*=utf-8''x",
    "; report-type*0*=undefined''%e4",
    "Last-Attempt-Date: Fri, 31 Dec 9999 23:59:59 -0800\n",
    "Last-Attempt-Date: Mon, 01 Jan 0001 00:00:00 +9999\n",
    "Content-Type: message/delivery-status\n",
    "Content-Type: message/rfc822\n\n",
    "Content-Type: multipart/mixed; boundary=B\n\n--B\n",
    "Content-Transfer-Encoding: base64\n",
    "Content-Transfer-Encoding: x-uuencode\n\nbegin 666 x\n",
    "Auto-Submitted: \xe4\n",
    "\n\n",
    "--B--",
    ": ",
    "\xe4\xf6\0",
)
SAMPLES = (
    failed("5.1.1", "550 5.1.1 no such user"),
    dsn(BLOCK, kind="message/global-delivery-status"),
    complaint(),
    plain("Undeliverable: warning", "<li@home.example>: 550 5.1.1 unknown\n"),
    plain("Re: warning", "退订", "li@home.example", Content_Type="text/plain; charset=gb18030"),
)


@pytest.mark.parametrize(
    "date", ["Fri, 31 Dec 9999 23:59:59 -0800", "Mon, 01 Jan 0001 00:00:00 +9999", "yesterday"]
)
def test_a_date_that_no_clock_can_show_costs_the_date_and_not_the_news(date):
    answer = SORTER.sort(dsn(f"{BLOCK}Last-Attempt-Date: {date}\n"), (PATH,), vouched=True)

    (evidence,) = answer.evidence
    assert evidence.receipt.code == "5.1.1"
    assert evidence.receipt.at is None or date.startswith("Mon")


@pytest.mark.parametrize("charset", [*(f"={name}" for name in CHARSETS), "*=utf-8''x"])
@pytest.mark.parametrize("kind", ["text/plain", "message/delivery-status", "text/rfc822-headers"])
def test_a_charset_that_is_none_for_text_stops_nothing(charset, kind):
    head = f"From: mailer-daemon@h.example\nContent-Type: {kind}; charset{charset}\n\n"

    SORTER.sort(lines(head, "surrogateescape") + b"\xe4\xe5 unsubscribe\r\n", (PATH,), vouched=True)


def texts_of(answer):
    """Return all that comes out of a mail and goes to a database."""
    said = [f"{item.address} {item.ref} {item.text}" for item in answer.said]
    reported = [f"{item.recipient} {item.status}" for item in answer.reported]
    evidence = [f"{item.about} {item.receipt.code}" for item in answer.evidence]
    return " ".join([*said, *reported, *evidence])


@pytest.mark.parametrize("half", HALVES)
def test_what_no_database_takes_does_not_reach_one(half):
    content = dsn(BLOCK.replace("li@", f"{half}@"))

    answer = SORTER.sort(
        lines(f"Message-ID: <{half}@h.example>\n") + content, (PATH,), vouched=True
    )

    assert answer.said
    assert b"\0" not in texts_of(answer).encode()


@st.composite
def mangled(draw):
    content = draw(st.sampled_from(SAMPLES))
    for _ in range(draw(st.integers(1, 6))):
        start = draw(st.integers(0, len(content)))
        end = min(len(content), start + draw(st.integers(0, 40)))
        word = draw(st.sampled_from(WORDS) | st.binary(max_size=12))
        new = word if isinstance(word, bytes) else lines(word, "surrogateescape", "latin-1")
        content = content[:start] + new + content[end:]
    return content


@settings(deadline=None)
@given(content=mangled(), vouched=st.booleans())
def test_no_mail_is_beyond_the_sorter(content, vouched):
    answer = SORTER.sort(content, (PATH,), vouched=vouched)

    assert len(answer.reported) <= 100
    assert b"\0" not in texts_of(answer).encode()
