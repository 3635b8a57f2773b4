"""What an issuer words for one channel, and the mark that no template can leave out."""

from dataclasses import replace

import pytest

from warnbroker.model.alert import NamedValue
from warnbroker.model.drill import is_marked
from warnbroker.model.enums import Scope, Status
from warnbroker.model.fan_out import INTERNAL
from warnbroker.model.message import MessageKind
from warnbroker.render.parts import PARTS


def worded(surge, channel, text, **changes):
    infos = tuple(
        replace(info, parameters=(NamedValue(f"warnbroker:text:{channel}", text),))
        for info in surge.alert.infos
    )
    return replace(surge.alert, infos=infos, **changes)


@pytest.mark.parametrize("channel", PARTS)
def test_a_channel_says_the_issuers_own_text_with_all_other_facts(renderer, surge, channel):
    alert = worded(surge, channel, "Ring your neighbours, then go.")

    said = surge.say(renderer, channel, MessageKind.ALERT, alert)["en-US"].parts

    whole = " ".join(said[part.name] for part in PARTS[channel])
    assert "Ring your neighbours, then go." in whole
    assert "high ground" not in whole
    assert "quays" not in whole
    for fact in ("Storm surge", "Seafront District", "Red", surge.english.sender_name):
        assert fact in whole


def test_other_channels_keep_the_alerts_own_words(renderer, surge):
    alert = worded(surge, "sms", "Ring your neighbours, then go.")

    assert (
        "Ring your"
        not in surge.say(renderer, "feed", MessageKind.ALERT, alert)["en-US"].parts["summary"]
    )


def test_the_end_of_a_warning_repeats_no_order_in_other_words_either(renderer, surge):
    alert = worded(surge, "sms", "Ring your neighbours, then go.")

    for kind in (MessageKind.CANCEL, MessageKind.OUTSIDE):
        assert "Ring your" not in str(surge.say(renderer, "sms", kind, alert)["en-US"].parts)


def test_a_drill_in_own_words_is_marked(renderer, surge):
    alert = worded(surge, "sms", "Go now.", status=Status.EXERCISE)

    assert (
        surge.say(renderer, "sms", MessageKind.ALERT, alert)["en-US"]
        .parts["txt"]
        .startswith("[EXERCISE]")
    )


BARE = {
    "sms/alert.en.txt.j2": "Go now.",
    "voice/alert.en.script.j2": "{{ drill }} Go now.",
    "voice/alert.en.confirm.j2": "Press 1.",
    "voice/alert.en.thanks.j2": "Thanks.",
    "email/alert.en.subject.j2": "Leave",
    "email/alert.en.txt.j2": "Go now.",
    "email/alert.en.html.j2": "<p>Go now.</p>",
    "feed/alert.en.title.j2": "Leave",
    "feed/alert.en.summary.j2": "Go now.",
    "broadcast/alert.en.crawl.j2": "Go now.",
    "broadcast/alert.en.script.j2": "Go now.",
    "van/alert.en.script.j2": "Go now.",
}


@pytest.mark.parametrize("channel", PARTS)
def test_templates_that_know_of_no_drills_are_marked_all_the_same(overridden, surge, channel):
    renderer = overridden(BARE)
    drill = replace(surge.alert, status=Status.TEST)

    parts = surge.say(renderer, channel, MessageKind.ALERT, drill)["en-US"].parts

    assert {part.name for part in PARTS[channel]} == set(parts)
    assert all(is_marked(text) for text in parts.values())


@pytest.mark.parametrize(
    "changes",
    [{"scope": Scope.RESTRICTED}, {"codes": (INTERNAL,)}, {"status": Status.EXERCISE}],
    ids=str,
)
def test_what_has_no_public_page_links_to_none(renderer, surge, changes):
    alert = replace(surge.alert, **changes)

    for channel in PARTS:
        assert "/warnings/" not in str(
            surge.say(renderer, channel, MessageKind.ALERT, alert)["en-US"].parts
        )


def test_an_office_is_told_that_what_is_internal_is_internal_and_what_to_do(renderer, surge):
    inside = replace(surge.alert, codes=(INTERNAL,))

    for channel in ("sms", "voice", "email"):
        said = surge.say(renderer, channel, MessageKind.NOTICE, inside)
        english, chinese = (str(said[tag].parts) for tag in ("en-US", "zh-CN"))
        assert "internal to your office" in english
        assert "内部使用" in chinese
        assert english.count("Go to the high ground") == (2 if channel == "email" else 1)
        assert "borders" not in english
        assert "public is told" not in english


def test_who_is_off_a_list_learns_that_and_nothing_of_what_follows(renderer, surge):
    later = replace(surge.later, scope=Scope.RESTRICTED)

    for channel in ("sms", "voice", "email"):
        said = surge.say(renderer, channel, MessageKind.OUTSIDE, later)
        english, chinese = (str(said[tag].parts) for tag in ("en-US", "zh-CN"))
        assert "no longer on the list" in english
        assert "不在接收名单" in chinese
        assert "Seafront" not in english
        assert "滨海区" not in chinese
        assert "place is no longer" not in english
