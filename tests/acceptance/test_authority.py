"""Who may warn whom of what: every attempt over real HTTP, each with its right answer."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from shapely import Polygon

from tests.acceptance.conftest import Broker, Reply, broker
from tests.integration.alerts import SOUTH, alert, info, xml
from warnbroker.model.actor import Actor
from warnbroker.model.alert import Area, Circle, NamedValue
from warnbroker.model.enums import Category
from warnbroker.model.identity import sortable_ids
from warnbroker.model.record import IssuerRecord

PROBLEM = "application/problem+json"
SEAFRONT = "warning@seafront.example.org"
MARKET = "warning@market.example.org"
# In West Quay, which is a part of Seafront; in the market; across the border of the two.
QUAY = ((60.164, 24.945), (60.164, 24.947), (60.166, 24.947), (60.166, 24.945), (60.164, 24.945))
STALLS = ((60.169, 24.945), (60.169, 24.947), (60.170, 24.947), (60.170, 24.945), (60.169, 24.945))
BOTH = ((60.164, 24.945), (60.164, 24.947), (60.170, 24.947), (60.170, 24.945), (60.164, 24.945))
GRANTS = {
    "seafront": {"authority": "demo-seafront"},
    "quay": {"authority": "demo-seafront", "jurisdictions": ["demo-west-quay"]},
    "city for market": {"authority": "demo-harbour", "on_behalf": ["demo-market"]},
    "fire only": {"authority": "demo-harbour", "hazards": ["Fire"]},
    "calm": {"highest_level": "yellow"},
    "slow": {"rate": 1},
}


@pytest.fixture(scope="module")
async def house(tmp_path_factory) -> AsyncIterator[Broker]:
    async with broker(tmp_path_factory.mktemp("authority")) as found:
        keys = {}
        for name, granted in GRANTS.items():
            keys[name] = (await grant(found, name, **granted)).json["key"]
        yield replace(found, keys={**found.keys, **keys})


async def grant(house: Broker, name: str, **granted: object) -> Reply:
    return await house.ask("POST", "/v1/issuers", data=json.dumps({"name": name} | granted))


def surge(identifier: str, polygon=QUAY, level: str = "yellow", **changed) -> bytes:
    infos = [info(level, tag, polygon) for tag in ("en-US", "zh-CN")]
    return xml(alert(identifier, infos=infos, **changed))


async def test_an_authority_warns_under_its_own_sender_in_its_own_place(house):
    reply = await house.post(surge("own-1", sender=SEAFRONT), key="seafront")

    assert reply.status == 202, reply.body


REFUSED = {
    "outside the jurisdiction": ("seafront", SEAFRONT, STALLS, "yellow", "demo-seafront"),
    "partly outside": ("seafront", SEAFRONT, BOTH, "yellow", "jurisdiction of demo-seafront"),
    "outside the key's own": ("quay", SEAFRONT, STALLS, "yellow", "jurisdiction of quay"),
    "above the level": ("seafront", SEAFRONT, QUAY, "red", "up to the level orange, not of red"),
    "above the key's level": ("calm", MARKET, QUAY, "orange", "calm may warn up to the level yell"),
    "another authority's sender": ("seafront", MARKET, QUAY, "yellow", "a sender of demo-market"),
    "nobody's sender": ("seafront", "x@elsewhere.example", QUAY, "yellow", "no authority's sender"),
    "another hazard": ("fire only", "warning@demo-harbour.example", QUAY, "yellow", "Storm surge"),
    "on behalf, outside": ("city for market", MARKET, QUAY, "yellow", "demo-market"),
    "on behalf, above": ("city for market", MARKET, STALLS, "red", "demo-market may warn up to"),
    "on behalf, of a third": ("city for market", SEAFRONT, QUAY, "yellow", "demo-seafront"),
}


@pytest.mark.parametrize("why", REFUSED)
async def test_whoever_is_not_competent_is_told_what_they_lack(house, why):
    key, sender, polygon, level, words = REFUSED[why]
    before = house.rows()["alert"]

    reply = await house.post(surge(uuid4().hex, polygon, level, sender=sender), key=key)

    assert reply.status == 403, reply.body
    assert reply.headers["Content-Type"] == PROBLEM
    assert words in reply.json["detail"]
    assert house.rows()["alert"] == before


async def test_on_behalf_of_another_authority_that_one_stays_the_sender(house):
    reply = await house.post(surge("for-market", STALLS, sender=MARKET), key="city for market")

    assert reply.status == 202, reply.body
    assert reply.json["sender"] == MARKET


async def test_nobody_ends_what_they_might_not_have_issued_even_under_the_same_sender(house):
    first = alert("ended-by", infos=[info("orange", t, BOTH) for t in ("en-US", "zh-CN")])
    first = replace(first, sender=SEAFRONT)
    assert (await house.post(xml(first))).status == 202
    reference = f"{SEAFRONT},ended-by,{first.sent.isoformat()}"
    cancel = xml(alert("ends", infos=(), sender=SEAFRONT)).decode()
    cancel = cancel.replace("<msgType>Alert", "<msgType>Cancel").replace(
        "</alert>", f"<references>{reference}</references></alert>"
    )

    reply = await house.post(cancel, key="quay")

    assert reply.status == 403, reply.body


async def test_an_expired_key_opens_nothing_and_says_that_it_has_expired(house):
    store, now = house.served.store, datetime.now(UTC)
    record = IssuerRecord(
        id=next(sortable_ids(lambda: now)), name="expired", sender="", roles=("issuer",),
        jurisdictions=(), hazards=(), authority_id=1, created_at=now - timedelta(days=2),
        expires_at=now - timedelta(seconds=1),
    )  # fmt: skip
    key = await store.issuers.add(record, actor=Actor("test"))

    reply = await house.post(surge("expired"), key=key)

    assert reply.status == 401
    assert "this key expired at" in reply.json["detail"]
    assert "WWW-Authenticate" in reply.headers


async def test_a_key_that_is_revoked_or_renewed_opens_nothing_from_then_on(house):
    made = (await grant(house, "short-lived", expires="90d")).json
    renewed = await house.ask("POST", f"/v1/issuers/{made['id']}/renew")
    old = await house.ask("GET", "/v1/warnings", key=made["key"])
    new = await house.ask("GET", "/v1/warnings", key=renewed.json["key"])

    gone = [await house.ask("DELETE", f"/v1/issuers/{made['id']}") for _ in range(2)]
    then = await house.ask("GET", "/v1/warnings", key=renewed.json["key"])
    again = await house.ask("POST", f"/v1/issuers/{made['id']}/renew")

    assert [old.status, new.status, then.status] == [401, 200, 401]
    assert [reply.status for reply in gone] == [204, 204]
    assert again.status == 404
    assert renewed.json["expires"] == made["expires"]
    events = house.query(
        "SELECT event, actor, origin FROM audit WHERE subject = 'short-lived' ORDER BY sequence"
    )
    assert [event for event, _, _ in events] == ["issuer_added", "issuer_renewed", "issuer_revoked"]
    assert {(actor, origin) for _, actor, origin in events} == {("desk", "127.0.0.1")}


async def test_who_asks_too_often_is_told_when_to_come_again(tmp_path):
    async with broker(tmp_path, more={"access": {"rate": 1, "burst": 3}}) as house:
        asked = [await house.ask("GET", "/v1/warnings") for _ in range(4)]
        other = await house.ask("GET", "/v1/warnings", key="fire")
        public = [await house.ask("GET", "/", key=None) for _ in range(10)]
        health = [await house.ask("GET", "/health/live", key=None) for _ in range(10)]
        callback = await house.ask("POST", "/receipts/twilio/sms/x/1.1", key=None)

    assert [reply.status for reply in asked] == [200, 200, 200, 429]
    assert asked[-1].headers["Content-Type"] == PROBLEM
    assert 1 <= int(asked[-1].headers["Retry-After"]) <= 60
    assert other.status == 200
    assert {reply.status for reply in (*public, *health)} == {200}
    assert callback.status in {400, 403, 404}


async def test_only_operators_manage_issuers(house):
    for method, path in (("GET", ""), ("POST", ""), ("DELETE", "/1"), ("POST", "/1/renew")):
        reply = await house.ask(method, f"/v1/issuers{path}", key="auditor")

        assert reply.status == 403, (method, path)
        assert "operator" in reply.json["detail"]


async def test_a_key_is_shown_once_and_kept_as_a_hash(house):
    made = (await grant(house, "shown once", person="Li Wei", authority="demo-harbour")).json

    listed = await house.ask("GET", "/v1/issuers?limit=1000")
    alone = await house.ask("GET", f"/v1/issuers/{made['id']}")

    assert made["key"].startswith("wbk_")
    assert made["key"].encode() not in listed.body + alone.body
    assert alone.json == {name: value for name, value in made.items() if name != "key"}
    assert alone.json["person"] == "Li Wei"
    rows = house.query("SELECT * FROM issuer WHERE name = 'shown once'")
    assert made["key"] not in str(rows)


async def test_issuers_are_listed_page_by_page(house):
    everyone = (await house.ask("GET", "/v1/issuers?limit=1000")).json["items"]

    seen, cursor = [], "0"
    while cursor is not None:
        page = (await house.ask("GET", f"/v1/issuers?limit=4&cursor={cursor}")).json
        seen, cursor = [*seen, *page["items"]], page["next"]

    assert seen == everyone
    assert {"desk", "seafront"} <= {item["name"] for item in seen}


@pytest.mark.parametrize(
    ("granted", "path"),
    [
        ({"name": "  "}, "name"),
        ({"roles": ["king"]}, "roles"),
        ({"roles": []}, "roles"),
        ({"authority": "atlantis"}, "authority"),
        ({"authority": "marine-office"}, "authority"),
        ({"authority": "demo-seafront", "sender": MARKET}, "sender"),
        ({"jurisdictions": ["atlantis"]}, "jurisdictions"),
        ({"highest_level": "purple"}, "highest_level"),
        ({"on_behalf": ["atlantis"]}, "on_behalf"),
        ({"expires": "soon"}, "expires"),
        ({"expires": "2020-01-01"}, "expires"),
    ],
)
async def test_a_permit_that_makes_no_sense_is_refused_with_its_field(house, granted, path):
    reply = await grant(house, **{"name": "nonsense"} | granted)

    assert reply.status == 422, reply.body
    assert [fault["path"] for fault in reply.json["errors"]] == [path]
    assert not house.query("SELECT 1 FROM issuer WHERE name = 'nonsense'")


@pytest.mark.parametrize("body", ["[]", "{}", '{"name": 1}', '{"name": "x", "key": "mine"}', "{"])
async def test_a_body_that_is_no_permit_is_refused(house, body):
    reply = await house.ask("POST", "/v1/issuers", data=body)

    assert reply.status == 400
    assert reply.headers["Content-Type"] == PROBLEM


async def test_a_name_that_is_taken_is_not_taken_again(house):
    reply = await grant(house, "seafront")

    assert reply.status == 409


async def test_the_area_is_read_back_as_it_was_ordered(house):
    posted = await house.post(surge("read-back"))
    asked = await house.ask("GET", f"/v1/alerts/{posted.json['id']}")
    rehearsed = await house.post(surge("rehearsed"), path="/v1/alerts?dry_run=true")

    for reply in (posted, asked, rehearsed):
        area = reply.json["area"]
        assert area["ordered"]["type"] == area["accepted"]["type"] == "Polygon"
        assert area["difference_km2"] == 0
        assert area["same"] is True
        # 0.002 degrees each way: 222.8 m by 110.9 m on the ellipsoid at this latitude.
        assert area["km2"] == pytest.approx(0.2228 * 0.1109, rel=0.01)


async def test_a_place_in_the_ledger_that_is_not_the_one_that_was_ordered_is_flagged(house):
    posted = await house.post(surge("tampered"))
    record = await house.served.store.alerts.find(posted.json["id"])
    area = alert_area(STALLS)

    await house.served.store.database.write(
        lambda c: c.exec_driver_sql("UPDATE alert SET area = ? WHERE id = ?", (area, record.id))
    )
    found = (await house.ask("GET", f"/v1/alerts/{posted.json['id']}")).json["area"]

    assert found["same"] is False
    assert found["difference_km2"] > 0.01


def alert_area(polygon) -> bytes:
    return Polygon([(lon, lat) for lat, lon in polygon]).wkb


CROSSED = ((60.164, 24.945), (60.166, 24.947), (60.164, 24.947), (60.166, 24.945), (60.164, 24.945))
SWAPPED = tuple((lon, lat) for lat, lon in QUAY)
BROKEN = {
    "crossed": Area("x", polygons=(CROSSED,)),
    "swapped": Area("x", polygons=(SWAPPED,)),
    "flat": Area("x", polygons=((QUAY[0], QUAY[1], QUAY[0], QUAY[0]),)),
    "no shape": Area("x"),
    "no such code": Area("x", geocodes=(NamedValue("GB/T 2260", "000000"),)),
    "no such code beside a polygon": Area(
        "x", polygons=(QUAY,), geocodes=(NamedValue("GB/T 2260", "000000"),)
    ),
    "far away": Area("x", circles=(Circle((10.0, 10.0), 5.0),)),
}


@pytest.mark.parametrize("how", BROKEN)
async def test_an_area_that_is_no_place_is_refused_and_never_widened(house, how):
    infos = [replace(info("yellow", tag), areas=(BROKEN[how],)) for tag in ("en-US", "zh-CN")]
    before = house.rows()["alert"]

    reply = await house.post(xml(alert(uuid4().hex, infos=infos)))

    assert reply.status == 422, reply.body
    assert any(".area." in rule or rule.startswith("area.") for rule in reply.rules), reply.rules
    assert house.rows()["alert"] == before


async def test_a_region_that_the_hazard_may_reach_and_that_is_left_out_is_named(house):
    reach = {"event": "Fire", "categories": (Category.FIRE,)}
    infos = [
        info("yellow", tag, QUAY, **reach | {"event": event})
        for tag, event in (("en-US", "Fire"), ("zh-CN", "火灾"))
    ]

    reply = await house.post(xml(alert("left-out", infos=infos)))

    warned = [item for item in reply.json["warnings"] if item["rule"] == "area.adjacent.left_out"]
    assert reply.status == 202, reply.body
    assert [item["level"] for item in warned] == ["warning"]
    assert "Market" in warned[0]["message"]
    assert "West Quay" not in warned[0]["message"]


async def test_an_issuer_without_limits_is_as_free_as_before(house):
    reply = await house.post(surge("free", SOUTH, sender="anyone@elsewhere.example"))

    assert reply.status == 202, reply.body
