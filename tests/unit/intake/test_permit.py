"""When a key ends, in the words that an operator uses."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from warnbroker.intake.permit import ExpiryError, Permit, expiry_of, renewed_until

NOW = datetime(2026, 11, 23, 2, 10, tzinfo=UTC)
ZONE = ZoneInfo("Asia/Shanghai")


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("", None),
        ("90d", NOW + timedelta(days=90)),
        ("12h", NOW + timedelta(hours=12)),
        ("4w", NOW + timedelta(weeks=4)),
        ("1y", NOW + timedelta(days=365)),
        ("P90D", NOW + timedelta(days=90)),
        ("pt12h", NOW + timedelta(hours=12)),
        ("2027-01-31", datetime(2027, 1, 31, 16, tzinfo=UTC)),
        ("2027-01-31T08:00:00+08:00", datetime(2027, 1, 31, tzinfo=UTC)),
    ],
)
def test_an_end_is_a_day_an_instant_or_a_time_from_now(text, end):
    assert expiry_of(text, NOW, ZONE) == end


@pytest.mark.parametrize(
    "text",
    ["soon", "0d", "2020-01-01", "2027-02-30", "2027-01-31T08:00:00", "-3d", "P-3D", "99999y", "1"],
)
def test_an_end_that_cannot_be_meant_is_refused(text):
    with pytest.raises(ExpiryError):
        expiry_of(text, NOW, ZONE)


def permit(expires_at):
    return Permit("desk", expires_at=expires_at).record(1, 1, NOW)


def test_a_renewed_key_ends_when_the_old_one_would_have():
    end = NOW + timedelta(days=3)

    assert renewed_until(permit(end), "", NOW, ZONE) == end
    assert renewed_until(permit(end), "9d", NOW, ZONE) == NOW + timedelta(days=9)
    assert renewed_until(permit(None), "", NOW, ZONE) is None


def test_a_key_that_has_ended_is_renewed_only_until_a_new_end():
    ended = permit(NOW - timedelta(days=1))

    with pytest.raises(ExpiryError, match="say until when"):
        renewed_until(ended, "", NOW, ZONE)
    assert renewed_until(ended, "1d", NOW, ZONE) == NOW + timedelta(days=1)
