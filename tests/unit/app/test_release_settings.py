"""What ``check`` says of the settings of release, and what they come to."""

import pytest

from warnbroker.app.release import release_faults, release_notes, release_policy_of
from warnbroker.errors import ConfigError
from warnbroker.settings import load


def settings(**release):
    return load(environment={"WARNBROKER_HOME": "/nowhere"}, over={"release": release})


def test_the_shipped_settings_let_nobody_release_a_red_alert_alone():
    shipped = settings()

    assert not list(release_faults(shipped))
    assert not list(release_notes(shipped))
    assert release_policy_of(shipped.release).offered == (
        "standard",
        "four-step",
        "emergency",
        "public-drill",
    )
    assert not release_policy_of(shipped.release).override


def test_a_flow_that_asks_nobody_is_named():
    found = list(release_notes(settings(flows={"quick": []}, override={"enabled": True})))

    assert any("release.flows.quick" in line for line in found)
    assert any("release.override" in line for line in found)


def test_a_level_that_there_is_not_is_named():
    odd = settings(flows={"odd": [{"level": ["purple"], "steps": [{"name": "a"}]}]})

    (line,) = release_faults(odd)
    assert "release.flows.odd.0.level: purple" in line


@pytest.mark.parametrize(
    ("release", "words"),
    [
        ({"flow": "gone"}, "there is no flow 'gone'"),
        ({"flows": {"x": [{"steps": [{"name": "a"}, {"name": "a"}]}]}}, "same name"),
        ({"flows": {"x": [{"steps": [{"name": "a", "roles": []}]}]}}, "release.flows.x.0.steps.0"),
        ({"flows": {"x": [{"steps": [{"roles": ["approver"]}]}]}}, "is missing"),
        ({"remind_after": 0}, "release.remind_after"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_its_place(release, words):
    with pytest.raises(ConfigError, match=words):
        settings(**release)
