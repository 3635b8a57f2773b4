"""The list of suppressions is whole on a narrow terminal, in both languages."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from warnbroker.cli.suppression_table import table_of
from warnbroker.model.suppression import Suppression, SuppressionReason

SINCE = datetime(2026, 11, 23, 23, 0, tzinfo=UTC)
CHINESE = "zh_CN.UTF-8"


def table(reason, lifted=None):
    source = "Duty desk of the harbour authority (command line)"
    one = Suppression(915003250002886656, "phone", "", reason, source, SINCE, lifted)
    return table_of([one], ZoneInfo("Asia/Shanghai"))


@pytest.mark.parametrize("reason", SuppressionReason)
@pytest.mark.parametrize("lifted", [None, SINCE])
@pytest.mark.parametrize("locale", ["C.UTF-8", CHINESE])
def test_nothing_is_cut_at_80_columns(screen, locale, reason, lifted):
    shown = screen(lambda: table(reason, lifted), locale)

    assert "…" not in shown
    assert "915003250002886656" in shown
    assert "2026-11-24" in shown
    assert "07:00" in shown


def test_the_headings_and_words_are_chinese_for_a_chinese_reader(screen):
    shown = screen(lambda: table(SuppressionReason.HARD_BOUNCE), CHINESE)

    assert shown.split()[:6] == ["编号", "地址", "渠道", "原因", "起始", "来源"]
    assert "地址失效" in shown
    assert "短信号码" in shown
    assert "全部" in shown
