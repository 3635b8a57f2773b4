import pytest

from warnbroker.render.parts import PARTS, kinds_of
from warnbroker.resources import shipped


def test_the_shipped_templates_have_no_fault(renderer):
    assert renderer.check() == []


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_every_part_of_every_kind_is_shipped_in_both_languages(language):
    missing = [
        path
        for channel, parts in PARTS.items()
        for part in parts
        for kind in kinds_of(channel)
        if not (
            path := shipped("templates") / channel / f"{kind}.{language}.{part.name}.j2"
        ).is_file()
    ]

    assert missing == []


STRAYS = {
    "smss/alert.en.txt.j2": "no channel is called 'smss'",
    "sms/deep/alert.en.txt.j2": "no channel is called 'sms/deep'",
    "alert.en.txt.j2": "no channel is called '.'",
    "sms/alarm.en.txt.j2": "no message is of kind 'alarm'",
    "feed/notice.en.title.j2": "feed has no message of kind 'notice'",
    "sms/alert.en.html.j2": "sms has no part 'html'; there are txt",
    "sms/alert.txt.j2": "a template is called KIND.LANGUAGE.PART.j2",
    "sms/alert.en.txt": "a template is called KIND.LANGUAGE.PART.j2",
}


def test_files_that_are_no_templates_are_reported(overridden):
    lines = overridden(dict.fromkeys(STRAYS, "x")).check()

    assert len(lines) == len(STRAYS)
    for name, problem in STRAYS.items():
        assert any(f"/{name}: {problem}" in line for line in lines)


def test_helpers_hidden_files_and_the_pages_templates_are_no_messages(overridden):
    files = {"sms/_mine.j2": "x", "_all.j2": "x", ".git/x": "x", "web/home.html.j2": "x"}

    assert overridden(files).check() == []


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("a\n{{ isuer }}", "alert.en.txt.j2:2: 'isuer' is undefined"),
        ("{% if %}", "alert.en.txt.j2:1: "),
        ("  ", "alert.en.txt.j2: says nothing"),
        ("{{ issued }}", "leaves out issuer, event, level, place, action, expires"),
        ("{% if not instruction %}{{ places[9].x }}{% endif %}", "alert.en.txt.j2:1: "),
    ],
)
def test_a_fault_is_one_line_that_names_the_file(overridden, text, fault):
    lines = overridden({"sms/alert.en.txt.j2": text}).check()

    assert len([line for line in lines if fault in line]) == 1
    assert all("sms/alert.en.txt.j2" in line for line in lines)
    assert all("\n" not in line for line in lines)


def test_a_frame_without_its_blocks_is_reported_since_a_cancel_would_read_like_the_alert(
    overridden,
):
    frame = (
        "{{ issuer }} {{ event }} {{ level.name }} {{ place }} {{ action }} {{ issued }} "
        "{{ expires }}"
    )

    lines = overridden({"sms/_frame.en.txt.j2": frame}).check()

    assert any("sms/cancel.en.txt.j2: says the same as sms/alert.en.txt.j2" in x for x in lines)


def test_a_cancel_with_one_wording_for_both_reasons_is_reported(overridden):
    text = "Over: {{ issuer }} {{ issued }} {{ event }} {{ level.name }} {{ place }}"

    lines = overridden({"sms/cancel.en.txt.j2": text}).check()

    assert len(lines) == 1
    assert "says the same as sms/cancel.en.txt.j2 (lifted)" in lines[0]


def test_a_broken_override_of_a_shared_sentence_is_reported(overridden):
    lines = overridden({"_shared/zh-CN.j2": "{% macro warns() %}{{ nothing }}"}).check()

    assert lines
    assert all("_shared/zh-CN.j2:1: " in line for line in lines)


def test_templates_that_are_missing_altogether_are_reported(surge, tmp_path):
    from warnbroker.render import Renderer

    setting = surge.renderer().setting
    bare = Renderer(
        tmp_path,
        None,
        fallback_languages=("en",),
        time_zone=setting.time_zone,
        municipality={},
        link=str,
    )

    assert "sms: there is no template cancel.LANGUAGE.txt.j2" in bare.check()
