"""The feeds over HTTP: caching, languages, compression, other origins."""

from datetime import timedelta

import feedparser
import orjson
import pytest

from warnbroker.model.region import Region


async def test_feeds_say_what_they_are(stand):
    await stand.publish(stand.newsroom.make())

    types = {
        name: (await stand.get(f"/feeds/{name}")).headers["Content-Type"]
        for name in ("alerts.rss", "alerts.atom")
    }

    assert types == {
        "alerts.rss": "application/rss+xml; charset=utf-8",
        "alerts.atom": "application/atom+xml; charset=utf-8",
    }


async def test_the_cap_message_is_served_byte_for_byte(stand):
    alert = stand.newsroom.make()
    await stand.publish(alert)

    response = await stand.get(f"/cap/{alert.id}.xml")

    assert response.body == alert.cap
    assert response.headers["Content-Type"] == "application/cap+xml"


@pytest.mark.parametrize("path", ["/feeds/alerts.rss", "/cap/{id}.xml"])
@pytest.mark.parametrize("encoding", ["identity", "gzip"])
async def test_who_has_it_is_told_so(stand, path, encoding):
    alert = stand.newsroom.make()
    await stand.publish(alert)
    path = path.format(id=alert.id)
    stand.clock.pass_(seconds=2)
    first = await stand.get(path, Accept_Encoding=encoding)

    tag, date = first.headers["ETag"], first.headers["Last-Modified"]
    by_tag = await stand.get(path, Accept_Encoding=encoding, If_None_Match=f'"x", W/{tag}')
    by_date = await stand.get(path, Accept_Encoding=encoding, If_Modified_Since=date)
    other = await stand.get(path, If_None_Match='"x"', If_Modified_Since=date)

    assert (by_tag.status, by_date.status, other.status) == (304, 304, 200)
    assert by_tag.body == b""
    assert by_tag.headers["ETag"] == tag


async def test_two_changes_within_a_second_have_two_dates(stand):
    await stand.publish(stand.newsroom.make())
    stand.clock.pass_(milliseconds=300)
    early = await stand.get("/feeds/alerts.rss")
    await stand.publish(stand.newsroom.make())
    stand.clock.pass_(seconds=5)

    again = await stand.get("/feeds/alerts.rss", If_Modified_Since=early.headers["Last-Modified"])

    assert again.status == 200


async def test_the_bytes_change_when_an_alert_expires(stand):
    alert = stand.newsroom.make()
    await stand.publish(alert)
    before = await stand.get("/feeds/alerts.atom")

    stand.clock.pass_(hours=6)
    after = await stand.get("/feeds/alerts.atom", If_None_Match=before.headers["ETag"])

    assert after.status == 200
    assert feedparser.parse(after.body).entries == []
    assert after.headers["Last-Modified"] != before.headers["Last-Modified"]


async def test_nobody_may_keep_a_feed_beyond_the_next_expiry(stand):
    await stand.publish(stand.newsroom.make(expires=stand.clock.now() + timedelta(seconds=20)))

    ages = []
    for _ in range(3):
        ages.append((await stand.get("/feeds/alerts.rss")).headers["Cache-Control"])
        stand.clock.pass_(seconds=8)

    assert ages == ["public, max-age=15", "public, max-age=12", "public, max-age=4"]


async def test_gzip_is_for_those_who_take_it(stand):
    await stand.publish(stand.newsroom.make())

    plain = await stand.get("/feeds/alerts.rss", Accept_Encoding="gzip;q=0")
    zipped = await stand.get("/feeds/alerts.rss", Accept_Encoding="br, gzip;q=0.5")

    assert "Content-Encoding" not in plain.headers
    assert zipped.headers["Content-Encoding"] == "gzip"
    assert zipped.headers["Vary"] == plain.headers["Vary"] == "Accept-Encoding"
    assert zipped.headers["ETag"] != plain.headers["ETag"]
    assert zipped.body == plain.body


@pytest.mark.parametrize(
    ("query", "title"),
    [
        ("", "风暴潮红色预警：立即撤离"),
        ("?lang=zh", "风暴潮红色预警：立即撤离"),
        ("?lang=en-GB", "Red storm surge warning: leave now"),
        ("?lang=fr", "风暴潮红色预警：立即撤离"),
    ],
)
async def test_the_language_asked_for_falls_back(stand, query, title):
    await stand.publish(stand.newsroom.make())

    feed = feedparser.parse(await stand.text(f"/feeds/alerts.atom{query}"))

    assert [entry.title for entry in feed.entries] == [title]


async def test_a_language_that_only_an_alert_has_is_served(stand):
    await stand.publish(stand.newsroom.make({"zh-CN": "中文", "fi": "Myrsky"}))

    feed = feedparser.parse(await stand.text("/feeds/alerts.rss?lang=fi"))

    assert feed.entries[0].title == "Myrsky"


async def test_a_region_without_alerts_has_an_empty_feed(stand):
    await stand.publish(stand.newsroom.make())

    feed = feedparser.parse(await stand.text("/feeds/hill.atom"))

    assert not feed.bozo
    assert (feed.feed.title, feed.entries) == ("示范港市预警信息 · 山丘区", [])


async def test_an_empty_feed_fills_when_its_region_is_warned(stand, regions):
    assert "urn:warnbroker:alert" not in await stand.text("/feeds/hill.rss")

    alert = stand.newsroom.make(regions=(regions[1],))
    await stand.publish(alert)

    assert alert.id in await stand.text("/feeds/hill.rss")


async def test_a_region_that_comes_later_is_found(stand, regions):
    regions.append(Region("island", {"en": "Island"}, regions[0].geometry))

    assert (await stand.get("/feeds/island.rss")).status == 200


@pytest.mark.parametrize(
    "path", ["/feeds/nowhere.rss", "/cap/abc.xml", "/cap/aaaaaaaaaaaaaaaaaaaaaaaaaa.xml"]
)
async def test_what_is_not_there_is_a_problem_document(stand, path):
    response = await stand.get(path)

    problem = orjson.loads(response.body)
    assert response.headers["Content-Type"] == "application/problem+json"
    assert (response.status, problem["status"]) == (404, 404)
    assert problem["detail"]


async def test_no_path_leads_out_of_the_directory(stand):
    (stand.directory / "secret.xml").write_text("secret")

    assert (await stand.get("/cap/..%2Fsecret.xml")).status == 404


async def test_head_answers_as_get_without_a_body(stand):
    await stand.publish(stand.newsroom.make())
    get = await stand.get("/feeds/alerts.rss")

    async with stand.http.head(stand.url + "/feeds/alerts.rss") as head:
        assert await head.read() == b""

    assert head.headers["ETag"] == get.headers["ETag"]
    assert head.headers["Content-Length"] == get.headers["Content-Length"]


async def test_other_sites_may_read_and_revalidate(stand):
    async with stand.http.options(stand.url + "/feeds/alerts.rss") as preflight:
        allowed = preflight.headers["Access-Control-Allow-Headers"]
    response = await stand.get("/feeds/alerts.rss")

    assert "If-None-Match" in allowed
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert "ETag" in response.headers["Access-Control-Expose-Headers"]


async def test_feeds_that_are_not_open_say_so(stand):
    await stand.channel.close()

    assert (await stand.get("/feeds/alerts.rss")).status == 503
