"""A text keeps to the segments of its level and loses no fact, no word and no character for it."""

from dataclasses import replace
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from channels._segments import segments
from channels.sms import SmsChannel, SmsSettings
from tests.unit.render.conftest import ALERT, CHINESE, ENGLISH, WARNING_ID, build, group_of
from warnbroker.contracts import Budgeted
from warnbroker.model.enums import Scope, Status
from warnbroker.model.message import MessageKind
from warnbroker.model.sentences import sentences
from warnbroker.render.gsm import GSM_7, gsm_plain
from warnbroker.render.layout import clean, cut, ended, one_line
from warnbroker.render.shorten import shorten

LINK = f"https://warn.haibin.example/warnings/{WARNING_ID}"
FIREFIGHTER = "\U0001f469\u200d\U0001f692"
WORDS = ("Go", "to", "the", "school", "€", "[Oak]", "“here”", "–", "Üle", "jõe", "风", FIREFIGHTER)


def channel(**budget: int) -> SmsChannel:
    return SmsChannel(SmsSettings(segments={"default": 3, **budget}))


def text_of(info, *, alert=ALERT, kind=MessageKind.ALERT, renderer=None, most=3) -> str:
    renderer = renderer or build(budgets={"sms": channel(red=most)})
    [message] = renderer.messages(
        alert, [group_of(info)], ["sms"], kind, warning_id=WARNING_ID, next_id=count(1)
    )
    return message.parts["txt"]


def test_the_channel_says_its_budget():
    under_test = channel(red=6)

    assert isinstance(under_test, Budgeted)
    assert [under_test.budget(level) for level in ("red", "blue")] == [6, 3]


def test_no_budget_is_beyond_what_is_ever_sent():
    assert SmsChannel(SmsSettings(segments={"red": 9}, max_segments=4)).budget("red") == 4


@pytest.mark.parametrize("info", [ENGLISH, CHINESE], ids=["en", "zh"])
def test_more_segments_say_more(info):
    longer = replace(info, instruction=info.instruction * 6)

    texts = [text_of(longer, most=most) for most in (3, 4, 6)]

    assert [segments(text).count for text in texts] == [3, 4, 6]
    assert len(texts[0]) < len(texts[1]) < len(texts[2])


def test_one_curly_quote_does_not_triple_the_price():
    quoted = replace(ENGLISH, instruction=ENGLISH.instruction.replace("the lift", "“the lift”"))

    assert segments(text_of(quoted)) == segments(text_of(replace(ENGLISH, instruction=(
        ENGLISH.instruction.replace("the lift", '"the lift"')
    ))))  # fmt: skip


def test_a_name_that_needs_unicode_makes_the_text_shorter_not_dearer():
    named = replace(ENGLISH, sender_name="Õismäe Päästeamet", instruction=ENGLISH.instruction * 3)

    text = text_of(named, most=4)

    assert segments(text).encoding == "UCS-2"
    assert segments(text).count <= 4


def test_the_mark_of_a_drill_is_within_the_budget():
    drill = replace(ALERT, status=Status.EXERCISE)
    longer = replace(ENGLISH, instruction=ENGLISH.instruction * 6)

    text = text_of(longer, alert=drill)

    assert text.startswith("[EXERCISE]")
    assert segments(text).count <= 3


@pytest.mark.parametrize("info", [ENGLISH, CHINESE], ids=["en", "zh"])
def test_a_notice_within_an_office_keeps_to_its_budget(info):
    internal = replace(ALERT, scope=Scope.RESTRICTED, restriction="staff")
    longer = replace(info, instruction=info.instruction * 20)

    text = text_of(longer, alert=internal, kind=MessageKind.NOTICE)

    assert one_line(shorten(info.instruction)) in text
    assert segments(text).count <= 3


def test_what_must_be_said_goes_before_the_budget():
    endless = replace(ENGLISH, instruction="Leave " + "at once and " * 60 + "go.")

    text = text_of(endless, most=1)

    assert one_line(endless.instruction)[:700] in text
    assert text.endswith(LINK)
    assert segments(text).count > 1


SENTENCES = st.lists(
    st.lists(st.sampled_from(WORDS), min_size=1, max_size=12).map(" ".join), min_size=1, max_size=12
)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    told=SENTENCES,
    issuer=st.sampled_from(["Harbour Rescue", "Õismäe Päästeamet", "海滨市应急管理局"]),
    most=st.integers(1, 8),
    kind=st.sampled_from([MessageKind.ALERT, MessageKind.UPDATE]),
)
def test_every_text_is_within_its_budget_or_says_only_what_it_must(told, issuer, most, kind):
    instruction = ". ".join(told) + "."
    info = replace(ENGLISH, sender_name=issuer, instruction=instruction)

    text = text_of(info, most=most, kind=kind)

    pieces = sentences(ended(clean(instruction)))
    said = [at for at in range(1, len(pieces) + 1) if gsm_as(text, "".join(pieces[:at])) in text]
    assert said, "the first sentence is always whole"
    for fact in (issuer, "Storm surge", "Red", "Seafront District", LINK):
        assert fact in text
    assert segments(text).count <= most or said == [1]


def gsm_as(text: str, said: str) -> str:
    """Return what was said in the alphabet that the text is in."""
    line = one_line(said)
    return gsm_plain(line) if GSM_7.issuperset(text) else line


@given(st.text(min_size=0, max_size=60), st.integers(1, 50))
def test_a_cut_never_parts_a_character_from_its_accents(text, limit):
    word = "a" * limit + "e\u0301" + text.replace(" ", "")

    kept = cut(word, limit + 1, "")

    assert not kept.endswith("ae")


@pytest.mark.parametrize(
    "sign",
    ["e\u0301", "👩‍🚒", "👍🏽", "🇫🇮", "กำ", "❤\ufe0f"],
    ids=["accent", "joined", "skin", "flag", "thai", "variant"],
)
def test_a_cut_keeps_or_drops_a_character_whole(sign):
    text = "x" * 20 + sign + "y" * 20

    for limit in range(18, 20 + len(sign) + 2):
        kept = cut(text, limit, "")
        assert kept.rstrip("y") in {"x" * n for n in range(18, 21)} | {"x" * 20 + sign}


@given(st.text(), st.integers(0, 300))
def test_what_is_shortened_ends_where_a_sentence_does(text, limit):
    kept = shorten(text, limit)

    whole = ["".join(sentences(text)[:at]).rstrip() for at in range(len(sentences(text)) + 1)]
    assert kept in {text, *whole} or kept[:-1] in {w[:-1] for w in whole} or kept.endswith("…")
