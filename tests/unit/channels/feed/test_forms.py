"""RSS and Atom as their readers see them: feedparser, xmllint and lxml."""

import shutil
import subprocess
from dataclasses import replace
from datetime import UTC, datetime

import feedparser
import pytest
from lxml import etree

from channels.feed import FeedChannel, FeedSettings
from channels.feed.series import PUBLIC
from warnbroker.model.identity import cap_time
from warnbroker.model.message import MessageKind

NAMES = ("alerts.rss", "alerts.atom")
SPACES = {
    "a": "http://www.w3.org/2005/Atom",
    "cap": "urn:oasis:names:tc:emergency:cap:1.2",
    "georss": "http://www.georss.org/georss",
}


def parse(stand, name: str):
    parsed = feedparser.parse((stand.directory / "feeds" / name).read_bytes())
    assert not parsed.bozo, parsed.get("bozo_exception")
    return parsed


@pytest.mark.parametrize("name", NAMES)
async def test_a_reader_finds_title_page_cap_and_identity(stand, name):
    alert = stand.newsroom.make()
    await stand.publish(alert)

    [entry] = parse(stand, name).entries

    assert entry.title == "风暴潮红色预警：立即撤离"
    assert entry.id == f"urn:warnbroker:alert:{alert.id}"
    assert entry.link == f"https://warn.example/warnings/{alert.id}"
    cap = f"https://warn.example/cap/{alert.id}.xml"
    links = {(link.rel, link.get("type"), link.href) for link in entry.links}
    assert ("alternate", "application/cap+xml", cap) in links
    assert ("enclosure", "application/cap+xml", cap) in links
    [enclosure] = entry.enclosures
    assert int(enclosure.length) == len(alert.cap)
    assert datetime(*entry.published_parsed[:6], tzinfo=UTC) == alert.alert.sent
    assert {tag.term for tag in entry.tags} >= {"Alert", "Met"}


@pytest.mark.parametrize("name", NAMES)
async def test_signs_and_controls_in_texts_do_no_harm(stand, name):
    title = "水位 <3 m & \x0b升高 \x00\ud800“快走”]]>"
    alert = stand.newsroom.make({"zh-CN": title})
    await stand.publish(alert)

    raw = (stand.directory / "feeds" / name).read_bytes()
    tree = etree.fromstring(raw)

    path = "a:entry/a:title" if name.endswith("atom") else "channel/item/title"
    assert tree.find(path, SPACES).text == "水位 <3 m & 升高 “快走”]]>"
    assert "<3 m & rising" in _plain(parse(stand, name).entries[0].summary)


def _plain(summary: str) -> str:
    return "".join(etree.fromstring(f"<p>{summary}</p>", etree.HTMLParser()).itertext())


async def test_rss_tells_its_page_itself_and_its_hub(tmp_path, context, newsroom):
    settings = FeedSettings(directory=tmp_path, hub="http://127.0.0.1:1/hub")
    channel = FeedChannel(settings)
    await channel.open(context())
    await channel.prepare(newsroom.make())

    rss = etree.fromstring((tmp_path / "feeds" / "alerts.rss").read_bytes())
    atom = etree.fromstring((tmp_path / "feeds" / "alerts.atom").read_bytes())

    assert rss.findtext("channel/link") == "https://warn.example/"
    for form, links in (
        ("rss", rss.findall("channel/a:link", SPACES)),
        ("atom", atom.findall("a:link", SPACES)),
    ):
        found = {(link.get("rel"), link.get("href")) for link in links}
        assert ("self", f"https://warn.example/feeds/alerts.{form}") in found
        assert ("hub", "http://127.0.0.1:1/hub") in found
    await channel.close()


async def test_the_guid_is_no_address(stand):
    alert = stand.newsroom.make()
    await stand.publish(alert)

    rss = etree.fromstring((stand.directory / "feeds" / "alerts.rss").read_bytes())

    guid = rss.find("channel/item/guid")
    assert (guid.text, guid.get("isPermaLink")) == (f"urn:warnbroker:alert:{alert.id}", "false")


@pytest.mark.parametrize("name", NAMES)
async def test_machines_find_the_facts_in_caps_own_elements(stand, name):
    alert = stand.newsroom.make()
    await stand.publish(alert)

    tree = etree.fromstring((stand.directory / "feeds" / name).read_bytes())
    facts = {e.tag.partition("}")[2]: e.text for e in tree.iterfind(".//cap:*", SPACES)}

    assert facts == {
        "identifier": alert.alert.identifier,
        "status": "Actual",
        "msgType": "Alert",
        "sent": cap_time(alert.alert.sent),
        "event": "风暴潮",
        "urgency": "Immediate",
        "severity": "Extreme",
        "certainty": "Likely",
        "expires": cap_time(alert.expires),
        "areaDesc": "滨海区",
    }
    ring = tree.findtext(".//georss:polygon", namespaces=SPACES).split()
    assert ring[:2] == ring[-2:]
    assert {float(value) for value in ring[::2]} == {60, 61}


async def test_each_language_has_its_own_feed_and_falls_back(stand):
    both, chinese = stand.newsroom.make(), stand.newsroom.make({"zh-CN": "仅有中文"})
    await stand.publish(both, chinese)

    feed = parse(stand, "alerts.en.atom")

    assert feed.feed.title == "Demo Harbour City: public warnings"
    assert feed.feed.language == "en"
    assert {entry.title for entry in feed.entries} == {
        "Red storm surge warning: leave now",
        "仅有中文",
    }
    languages = {entry.title_detail.language for entry in feed.entries}
    assert languages == {"en", "zh-CN"}


async def test_an_alert_without_messages_speaks_with_its_own_words(stand):
    alert = stand.newsroom.make(messages=())
    await stand.publish(alert)

    assert parse(stand, "alerts.en.rss").entries[0].title == "Red storm surge warning: leave now"


async def test_what_is_said_to_those_outside_is_not_in_the_feed(stand):
    alert = stand.newsroom.make()
    outside = replace(
        alert.messages[0], kind=MessageKind.OUTSIDE, parts={"title": "不再涉及", "summary": "x"}
    )
    await stand.publish(replace(alert, messages=(*alert.messages, outside)))

    assert parse(stand, "alerts.rss").entries[0].title == "风暴潮红色预警：立即撤离"


async def test_a_region_is_named_in_its_feed(stand):
    await stand.publish(stand.newsroom.make())

    assert parse(stand, "harbour.atom").feed.title == "示范港市预警信息 · 海港区"


async def test_five_hundred_alerts_are_five_hundred_entries(stand):
    alerts = [stand.newsroom.make(regions=()) for _ in range(500)]
    press = stand.channel._presses[PUBLIC]
    for alert in alerts[1:]:
        _add_quietly(press, alert)
    await stand.publish(alerts[0])

    for name in NAMES:
        assert {entry.id for entry in parse(stand, name).entries} == {
            f"urn:warnbroker:alert:{alert.id}" for alert in alerts
        }


def _add_quietly(press, alert) -> None:
    from channels.feed.entry import entry_of

    press.library.add(entry_of(alert, alert.published))


@pytest.mark.skipif(shutil.which("xmllint") is None, reason="xmllint is not installed")
async def test_xmllint_reads_every_file(stand):
    await stand.publish(*(stand.newsroom.make({"zh-CN": f"<&> {n}"}) for n in range(3)))
    files = [str(p) for p in stand.directory.rglob("*") if p.suffix in {".rss", ".atom", ".xml"}]

    done = subprocess.run(
        ["xmllint", "--noout", *files], check=False, capture_output=True, text=True
    )

    # Two feeds of two forms in two languages for the public, and one such for tests.
    assert len(files) == 3 + 2 * 2 * 2 + 2 * 2
    assert (done.returncode, done.stderr) == (0, "")
