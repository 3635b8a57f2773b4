"""The readiness board fits a terminal and says why something does not work."""

from datetime import UTC, datetime

import pytest
from rich.console import Console

from warnbroker.cli import words
from warnbroker.cli.channel_table import board_of

NOW = datetime(2026, 11, 23, 2, 10, tzinfo=UTC)
WELL = {
    "name": "a",
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


def text(monkeypatch, locale):
    monkeypatch.setenv("LC_ALL", locale)
    words.chinese.cache_clear()
    console = Console(width=120, record=True)
    with console.capture() as captured:
        console.print(board_of(ANSWER, NOW))
    words.chinese.cache_clear()
    return captured.get()


def test_each_provider_has_a_row_with_its_cause(monkeypatch):
    shown = text(monkeypatch, "en_GB.UTF-8")

    assert "wrongly set up 20003" in shown
    assert "rate used up: a/country/CN" in shown
    assert "0 min 05 s" in shown
    assert "\x1b[2J" not in shown


@pytest.mark.parametrize("word", ["短信", "停用", "配置错误", "达到速率上限"])
def test_it_is_in_the_readers_language(monkeypatch, word):
    assert word in text(monkeypatch, "zh_CN.UTF-8")
