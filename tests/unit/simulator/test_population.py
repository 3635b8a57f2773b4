import csv
import re
from collections import Counter, defaultdict
from itertools import islice

import phonenumbers
import pytest
from shapely import Point, box, union_all

from warnbroker.errors import ConfigError, FileError
from warnbroker.intake.subscriber_file import HEADER
from warnbroker.model.region import Region
from warnbroker.model.subscriber import AddressKind
from warnbroker.simulator.population import generate_subscribers, write_csv

CITY = Region("city", {"en": "City"}, box(24, 60, 25, 61), population=4000)
EAST = Region("east", {"en": "East"}, box(24.5, 60, 25, 61), parent="city", population=3000)
WEST = Region("west", {"en": "West"}, box(24, 60, 24.5, 60.5), parent="city", population=1000)
REGIONS = (CITY, EAST, WEST)
LEAVES = union_all([EAST.geometry, WEST.geometry])


def people(count: int = 4000, seed: int = 1) -> list:
    return list(generate_subscribers(REGIONS, count, seed))


def numbers(subscribers, kind: AddressKind) -> list[str]:
    return [each.addresses[kind] for each in subscribers if kind in each.addresses]


def share(subscribers, statement) -> float:
    return sum(map(statement, subscribers)) / len(subscribers)


def test_the_same_seed_makes_the_same_people_and_another_one_others():
    assert people(50) == people(50)
    assert people(50) != people(50, seed=2)


def test_a_person_does_not_depend_on_how_many_there_are():
    assert people(200)[:50] == people(50)


def test_every_number_has_the_form_of_one_and_can_belong_to_nobody():
    subscribers = people()

    for number in numbers(subscribers, AddressKind.PHONE) + numbers(subscribers, AddressKind.VOICE):
        assert re.fullmatch(r"\+1555[01]\d{6}", number)
        parsed = phonenumbers.parse(number)
        assert phonenumbers.is_possible_number(parsed)
        assert not phonenumbers.is_valid_number(parsed)


def test_numbers_stay_apart_beyond_the_first_million():
    from warnbroker.simulator.population import _number

    several = [_number(kind, n) for kind in (0, 1) for n in (0, 999_999, 1_000_000, 44_999_999)]

    assert len(set(several)) == len(several)
    assert all(re.fullmatch(r"\+15[5-9]\d[01]\d{6}", number) for number in several)


def test_phones_and_mailboxes_are_distinct_and_mailboxes_fictitious():
    subscribers = people()
    phones, mailboxes = (numbers(subscribers, k) for k in (AddressKind.PHONE, AddressKind.EMAIL))

    assert len(set(phones)) == len(phones) > 3000
    assert len(set(mailboxes)) == len(mailboxes) > 1500
    assert all(re.fullmatch(r"[a-z.]+\.\d{7}@mail\.example", mailbox) for mailbox in mailboxes)


def test_a_few_households_share_a_landline_and_nobody_else_does():
    landlines = Counter(numbers(people(), AddressKind.VOICE))

    assert set(landlines.values()) == {1, 2}
    assert 20 < sum(count == 2 for count in landlines.values()) < 120


def test_whoever_shares_a_landline_shares_the_home_and_its_language():
    households = defaultdict(list)
    for person in people():
        households[person.addresses.get(AddressKind.VOICE)].append(person)
    pairs = [pair for landline, pair in households.items() if landline and len(pair) == 2]

    assert pairs
    for one, other in pairs:
        assert (one.position, one.regions) == (other.position, other.regions)
        assert one.language == other.language
        assert "voice" in one.channels
        assert "voice" in other.channels


def test_everybody_has_the_addresses_that_their_channels_need():
    needed = {"sms": AddressKind.PHONE, "email": AddressKind.EMAIL, "voice": AddressKind.VOICE}

    for subscriber in people():
        assert subscriber.addresses
        assert {needed[channel] for channel in subscriber.channels} <= subscriber.addresses.keys()


def test_people_live_in_leaf_regions_by_population_or_nearby_outside():
    subscribers = people()
    homes = [Point(s.position[1], s.position[0]) for s in subscribers if s.position]
    inside = [home for home in homes if LEAVES.covers(home)]
    outside = [home for home in homes if not LEAVES.covers(home)]

    assert 0.70 < sum(map(EAST.geometry.covers, inside)) / len(inside) < 0.80
    assert 0.05 < len(outside) / len(subscribers) < 0.11
    assert all(box(23.8, 59.8, 25.2, 61.2).covers(home) for home in outside)
    assert 0.07 < share(subscribers, lambda s: s.position is None) < 0.13


def test_whoever_has_no_position_names_a_leaf_region():
    placeless = [each for each in people() if each.position is None]

    assert placeless
    assert {code for each in placeless for code in each.regions} == {"east", "west"}
    assert all(each.regions for each in placeless)


def test_wishes_are_mixed():
    subscribers = people()

    assert 0.6 < share(subscribers, lambda s: s.language == "zh-CN") < 0.8
    assert 0.15 < share(subscribers, lambda s: s.language == "en") < 0.35
    assert {s.min_level for s in subscribers} == {"", "orange", "red"}
    assert 0.8 < share(subscribers, lambda s: not s.min_level) < 0.95
    assert 0.03 < share(subscribers, lambda s: bool(s.categories)) < 0.15
    assert {"resident", "contact", "officer", "school"} < {s.role for s in subscribers}
    assert {()} < {s.channels for s in subscribers} > {("voice",), ("sms",), ("sms", "email")}
    assert 0.2 < share(subscribers, lambda s: s.drills) < 0.4


def test_regions_without_population_are_weighted_by_area():
    empty = [Region(r.code, r.names, r.geometry, parent=r.parent) for r in REGIONS]

    homes = [
        Point(s.position[1], s.position[0])
        for s in generate_subscribers(empty, 3000, 1)
        if s.position
    ]

    inside = [home for home in homes if LEAVES.covers(home)]
    assert 0.61 < sum(map(EAST.geometry.covers, inside)) / len(inside) < 0.72


def test_a_list_without_regions_is_refused_at_once():
    with pytest.raises(ConfigError, match="no regions"):
        generate_subscribers((), 1, 1)


def test_more_people_than_fictitious_numbers_are_refused_at_once():
    with pytest.raises(ConfigError, match="45000000 people"):
        generate_subscribers(REGIONS, 45_000_001, 1)


def test_people_are_made_one_by_one():
    assert len(list(islice(generate_subscribers(REGIONS, 45_000_000, 1), 3))) == 3


def test_the_file_has_the_columns_of_the_interface_and_reads_back(tmp_path):
    subscribers = people(300)

    assert write_csv(subscribers, tmp_path / "people.csv") == 300

    text = (tmp_path / "people.csv").read_text(encoding="utf-8")
    assert text.partition("\n")[0] == (
        "ref,name,phone,email,voice,language,regions,lat,lon,min_level,categories,channels,"
        "quiet_hours,role,drills"
    )
    rows = list(csv.DictReader(text.splitlines()))
    assert list(rows[0]) == list(HEADER)
    for row, person in zip(rows, subscribers, strict=True):
        assert row["ref"] == person.ref
        assert row["name"] == person.name
        assert row["phone"] == person.addresses.get(AddressKind.PHONE, "")
        assert row["channels"] == ";".join(person.channels)
        assert row["drills"] == ("yes" if person.drills else "no")
        position = (float(row["lat"]), float(row["lon"])) if row["lat"] else None
        assert position == person.position


def test_a_file_that_cannot_be_written_is_refused(tmp_path):
    with pytest.raises(FileError, match="cannot be written"):
        write_csv([], tmp_path / "none" / "people.csv")
