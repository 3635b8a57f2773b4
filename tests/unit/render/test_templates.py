"""What the shipped templates say, in every channel, kind and language."""

import html
import re
from dataclasses import replace
from itertools import product

import pytest
from lxml import html as lxml_html

from warnbroker.model.enums import ResponseType, Status
from warnbroker.model.message import MessageKind
from warnbroker.render.gsm import GSM_7
from warnbroker.render.parts import PARTS, Form, Part, kinds_of

LANGUAGES = ("zh-CN", "en-US")
WHOLE = [(channel, part) for channel, parts in PARTS.items() for part in parts if part.whole]
ALL = [(channel, part) for channel, parts in PARTS.items() for part in parts]
IN_FORCE = (MessageKind.ALERT, MessageKind.UPDATE)
ISSUED = {MessageKind.ALERT: "02", MessageKind.UPDATE: "05"}


def name(value: object) -> str:
    return value.name if isinstance(value, Part) else str(value)


def plain(text: str, part: Part) -> str:
    if part.form is not Form.HTML:
        return text
    body = text.partition("<body")[2]
    return " ".join(html.unescape(re.sub("<[^>]+>", " ", body)).split())


def expected(kind: MessageKind, language: str, part: Part) -> list[str]:
    hour = 2 if kind is MessageKind.ALERT else 5
    if language == "zh-CN":
        issued = f"11月23日{'凌晨' if hour == 2 else '早上'}{hour}时10分"
        spoken, written = (issued, "11月23日晚上6时"), (f"11月23日0{hour}时10分", "11月23日18时")
        facts = ["海滨市应急管理局", "风暴潮", "红色", "滨海区、港口区"]
        action = "请立即撤离到火车站以北的高处。"
    else:
        spoken = (f"{hour}:10 a.m. on Monday 23 November", "6 p.m. on Monday 23 November")
        written = (f"23 Nov, 0{hour}:10", "23 Nov, 18:00")
        facts = ["Haibin Emergency Management Bureau", "Storm surge", "Red warning",
                 "Seafront District and Port District"]  # fmt: skip
        action = "Go to the high ground beyond the railway station now."
    issued, until = spoken if part.spoken else written
    return [*facts, issued, *([action, until] if kind in IN_FORCE else [])]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("channel", "part", "kind"),
    [(channel, part, kind) for channel, part in WHOLE for kind in kinds_of(channel)],
    ids=name,
)
def test_every_text_states_the_same_facts(renderer, surge, channel, part, kind, language):
    said = plain(surge.say(renderer, channel, kind)[language].parts[part.name], part)

    assert [fact for fact in expected(kind, language, part) if fact not in said] == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("channel", "part"), WHOLE, ids=name)
def test_no_end_and_no_message_outside_repeats_an_order(renderer, surge, channel, part, language):
    for kind in (MessageKind.CANCEL, MessageKind.OUTSIDE):
        said = surge.say(renderer, channel, kind)[language].parts[part.name]

        assert "撤离" not in said
        assert "high ground" not in said
        assert "quays" not in said


@pytest.mark.parametrize(("channel", "part"), ALL, ids=name)
def test_a_drill_is_marked_in_front_of_every_part(renderer, surge, channel, part):
    for kind, status in product(kinds_of(channel), (Status.EXERCISE, Status.TEST, Status.SYSTEM)):
        drill = replace(surge.later, status=status)
        messages = surge.say(renderer, channel, kind, drill)
        for language, mark in (("zh-CN", "【演练】"), ("en-US", "[EXERCISE]")):
            text = messages[language].parts[part.name]
            if part.form is Form.HTML:
                assert plain(text, part).partition(">")[2].strip().startswith(mark)
                assert f"<title>{mark}" in text
            else:
                assert text.startswith(mark)


@pytest.mark.parametrize(("channel", "part"), ALL, ids=name)
def test_no_real_warning_is_marked_as_a_drill(renderer, surge, channel, part):
    for kind in kinds_of(channel):
        for message in surge.say(renderer, channel, kind).values():
            assert "演练" not in message.parts[part.name]
            assert "EXERCISE" not in message.parts[part.name]


@pytest.mark.parametrize(("channel", "part"), [pair for pair in ALL if pair[1].spoken], ids=name)
def test_a_spoken_drill_says_so_in_a_sentence(renderer, surge, channel, part):
    drill = replace(surge.alert, status=Status.EXERCISE)
    messages = surge.say(renderer, channel, MessageKind.ALERT, drill)

    for language, sentence in (("zh-CN", "这是演练"), ("en-US", "This is an exercise")):
        assert messages[language].parts[part.name].count(sentence) == (2 if part.whole else 1)


@pytest.mark.parametrize(("channel", "part"), WHOLE, ids=name)
def test_an_update_says_that_it_replaces_the_earlier_warning(renderer, surge, channel, part):
    messages = surge.say(renderer, channel, MessageKind.UPDATE)

    assert "更新" in messages["zh-CN"].parts[part.name]
    assert "替代" in messages["zh-CN"].parts[part.name]
    assert "update" in messages["en-US"].parts[part.name].lower()
    assert "replaces" in messages["en-US"].parts[part.name]


@pytest.mark.parametrize(("channel", "part"), WHOLE, ids=name)
def test_an_end_says_whether_it_was_a_mistake_or_the_danger_has_passed(
    renderer, surge, channel, part
):
    lifted = surge.say(renderer, channel, MessageKind.CANCEL, reason="lifted")
    mistaken = surge.say(renderer, channel, MessageKind.CANCEL, reason="error")
    unstated = surge.say(renderer, channel, MessageKind.CANCEL, reason="")

    assert "解除" in lifted["zh-CN"].parts[part.name]
    assert "误发" in mistaken["zh-CN"].parts[part.name]
    assert "解除" not in mistaken["zh-CN"].parts[part.name]
    assert "lifted" in lifted["en-US"].parts[part.name].lower()
    assert "by mistake" in mistaken["en-US"].parts[part.name]
    assert "lifted" not in mistaken["en-US"].parts[part.name].lower()
    assert unstated["en-US"].parts == lifted["en-US"].parts


@pytest.mark.parametrize(("channel", "part"), WHOLE, ids=name)
def test_who_is_outside_now_is_told_so(renderer, surge, channel, part):
    messages = surge.say(renderer, channel, MessageKind.OUTSIDE)

    assert "已不在预警范围内" in messages["zh-CN"].parts[part.name]
    assert "no longer in the area" in messages["en-US"].parts[part.name]


@pytest.mark.parametrize("kind", MessageKind)
def test_a_text_message_takes_at_most_three_segments(renderer, surge, kind):
    messages = surge.say(renderer, "sms", kind)

    assert len(messages["zh-CN"].parts["txt"]) <= 201
    assert len(messages["en-US"].parts["txt"]) <= 459
    assert GSM_7.issuperset(messages["en-US"].parts["txt"])
    assert "\n" not in messages["zh-CN"].parts["txt"] + messages["en-US"].parts["txt"]


def test_a_long_instruction_is_cut_at_a_sentence_to_fit_a_text_message(renderer, surge):
    chatty = replace(surge.chinese, instruction=surge.chinese.instruction * 5)
    messages = surge.say(renderer, "sms", alert=replace(surge.alert, infos=(chatty,)))
    text = messages["zh-CN"].parts["txt"]

    assert 150 < len(text) <= 201
    assert "。有效至11月23日18时。" in text
    assert text.endswith(f"https://warn.haibin.example/warnings/{surge.warning_id}")


def test_typographic_signs_do_not_double_the_price_of_a_text_message(renderer, surge):
    quoted = replace(surge.english, instruction="Don’t wait – leave “now”…")
    accented = replace(surge.english, instruction="Don’t wait, Łukasz")
    messages = surge.say(renderer, "sms", alert=replace(surge.alert, infos=(quoted,)))
    other = surge.say(renderer, "sms", alert=replace(surge.alert, infos=(accented,)))

    assert 'Don\'t wait - leave "now"...' in messages["en-US"].parts["txt"]
    assert "Don’t wait, Łukasz" in other["en-US"].parts["txt"]


@pytest.mark.parametrize("kind", kinds_of("van"))
def test_a_van_passes_within_half_a_minute(renderer, surge, kind):
    messages = surge.say(renderer, "van", kind)

    assert len("".join(messages["zh-CN"].parts["script"].split())) <= 110
    assert len(messages["en-US"].parts["script"].split()) <= 75


@pytest.mark.parametrize("kind", kinds_of("broadcast"))
def test_an_announcer_needs_less_than_two_minutes(renderer, surge, kind):
    long = replace(surge.english, description=surge.english.description * 20)
    lang = replace(surge.chinese, description=surge.chinese.description * 20)
    messages = surge.say(renderer, "broadcast", kind, replace(surge.later, infos=(long, lang)))

    assert len(messages["zh-CN"].parts["script"]) <= 440
    assert len(messages["en-US"].parts["script"].split()) <= 300


@pytest.mark.parametrize(("channel", "part"), [pair for pair in ALL if pair[1].spoken], ids=name)
def test_no_address_is_read_aloud(renderer, surge, channel, part):
    linked = [
        replace(info, instruction=f"{info.instruction} https://x.example/a duty@x.example")
        for info in surge.alert.infos
    ]
    messages = surge.say(renderer, channel, alert=replace(surge.alert, infos=tuple(linked)))

    for message in messages.values():
        assert "http" not in message.parts[part.name]
        assert "@" not in message.parts[part.name]


@pytest.mark.parametrize(
    ("channel", "part"),
    [pair for pair in ALL if pair[1].form in (Form.LINE, Form.SMS)],
    ids=name,
)
def test_one_line_parts_are_one_line(renderer, surge, channel, part):
    broken = [
        replace(info, instruction=info.instruction.replace("。", "。\n").replace(". ", ".\n\n"))
        for info in surge.alert.infos
    ]
    for kind in kinds_of(channel):
        alert = replace(surge.later, infos=tuple(broken))
        for message in surge.say(renderer, channel, kind, alert).values():
            text = message.parts[part.name]
            assert text.splitlines() == [text.strip()]
            assert "  " not in text
            assert "。 " not in text


@pytest.mark.parametrize("kind", MessageKind)
def test_a_call_says_the_core_twice(renderer, surge, kind):
    messages = surge.say(renderer, "voice", kind)

    assert "重复一遍" in messages["zh-CN"].parts["script"]
    assert "I repeat." in messages["en-US"].parts["script"]
    assert "按1" in messages["zh-CN"].parts["confirm"]
    assert messages["en-US"].parts["confirm"].startswith("Press 1")
    assert messages["en-US"].parts["thanks"].startswith("Thank you.")


@pytest.mark.parametrize("kind", MessageKind)
def test_both_forms_of_a_mail_say_the_same(renderer, surge, kind):
    clear = (ResponseType.ALL_CLEAR,)
    infos = tuple(replace(info, response_types=clear) for info in surge.alert.infos)
    alert = replace(surge.later, infos=infos, note="Die Flut sinkt.")
    facts = surge.facts(surge.english, replace(surge.later, note=alert.note), kind)
    stated = [text for text in (facts.headline, facts.description, facts.action, facts.reason,
              facts.contact, facts.link, facts.web, facts.municipality) if text]  # fmt: skip

    mail = surge.say(renderer, "email", kind, alert)["en-US"].parts

    for text in (*stated, *(infos[1].description.splitlines() if kind != "outside" else ())):
        assert text in mail["txt"]
        assert text in mail["html"]


HOSTILE = '<script>alert("x")</script> & \'"><img src=x onerror=alert(1)>'


@pytest.mark.parametrize("kind", MessageKind)
def test_no_fact_can_bring_markup_into_a_mail(renderer, surge, kind):
    hostile = replace(
        surge.english,
        **dict.fromkeys(
            ("event", "headline", "description", "instruction", "sender_name", "contact"), HOSTILE
        ),
        web=f"https://x.example/{HOSTILE}",
        language="en",
        areas=(replace(surge.english.areas[0], area_desc=HOSTILE),),
    )
    alert = replace(surge.later, infos=(hostile,), note=HOSTILE)
    mail = surge.say(renderer, "email", kind, alert)["en"].parts["html"]
    page = lxml_html.document_fromstring(mail)

    assert page.xpath("//script | //img[not(starts-with(@src, 'cid:'))] | //*[@onerror]") == []
    assert '<script>alert("x")</script>' in page.text_content()
    assert "&amp;amp;" not in mail


@pytest.mark.parametrize("kind", MessageKind)
def test_a_mail_needs_nothing_from_outside_and_names_its_language(renderer, surge, kind):
    for language, tag in (("zh-CN", "zh-CN"), ("en-US", "en")):
        mail = surge.say(renderer, "email", kind)[language].parts["html"]
        page = lxml_html.document_fromstring(mail)

        assert page.get("lang") == tag
        assert page.xpath("//*[@role='alert']")
        assert page.xpath("//link | //script | //*[@background]") == []
        # Pictures come within the mail, and say in words what they show, or nothing new.
        assert {image.get("src") for image in page.xpath("//img")} <= {"cid:icon", "cid:map"}
        assert all(image.get("alt") is not None for image in page.xpath("//img"))
        assert "url(" not in mail
        assert "prefers-color-scheme: dark" in mail


def test_a_mail_shows_its_level_in_words_on_its_colour(renderer, surge):
    bar = lxml_html.document_fromstring(surge.say(renderer, "email")["en-US"].parts["html"]).xpath(
        "//div[contains(@style, '#C4161C')]"
    )[0]

    assert "Red warning (level I)" in bar.text_content()
    assert "Storm surge" in bar.text_content()


@pytest.mark.parametrize("kind", [MessageKind.CANCEL, MessageKind.OUTSIDE])
def test_what_is_over_no_longer_wears_the_levels_colour(renderer, surge, kind):
    assert "#C4161C" not in surge.say(renderer, "email", kind)["en-US"].parts["html"]
