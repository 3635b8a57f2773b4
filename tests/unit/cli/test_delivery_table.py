"""Each delivery is told with its history, in the reader's language and the city's time."""

import pytest

from warnbroker.cli.city_clock import clock_of
from warnbroker.cli.delivery_table import table_of
from warnbroker.model.receipt import Reason, State

CITY = clock_of({"time_zone": "Asia/Shanghai"})
CHINESE = "zh_CN.UTF-8"
FAILED = {
    "attempt": 1, "state": "FAILED_TEMP", "provider": "b", "ref": None,
    "reason": "unreachable", "code": "30003",
}  # fmt: skip
AGAIN = {
    "attempt": 1, "state": "UNKNOWN", "provider": "warnbroker", "ref": "Duty desk",
    "reason": None, "code": "operator",
}  # fmt: skip
ITEM = {
    "id": "912744937932455936",
    "channel": "sms",
    "state": "RETRY_WAIT",
    "notice": False,
    "due": "2025-11-23T23:00:00+00:00",
    "delayed_by": "quiet_hours",
    "attempts": [
        {"number": 1, "started": "2025-11-23T22:00:01+00:00", "repeat": False, "provider": "b"},
        {"number": 2, "started": "2025-11-23T22:00:09+00:00", "repeat": True, "provider": "b"},
    ],
    "receipts": [FAILED, AGAIN],
}


def shown(screen, locale="C.UTF-8", **changed):
    return " ".join(screen(lambda: table_of([ITEM | changed], CITY), locale, 160).split())


def test_a_wish_to_send_again_reads_as_what_it_is(screen):
    said = shown(screen)

    assert "1 11-24 06:00:01 b: FAILED_TEMP unreachable 30003 → sent again by Duty desk" in said
    assert "UNKNOWN" not in said


def test_every_attempt_has_one_time_in_the_citys_zone(screen):
    said = shown(screen)

    assert "history (Asia/Shanghai)" in said
    assert "2 ↻ 11-24 06:00:09 b: …" in said
    assert "⏲ 11-24 07:00:00 (quiet hours)" in said


def test_it_is_chinese_for_a_chinese_reader(screen):
    said = shown(screen, CHINESE)

    assert "待重试" in said
    assert "暂时失败 无法接通 30003 → 人工重发（Duty desk）" in said


@pytest.mark.parametrize(("locale", "mark"), [("C.UTF-8", "notice"), (CHINESE, "通报")])
def test_what_an_office_is_told_is_marked(screen, locale, mark):
    assert mark in shown(screen, locale, notice=True)
    assert mark not in shown(screen, locale)


@pytest.mark.parametrize("state", State)
def test_every_state_has_a_chinese_word(screen, state):
    said = shown(screen, CHINESE, state=state, receipts=[])

    assert state not in said
    assert "state." not in said


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_has_a_chinese_word(screen, reason):
    said = shown(screen, CHINESE, receipts=[FAILED | {"reason": reason, "code": ""}])

    assert reason not in said


def test_a_visit_that_is_handed_off_is_open(screen):
    assert "待上门" in shown(screen, CHINESE, channel="door", state="HANDED_OFF", receipts=[])


def test_nothing_is_cut_at_80_columns(screen):
    said = screen(lambda: table_of([ITEM], CITY), CHINESE)

    assert ITEM["id"] in said
    assert "…" not in said.replace(": …", "")
