"""Drills stand in a feed of their own, marked, and nowhere that the public looks."""

from dataclasses import replace

import feedparser
import pytest

from channels.feed import FeedChannel, FeedSettings
from warnbroker.errors import PermanentSendError
from warnbroker.model.drill import with_mark
from warnbroker.model.enums import MsgType, Status
from warnbroker.model.receipt import Reason, State

PUBLIC = ("alerts.rss", "alerts.atom", "harbour.rss", "harbour.atom")


def drill(publication, status=Status.EXERCISE):
    messages = tuple(
        replace(item, parts={name: with_mark(t, item.language) for name, t in item.parts.items()})
        for item in publication.messages
    )
    return replace(publication, alert=replace(publication.alert, status=status), messages=messages)


@pytest.mark.parametrize("status", [Status.EXERCISE, Status.TEST])
@pytest.mark.parametrize("form", ["rss", "atom"])
async def test_a_drill_stands_in_the_test_feed_with_its_message(stand, status, form):
    alert = drill(stand.newsroom.make(), status)
    await stand.publish(alert)

    receipt = await stand.channel.send(stand.delivery(alert))
    feed = feedparser.parse(await stand.text(f"/feeds/test.{form}"))

    assert receipt.state is State.DELIVERED
    assert [target.id for target in stand.channel.targets(alert)] == ["test"]
    (entry,) = feed.entries
    assert entry.title.startswith("【演练】")
    assert entry.summary.startswith("【演练】")
    assert feed.feed.title.startswith("【演练】")
    links = {link.href for link in entry.links}
    assert links == {f"https://warn.example/feeds/test/{alert.id}.xml"}
    cap = await stand.get(f"/feeds/test/{alert.id}.xml")
    assert (cap.status, cap.body) == (200, alert.cap)


async def test_nothing_of_a_drill_is_public(stand):
    real, alert = stand.newsroom.make(), drill(stand.newsroom.make())
    await stand.publish(real, alert)

    for name in PUBLIC:
        body = await stand.text(f"/feeds/{name}")
        assert alert.id not in body
        assert real.id in body
        assert "feeds/test" not in body
    assert (await stand.get(f"/cap/{alert.id}.xml")).status == 404
    assert real.id not in await stand.text("/feeds/test.atom")
    assert (await stand.get(f"/feeds/test/{real.id}.xml")).status == 404
    assert [p.stem for p in (stand.directory / "cap").iterdir()] == [real.id]


async def test_a_drill_without_its_mark_stands_nowhere(stand):
    made = stand.newsroom.make()
    alert = replace(made, alert=replace(made.alert, status=Status.EXERCISE))

    with pytest.raises(PermanentSendError) as raised:
        await stand.publish(alert)

    assert raised.value.reason is Reason.UNMARKED
    assert alert.id not in await stand.text("/feeds/test.rss")


async def test_a_cancelled_drill_gives_way_in_the_test_feed(stand):
    first = drill(stand.newsroom.make())
    cancel = drill(stand.newsroom.follow(first, MsgType.CANCEL))
    await stand.publish(first, cancel)

    feed = feedparser.parse(await stand.text("/feeds/test.atom"))

    assert [entry.id for entry in feed.entries] == [f"urn:warnbroker:alert:{cancel.id}"]


async def test_drills_outlive_a_restart_in_their_own_feed(stand, context, tmp_path):
    alert = drill(stand.newsroom.make())
    await stand.publish(alert)

    again = FeedChannel(FeedSettings(directory=stand.directory))
    await again.open(context())
    try:
        receipt = await again.send(stand.delivery(alert))
    finally:
        await again.close()

    assert receipt.state is State.DELIVERED
    assert alert.id not in (stand.directory / "feeds" / "alerts.rss").read_text()
