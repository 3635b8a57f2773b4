"""The examples of files in the documents are what the broker reads."""

import re

import yaml

from channels.broadcast.answers import Answer
from channels.broadcast.stations import load_stations
from channels.van.fleet import read_fleet
from warnbroker.intake.subscriber_file import HEADER, Entry, Vocabulary, read_rows
from warnbroker.resources import shipped
from warnbroker.settings import load
from warnbroker.targeting import read_regions


def only(blocks, kind: str) -> str:
    [(_, text)] = blocks(kind)
    return text


def vocabulary() -> Vocabulary:
    settings = load(environment={})
    regions = read_regions(shipped("config") / "regions.geojson")
    return Vocabulary(
        levels=frozenset(settings.levels.scale),
        regions=frozenset(region.code for region in regions),
        channels=frozenset(settings.channels),
    )


def test_the_subscriber_list_is_taken_line_by_line(blocks, tmp_path):
    file = tmp_path / "people.csv"
    file.write_text(only(blocks, "csv"), encoding="utf-8")

    rows = list(read_rows(file, vocabulary(), lambda _read: None))
    assert [type(row) for row in rows] == [Entry, Entry, Entry]


def test_every_column_of_the_subscriber_list_is_explained(cells, blocks):
    explained = {
        name for row in cells("docs/subscribers.md") for name in re.findall("`(.*?)`", row[0])
    }

    assert explained == set(HEADER)
    assert only(blocks, "csv").splitlines()[0] == ",".join(HEADER)


def test_the_regions_are_read(blocks, tmp_path):
    file = tmp_path / "regions.geojson"
    file.write_text(only(blocks, "geojson"), encoding="utf-8")

    [region] = read_regions(file)
    assert (region.code, region.population) == ("north", 12000)


def test_the_fleet_is_read(blocks, tmp_path):
    file = tmp_path / "fleet.yaml"
    file.write_text(only(blocks, "yaml fleet"), encoding="utf-8")

    assert [van.id for van in read_fleet(file).vans] == ["van-1"]


def test_the_stations_are_read(blocks, tmp_path):
    file = tmp_path / "stations.yaml"
    file.write_text(only(blocks, "yaml stations"), encoding="utf-8")

    assert [station.id for station in load_stations(file)] == ["harbour-radio"]


def test_the_answer_of_a_station_is_read(blocks):
    [answer] = [text for where, text in blocks("json") if where.endswith("broadcast-station.md")]

    assert Answer.model_validate_json(answer).word == "aired:A1"


def test_every_example_in_json_is_json(blocks):
    for _, text in blocks("json"):
        assert yaml.safe_load(text)
