"""The WebSub hub is told of changes, and cannot hold a warning up."""

import asyncio

from aiohttp import web
from aiohttp.test_utils import TestServer

from channels.feed import FeedChannel, FeedSettings
from warnbroker.model.receipt import State


async def test_the_hub_is_told_of_each_changed_feed(tmp_path, context, newsroom):
    told = asyncio.get_running_loop().create_future()

    async def listen(request: web.Request) -> web.Response:
        told.set_result(await request.post())
        return web.Response(status=202)

    app = web.Application()
    app.add_routes([web.post("/hub", listen)])
    async with TestServer(app) as server:
        settings = FeedSettings(directory=tmp_path, hub=str(server.make_url("/hub")))
        channel = FeedChannel(settings)
        await channel.open(context())
        await channel.prepare(newsroom.make())
        form = await told
        await channel.close()

    assert form["hub.mode"] == "publish"
    assert "https://warn.example/feeds/alerts.atom" in form.getall("hub.url")
    assert "https://warn.example/feeds/harbour.rss" in form.getall("hub.url")


async def test_a_dead_hub_delays_nothing(tmp_path, context, newsroom, stand):
    settings = FeedSettings(directory=tmp_path / "other", hub="http://127.0.0.1:1/hub")
    channel = FeedChannel(settings)
    await channel.open(context())
    alert = newsroom.make()

    await channel.prepare(alert)

    assert (await channel.send(stand.delivery(alert))).state == State.DELIVERED
    await channel.close()
