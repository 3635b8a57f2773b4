"""The regions or the settings change while warnings stand or wait: nobody loses the last word."""

from dataclasses import replace

import aiohttp
import pytest

from tests.acceptance.bodies import cap, info
from tests.acceptance.conftest import broker
from tests.acceptance.test_one_person import house  # noqa: F401  a fixture
from tests.acceptance.test_release import (
    CHINESE,
    ENGLISH,
    approve,
    confirmation,
    look,
    settled,
    told,
)
from warnbroker.app import serve
from warnbroker.model.actor import Actor
from warnbroker.settings import load

MARKET = "<geocode><valueName>GB/T 2260</valueName><value>999903</value></geocode>"


@pytest.fixture
async def renumber(house):  # noqa: F811  the fixture
    """Return a function that imports regions in which the market has another code."""
    regions = house.served.store.regions
    before = await regions.all()
    authority = await house.served.store.issuers.authority("demo-harbour")

    async def changed() -> None:
        after = [
            replace(item, geocodes={"GB/T 2260": ("999993",)}) if "market" in item.code else item
            for item in before
        ]
        await regions.replace(after, authority_id=authority, actor=Actor("test"))

    yield changed
    await regions.replace(before, authority_id=authority, actor=Actor("test"))


async def test_a_mistake_is_taken_back_though_its_place_has_another_code_by_now(house, renumber):  # noqa: F811
    sent = await house.post(cap(place=MARKET, severity="Moderate"))
    alert = sent.json["id"]
    await settled(house, alert)
    await renumber()

    reply = await house.ask("POST", f"/v1/alerts/{alert}/cancel", json={"reason": "error"})

    assert reply.status == 202, reply.body
    await settled(house, reply.json["id"])
    assert told(house, reply.json["id"]) == told(house, alert) > 0
    feed = await house.ask("GET", "/feeds/demo-market.atom", key=None)
    assert reply.json["id"] in feed.body.decode()


async def test_a_cancel_that_names_no_place_reaches_all_who_were_told(house, renumber):  # noqa: F811
    first = cap(place=MARKET, severity="Moderate")
    sent = await house.post(first)
    alert = sent.json["id"]
    await settled(house, alert)
    await renumber()
    named = ",".join(sent.json[name] for name in ("sender", "identifier", "sent"))

    reply = await house.post(cap(infos="", msgType="Cancel", references=named))

    assert reply.status == 202, reply.body
    await settled(house, reply.json["id"])
    assert told(house, reply.json["id"]) == told(house, alert) > 0


async def test_what_waits_for_a_place_that_was_renumbered_can_be_looked_at_and_let_out(
    house,  # noqa: F811
    renumber,
):
    grave = {**ENGLISH, "place": MARKET}
    sent = await house.post(cap(info(**grave) + info(**{**grave, **CHINESE})))
    alert = sent.json["id"]
    await renumber()

    assert (await look(house, alert))["state"] == "pending"
    people = (await confirmation(house, alert))["people"]
    assert (await approve(house, alert)).status == 200
    await settled(house, alert)
    assert told(house, alert) > 0
    assert people == 2


async def test_a_level_that_is_gone_from_the_settings_keeps_nothing_from_being_taken_back(
    tmp_path,
):
    levels = {"scale": {"amber": {
        "rank": 5, "numeral": "V", "colour": "#888888", "names": {"en": "Amber"},
        "aliases": ["amber"], "expires_after": "PT1H",
    }}}  # fmt: skip
    more = "<parameter><valueName>level</valueName><value>amber</value></parameter>"
    async with broker(tmp_path, more={"levels": levels}) as found:
        sent = await found.post(cap(more=more))
        assert sent.json["level"] == "amber"
        alert = sent.json["id"]
    shipped = load(environment={}).levels
    async with (
        serve(found.settings.model_copy(update={"levels": shipped})) as served,
        aiohttp.ClientSession() as session,
    ):
        again = replace(found, served=served, session=session)
        page = await again.ask("GET", "/", key=None)
        seen = await look(again, alert)
        reply = await again.ask("POST", f"/v1/alerts/{alert}/cancel", json={"reason": "error"})
        state = (await look(again, alert))["state"]

    assert page.status == 200
    assert seen["level"] == "amber"
    assert reply.status == 202, reply.body
    assert state == "cancelled"
