"""The live board cuts no number, however narrow the terminal is."""

import pytest

from warnbroker.cli.board import Board

LARGE = {"DELIVERED": 1_203_456, "ACCEPTED": 204_321, "RETRY_WAIT": 12_345, "FAILED_PERM": 23_456}
PEOPLE = {
    "total": 1_234_567,
    "confirmed": 345_678,
    "delivered": 456_789,
    "no_receipt": 98_765,
    "unreached": 333_335,
}
ANSWER = {
    "channels": {"broadcast": LARGE, "sms": LARGE, "door": {"CONFIRMED": 17, "HANDED_OFF": 25}},
    "people": PEOPLE,
    "time_zone": "Asia/Shanghai",
}


def board():
    found = Board()
    found.show(ANSWER)
    return found


@pytest.mark.parametrize("locale", ["C.UTF-8", "zh_CN.UTF-8"])
@pytest.mark.parametrize("width", [60, 80, 120, 200])
def test_no_number_is_cut(screen, locale, width):
    shown = screen(board, locale, width)

    numbers = {*LARGE.values(), *PEOPLE.values()} - {PEOPLE["total"]}
    assert all(str(number) in shown.split() for number in numbers)
    assert "802467/1234567" in shown.split()
    assert "…" not in shown


@pytest.mark.parametrize(
    ("locale", "said"), [("C.UTF-8", "told 17  open 25"), ("zh_CN.UTF-8", "已通知 17  待上门 25")]
)
def test_a_visit_is_told_or_open_and_never_accepted(screen, locale, said):
    shown = screen(board, locale)

    assert said in shown
    assert "17/42" in shown


def test_nothing_is_drawn_before_there_is_anything(screen):
    assert screen(Board).strip() == ""
