from dataclasses import replace
from itertools import count

import pytest
from structlog.testing import capture_logs

from warnbroker.errors import FileError, TemplateError
from warnbroker.log import set_up
from warnbroker.model.message import MessageKind
from warnbroker.render.parts import PARTS, Form, Part
from warnbroker.resources import shipped


def test_there_is_a_message_for_each_channel_group_and_language(renderer, surge):
    groups = [
        surge.group(surge.chinese, surge.english),
        replace(surge.group(surge.chinese), index=1),
    ]

    messages = renderer.messages(
        surge.alert, groups, PARTS, MessageKind.ALERT, warning_id="w", next_id=count(7)
    )

    of_sms = [(m.group, m.language) for m in messages if m.channel == "sms"]
    assert of_sms == [(0, "zh-CN"), (0, "en-US"), (1, "zh-CN")]
    assert [m.id for m in messages] == list(range(7, 7 + 6 * 3))
    assert {m.channel: tuple(m.parts) for m in messages} == {
        channel: tuple(part.name for part in parts) for channel, parts in PARTS.items()
    }


def test_the_first_of_two_infos_in_one_language_counts(renderer, surge):
    second = replace(surge.english, event="Another", language="en-us")
    alert = replace(surge.alert, infos=(surge.english, second))

    messages = surge.say(renderer, "sms", alert=alert)

    assert list(messages) == ["en-US"]
    assert "Storm surge" in messages["en-US"].parts["txt"]


@pytest.mark.parametrize("language", ["zh", "zh-TW", "zh-Hans-CN", "ZH-cn"])
def test_every_chinese_gets_the_chinese_texts(renderer, surge, language):
    alert = replace(surge.alert, infos=(replace(surge.chinese, language=language),))

    assert "有效至" in surge.say(renderer, "sms", alert=alert)[language].parts["txt"]


@pytest.mark.parametrize(
    ("language", "action", "fallback", "word"),
    [
        ("ar-SA", "اذهب إلى مكان مرتفع.", ("zh-CN", "en"), "有效至"),
        ("ar-SA", "اذهب إلى مكان مرتفع.", ("en", "zh-CN"), "valid until"),
        ("fr", "Gagnez les hauteurs.", ("de", "en"), "valid until"),
        ("fr", "Gagnez les hauteurs.", (), "valid until"),
    ],
)
def test_a_language_without_templates_keeps_its_words_in_a_fallback_frame(
    surge, language, action, fallback, word
):
    alert = replace(
        surge.alert, infos=(replace(surge.english, language=language, instruction=action),)
    )
    renderer = surge.renderer(fallback_languages=fallback)

    text = surge.say(renderer, "sms", alert=alert)[language].parts["txt"]

    assert action in text
    assert word in text


def test_a_drill_is_marked_in_the_readers_own_language(surge):
    arabic = replace(surge.english, language="ar")
    mongolian = replace(surge.english, language="mn")
    drill = replace(surge.alert, status="Exercise", infos=(arabic, mongolian))

    messages = surge.say(surge.renderer(), "sms", alert=drill)

    assert messages["ar"].parts["txt"].startswith("[تمرين]")
    assert messages["mn"].parts["txt"].startswith("【演练】")


def test_an_alert_that_expires_with_the_rest_says_when(renderer, surge):
    endless = replace(surge.alert, infos=(replace(surge.english, expires=None),))

    text = surge.say(renderer, "sms", alert=endless, expires=surge.alert.infos[0].expires)

    assert "valid until 23 Nov, 18:00." in text["en-US"].parts["txt"]


def test_an_operators_template_goes_before_the_shipped_one(overridden, surge):
    renderer = overridden({"sms/alert.en.txt.j2": "Mine: {{ event }}"})

    assert surge.say(renderer, "sms")["en-US"].parts["txt"] == "Mine: Storm surge"
    assert "有效至" in surge.say(renderer, "sms")["zh-CN"].parts["txt"]
    assert "UPDATE" in surge.say(renderer, "sms", MessageKind.UPDATE)["en-US"].parts["txt"]


def test_an_operators_template_can_extend_the_shipped_one_it_hides(overridden, surge):
    renderer = overridden(
        {
            "van/alert.en.script.j2": '{% extends "shipped/van/alert.en.script.j2" %}'
            "{% block times %}{{ super() }} Be quick.{% endblock %}"
        }
    )

    script = surge.say(renderer, "van")["en-US"].parts["script"]

    assert "Storm surge" in script
    assert script.endswith("Be quick.")


def test_an_operators_words_reach_every_channel(overridden, surge):
    words = (shipped("templates") / "_shared/en.j2").read_text(encoding="utf-8")
    renderer = overridden({"_shared/en.j2": words.replace("warns() %}", "warns() %}HARK. ")})

    for channel, part in (("sms", "txt"), ("email", "txt"), ("broadcast", "crawl")):
        assert "HARK. Red warning" in surge.say(renderer, channel)["en-US"].parts[part]


def test_html_in_an_operators_template_is_escaped_through_text_macros_too(overridden, surge):
    renderer = overridden(
        {
            "email/alert.en.html.j2": '{% from "_shared/en.j2" import what with context %}'
            "{{ what() }}|{{ event }}|{{ action|shorten(4) }}|{{ places|fit(1, ';', '&') }}"
        }
    )
    sly = replace(surge.english, event="<b>a & b</b>", instruction="x < y & more. Go.")

    mail = surge.say(renderer, "email", alert=replace(surge.alert, infos=(sly,)))["en-US"]

    assert mail.parts["html"] == (
        "Red warning (level I): &lt;b&gt;a &amp; b&lt;/b&gt;|&lt;b&gt;a &amp; b&lt;/b&gt;|"
        "x &lt; y &amp; more.|Seafront District&amp;"
    )


def test_a_broken_template_of_an_operators_does_not_silence_the_warning(overridden, surge):
    renderer = overridden({"sms/alert.en.txt.j2": "{{ isuer }}"})

    # Another test of this process may have asked for fewer logs.
    set_up("info")
    with capture_logs() as logs:
        messages = surge.say(renderer, "sms")

    assert "Storm surge" in messages["en-US"].parts["txt"]
    assert [entry["event"] for entry in logs] == ["template_failed"]
    assert "alert.en.txt.j2:1: 'isuer' is undefined" in logs[0]["problem"]


BOMB = "{% macro again() %}{{ again() }}{% endmacro %}{{ again() }}"


@pytest.mark.parametrize(
    ("template", "line", "problem"),
    [
        ("a\n{{ isuer }}", 2, "'isuer' is undefined"),
        ("a\nb\n{% if %}", 3, "Expected an expression"),
        ("{{ level.name.nothing }}", 1, "has no attribute 'nothing'"),
        ("\n\n{{ event.__class__.__mro__ }}", 3, "unsafe"),
        ("{{ places.append('x') }}", 1, "no attribute 'append'"),
        ("{{ 1 / 0 }}", 1, "division by zero"),
        ("{{ event + 1 }}", 1, "can only concatenate str"),
        ("{% for n in range(100001) %}x{% endfor %}", 1, "Range too big"),
        ("{{ 'x' * 10 ** 9 }}", 1, "small numbers only"),
        ("{{ 9 ** 99 }}", 1, "small numbers only"),
        ("{{ '%99999999d' % 1 }}", 1, "small numbers only"),
        (BOMB, 1, "recursion"),
        ('\n{% include "nothing.j2" %}', 2, "there is no template nothing.j2"),
        ('{% include "../../etc/passwd" %}', 1, "there is no template"),
    ],
)
def test_a_failing_template_is_named_with_file_and_line(overridden, surge, template, line, problem):
    renderer = overridden({"sms/alert.en.txt.j2": template})

    with pytest.raises(TemplateError) as caught:
        renderer.render("sms", surge.facts())

    assert f"sms/alert.en.txt.j2:{line}: " in str(caught.value)
    assert problem in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_text_without_end_is_stopped(overridden, surge):
    renderer = overridden(
        {"sms/alert.en.txt.j2": "{% for n in range(99999) %}{{ event }}{% endfor %}"}
    )

    with pytest.raises(TemplateError, match=r"alert\.en\.txt\.j2.*more than 200000 characters"):
        renderer.render("sms", surge.facts())


def test_a_template_that_is_no_text_is_an_error(overridden, surge, tmp_path):
    renderer = overridden({"sms/alert.en.txt.j2": ""})
    (tmp_path / "sms/alert.en.txt.j2").write_bytes(b"\xff\xfe\x00")

    with pytest.raises(TemplateError, match=r"sms/alert\.en\.txt\.j2.*utf-8"):
        renderer.render("sms", surge.facts())


def test_a_channel_that_brings_no_templates_speaks_as_a_text_message_does(renderer, surge):
    assert renderer.render("pigeon", surge.facts()) == renderer.render("sms", surge.facts())


def test_a_channel_of_somebody_elses_brings_its_own_parts(overridden, surge):
    renderer = overridden(
        {f"siren/{kind}.en.tone.j2": "{{ level.code }}" for kind in MessageKind},
        parts={**PARTS, "siren": (Part("tone", Form.LINE, whole=False),)},
    )

    assert surge.say(renderer, "siren")["en-US"].parts == {"tone": "red"}


def test_a_folder_of_templates_that_is_not_there_is_an_error(surge, tmp_path):
    with pytest.raises(FileError, match="nowhere"):
        surge.renderer(tmp_path / "nowhere")
