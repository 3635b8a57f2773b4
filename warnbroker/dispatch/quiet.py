"""Quiet hours: such as 22:00-07:00 on the clocks of the municipality, summer and winter."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

_FORM = "%H:%M"


def quiet_until(quiet_hours: str, now: datetime, zone: ZoneInfo) -> datetime | None:
    """Return when the quiet hours end that an instant falls into; None where it is in none.

    Where clocks jump over the end, they end with the jump's hour; where the end comes twice,
    it is the next one that counts.
    """
    start, end = _bounds(quiet_hours)
    if not _holds(start, end, now, zone):
        return None
    today = now.astimezone(zone).date()
    ends = (
        datetime.combine(today + timedelta(days=days), end, zone).replace(fold=fold).astimezone(UTC)
        for days in (0, 1)
        for fold in (0, 1)
    )
    return min(item for item in ends if item > now and not _holds(start, end, item, zone))


def _bounds(quiet_hours: str) -> tuple[time, time]:
    first, _, last = quiet_hours.partition("-")
    return datetime.strptime(first, _FORM).time(), datetime.strptime(last, _FORM).time()


def _holds(start: time, end: time, moment: datetime, zone: ZoneInfo) -> bool:
    here = moment.astimezone(zone).time()
    return start <= here < end if start <= end else here >= start or here < end
