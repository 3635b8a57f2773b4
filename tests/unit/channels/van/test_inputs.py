"""Fleet and population files, and what is said of bad ones."""

import pytest

from channels.van.fleet import Start, Van, read_fleet
from channels.van.population import read_population
from warnbroker.errors import FileError
from warnbroker.resources import shipped

VAN = "vans: [{id: v1, start: {lat: 60, lon: 24}}]"


def test_the_shipped_fleet_reads():
    assert [van.id for van in read_fleet(shipped("config") / "fleet.yaml").vans] == [
        "van-1",
        "van-2",
        "van-3",
    ]


def test_a_van_that_names_no_speed_or_radius_gets_the_configured_ones(tmp_path):
    path = tmp_path / "fleet.yaml"
    path.write_text(VAN)

    (van,) = read_fleet(path, kmh=7, radius=60).vans

    assert (van.announcing_kmh, van.audible_radius_m) == (7, 60)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("vans: []", "vans"),
        ("vans: [{id: v1}]", "vans.0.start"),
        ("vans: [{id: v1, start: {lat: 91, lon: 24}}]", "vans.0.start.lat"),
        ("vans: [{id: v1, start: {lat: 60, lon: 24}, wheels: 4}]", "vans.0.wheels"),
        ("vans: [{id: ../v1, start: {lat: 60, lon: 24}}]", "vans.0.id"),
        ("vans: [{id: a, start: {lat: 1, lon: 2}}, {id: A, start: {lat: 1, lon: 2}}]", "twice"),
        ("vans: {", "line 1: is not valid YAML"),
        ("- 1", "must be a section"),
    ],
)
def test_a_bad_fleet_is_refused_in_one_line_that_names_file_and_key(tmp_path, text, named):
    path = tmp_path / "fleet.yaml"
    path.write_text(text)

    with pytest.raises(FileError, match=rf"fleet\.yaml: .*{named}") as raised:
        read_fleet(path)

    assert "\n" not in str(raised.value)


def test_a_missing_fleet_is_named(tmp_path):
    with pytest.raises(FileError, match=r"none\.yaml"):
        read_fleet(tmp_path / "none.yaml")


def test_a_crew_reads_its_languages_whatever_the_country():
    van = Van(id="v", start=Start(lat=0, lon=0), languages=("zh-CN", "en"))

    assert [van.speaks(tag) for tag in ("en-US", "zh", "fi")] == [True, True, False]


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("lat,lon\n1,2\n", "no column people"),
        ("lat,lon,people\n1,2,3\n1,2,many\n", "line 3"),
        ("lat,lon,people\n91,2,3\n", "line 2"),
        ("lat,lon,people\n1,2,-3\n", "line 2"),
        ("lat,lon,people\n1,2,nan\n", "line 2"),
        ("lat,lon,people\n1,2\n", "line 2"),
    ],
)
def test_a_bad_population_is_refused_with_its_line(tmp_path, text, named):
    path = tmp_path / "people.csv"
    path.write_text(text)

    with pytest.raises(FileError, match=named):
        read_population(path)


def test_further_columns_and_a_byte_order_mark_do_no_harm(tmp_path):
    path = tmp_path / "people.csv"
    path.write_text("name,lat,lon,people\nA,60.5,24.5,7\n", encoding="utf-8-sig")

    found = read_population(path)

    assert (found.places.tolist(), found.total) == ([[24.5, 60.5]], 7)
