"""The readiness board fits a terminal and says why something does not work."""

from datetime import UTC, datetime

import pytest

from warnbroker.cli.channel_table import board_of

NOW = datetime(2026, 11, 23, 2, 10, tzinfo=UTC)
CHINESE = "zh_CN.UTF-8"
UNTIL = "11-23 10:10:00 (Asia/Shanghai)"
WELL = {
    "name": "a",
    "weight": 1.0,
    "state": "ok",
    "share": 1.0,
    "errors": 0.0,
    "latency": 2.34,
    "breakers": [],
    "delays": [{"cause": "rate:a/country/CN", "until": NOW.isoformat()}],
    "last_handoff": "2026-11-23T02:09:55+00:00",
}
OPEN = WELL | {
    "name": "b",
    "state": "open",
    "share": 0.0,
    "errors": 0.4,
    "latency": None,
    "breakers": [
        {"fault": "config", "code": "20003", "scope": "", "until": NOW.isoformat()},
    ],
    "delays": [],
    "last_handoff": None,
}
ITEMS = [
    {"name": "sms", "ready": True, "faults": [], "providers": [WELL, OPEN]},
    {"name": "feed", "ready": False, "faults": ["no folder\x1b[2J"], "providers": []},
]
ANSWER = {"items": ITEMS, "next": None, "time_zone": "Asia/Shanghai"}


def drawn():
    return board_of(ANSWER, NOW)


def test_each_provider_has_a_row_and_a_line_says_why_it_waits(screen):
    shown = screen(drawn)

    assert f"sms b: wrongly set up 20003 → probe {UNTIL}" in shown
    assert f"sms a: rate used up: a/country/CN → {UNTIL}" in shown
    assert "0 min 05 s" in shown
    assert "feed: no folder?[2J" in shown


@pytest.mark.parametrize("word", ["短信", "停用", "配置错误", "达到速率上限"])
def test_it_is_in_the_readers_language(screen, word):
    assert word in screen(drawn, CHINESE)


@pytest.mark.parametrize("locale", ["C.UTF-8", CHINESE])
def test_nothing_is_cut_on_a_narrow_terminal(screen, locale):
    long = WELL | {"name": "a-provider-of-a-long-name", "latency": 12.3}
    item = {"name": "broadcast", "ready": True, "faults": [], "providers": [long]}

    shown = screen(lambda: board_of({"items": [item], "time_zone": "Asia/Shanghai"}, NOW), locale)

    assert "…" not in shown
    assert "12.3 s" in shown


def test_what_a_provider_gets_is_its_part_of_the_traffic(screen):
    first, second = WELL | {"weight": 3.0}, WELL | {"name": "b", "weight": 1.0}
    item = {"name": "sms", "ready": True, "faults": [], "providers": [first, second]}

    shown = screen(lambda: board_of({"items": [item], "time_zone": "Asia/Shanghai"}, NOW))

    assert "of traffic" in shown
    assert [part for part in shown.split() if part in {"75%", "25%", "100%"}] == ["75%", "25%"]
