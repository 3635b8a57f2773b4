"""The stations file, and what is said of a channel that cannot work."""

import importlib.metadata

import pytest
import yaml

from channels.broadcast import BroadcastChannel, BroadcastSettings
from channels.broadcast.stations import Station, load_stations
from warnbroker.errors import ConfigError
from warnbroker.resources import shipped

GOOD = {"id": "radio", "names": {"en": "Radio"}, "kind": "radio", "languages": ["en"]}


@pytest.mark.parametrize(
    ("content", "named"),
    [
        (None, "no such file"),
        (b"\xff", "not UTF-8"),
        (b"stations: [", "not valid YAML"),
        (b"", "the file"),
        (b"stations: 3", "stations"),
        ([GOOD | {"kind": "blimp"}], "stations.0.kind"),
        ([GOOD, GOOD | {"id": "../x"}], "stations.1.id"),
        ([GOOD, GOOD], "radio is used twice"),
        ([GOOD | {"power": 3}], "stations.0.power"),
        ([GOOD | {"profile": {"crawl_max_chars": 3}}], "stations.0.profile.crawl_max_chars"),
        ([GOOD | {"profile": {"sound": True}}], "stations.0.profile.sound"),
        ([GOOD | {"languages": []}], "stations.0.languages"),
    ],
)
def test_a_wrong_file_is_named_with_its_key(tmp_path, content, named):
    path = tmp_path / "stations.yaml"
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif content is not None:
        path.write_text(yaml.safe_dump({"stations": content}), "utf-8")

    with pytest.raises(ConfigError) as raised:
        BroadcastChannel(BroadcastSettings(directory=tmp_path / "d", stations=path))

    assert str(path) in str(raised.value)
    assert named.lower() in str(raised.value).lower()
    assert "\n" not in str(raised.value)


def test_all_faults_of_a_file_are_named_at_once(tmp_path):
    path = tmp_path / "stations.yaml"
    path.write_text(yaml.safe_dump({"stations": [{"id": "x"}]}), "utf-8")

    with pytest.raises(ConfigError, match=r"(?s)names.*kind.*languages"):
        load_stations(path)


def test_the_shipped_stations_are_a_radio_a_television_and_loudspeakers():
    stations = load_stations(shipped("config") / "stations.yaml")

    assert [station.kind for station in stations] == ["radio", "tv", "loudspeaker"]
    assert all({"zh-CN", "en"} <= set(station.names) for station in stations)


@pytest.mark.parametrize(
    ("available", "chosen"),
    [
        (("en", "zh-CN"), ("zh-CN", "en")),
        (("en-US", "zh-CN", "fi"), ("zh-CN", "en-US")),
        (("en-US", "en"), ("en",)),
        (("fi", "sv"), ("fi", "sv")),
        ((), ()),
    ],
)
def test_a_station_is_sent_its_languages_or_else_all(available, chosen):
    station = Station(**(GOOD | {"languages": ("zh-CN", "en")}))

    assert station.choose(available) == chosen


def test_no_stations_is_a_fault(tmp_path):
    path = tmp_path / "stations.yaml"
    path.write_text("stations: []", "utf-8")

    faults = BroadcastChannel(BroadcastSettings(directory=tmp_path, stations=path)).faults()

    assert [fault for fault in faults if "stations" in fault and "names none" in fault]


def test_a_directory_that_cannot_be_made_is_a_fault(tmp_path, stations_file):
    (tmp_path / "file").write_text("in the way")
    settings = BroadcastSettings(
        directory=tmp_path / "file" / "drop", stations=stations_file, speech=False
    )

    (fault,) = BroadcastChannel(settings).faults()

    assert "channels.broadcast.directory" in fault


async def test_a_channel_that_can_work_has_no_faults(opened):
    assert (await opened()).faults() == ()


async def test_a_station_whose_folder_cannot_be_made_does_not_stop_the_others(
    opened, publication, delivery, root
):
    root.mkdir()
    (root / "tv").write_text("in the way")

    channel = await opened()

    alert = publication()
    await channel.prepare(alert)
    (fault,) = channel.faults()
    assert "station tv" in fault
    assert (await channel.send(delivery(alert, "radio"))).provider_ref


def test_the_channel_is_found_by_its_entry_point():
    (found,) = importlib.metadata.entry_points(group="warnbroker.channels", name="broadcast")

    assert found.load() is BroadcastChannel


async def test_an_opening_clears_what_a_crash_left_but_not_what_another_process_writes(
    opened, root
):
    import fcntl
    import os

    await opened()
    dead, alive = (root / "radio" / ".staging" / name for name in ("dead", "alive"))
    for folder in (dead, alive):
        folder.mkdir()
        (folder / "crawl.en.txt").write_text("half")
    handle = os.open(alive, os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_EX)

    await opened()

    assert not dead.exists()
    assert (alive / "crawl.en.txt").exists()
    os.close(handle)
