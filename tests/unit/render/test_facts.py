from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from warnbroker.model.alert import Area, Reference
from warnbroker.model.enums import ResponseType, Scope, Status, Urgency
from warnbroker.model.message import MessageKind


def test_times_are_those_of_the_municipality(surge):
    facts = surge.facts()

    assert str(facts.issued) == "23 Nov, 02:10"
    assert facts.issued.spoken == "2:10 a.m. on Monday 23 November"
    assert facts.issued.at == surge.sent
    assert facts.issued.at.utcoffset() == timedelta(hours=8)


def test_who_warns_is_the_sender_where_no_name_is_given(surge):
    nameless = replace(surge.english, sender_name=" ")

    assert surge.facts().issuer == "Haibin Emergency Management Bureau"
    assert surge.facts(nameless).issuer == "warning@haibin.example"


def test_places_are_named_once_and_joined_as_the_language_does(surge):
    three = replace(surge.english, areas=tuple(map(Area, ["North", "South.", "North", "Port"])))

    assert surge.facts(surge.chinese).place == "滨海区、港口区"
    assert surge.facts(three).place == "North, South, and Port"
    assert surge.facts(replace(three, language="fr")).place == "North, South et Port"
    assert surge.facts(replace(three, language="x-own")).place == "North, South, Port"
    assert surge.facts(three).places == ("North", "South", "Port")


def test_an_onset_is_stated_only_if_it_lies_ahead(surge):
    begun = replace(surge.english, onset=surge.sent)

    assert surge.facts().onset.text == "23 Nov, 03:10"
    assert not surge.facts(begun).onset
    assert str(surge.facts(begun).onset) == ""


def test_without_an_expiry_the_levels_default_counts(surge):
    endless = replace(surge.english, expires=None)

    assert surge.facts(endless).expires.at == surge.sent + timedelta(hours=12)


def test_an_update_tells_when_what_it_replaces_was_issued(surge):
    older = Reference("x", "y", surge.sent - timedelta(days=1))
    chain = replace(surge.later, references=(*surge.later.references, older))

    assert surge.facts(alert=chain, kind=MessageKind.UPDATE).replaced.at == surge.sent
    assert not surge.facts().replaced


def test_the_instruction_falls_back_to_the_register_and_then_to_the_response_types(surge):
    silent = replace(surge.english, instruction="")
    unknown = replace(silent, response_types=())

    assert surge.facts(silent).action == "Leave the area now and go to a safe place."
    assert surge.facts(unknown).action == "Take care and follow official news."
    assert surge.facts(silent, standing=lambda _: "Go uphill").action == "Go uphill."
    assert surge.facts(silent).instruction == ""


@pytest.mark.parametrize("kind", [MessageKind.CANCEL, MessageKind.OUTSIDE])
def test_what_is_over_repeats_no_order_of_the_alert(surge, kind):
    facts = surge.facts(alert=surge.later, kind=kind, standing=lambda _: "Go uphill")

    assert facts.headline + facts.description + facts.instruction + facts.action == ""


def test_an_all_clear_keeps_the_issuers_words(surge):
    clear = replace(
        surge.english, response_types=(ResponseType.ALL_CLEAR,), instruction="Boil the water"
    )

    cancel = surge.facts(clear, surge.later, MessageKind.CANCEL, standing=lambda _: "Go uphill")
    outside = surge.facts(clear, surge.later, MessageKind.OUTSIDE)

    assert cancel.action == "Boil the water."
    assert outside.action == ""


@pytest.mark.parametrize("status", [status for status in Status if status is not Status.ACTUAL])
def test_everything_but_actual_is_a_drill_and_has_no_public_page(surge, status):
    drill = surge.facts(alert=replace(surge.alert, status=status))

    assert drill.drill
    assert drill.link == ""


def test_only_public_alerts_have_a_public_page(surge):
    restricted = replace(surge.alert, scope=Scope.RESTRICTED)

    assert surge.facts().link.endswith(f"/warnings/{surge.warning_id}")
    assert not surge.facts().drill
    assert surge.facts(alert=restricted).link == ""


def test_the_level_is_named_in_the_readers_language_or_the_first_fallback(surge):
    french = replace(surge.english, language="fr")

    assert surge.facts(surge.chinese).level.name == "红色"
    assert surge.facts(replace(surge.chinese, language="zh-TW")).level.name == "红色"
    assert surge.facts(french).level.name == "红色"
    assert surge.facts(french, fallback_languages=("en",)).level.name == "Red"
    assert surge.facts(french, fallback_languages=("en",)).urgency == "act at once"


@pytest.mark.parametrize(
    ("colour", "shown", "ink"),
    [
        ("#C4161C", "#C4161C", "#ffffff"),
        ("#F2C500", "#F2C500", "#000000"),
        ("red;x:y", "#444444", "#ffffff"),
    ],
)
def test_a_levels_colour_is_always_readable(surge, colour, shown, ink):
    group = replace(surge.group(surge.english), level=replace(surge.red, colour=colour))
    (message,) = surge.renderer().messages(
        surge.alert, [group], ["email"], MessageKind.ALERT, warning_id="w", next_id=iter([1])
    )

    assert f"background:{shown};color:{ink}" in message.parts["html"]


@pytest.mark.parametrize("event", ["风暴潮", "风暴潮预警", "风暴潮红色预警", "风暴潮红色预警信号"])
def test_a_chinese_event_that_calls_itself_a_warning_is_not_called_so_twice(surge, event):
    assert surge.facts(replace(surge.chinese, event=event)).event == "风暴潮"


def test_an_event_that_is_nothing_but_a_warning_keeps_its_name(surge):
    assert surge.facts(replace(surge.chinese, event="红色预警")).event == "红色预警"


def test_texts_are_cleaned_of_what_nobody_should_see(surge):
    dirty = replace(
        surge.english,
        description="  a\x00b \u202e c\r\n\r\n\r\n\r\nd\u2028e  ",
        headline="two\nlines. ",
        web="javascript:alert(1)",
    )
    facts = surge.facts(dirty)

    assert facts.description == "ab c\n\nd\ne."
    assert facts.headline == "two lines"
    assert facts.web == ""


def test_the_least_that_an_alert_may_say_is_enough(surge):
    least = replace(
        surge.english,
        onset=None,
        effective=None,
        expires=None,
        sender_name="",
        headline="",
        description="",
        instruction="",
        web="",
        contact="",
        response_types=(),
        areas=(),
        urgency=Urgency.UNKNOWN,
    )
    facts = surge.facts(least)

    assert facts.place == ""
    assert facts.urgency == "not known"
    assert facts.expires.at == datetime(2026, 11, 23, 6, 10, tzinfo=UTC)


def test_no_flood_of_text_bursts_a_message(renderer, surge):
    flood = replace(
        surge.english,
        description="<&> " * 100_000,
        instruction='"' * 100_000,
        event="E" * 5_000,
        sender_name="S" * 5_000,
        areas=tuple(Area(f"District {n} " + "of the river, " * 30) for n in range(500)),
    )
    facts = surge.facts(flood)

    assert len(facts.description) + len(facts.instruction) + len(facts.place) < 25_000
    assert facts.places[-1] == "…"
    for channel in ("sms", "voice", "email", "feed", "broadcast", "van"):
        assert renderer.render(channel, facts)
    assert len(renderer.render("sms", facts)["txt"]) < 1_600


@pytest.mark.parametrize("text", ["1. ", "a.", "...x", "a" * 10, "www.!", "000-", "\n \n", "；a"])
def test_no_text_of_an_issuers_takes_long_to_render(renderer, surge, text):
    slow = replace(surge.english, instruction=text * 100_000, description=text * 100_000)

    assert renderer.render("voice", surge.facts(slow))
