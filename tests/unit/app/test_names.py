"""Names in the settings: each that stands for nothing is told, with the nearest that does."""

import pytest

from warnbroker.app.names import channel_name_faults, name_faults, name_notes
from warnbroker.settings import load

REGIONS = frozenset({"demo", "demo-north-bay"})


def settings(**over):
    return load(None, {"WARNBROKER_HOME": "/nowhere"}, over)


def test_the_shipped_settings_name_only_what_there_is():
    shipped = settings()

    assert list(name_faults(shipped, ())) == []
    assert list(channel_name_faults(shipped, ())) == []
    assert list(name_notes(shipped)) == []


@pytest.mark.parametrize(
    ("over", "where", "near"),
    [
        ({"dispatch": {"noisy": ["smss"]}}, "dispatch.noisy: smss", "sms"),
        ({"dispatch": {"at_any_hour": ["rde"]}}, "dispatch.at_any_hour: rde", "red"),
        ({"dispatch": {"coalesce": ["blu"]}}, "dispatch.coalesce: blu", "blue"),
        ({"dispatch": {"update_interval": {"yelow": 9}}}, "dispatch.update_interval", "yellow"),
        ({"dispatch": {"override_suppression": ["rad"]}}, "dispatch.override_supp", "red"),
        ({"drills": {"channels": ["emial"]}}, "drills.channels: emial", "email"),
        ({"drills": {"sinks": {"puhs": ["x"]}}}, "drills.sinks: puhs", "push"),
        ({"forecast": {"channels": {"fed": {}}}}, "forecast.channels: fed", "feed"),
        ({"routing": [{"channels": ["smss"]}]}, "routing[0].channels: smss", "sms"),
        ({"routing": [{"channels": [], "level": ["rde"]}]}, "routing[0].level: rde", "red"),
        ({"routing": [{"channels": [], "region": ["dmeo"]}]}, "routing[0].region", "demo"),
        ({"lists": {"a": {"refs": ["1"], "regions": ["dmeo"]}}}, "lists.a.regions", "demo"),
    ],
)
def test_a_name_that_stands_for_nothing_is_told_with_its_place(over, where, near):
    (line,) = name_faults(settings(**over), REGIONS)

    assert line.startswith(where)
    assert line.endswith(f"; did you mean {near}?")


def test_a_channel_that_is_switched_off_or_not_configured_may_be_spoken_of():
    spoken = settings(dispatch={"noisy": ["voice", "push"]}, channels={"voice": {"enabled": False}})

    assert list(name_faults(spoken, REGIONS)) == []


@pytest.mark.parametrize(
    ("channels", "line"),
    [
        ({"sms": {"segments": {"rde": 2}}}, "channels.sms.segments: rde is not in levels.scale"),
        ({"voice": {"redial": {"rde": {}}}}, "channels.voice.redial: rde is not in levels.scale"),
        (
            {"push": {"key_file": "/k", "subject": "mailto:a@b.example", "levels": ["rde"]}},
            "channels.push.levels: rde is not in levels.scale",
        ),
    ],
)
def test_a_level_that_a_channel_names_must_be_there(channels, line):
    (found,) = channel_name_faults(settings(channels=channels), ())

    assert found == f"{line}; did you mean red?"


def test_a_region_that_a_station_names_must_be_there(tmp_path):
    stations = tmp_path / "stations.yaml"
    stations.write_text(
        "stations: [{id: one, names: {en: One}, kind: radio, languages: [en], regions: [dmeo]}]"
    )

    (line,) = channel_name_faults(
        settings(channels={"broadcast": {"stations": str(stations)}}), REGIONS
    )

    assert line.startswith(f"{stations}: stations.one.regions: dmeo")


@pytest.mark.parametrize(
    ("over", "where"),
    [
        ({"lists": {"a": {"roles": ["scool"]}}}, "lists.a.roles: scool"),
        (
            {"escalation": {"ladders": {"red": [
                {"after": "PT1M", "do": "last_mile", "roles": ["oficer"]}
            ]}}},
            "escalation.ladders.red[0].roles: oficer",
        ),
        ({"release": {"override": {"roles": ["aprover"]}}}, "release.override.roles: aprover"),
        (
            {"release": {"flows": {"x": [{"steps": [{"name": "a", "roles": ["aprover"]}]}]}}},
            "release.flows.x.0.steps.0.roles: aprover",
        ),
        ({"routing": [{"channels": [], "event": ["FLOD"]}]}, "routing[0].event: FLOD"),
        ({"municipality": {"authority": "dmeo-harbour"}}, "municipality.authority: dmeo-harbour"),
        (
            {"authorities": {"demo-harbour": {"names": {"en": "x"}, "hazards": ["FLOD"]}}},
            "authorities.demo-harbour.hazards: FLOD",
        ),
    ],
)  # fmt: skip
def test_a_word_that_nobody_else_uses_is_noted_not_refused(over, where):
    (line,) = name_notes(settings(**over))

    assert line.startswith(where)
    assert "did you mean" in line
