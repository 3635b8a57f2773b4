"""What an Update changes for those who were told before: facts first, then words."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import shapely

from warnbroker.model.alert import Area, Info, NamedValue
from warnbroker.model.enums import Category, Certainty, ResponseType, Severity, Urgency
from warnbroker.model.level import Level
from warnbroker.model.message import MessageKind
from warnbroker.model.publication import Group
from warnbroker.render.changes import Change, changes
from warnbroker.render.facts import Occasion
from warnbroker.render.samples import sample

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def level(code, rank):
    return Level(code, rank, "", "#000", {"en": code}, timedelta(hours=1), resend_unknown=False)


RED, YELLOW = level("red", 1), level("yellow", 3)
STORM = Info(
    event="Storm", categories=(Category.MET,), urgency=Urgency.EXPECTED, severity=Severity.SEVERE,
    certainty=Certainty.LIKELY, language="en", onset=NOON, expires=NOON + timedelta(hours=6),
    instruction="Stay inside.", areas=(Area("Town"),), event_codes=(NamedValue("x", "storm"),),
)  # fmt: skip


def group(info=STORM, grade=YELLOW, index=0):
    return Group(index, grade, (info,), shapely.Point())


def changed(info=STORM, grade=YELLOW, before=None):
    (found,) = changes([group()] if before is None else before, [group(info, grade)]).values()
    return found


HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("info", "grade", "expected"),
    [
        (STORM, YELLOW, Change()),
        (replace(STORM, headline="Again", description="More"), YELLOW, Change()),
        (replace(STORM, instruction=" Stay  inside. "), YELLOW, Change()),
        (STORM, RED, Change(level=YELLOW, raised=True)),
        (replace(STORM, areas=(Area("Port"),)), YELLOW, Change(place=True)),
        (replace(STORM, instruction="Leave."), YELLOW, Change(action=True)),
        (replace(STORM, response_types=(ResponseType.EVACUATE,)), YELLOW, Change(action=True)),
        (replace(STORM, onset=NOON + HOUR), YELLOW, Change(onset=True)),
        (replace(STORM, onset=NOON - HOUR), YELLOW, Change(onset=True, sooner=True)),
        (replace(STORM, expires=NOON + 9 * HOUR), YELLOW, Change(expires=True)),
        (replace(STORM, expires=NOON + HOUR), YELLOW, Change(expires=True, sooner=True)),
        (replace(STORM, event="Storm (revised)"), YELLOW, Change()),
        (replace(STORM, event="Flood", event_codes=()), YELLOW, Change(event=True)),
        (replace(STORM, expires=(NOON + 6 * HOUR).astimezone()), YELLOW, Change()),
    ],
)
def test_each_thing_that_changed_is_seen_and_nothing_else(info, grade, expected):
    assert changed(info, grade) == expected


def test_a_lower_level_is_a_change_that_does_not_press():
    found = changed(grade=YELLOW, before=[group(grade=RED)])

    assert (found.level, found.raised, found.concerns, found.presses) == (RED, False, True, False)


@pytest.mark.parametrize(
    ("change", "concerns", "presses"),
    [
        (Change(), False, False),
        (Change(place=True), False, False),
        (Change(expires=True), True, False),
        (Change(expires=True, sooner=True), True, True),
        (Change(action=True), True, True),
        (Change(onset=True), True, True),
    ],
)
def test_what_concerns_and_what_presses(change, concerns, presses):
    assert (change.concerns, change.presses) == (concerns, presses)


def test_of_several_events_the_same_one_is_compared():
    flood = replace(STORM, event="Flood", event_codes=(), instruction="Go up.")
    before = [group(flood, RED, 0), group(STORM, YELLOW, 1)]

    assert changed(STORM, YELLOW, before) == Change()


def test_a_warning_that_said_nothing_of_it_before_changes_nothing_that_is_known():
    assert changes([], [group()]) == {}


TOLD = {
    "en": "Changed: the level, raised from yellow; the area; what to do.",
    "zh-CN": "变更：等级（由yellow升级）、范围、防御措施。",
}


@pytest.mark.parametrize(("language", "words"), TOLD.items())
@pytest.mark.parametrize("channel", ["sms", "email"])
def test_an_update_says_first_what_changed(renderer, language, words, channel):
    known = {(0, language.lower()): Change(level=YELLOW, raised=True, place=True, action=True)}
    facts = sample(language, Occasion(MessageKind.UPDATE, "w"), renderer.setting, full=False)
    occasion = Occasion(MessageKind.UPDATE, "w", changes=known)
    full = said(renderer, language, occasion)

    text = renderer.render(channel, replace(facts, changed=full.changed))["txt"]

    assert words in text


def said(renderer, language, occasion):
    from warnbroker.model.alert import Alert
    from warnbroker.model.enums import MsgType, Scope, Status
    from warnbroker.render.facts import facts

    info = replace(STORM, language=language)
    alert = Alert("a", "s@x.example", NOON, Status.ACTUAL, MsgType.UPDATE, Scope.PUBLIC,
                  infos=(info,))  # fmt: skip
    return facts(group(info), info, alert, occasion=occasion, setting=renderer.setting)


@pytest.mark.parametrize(
    ("language", "words"), [("en", "as before"), ("zh-CN", "等级、范围、时间和措施不变")]
)
def test_an_update_that_changes_nothing_says_so_in_a_mail(renderer, language, words):
    known = {(0, language.lower()): Change()}
    facts = said(renderer, language, Occasion(MessageKind.UPDATE, "w", changes=known))

    assert words in renderer.render("email", facts)["txt"]
