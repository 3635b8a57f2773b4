"""Times are those of the municipality, wherever the terminal stands."""

from datetime import UTC, datetime, timedelta

from warnbroker.cli.city_clock import clock_of

CITY = clock_of({"time_zone": "Asia/Shanghai"})
NOW = datetime.now(UTC)


def test_a_time_of_another_day_carries_the_date():
    assert CITY.time("2025-11-23T23:00:05+00:00") == "11-24 07:00:05"


def test_a_time_of_today_is_short():
    shown = CITY.time(NOW.isoformat(), seconds=False)

    assert shown == f"{NOW.astimezone(CITY.zone):%H:%M}"


def test_tomorrow_is_another_day():
    shown = CITY.time((NOW + timedelta(days=1)).isoformat(), seconds=False)

    assert len(shown) == len("11-24 07:00")


def test_a_whole_moment_names_its_zone():
    assert CITY.moment("2026-11-23T23:00:05+00:00") == "2026-11-24 07:00:05 Asia/Shanghai"


def test_an_older_broker_is_shown_in_the_terminals_zone_and_says_which():
    clock = clock_of({})

    assert clock.zone is None
    assert clock.name == datetime.now().astimezone().tzname()


def test_a_zone_that_is_none_steers_no_path():
    assert clock_of({"time_zone": "../../etc/passwd"}).zone is None
