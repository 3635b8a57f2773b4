"""The gates before levels and hazards: each by an alert that passes and one that does not."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.unit.cap.rules.good import GOOD, INFO, NOW, SENT, told, twice
from warnbroker.app.gates import gates_of
from warnbroker.app.scale import scale_of
from warnbroker.cap.rules.catalogue import GATES
from warnbroker.errors import AlertError
from warnbroker.intake.sound import sound
from warnbroker.model.alert import NamedValue
from warnbroker.model.enums import Certainty, MsgType, Severity, Status, Urgency
from warnbroker.settings import load
from warnbroker.targeting import RegionTree

RED = twice()
SETTINGS = load()
GATES_OF = gates_of(SETTINGS, scale_of(SETTINGS.levels))


def both(**changed):
    return replace(RED, infos=tuple(replace(info, **changed) for info in RED.infos))


def level(code: str) -> tuple[NamedValue, ...]:
    return (NamedValue("level", code),)


STRANGE = {"event": "Meteorite", "event_codes": ()}
HEAT = {"event": "高温", "event_codes": (NamedValue("hazard", "HEAT"),)}
CALM = {"severity": Severity.MINOR, "certainty": Certainty.POSSIBLE}
# The alert that passes, and the one that does not.
PAIRS = {
    "gate.instruction": (both(instruction=""), both(instruction="", **STRANGE)),
    "gate.onset": (both(onset=None), both(onset=None, urgency=Urgency.EXPECTED)),
    "gate.expires": (RED, both(expires=None)),
    "gate.languages": (RED, GOOD),
    "gate.hazard.level": (both(**HEAT), both(parameters=level("blue"), **CALM, **HEAT)),
    "gate.hazard.unknown": (RED, both(**STRANGE)),
    "gate.level.severity": (both(parameters=level("orange")), both(parameters=level("yellow"))),
}


def judged(alert, gates=GATES_OF) -> set[str]:
    """Return the gates that an alert does not pass."""
    try:
        found = sound(alert, RegionTree(()), NOW, gates).warnings
    except AlertError as error:
        found = error.faults
    return {fault.rule for fault in found if fault.rule.startswith("gate.")}


def test_every_gate_has_a_pair():
    assert set(PAIRS) == {gate.id for gate in GATES}


@pytest.mark.parametrize("gate", GATES, ids=lambda gate: gate.id)
def test_an_alert_passes_the_gate(gate):
    assert gate.id not in judged(PAIRS[gate.id][0])


@pytest.mark.parametrize("gate", GATES, ids=lambda gate: gate.id)
def test_an_alert_does_not_pass_the_gate(gate):
    # What the hazard register does not know has no standing instruction either.
    others = {"gate.hazard.unknown"} if gate.id == "gate.instruction" else set()

    assert judged(PAIRS[gate.id][1]) == {gate.id} | others


def test_a_gate_says_in_both_languages_which_level_asks():
    with pytest.raises(AlertError) as caught:
        sound(GOOD, RegionTree(()), NOW, GATES_OF)

    (fault,) = [fault for fault in caught.value.faults if fault.level == "error"]
    assert fault.message == "level Red must be told in zh-CN too; add an info in that language"
    assert fault.chinese.startswith("红色级别还必须有 zh-CN 文本")
    assert fault.path == "info[0]/language"


def test_people_of_each_group_are_told_in_every_language():
    later = replace(INFO, expires=SENT + timedelta(hours=9), onset=SENT + timedelta(hours=8))

    assert judged(replace(RED, infos=(*RED.infos, later))) == {"gate.languages"}


@pytest.mark.parametrize("language", ["en", "en-GB", "EN-us"])
def test_who_wants_a_language_is_told_in_any_of_its_kinds(language):
    assert judged(replace(RED, infos=(RED.infos[1], replace(INFO, language=language)))) == set()


def test_who_wants_one_chinese_is_not_told_in_another():
    chinese = replace(RED.infos[1], language="zh-TW")

    assert judged(replace(RED, infos=(INFO, chinese))) == {"gate.languages"}


@pytest.mark.parametrize(
    "alert",
    [
        replace(GOOD, status=Status.DRAFT),
        replace(GOOD, status=Status.SYSTEM),
        replace(GOOD, msg_type=MsgType.CANCEL, references=()),
    ],
)
def test_what_ends_a_warning_or_reaches_nobody_is_not_asked(alert):
    assert list(GATES_OF.faults(alert)) == list(GATES_OF.untold(alert, ())) == []


def test_a_blue_alert_may_be_short():
    blue = told(onset=None, parameters=level("blue"), **CALM)

    assert judged(blue) == set()


def test_gates_that_the_settings_do_not_name_are_open(tmp_path):
    levels = {"levels": {"scale": {"red": {"requires": ["expires"]}}}}
    settings = load(over=levels)
    gates = gates_of(settings, scale_of(settings.levels))

    assert judged(GOOD, gates) == set()


def test_profiles_of_the_municipality_are_asked_of_every_alert():
    settings = load(over={"municipality": {"profiles": ["ipaws"]}})
    gates = gates_of(settings, scale_of(settings.levels))

    assert "ipaws.code" in {fault.rule for fault in gates.faults(RED)}


def test_broken_rules_of_all_kinds_come_at_once():
    outside = told(instruction="", expires=None, web="nowhere", **STRANGE)

    with pytest.raises(AlertError) as caught:
        sound(replace(outside, identifier=""), RegionTree(()), NOW, GATES_OF)

    errors = {fault.rule for fault in caught.value.faults if fault.level == "error"}
    assert errors == {
        "cap.alert.identifier.empty",
        "cap.info.web.absolute",
        "gate.instruction",
        "gate.expires",
        "gate.languages",
    }
    assert caught.value.faults[-1].level == "warning"
