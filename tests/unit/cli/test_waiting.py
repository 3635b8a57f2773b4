"""What waits is named whole: number, kind, place; and what ends a warning says so."""

from datetime import UTC, datetime, timedelta

import pytest

from warnbroker.cli.waiting import banner, table_of

NOW = datetime(2026, 11, 23, 2, 10, tzinfo=UTC)
WAITS = {
    "id": "abcdefghijklmnopqrstuvwxyz",
    "state": "pending",
    "status": "Exercise",
    "msgType": "Cancel",
    "level": "orange",
    "place": "A long name of the whole southern shore of the city, and what lies beyond\x1b[2J",
    "waiting_since": (NOW - timedelta(hours=11)).isoformat(),
    "countersign_by": None,
    "expires": (NOW + timedelta(hours=100)).isoformat(),
}
CHINESE = "zh_CN.UTF-8"


@pytest.mark.parametrize(
    ("locale", "kind", "state"), [("C.UTF-8", "Cancel", "pending"), (CHINESE, "解除", "待审批")]
)
def test_the_number_is_whole_and_the_kind_and_place_are_told(screen, locale, kind, state):
    shown = screen(lambda: table_of([WAITS], NOW), locale)

    assert WAITS["id"] in shown
    assert kind in shown
    assert f"{state}: A long name" in shown
    assert "…" not in shown
    assert "\x1b[2J" not in shown


def test_what_one_person_released_waits_for_a_signature(screen):
    released = WAITS | {"state": "published", "waiting_since": None,
                        "countersign_by": NOW.isoformat()}  # fmt: skip

    assert "countersign: A long name" in screen(lambda: table_of([released], NOW))


@pytest.mark.parametrize(
    ("status", "kind", "locale", "said"),
    [
        ("Actual", "Cancel", "C.UTF-8", "THIS ENDS A WARNING"),
        ("Actual", "Cancel", CHINESE, "解除预警"),
        ("Actual", "Update", "C.UTF-8", "THIS IS REAL"),
        ("Exercise", "Cancel", "C.UTF-8", "THIS IS A DRILL"),
    ],
)
def test_the_banner_says_what_it_is(screen, status, kind, locale, said):
    assert said in screen(lambda: banner(status, kind), locale)
