"""What is said of people below the table is what was done, in words that mean one thing."""

import pytest
from rich.console import Group

from warnbroker.cli.tally import lines_of, waits

PEOPLE = {"total": 42, "confirmed": 9, "delivered": 20, "no_receipt": 3, "unreached": 10}
ANSWER = {"id": "x" * 26, "channels": {}, "people": PEOPLE, "time_zone": "Asia/Shanghai"}
CHINESE = "zh_CN.UTF-8"


def told(answer=None, **escalation):
    return lambda: Group(*lines_of(ANSWER | (answer or {}) | {"escalation": escalation}))


def styled(style, **escalation):
    return [
        line.plain[span.start : span.end]
        for line in lines_of(ANSWER | {"escalation": escalation})
        for span in line.spans
        if span.style == style
    ]


STEPS = {"again": {"sent": 7, "enough": 30, "nothing": 4}, "contacts": {"waits": 2, "listed": 5}}


@pytest.mark.parametrize(
    ("locale", "said"),
    [
        ("C.UTF-8", "escalation: sent again 7, to contact persons 5"),
        (CHINESE, "升级措施: 再次发送 7, 联系人 5"),
    ],
)
def test_a_step_counts_those_for_whom_it_did_something(screen, locale, said):
    shown = screen(told(steps=STEPS), locale)

    assert said in shown


def test_a_step_that_did_nothing_is_not_told_of(screen):
    assert "again" not in screen(told(steps={"again": {"enough": 3}}))


def test_who_is_still_to_be_gone_to_stands_before_the_whole_list(screen):
    assert "door: to go to 12 (of 240)" in screen(told(listed=240, open=12))


def test_an_older_broker_says_only_how_many_are_listed(screen):
    assert "door: on lists 240" in screen(told(listed=240))


def test_who_needs_help_is_red():
    assert styled("bold red", listed=3, answers={"reached": 1, "needs_help": 2}) == ["needs help 2"]


def test_a_list_that_nobody_holds_is_pointed_out(screen):
    [line] = [line for line in lines_of(ANSWER | {"escalation": {"desk": 4}}) if "4;" in line.plain]

    assert line.style == "yellow"
    assert f"/v1/alerts/{ANSWER['id']}/last-mile?format=csv" in line.plain


@pytest.mark.parametrize(
    ("number", "locale", "said"),
    [
        (1, "C.UTF-8", "1 waits: quiet hours until 11-24 07:00 (Asia/Shanghai)"),
        (3, "C.UTF-8", "3 wait: quiet hours until 11-24 07:00 (Asia/Shanghai)"),
        (3, CHINESE, "3 条暂缓：免打扰时段，最迟至 11-24 07:00 (Asia/Shanghai)"),
    ],
)
def test_what_waits_for_hours_says_until_when(screen, number, locale, said):
    until = {"quiet_hours": "2026-11-23T23:00:00+00:00"}
    answer = ANSWER | {"delayed": {"quiet_hours": number, "rate": 9}, "delayed_until": until}

    assert screen(lambda: Group(*waits(answer)), locale).splitlines() == [said]
