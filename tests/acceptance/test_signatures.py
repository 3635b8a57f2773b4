"""Signed alerts over the real thing: judged as they come, signed as they go."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.acceptance.bodies import SENDER, cap
from tests.acceptance.conftest import broker
from tests.unit.cap.signature.pairs import make_pair
from warnbroker.cap.signature import read_certificate, sign, verify

NEIGHBOUR = "duty@north-bay.example"


def now() -> datetime:
    return datetime.now(UTC)


def pair(folder: Path, name: str):
    return make_pair(folder, name, begins=now())


def authority(policy: str, sender: str, *certificates: Path) -> dict[str, object]:
    return {
        "names": {"en": "North Bay"},
        "senders": [sender],
        "signature": policy,
        "certificates": [str(file) for file in certificates],
    }


async def published(found, answer) -> bytes:
    """Return the CAP document that readers get, once they get it."""
    async with asyncio.timeout(30):
        while True:
            page = await found.ask("GET", f"/cap/{answer.json['id']}.xml", key=None)
            if page.status == 200:
                return page.body
            await asyncio.sleep(0.05)


@pytest.fixture
async def signing(tmp_path):
    """A broker that signs, and that asks the neighbour to."""
    ours, theirs = pair(tmp_path, "ours"), pair(tmp_path, "theirs")
    more = {
        "signing": {"key_file": str(ours.key_file), "certificate": str(ours.certificate_file)},
        "authorities": {
            "north-bay": authority("require", NEIGHBOUR, theirs.certificate_file),
        },
    }
    async with broker(tmp_path, more=more) as found:
        yield found, ours, theirs


async def test_what_goes_out_is_signed_with_our_key_wherever_it_is_read(signing):
    found, ours, _ = signing
    answer = await found.post(cap())

    certificate = read_certificate(ours.certificate_file)
    public = await published(found, answer)
    private = await found.ask("GET", answer.json["links"]["cap"])

    assert verify(public, [certificate], now()).subject == "CN=ours"
    assert public == private.body


async def test_a_signed_message_is_published_as_it_came(signing):
    found, _, theirs = signing
    body = sign(cap(sender=NEIGHBOUR).encode(), theirs.key, now())
    answer = await found.post(body)

    assert await published(found, answer) == body
    assert found.query("SELECT signature FROM alert") == [("verified: CN=theirs",)]


async def test_who_must_sign_and_does_not_is_refused(signing):
    found, ours, theirs = signing
    unsigned = cap(sender=NEIGHBOUR)
    altered = sign(unsigned.encode(), theirs.key, now()).replace(b"Strong wind", b"No wind at all")
    strange = sign(unsigned.encode(), ours.key, now())

    for body, rule in (
        (unsigned, "signature.required"),
        (altered, "signature.invalid"),
        (strange, "signature.invalid"),
    ):
        answer = await found.post(body)
        assert (answer.status, answer.rules) == (403, [rule])
    assert found.rows()["alert"] == 0


async def test_without_a_usable_key_nothing_goes_out(signing):
    found, ours, _ = signing
    ours.key_file.write_text("gone")

    answer = await found.post(cap())

    assert answer.status == 503
    assert answer.json["title"] == "The alert cannot be signed"
    assert found.rows()["alert"] == 0


async def test_a_waiting_alert_shows_no_signature(tmp_path):
    ours = pair(tmp_path, "ours")
    more = {
        "signing": {"key_file": str(ours.key_file), "certificate": str(ours.certificate_file)},
    }
    chain = [{"steps": [{"name": "approve"}]}]
    release = {"flows": {"standard": chain, "relay": []}}
    async with broker(tmp_path, release=release, more=more) as found:
        answer = await found.post(cap())
        assert answer.json["state"] == "pending"

        shown = await found.ask("GET", answer.json["links"]["cap"])

        assert b"Signature" not in shown.body
        assert SENDER.encode() in shown.body
