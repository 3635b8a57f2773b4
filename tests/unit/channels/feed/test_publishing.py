"""What the feeds hold after alerts were published, superseded, lifted, or have expired."""

import asyncio
import re
from dataclasses import replace

import pytest

from channels.feed import FeedChannel, FeedSettings
from warnbroker.contracts import Channel, RouteProvider
from warnbroker.errors import PermanentSendError, TemporarySendError
from warnbroker.model.enums import MsgType, Scope, Status
from warnbroker.model.receipt import Reason, State

_: type[Channel] = FeedChannel


def ids(feed: str) -> set[str]:
    return set(re.findall(r">urn:warnbroker:alert:(\w+)<", feed))


def on_disk(stand, name: str) -> str:
    return (stand.directory / "feeds" / name).read_text()


async def test_an_alert_stands_in_every_feed_of_its_scope(stand):
    alert = stand.newsroom.make()

    await stand.publish(alert)

    for name in ("alerts.rss", "alerts.atom", "harbour.rss", "harbour.atom"):
        assert ids(on_disk(stand, name)) == {alert.id}
        assert ids(await stand.text(f"/feeds/{name}")) == {alert.id}
    assert (stand.directory / "cap" / f"{alert.id}.xml").read_bytes() == alert.cap


async def test_a_prepared_alert_is_read_back_and_counts_as_delivered(stand):
    alert = stand.newsroom.make()
    await stand.publish(alert)

    receipt = await stand.channel.send(stand.delivery(alert))

    assert (receipt.state, receipt.provider, receipt.provider_ref) == (
        State.DELIVERED,
        "feed",
        alert.id,
    )


@pytest.mark.parametrize("damage", ["feeds/alerts.rss", "feeds/alerts.atom", "cap/{id}.xml"])
async def test_what_cannot_be_read_back_does_not_count_as_delivered(stand, damage):
    alert = stand.newsroom.make()
    await stand.publish(alert)
    (stand.directory / damage.format(id=alert.id)).write_text("<empty/>")

    with pytest.raises(TemporarySendError) as raised:
        await stand.channel.send(stand.delivery(alert))

    assert raised.value.reason == Reason.NOT_PUBLISHED


async def test_a_damaged_feed_is_mended_for_the_next_try(stand):
    alert = stand.newsroom.make()
    await stand.publish(alert)
    (stand.directory / "feeds" / "alerts.rss").unlink()
    with pytest.raises(TemporarySendError):
        await stand.channel.send(stand.delivery(alert))

    assert (await stand.channel.send(stand.delivery(alert))).state == State.DELIVERED


async def test_preparing_again_mends_a_damaged_message(stand):
    alert = stand.newsroom.make()
    await stand.publish(alert)
    (stand.directory / "cap" / f"{alert.id}.xml").unlink()

    await stand.publish(alert)

    assert (await stand.channel.send(stand.delivery(alert))).state == State.DELIVERED


async def test_an_alert_that_was_never_prepared_is_not_published(stand):
    with pytest.raises(TemporarySendError) as raised:
        await stand.channel.send(stand.delivery(stand.newsroom.make()))

    assert raised.value.reason == Reason.NOT_PUBLISHED


async def test_a_full_directory_is_a_temporary_fault(stand):
    feeds = stand.directory / "cap"
    feeds.rmdir()
    feeds.write_text("a file stands where the folder was")

    with pytest.raises(TemporarySendError) as raised:
        await stand.publish(stand.newsroom.make())

    assert raised.value.reason == Reason.NOT_PUBLISHED


@pytest.mark.parametrize(
    "change",
    [
        {"status": Status.SYSTEM},
        {"status": Status.DRAFT},
        {"msg_type": MsgType.ACK},
        {"scope": Scope.RESTRICTED},
        {"scope": Scope.PRIVATE},
        {"codes": ("warnbroker:internal",)},
    ],
)
async def test_what_is_not_for_everybody_reaches_no_feed(stand, change):
    made = stand.newsroom.make()
    alert = replace(made, alert=replace(made.alert, **change))

    with pytest.raises(PermanentSendError) as raised:
        await stand.publish(alert)

    assert raised.value.reason == Reason.POLICY
    assert stand.channel.targets(alert) == ()
    assert not list((stand.directory / "cap").iterdir())


async def test_the_public_is_the_only_recipient(stand):
    targets = stand.channel.targets(stand.newsroom.make())

    assert [target.id for target in targets] == ["public"]


async def test_an_update_takes_the_place_of_its_alert(stand):
    first = stand.newsroom.make()
    update = stand.newsroom.follow(first, MsgType.UPDATE)

    await stand.publish(first, update)

    assert ids(on_disk(stand, "alerts.atom")) == {update.id}
    with pytest.raises(PermanentSendError) as raised:
        await stand.channel.send(stand.delivery(first))
    assert raised.value.reason == Reason.SUPERSEDED


async def test_a_cancel_stays_until_it_expires(stand):
    first = stand.newsroom.make()
    cancel = stand.newsroom.follow(first, MsgType.CANCEL)

    await stand.publish(first, cancel)

    assert ids(await stand.text("/feeds/alerts.rss")) == {cancel.id}
    assert (await stand.get(f"/cap/{first.id}.xml")).status == 200
    stand.clock.pass_(hours=6)
    assert ids(await stand.text("/feeds/alerts.rss")) == set()


async def test_the_order_of_arrival_does_not_matter(stand):
    first = stand.newsroom.make()
    cancel = stand.newsroom.follow(first, MsgType.CANCEL)

    await stand.publish(cancel, first)

    assert ids(on_disk(stand, "alerts.atom")) == {cancel.id}


async def test_a_cancel_of_something_unknown_is_published(stand):
    unknown = stand.newsroom.make()
    cancel = stand.newsroom.follow(unknown, MsgType.CANCEL, groups=(), messages=(), regions=())
    bare = replace(cancel, alert=replace(cancel.alert, infos=(), note="issued by mistake"))

    await stand.publish(bare)

    feed = await stand.text("/feeds/alerts.rss")
    assert ids(feed) == {bare.id}
    assert "issued by mistake" in feed


async def test_those_who_read_of_an_alert_read_of_its_update_elsewhere(stand):
    first = stand.newsroom.make()
    hill = (await stand.channel._context.regions())[1]
    update = stand.newsroom.follow(first, MsgType.UPDATE, regions=(hill,))

    await stand.publish(first, update)

    assert ids(await stand.text("/feeds/harbour.atom")) == {update.id}
    assert ids(await stand.text("/feeds/hill.atom")) == {update.id}


async def test_preparing_again_changes_no_byte(stand):
    alert = stand.newsroom.make()
    await stand.publish(alert)
    before = {p: p.read_bytes() for p in stand.directory.rglob("*") if p.is_file()}

    stand.clock.pass_(minutes=5)
    await stand.publish(alert)

    assert {p: p.read_bytes() for p in stand.directory.rglob("*") if p.is_file()} == before


async def test_a_restart_remembers_what_was_published(stand, context):
    first, other = stand.newsroom.make(), stand.newsroom.make()
    cancel = stand.newsroom.follow(first, MsgType.CANCEL)
    await stand.publish(first, other, cancel)
    await stand.channel.close()
    before = on_disk(stand, "alerts.atom")

    again = FeedChannel(FeedSettings(directory=stand.directory))
    await again.open(context())

    assert on_disk(stand, "alerts.atom") == before
    assert (await again.send(stand.delivery(other))).state == State.DELIVERED
    await again.close()


async def test_what_another_process_published_is_served(stand, context):
    twin = FeedChannel(FeedSettings(directory=stand.directory))
    await twin.open(context())
    alert = stand.newsroom.make()

    await twin.prepare(alert)

    while alert.id not in ids(await stand.text("/feeds/alerts.rss")):
        stand.clock.pass_(seconds=1)

    await twin.close()


async def test_a_broken_entry_does_not_hide_the_others(stand, context):
    alert = stand.newsroom.make()
    await stand.publish(alert)
    (stand.directory / "entries" / "broken.json").write_text('{"id": ')

    again = FeedChannel(FeedSettings(directory=stand.directory))
    await again.open(context())

    assert ids(on_disk(stand, "alerts.atom")) == {alert.id}
    await again.close()


async def test_an_expired_alert_leaves_the_files_by_itself(stand):
    alert = stand.newsroom.make()
    await stand.publish(alert)

    stand.clock.pass_(hours=6)

    for name in ("alerts.rss", "alerts.en.atom", "harbour.atom"):
        while alert.id in on_disk(stand, name):  # ends by the suite's time-out if it never does
            await asyncio.sleep(0.001)


async def test_an_expired_alert_is_not_delivered(stand):
    alert = stand.newsroom.make()
    await stand.publish(alert)
    stand.clock.pass_(hours=6)

    with pytest.raises(PermanentSendError) as raised:
        await stand.channel.send(stand.delivery(alert))

    assert raised.value.reason == Reason.EXPIRED


async def test_a_full_feed_keeps_the_gravest(tmp_path, context, newsroom):
    channel = FeedChannel(FeedSettings(directory=tmp_path, max_entries=2))
    await channel.open(context())
    grave = newsroom.make()
    blue = replace(grave.level, code="blue", rank=4)
    light = [newsroom.make(level=blue) for _ in range(3)]

    for alert in (grave, *light):
        newsroom.clock.pass_(minutes=1)
        await channel.prepare(alert)

    kept = ids((tmp_path / "feeds" / "alerts.atom").read_text())
    assert grave.id in kept
    assert len(kept) == 2
    await channel.close()


def test_a_directory_that_cannot_be_made_is_a_fault(tmp_path):
    (tmp_path / "file").write_text("")

    good = FeedChannel(FeedSettings(directory=tmp_path / "new" / "folder"))
    bad = FeedChannel(FeedSettings(directory=tmp_path / "file" / "folder"))

    assert not good.faults()
    assert "channels.feed.directory" in bad.faults()[0]


def test_the_channel_provides_routes(tmp_path):
    assert isinstance(FeedChannel(FeedSettings(directory=tmp_path)), RouteProvider)
