"""Issuers who repeat, race, or meddle: each alert counts once, and nobody ends another's."""

import asyncio
import json
from collections import Counter
from dataclasses import replace

import pytest

from tests.acceptance.bodies import cap, cap_json
from warnbroker.model.actor import Actor

PROBLEM = "application/problem+json"
LONG_AGO = "2026-01-01T00:00:00-00:00"


async def test_one_alert_in_three_writings_is_published_once(busy):
    facts = cap_json()
    told = facts["info"][0]
    polygon = told["area"][0]["polygon"][0]
    plain = cap(
        identifier=facts["identifier"], sent=facts["sent"], expires=told["expires"],
        place=f"<polygon>{polygon}</polygon>", onset="",
    )  # fmt: skip
    spaced = plain.replace("><", ">\n    <").replace('encoding="UTF-8"', "encoding='utf-8'")

    first = await busy.post(plain)
    second = await busy.post(spaced, kind="text/xml")
    third = await busy.post(json.dumps(facts), kind="application/json")

    assert [first.status, second.status, third.status] == [202, 200, 200]
    assert first.json["id"] == second.json["id"] == third.json["id"]
    assert first.headers["Location"] == third.headers["Location"]
    assert held(busy, facts["identifier"]) == 1


def held(broker, identifier):
    found = broker.query("SELECT count(*) FROM alert WHERE identifier = ?", identifier)
    return found[0][0]


@pytest.mark.parametrize(
    "changed", [{"headline": "Another wind"}, {"sent": "2026-01-01T00:00:00-00:00"}]
)
async def test_an_identity_that_is_taken_is_not_taken_again(busy, changed):
    identifier = f"taken-{next(iter(changed))}"
    facts = {"identifier": identifier}
    first = await busy.post(cap(**facts))

    reply = await busy.post(cap(**facts | changed))

    assert first.status == 202
    assert reply.status == 409
    assert identifier in reply.json["detail"]
    assert held(busy, identifier) == 1


async def test_of_200_at_once_exactly_one_is_the_first(busy):
    body = cap(identifier="at-once")

    replies = await asyncio.gather(*(busy.post(body) for _ in range(200)))

    assert Counter(reply.status for reply in replies) == {202: 1, 200: 199}
    assert len({reply.json["id"] for reply in replies}) == 1
    assert held(busy, "at-once") == 1


async def test_of_alerts_that_race_for_an_identity_one_wins(busy):
    bodies = [cap(identifier="race", headline=f"Wind {number}") for number in range(30)]

    replies = await asyncio.gather(*map(busy.post, bodies))

    assert Counter(reply.status for reply in replies) == {202: 1, 409: 29}
    assert held(busy, "race") == 1


@pytest.mark.parametrize(
    ("key", "sender"),
    [
        ("desk", "stranger@elsewhere.example"),
        ("elsewhere", None),
        ("fire", None),
        ("auditor", None),
    ],
)
async def test_nobody_ends_a_warning_that_they_could_not_have_issued(busy, key, sender):
    facts = {"identifier": f"kept-{key}", "sent": LONG_AGO}
    first = (await busy.post(cap(**facts))).json
    reference = f"{first['sender']},{facts['identifier']},{facts['sent']}"
    who = {"sender": sender} if sender else {}

    reply = await busy.post(cap("", msgType="Cancel", references=reference, **who), key=key)

    assert reply.status == 403
    in_force = (await busy.ask("GET", "/v1/warnings")).json["items"]
    assert first["id"] in [item["id"] for item in in_force]


async def test_references_that_repeat_themselves_count_once(busy):
    first = (await busy.post(cap(identifier="named-twice"))).json
    reference = f"{first['sender']},{first['identifier']},{first['sent']}"

    reply = await busy.post(cap(msgType="Update", references=f"{reference} {reference}"))

    assert reply.status == 202
    assert reply.json["warning"] == first["id"]


async def test_a_warning_whose_regions_are_gone_still_stands_on_the_page(busy):
    code = "<geocode><valueName>GB/T 2260</valueName><value>999900</value></geocode>"
    reply = await busy.post(cap(place=code, headline="By geocode"))
    await busy.settled(reply)
    before = await busy.served.store.regions.all()
    bare = [replace(region, geocodes={}) for region in before]
    authority = await busy.served.store.issuers.authority("demo-harbour")
    regions = busy.served.store.regions

    await regions.replace(bare, authority_id=authority, actor=Actor("test"))
    pages = [
        await busy.ask("GET", path, key=None)
        for path in (f"/warnings/{reply.json['id']}?lang=en", "/?lang=en&refresh=off")
    ]
    await regions.replace(before, authority_id=authority, actor=Actor("test"))

    assert [page.status for page in pages] == [200, 200]
    assert all(b"By geocode" in page.body for page in pages)


async def test_what_an_issuer_writes_is_shown_as_text(busy):
    event = "&lt;script&gt;alert(1)&lt;/script&gt; {{ 7 * 191 }} {% for x in y %}"

    reply = await busy.post(cap(event=event))
    await busy.settled(reply)

    for path in (f"/warnings/{reply.json['id']}?lang=en", "/feeds/alerts.rss?lang=en"):
        page = (await busy.ask("GET", path, key=None)).body
        assert b"<script" not in page
        assert b"{{ 7 * 191 }}" in page
        assert b"1337" not in page


@pytest.mark.parametrize(
    "query",
    ["cursor=" + "9" * 30, "cursor=" + "9" * 5000, "limit=-1", "limit=", "limit=many",
     "cursor=%D9%A3", "state=lost", "format=pdf"],
)  # fmt: skip
async def test_a_page_that_cannot_be_is_refused(busy, query):
    first = (await busy.post(cap())).json

    reply = await busy.ask("GET", f"/v1/alerts/{first['id']}/deliveries?{query}")

    assert reply.status == 400
    assert reply.headers["Content-Type"] == PROBLEM
