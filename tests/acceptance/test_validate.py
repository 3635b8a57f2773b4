"""``warnbroker validate``: every broken rule at once, by profile, by language, or as relayed."""

import json
from pathlib import Path

import pytest

from tests.acceptance.bodies import cap, instant
from tests.unit.cap.profiles.pairs import BREAKS, GOOD_ONES
from warnbroker.cap import to_xml
from warnbroker.resources import shipped

SHIPPED = shipped("config") / "demo" / "storm-surge.cap.xml"


def rows(done) -> list[dict]:
    return json.loads(done.out)["errors"]


def test_form_and_rules_are_told_together_with_line_and_path(command):
    body = cap(identifier="a b", severity="Bad", place="<polygon>1,1 1,2 2,2 2,1</polygon>")
    file = command.write("a.xml", body.replace("<info>", "\n<info>").replace("<area>", "\n<area>"))

    done = command("validate", "--json", file)

    assert done.status == 1
    assert {(row["rule"], row["line"], row["path"]) for row in rows(done)} >= {
        ("cap.alert.identifier.characters", 2, "identifier"),
        ("cap.info.severity.value", 3, "info[0]/severity"),
        ("cap.area.polygon.closed", 4, "info[0]/area[0]/polygon[0]"),
    }
    assert {tuple(row) for row in rows(done)} == {("rule", "level", "line", "path", "message")}


def test_last_years_alert_is_valid_though_it_could_not_be_issued_any_more(command):
    file = command.write("old.xml", cap(sent=instant(-600_000), expires=instant(-590_000)))

    done = command("validate", "--json", file)

    assert done.status == 0
    assert ("cap.info.expires.past", "warning") in {
        (row["rule"], row["level"]) for row in rows(done)
    }


@pytest.mark.parametrize("profile", GOOD_ONES)
def test_a_profile_is_kept_by_one_file_and_broken_by_another(command, profile):
    kept = command.write("kept.xml", to_xml(GOOD_ONES[profile]))
    rule, broken = next(
        item for item in BREAKS.items() if item[0].startswith(profile.replace("-", "_"))
    )

    assert command("validate", "--profile", profile, kept).status == 0
    done = command("validate", "--profile", profile, command.write("broken.xml", to_xml(broken)))

    assert done.status == 1
    assert f"\n{done.out}".count(f"\n{rule} error ") >= 1


def test_several_profiles_are_asked_at_once(command):
    done = command("validate", "--json", "--profile", "ipaws", "--profile", "cap-cp", SHIPPED)

    assert {"ipaws.code", "cap_cp.code"} <= {row["rule"] for row in rows(done)}


def test_an_unknown_profile_is_named_with_those_that_there_are(command):
    done = command("validate", "--profile", "nope", SHIPPED)

    assert done.status == 2
    assert "--profile: there is no profile 'nope'; known are cap-au, cap-cp" in done.faults[0]


@pytest.mark.parametrize(
    ("locale", "words"),
    [
        ("zh_CN.UTF-8", ("expires 必须晚于 sent", "第 2 行")),
        ("C.UTF-8", ("expires must be later than sent", "line 2")),
    ],
)
def test_the_terminals_locale_chooses_the_language(command, locale, words):
    file = command.write("a.xml", cap(expires=instant(-5)))

    done = command("validate", file, LC_ALL=locale)

    assert words[0] in done.out
    assert words[1] in done.out


def test_json_speaks_the_language_of_the_locale_too(command):
    file = command.write("a.xml", cap(sent="now"))

    done = command("validate", "--json", file, LC_ALL="zh_CN.UTF-8")

    assert [row["message"][:6] for row in rows(done) if row["rule"] == "cap.time.form"] == [
        "时间格式有误"
    ]


def test_a_message_of_another_platform_is_valid_with_its_defects(command):
    file = command.write("a.xml", cap(sent="2026-11-23T02:10:00Z"))

    strict, lenient = command("validate", file), command("validate", "--json", "--relay", file)

    assert strict.status == 1
    assert lenient.status == 0
    assert "relay.time.form" in {row["rule"] for row in rows(lenient)}


def test_a_message_that_would_be_withheld_is_invalid(command):
    file = command.write("a.xml", cap(sender=""))

    done = command("validate", "--json", "--relay", file)

    assert done.status == 1
    assert "relay.withheld" in {row["rule"] for row in rows(done)}


def test_what_is_no_xml_cannot_be_read_from_another_platform_either(command):
    assert command("validate", "--relay", command.write("a.xml", "<alert")).status == 2


def test_the_shipped_alert_keeps_every_rule(command):
    done = command("validate", "--json", SHIPPED)

    assert {row["rule"] for row in rows(done)} <= {"cap.info.expires.past"}
    assert Path(json.loads(done.out)["file"]) == SHIPPED


def test_check_names_a_profile_that_is_not_there(command):
    config = command.write("w.yaml", json.dumps({"municipality": {"profiles": ["nope"]}}))

    done = command("check", "--config", config)

    assert done.status == 2
    assert "municipality.profiles: there is no 'nope'; known are cap-au" in done.out + done.err
