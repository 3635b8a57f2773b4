"""A forecast: queues played through, districts counted, paths judged."""

from dataclasses import replace

import pytest

from warnbroker.dispatch.forecast.outlook import DistrictOutlook
from warnbroker.dispatch.forecast.pace import Pace, scenarios
from warnbroker.dispatch.forecast.paths import Expectation, paths_of, weak_points

PACES = {"sms": Pace(10, 5), "voice": Pace(1, 30)}


def play(people, onset=None, used=("sms", "voice")):
    """Tell people, each given as channels in use and channels possible."""
    played = scenarios(PACES, used)
    for channels, possible in people:
        for scenario in played:
            scenario.tell(dict.fromkeys(channels, 0), possible, onset)
    return {(item.action, item.channel): item for item in played}


def test_a_queue_is_as_long_as_the_people_before_in_it():
    played = play([(["sms"], ())] * 11)

    assert played["", ""].last == 5 + 10 / 10


def test_a_person_is_told_by_the_first_of_their_channels():
    played = play([(["sms", "voice"], ())] * 100)

    assert played["", ""].last == pytest.approx(5 + 99 / 10)


def test_those_told_after_the_onset_are_late():
    played = play([(["voice"], ())] * 40, onset=60)

    # The call of place 30 is answered after 60 seconds, those behind it later.
    assert played["", ""].late == 9


def test_a_faster_channel_and_another_channel_are_played_beside():
    people = [(["voice"], ("voice", "sms"))] * 40
    played = play(people, onset=60, used=("voice",))

    assert played["faster", "voice"].late == 0
    assert played["add", "sms"].late == 0
    assert played["add", "sms"].last < played["faster", "voice"].last
    assert played["", ""].late == 9


def test_another_channel_helps_only_those_who_have_an_address_for_it():
    people = [(["voice"], ("voice",))] * 40
    played = play(people, onset=60, used=("voice",))

    assert played["add", "sms"].late == played["", ""].late


EXPECTED = {
    "sms": Expectation(path="mobile network", mains=False),
    "voice": Expectation(path="mobile network", mains=False),
    "email": Expectation(path="internet"),
    "feed": Expectation(path="internet"),
    "siren": Expectation(),
}


def test_channels_of_one_path_count_once():
    assert paths_of(["sms", "voice", "email", "feed"], EXPECTED) == ("internet", "mobile network")


def test_a_channel_without_a_path_is_one_of_its_own():
    assert paths_of(["siren"], EXPECTED) == ("siren",)


def test_paths_that_need_mains_power_are_left_out():
    assert paths_of(["sms", "email", "siren"], EXPECTED, off_mains=True) == ("mobile network",)


@pytest.mark.parametrize(
    ("channels", "rules"),
    [
        (["sms", "email"], []),
        (["sms", "voice"], ["forecast.paths.few"]),
        (["email", "siren"], ["forecast.paths.mains"]),
        ([], ["forecast.paths.few", "forecast.paths.mains"]),
    ],
)
def test_a_district_needs_two_paths_and_one_without_mains_power(channels, rules):
    district = DistrictOutlook(
        "quay", {"en": "Quay"}, 100, 40, 0, {},
        paths_of(channels, EXPECTED), paths_of(channels, EXPECTED, off_mains=True),
    )  # fmt: skip

    assert [fault.rule for fault in weak_points(district)] == rules
    assert district.unreached == 60


def test_a_weak_point_is_told_in_the_readers_language():
    names = {"en": "Quay", "zh-CN": "码头"}
    district = DistrictOutlook("quay", names, 100, 40, 0, {}, ("internet", "own radio"), ())

    [mains] = weak_points(district)
    few = next(weak_points(replace(district, paths=("internet",))))

    assert "no path into Quay works" in mains.message
    assert mains.chinese == "通往码头的通道在停电时全部中断"
    assert few.chinese == "码头可用的独立通道不足两条：互联网"
    assert few.level == "warning"
