"""What a mail relay gave up is not sent again at once, however grave it is."""

from datetime import UTC, datetime, timedelta

import pytest

from warnbroker.model.receipt import Reason, Receipt, State
from warnbroker.receipts.retry import RetryPolicy

NOW = datetime(2026, 11, 23, 2, 10, tzinfo=UTC)
POLICY = RetryPolicy(floors={Reason.BOUNCED: 1800, Reason.CONFIG: 300})


@pytest.mark.parametrize("rank", [1, 4])
def test_a_bounce_waits_its_time_at_every_level(rank):
    receipt = Receipt(State.FAILED_TEMP, "smtp", reason=Reason.BOUNCED)
    ends = NOW + timedelta(hours=2)

    due = POLICY.next_attempt(NOW, receipt, attempts=1, rank=rank, ends=ends)

    assert due == NOW + timedelta(minutes=30)


def test_other_reasons_let_a_grave_warning_wait_no_longer_than_its_cap():
    receipt = Receipt(State.FAILED_TEMP, "smtp", reason=Reason.CONFIG)
    ends = NOW + timedelta(hours=2)

    due = POLICY.next_attempt(NOW, receipt, attempts=1, rank=1, ends=ends)

    assert due == NOW + timedelta(minutes=1)


def test_a_bounce_that_leaves_no_time_is_the_end():
    receipt = Receipt(State.FAILED_TEMP, "smtp", reason=Reason.BOUNCED)

    assert (
        POLICY.next_attempt(NOW, receipt, attempts=1, rank=1, ends=NOW + timedelta(minutes=9))
        is None
    )
