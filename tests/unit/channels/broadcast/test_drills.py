"""Drills reach the stations that take them, in packages that nobody can take for real ones."""

import json
from dataclasses import replace

import pytest

from warnbroker.errors import PermanentSendError
from warnbroker.model.alert import NamedValue
from warnbroker.model.drill import with_mark
from warnbroker.model.enums import Status
from warnbroker.model.receipt import Reason, State


def drill(publication):
    messages = tuple(
        replace(item, parts={name: with_mark(t, item.language) for name, t in item.parts.items()})
        for item in publication.messages
    )
    return replace(publication, messages=messages)


def with_codes(publication, *codes):
    infos = tuple(replace(info, event_codes=codes) for info in publication.alert.infos)
    groups = tuple(replace(group, infos=infos) for group in publication.groups)
    return replace(publication, alert=replace(publication.alert, infos=infos), groups=groups)


TAKES_DRILLS = {
    "id": "drill-radio", "names": {"en": "Drill Radio"}, "kind": "radio",
    "languages": ["zh-CN", "en"], "profile": {"audio": False, "drills": True},
}  # fmt: skip


@pytest.fixture
async def channel(opened, stations):
    return await opened(stations=stations(TAKES_DRILLS))


@pytest.mark.parametrize("status", [Status.EXERCISE, Status.TEST])
async def test_only_stations_that_take_drills_get_one(channel, publication, status):
    alert = drill(publication(status=status))

    assert [target.id for target in channel.targets(alert)] == ["drill-radio"]
    assert "radio" in [target.id for target in channel.targets(publication())]


async def test_a_station_that_takes_none_is_refused_even_if_asked(channel, publication, delivery):
    alert = drill(publication(status=Status.EXERCISE))
    await channel.prepare(alert)

    with pytest.raises(PermanentSendError) as raised:
        await channel.send(delivery(alert, "radio"))

    assert raised.value.reason is Reason.POLICY


async def test_everything_in_the_package_says_that_it_is_a_drill(
    channel, publication, delivery, root
):
    alert = with_codes(
        drill(publication(status=Status.EXERCISE)),
        NamedValue("SAME", "EVI"), NamedValue("EMMA", "7"),
    )  # fmt: skip
    await channel.prepare(alert)

    receipt = await channel.send(delivery(alert, "drill-radio"))

    (package,) = (root / "drill-radio" / "incoming").iterdir()
    assert receipt.state is State.HANDED_OFF
    assert package.name.startswith("DRILL_")
    for kind in ("crawl", "script"):
        assert (package / f"{kind}.zh-CN.txt").read_text().startswith("【演练】")
        assert (package / f"{kind}.en-US.txt").read_text().startswith("[EXERCISE]")
    manifest = json.loads((package / "manifest.json").read_text())
    assert (manifest["drill"], manifest["status"]) == (True, "Exercise")
    facts = dict(
        line.split("=", 1) for line in (package / "event.properties").read_text().splitlines()
    )
    assert (facts["drill"], facts["status"]) == ("yes", "Exercise")
    assert facts["headline.en-US"].startswith("[EXERCISE]")
    assert facts["event.zh-CN"].startswith("【演练】")
    assert facts["event_code.EMMA"] == "7"
    # What an encoder would turn into tones is not there.
    assert not any(key.startswith("event_code.SAME") for key in facts)


async def test_a_real_package_keeps_its_codes_and_its_name(channel, publication, delivery, root):
    alert = with_codes(publication(), NamedValue("SAME", "EVI"))
    await channel.prepare(alert)

    await channel.send(delivery(alert, "drill-radio"))

    (package,) = (root / "drill-radio" / "incoming").iterdir()
    text = (package / "event.properties").read_text()
    assert "event_code.SAME=EVI" in text
    assert "DRILL" not in package.name
    assert "drill=" not in text


async def test_an_answer_to_a_drill_is_read_and_an_unmarked_one_never_goes(
    channel, publication, delivery, root
):
    alert = drill(publication(status=Status.TEST))
    await channel.prepare(alert)
    await channel.send(delivery(alert, "drill-radio"))
    unmarked = publication(identifier="surge-2", status=Status.TEST)

    with pytest.raises(PermanentSendError) as raised:
        await channel.prepare(unmarked)

    assert raised.value.reason is Reason.UNMARKED
    assert await channel.look_up(delivery(alert, "drill-radio"), alert.published) is not None
