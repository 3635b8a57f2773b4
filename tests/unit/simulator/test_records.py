from datetime import UTC, datetime, timedelta

import pytest

from warnbroker.simulator.records import Record, Records, page_json

NOON = datetime(2026, 11, 23, 12, 0, 0, 700_000, tzinfo=UTC)


def filled(count: int) -> Records:
    records = Records()
    for number in range(count):
        to = f"+1555000000{number % 2}"
        sender = "+15551000000" if number % 3 else "+15551000001"
        at = NOON + timedelta(minutes=number)
        records.add(Record(f"SM{number}", to, sender, 1, created=at))
    return records


def sids(page) -> list[str]:
    return [record.sid for record in page.records]


def test_a_list_is_newest_first():
    assert sids(filled(3).page({}, "DateSent")) == ["SM2", "SM1", "SM0"]


def test_a_list_is_narrowed_by_recipient_sender_and_status():
    records = filled(6)
    records.get("SM4").move("delivered")

    assert sids(records.page({"To": "+15550000000"}, "DateSent")) == ["SM4", "SM2", "SM0"]
    assert sids(records.page({"From": "+15551000001"}, "DateSent")) == ["SM3", "SM0"]
    assert sids(records.page({"Status": "delivered"}, "DateSent")) == ["SM4"]
    assert sids(records.page({"To": "+15559999999"}, "DateSent")) == []


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"DateSent>": "2026-11-23T12:01:00Z"}, ["SM2", "SM1"]),
        ({"DateSent<": "2026-11-23T12:01:00Z"}, ["SM1", "SM0"]),
        ({"DateSent>": "2026-11-23", "DateSent<": "2026-11-23T12:00:00Z"}, ["SM0"]),
        ({"DateSent>": "2026-11-24"}, []),
    ],
)
def test_a_list_is_narrowed_by_time_to_the_second(query, expected):
    assert sids(filled(3).page(query, "DateSent")) == expected


def test_pages_join_up_even_when_records_come_in_between():
    records = filled(5)
    first = records.page({"PageSize": "2"}, "DateSent")
    records.add(Record("SM9", "+15550000000", "+15551000000", 1))

    second = records.page({"PageSize": "2", "PageToken": first.token}, "DateSent")
    third = records.page({"PageSize": "2", "PageToken": second.token}, "DateSent")

    assert [sids(page) for page in (first, second, third)] == [
        ["SM4", "SM3"],
        ["SM2", "SM1"],
        ["SM0"],
    ]
    assert third.token == ""


def test_a_page_names_the_next_one_with_the_same_filters():
    query = {"To": "+15550000000", "PageSize": "1"}

    frame = page_json(filled(4).page(query, "DateSent"), "Messages", "AC1", query)

    assert frame["next_page_uri"] == (
        "/2010-04-01/Accounts/AC1/Messages.json?To=%2B15550000000&PageSize=1&Page=1&PageToken=PA2"
    )
    assert page_json(filled(1).page({}, "DateSent"), "Messages", "AC1", {})["next_page_uri"] is None


@pytest.mark.parametrize("query", [{"DateSent>": "today"}, {"PageSize": "x"}, {"PageToken": "x"}])
def test_a_query_that_makes_no_sense_is_refused(query):
    with pytest.raises(ValueError, match=r"\w"):
        filled(1).page(query, "DateSent")
