"""Signed alerts of other platforms: as they came where they are good, withheld where it is owed."""

import asyncio
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from tests.acceptance.bodies import cap
from tests.acceptance.conftest import PEOPLE, broker
from tests.unit.cap.signature.pairs import make_pair
from warnbroker.cap.signature import sign

SENDER = "up@province.example"


@asynccontextmanager
async def platform(folder, policy):
    now = datetime.now(UTC)
    theirs, others = make_pair(folder, "theirs", begins=now), make_pair(folder, "x", begins=now)
    province = {
        "names": {"en": "Province"},
        "senders": [SENDER],
        "signature": policy,
        "certificates": [str(theirs.certificate_file)],
    }
    more = {"authorities": {"province": province}}
    async with broker(folder, people=PEOPLE, more=more) as found:
        yield found, theirs, others


def body(**changed):
    return cap(sender=SENDER, severity="Severe", headline=f"W {uuid4().hex}", **changed).encode()


async def relay(found, content):
    return await found.post(content, path="/v1/relay", key="platform")


def told(found, reply):
    """Return how many people are told of an alert by SMS, but for offices."""
    [(count,)] = found.query(
        "SELECT count(*) FROM delivery JOIN alert ON alert.id = delivery.alert_id "
        "JOIN message ON message.id = message_id AND message.alert_id = alert.id "
        "WHERE public_id = ? AND delivery.channel = 'sms' AND kind != 'notice'",
        reply.json["id"],
    )
    return count


async def published(found, reply):
    """Return the CAP document that readers get, once they get it and all is planned."""
    async with asyncio.timeout(30):
        while True:
            shown = await found.ask("GET", reply.json["links"]["self"])
            page = await found.ask("GET", f"/cap/{reply.json['id']}.xml", key=None)
            if shown.json["clock"]["planned"] and page.status == 200:
                return page.body
            await asyncio.sleep(0.02)


@pytest.mark.parametrize("policy", ["require", "verify"])
async def test_a_good_signature_goes_out_with_the_very_bytes_it_came_with(tmp_path, policy):
    async with platform(tmp_path, policy) as (found, theirs, _):
        signed = sign(body(), theirs.key, datetime.now(UTC))

        reply = await relay(found, signed)

        shown = await published(found, reply)
        assert reply.json["signature"] == "verified: CN=theirs"
        assert shown == signed
        assert told(found, reply) == 2


async def test_where_a_signature_is_owed_a_missing_or_wrong_one_is_withheld(tmp_path):
    async with platform(tmp_path, "require") as (found, theirs, others):
        content = body()
        forged = sign(content, others.key, datetime.now(UTC))
        changed = sign(content, theirs.key, datetime.now(UTC)).replace(b"Stay in", b"Go out")

        replies = [await relay(found, bad) for bad in (content, forged, changed)]

        assert [reply.json["cause"] for reply in replies] == ["signature"] * 3
        assert found.rows()["delivery"] == 0
        # None of them has taken the name of the real one.
        real = await relay(found, sign(content, theirs.key, datetime.now(UTC)))
        assert (real.status, real.json["state"]) == (202, "accepted")


async def test_a_wrong_signature_that_is_not_owed_is_published_and_told_to_nobody(tmp_path):
    async with platform(tmp_path, "verify") as (found, _, others):
        reply = await relay(found, sign(body(), others.key, datetime.now(UTC)))

        await published(found, reply)
        rules = {item["rule"] for item in reply.json["defects"]}
        assert {"signature.invalid", "relay.signature"} <= rules
        assert told(found, reply) == 0


async def test_an_unsigned_alert_is_told_where_none_is_owed(tmp_path):
    async with platform(tmp_path, "verify") as (found, _, __):
        reply = await relay(found, body())

        await published(found, reply)
        assert reply.json["signature"] == "absent"
        assert told(found, reply) == 2


async def test_a_faulty_message_with_a_good_signature_is_shown_as_signed_and_acted_on_as_read(
    tmp_path,
):
    async with platform(tmp_path, "require") as (found, theirs, _):
        signed = sign(body().replace(b"cap:1.2", b"cap:1.1"), theirs.key, datetime.now(UTC))

        reply = await relay(found, signed)

        shown = await published(found, reply)
        assert "relay.version" in {item["rule"] for item in reply.json["defects"]}
        assert shown == signed
        assert told(found, reply) == 2
        assert (await found.ask("GET", reply.json["links"]["page"], key=None)).status == 200
