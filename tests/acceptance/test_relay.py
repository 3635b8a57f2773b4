"""Alerts of other platforms: published with their defects, told where they surely hold."""

import asyncio
import json
from uuid import uuid4

import pytest

from tests.acceptance.bodies import HERE, SENDER, cap, instant
from tests.acceptance.conftest import PEOPLE, broker
from tests.acceptance.hostile import XML

OTHER = "up@province.example"


@pytest.fixture(scope="module")
async def kept(tmp_path_factory):
    """A broker that is sent nothing but what it must withhold."""
    async with broker(tmp_path_factory.mktemp("kept"), people=PEOPLE) as found:
        yield found


async def relay(broker, body, key="platform"):
    return await broker.post(body, path="/v1/relay", key=key)


def foreign(**changed):
    """Write an alert of another platform that says what no other one says."""
    headline = f"Wind {uuid4().hex[:8]}"
    return cap(**{"sender": OTHER, "headline": headline, "severity": "Severe", **changed})


def rules(reply):
    return {item["rule"] for item in reply.json["defects"]}


async def deliveries(broker, reply):
    """Return the channels of an alert's deliveries, but for what offices are told of it."""
    await broker.settled(reply)
    found = broker.query(
        "SELECT delivery.channel FROM delivery JOIN alert ON alert.id = delivery.alert_id "
        "JOIN message ON message.id = message_id AND message.alert_id = alert.id "
        "WHERE public_id = ? AND kind != 'notice'",
        reply.json["id"],
    )
    return sorted(channel for (channel,) in found)


async def test_a_sound_alert_of_another_platform_is_told_like_our_own(busy):
    reply = await relay(busy, foreign())

    assert reply.status == 202
    assert reply.json["relayed"] is True
    assert reply.json["cause"] is None
    assert await deliveries(busy, reply) == ["feed", "sms", "sms"]
    page = await busy.ask("GET", reply.json["links"]["page"], key=None)
    assert page.status == 200


async def test_small_faults_are_put_right_named_and_told_all_the_same(busy):
    body = foreign(place="<polygon>60.165,24.940 60.165,24.950 60.170,24.950</polygon>")
    body = body.replace("-00:00</sent>", "Z</sent>").replace("cap:1.2", "cap:1.1")

    reply = await relay(busy, body)

    assert {"relay.polygon.open", "relay.time.form", "relay.version"} <= rules(reply)
    assert await deliveries(busy, reply) == ["feed", "sms", "sms"]
    published = await busy.ask("GET", f"/cap/{reply.json['id']}.xml", key=None)
    assert b"cap:1.2" in published.body
    assert b">60.165,24.94 60.165,24.95 60.17,24.95 60.165,24.94<" in published.body


@pytest.mark.parametrize(
    ("place", "rule"),
    [
        ("<geocode><valueName>warnbroker:region</valueName><value>nowhere</value></geocode>", ""),
        ("<polygon>somewhere near the coast</polygon>", "relay.polygon.unreadable"),
        (f"{HERE}<polygon>1,2</polygon>", "relay.polygon.unreadable"),
        ("<polygon>95,24.9 95,25 60.2,25 95,24.9</polygon>", "cap.area.polygon.range"),
        ("<circle>95,24.9 3</circle>", "cap.area.circle.range"),
        (
            f"{HERE}<geocode><valueName>EXCLUDE_POLYGON</valueName><value>1,2</value></geocode>",
            "",
        ),
        ("", ""),
    ],
)
async def test_what_cannot_be_placed_is_published_and_told_to_nobody(busy, place, rule):
    reply = await relay(busy, foreign(place=place))

    assert {"relay.area.unplaced"} | ({rule} if rule else set()) <= rules(reply)
    assert await deliveries(busy, reply) == ["feed"]
    assert (await busy.ask("GET", f"/cap/{reply.json['id']}.xml", key=None)).status == 200
    assert (await busy.ask("GET", reply.json["links"]["page"], key=None)).status == 200


async def test_an_update_that_cannot_be_placed_reaches_all_who_were_told(busy):
    name, sent = f"a-{uuid4().hex}", instant(-5)
    first = await relay(busy, foreign(identifier=name, sent=sent))
    assert await deliveries(busy, first) == ["feed", "sms", "sms"]

    update = await relay(
        busy, foreign(msgType="Update", references=f"{OTHER},{name},{sent}", place="")
    )

    assert update.json["warning"] == first.json["warning"]
    assert await deliveries(busy, update) == ["feed", "sms", "sms"]
    kinds = busy.query(
        "SELECT DISTINCT kind FROM message JOIN delivery ON message.id = delivery.message_id "
        "AND message.alert_id = delivery.alert_id JOIN alert ON alert.id = delivery.alert_id "
        "WHERE alert.public_id = ? AND kind != 'notice'",
        update.json["id"],
    )
    assert kinds == [("update",)]


@pytest.mark.parametrize(
    ("body", "cause"),
    [
        ("no XML at all", "not_xml"),
        ("<feed/>", "not_xml"),
        ('<!DOCTYPE a [<!ENTITY x "y">]>' + foreign().partition("\n")[2], "not_xml"),
        (foreign(sender=""), "no_sender"),
        (foreign(sent="yesterday"), "no_sent"),
    ],
)
async def test_what_must_be_withheld_is_kept_and_never_leaves(kept, body, cause):
    reply = await relay(kept, body)
    again = await relay(kept, body)

    assert (reply.status, again.status) == (202, 200)
    assert (reply.json["state"], reply.json["cause"]) == ("withheld", cause)
    assert again.json["id"] == reply.json["id"]
    assert (await kept.ask("GET", reply.json["links"]["page"], key=None)).status == 404
    [(received, detail)] = kept.query(
        "SELECT received, detail FROM alert JOIN audit ON audit.subject = alert.public_id "
        "AND audit.event = 'alert_withheld' WHERE public_id = ?",
        reply.json["id"],
    )
    assert received == body.encode()
    assert json.loads(detail)["cause"] == cause
    assert kept.rows()["delivery"] == 0


async def test_the_same_content_under_a_new_name_is_withheld(busy):
    body = foreign()
    first = await relay(busy, body)
    same = await relay(busy, body)
    renamed = await relay(
        busy,
        body.replace(first.json["identifier"], f"b-{uuid4().hex}").replace(OTHER, "x@y.example"),
    )

    assert (first.status, same.status) == (202, 200)
    assert same.json["id"] == first.json["id"]
    assert (renamed.json["state"], renamed.json["cause"]) == ("withheld", "reissue")


async def test_other_content_under_a_known_name_is_kept_aside_and_blocks_nobody(busy):
    name = f"a-{uuid4().hex}"
    first = await relay(busy, foreign(identifier=name))
    other = await relay(busy, foreign(identifier=name))

    assert first.json["state"] == "accepted"
    assert (other.json["state"], other.json["cause"]) == ("withheld", "reissue")
    assert other.json["id"] != first.json["id"]


@pytest.mark.parametrize(
    "changed", [{"status": "Exercise"}, {"status": "Certainly"}, {"scope": "Private"},
                {"scope": ""}, {"msgType": "Warn"}]
)  # fmt: skip
async def test_what_is_not_surely_actual_and_public_is_kept_and_never_leaves(busy, changed):
    reply = await relay(busy, foreign(**changed))

    assert reply.json["state"] == "recorded"
    assert (await busy.ask("GET", f"/cap/{reply.json['id']}.xml", key=None)).status == 404
    assert (await busy.ask("GET", reply.json["links"]["page"], key=None)).status == 404


async def test_a_platform_can_neither_end_nor_change_an_alert_of_our_own(busy):
    name, sent = f"a-{uuid4().hex}", instant(-5)
    own = await busy.post(cap(identifier=name, sent=sent, headline=f"Own {uuid4().hex}"))
    assert own.status == 202

    forged = await relay(busy, foreign(sender=SENDER, msgType="Cancel",
                                       references=f"{SENDER},{name},{sent}"))  # fmt: skip

    assert "relay.references.own" in rules(forged)
    assert forged.json["warning"] != own.json["warning"]
    found = await busy.ask("GET", own.json["links"]["self"])
    assert found.json["state"] not in {"updated", "cancelled"}


async def test_what_a_platform_may_not_warn_of_is_published_and_told_to_nobody(busy):
    reply = await relay(busy, foreign(), key="north")

    assert "relay.platform" in rules(reply)
    assert await deliveries(busy, reply) == ["feed"]


async def test_an_alert_that_had_expired_when_it_came_is_told_to_nobody(busy):
    reply = await relay(busy, foreign(sent=instant(-90), expires=instant(-30)))

    assert "relay.expired" in rules(reply)
    assert "sms" not in await deliveries(busy, reply)


async def test_a_cancel_of_an_alert_that_never_came_is_kept_for_when_it_comes(busy):
    reply = await relay(
        busy, foreign(msgType="Cancel", references=f"{OTHER},unheard-of,{instant(-60)}")
    )

    assert reply.status == 202
    assert await deliveries(busy, reply) == []


async def test_an_alert_without_an_info_is_kept_and_shown_without_harm(busy):
    reply = await relay(busy, foreign().partition("<info>")[0] + "</alert>")

    assert await deliveries(busy, reply) == []
    assert (await busy.ask("GET", reply.json["links"]["page"], key=None)).status == 200
    assert (await busy.ask("GET", "/", key=None)).status == 200


async def test_an_envelope_of_two_alerts_is_two_alerts(busy):
    two = "".join(f"<contentObject>{foreign().partition('?>')[2]}</contentObject>" for _ in "ab")
    space = "urn:oasis:names:tc:emergency:EDXL:DE:1.0"

    reply = await relay(busy, f'<EDXLDistribution xmlns="{space}">{two}</EDXLDistribution>')

    assert reply.status == 202
    assert [item["state"] for item in reply.json["items"]] == ["accepted", "accepted"]


async def test_one_post_many_times_at_once_is_one_alert(busy):
    body = foreign()

    replies = await asyncio.gather(*[relay(busy, body) for _ in range(8)])

    assert len({reply.json["id"] for reply in replies}) == 1
    assert sorted(reply.status for reply in replies) == [200] * 7 + [202]


async def test_only_a_platforms_key_may_relay_and_only_as_its_sender(busy):
    assert (await relay(busy, foreign(), key="desk")).status == 403
    assert (await relay(busy, foreign(), key=None)).status == 401
    assert (await relay(busy, foreign(), key="bound")).status == 202
    assert (await relay(busy, foreign(sender="x@y.example"), key="bound")).status == 403
    assert (await busy.post(foreign(), key="platform")).status == 403


async def test_the_form_of_json_alerts_is_public(busy):
    reply = await busy.ask("GET", "/v1/schemas/alert.json", key=None)

    assert reply.status == 200
    assert reply.headers["Content-Type"] == "application/schema+json"
    assert reply.json["title"] == "Alert"
    assert {"identifier", "info"} <= set(reply.json["properties"])


@pytest.mark.parametrize("name", XML)
async def test_what_nobody_sends_in_good_faith_is_withheld_or_kept_and_told_to_nobody(kept, name):
    body, _ = XML[name]

    reply = await relay(kept, body)

    assert reply.status in {200, 202, 413}, reply.body[:300]
    if reply.status != 413:
        for item in reply.json.get("items", [reply.json]):
            found = kept.query(
                "SELECT count(*) FROM delivery JOIN alert ON alert.id = delivery.alert_id "
                "WHERE public_id = ? AND alert.state IN ('withheld', 'recorded')",
                item["id"],
            )
            assert found == [(0,)]
