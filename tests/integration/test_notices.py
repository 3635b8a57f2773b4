"""Offices are told beside the public, over real HTTP and SMTP, with receipts like all."""

from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from tests.integration.alerts import alert, info, reference, xml
from tests.integration.far_end import Broker, far_end, fill, write_config
from warnbroker.model.enums import MsgType, Scope, Status
from warnbroker.model.receipt import POSITIVE
from warnbroker.simulator.journal import read_journal

pytestmark = pytest.mark.timeout(240)

QUAY = ((60.164, 24.945), (60.164, 24.947), (60.166, 24.947), (60.166, 24.945), (60.164, 24.945))
NORTH_BAY = (
    (60.177, 24.935), (60.177, 24.939), (60.179, 24.939), (60.179, 24.935), (60.177, 24.935),
)  # fmt: skip
OFFICES = {
    "home": {
        "names": {"en": "Home"}, "above": "province", "regions": ["demo"],
        "senders": ["warning@demo-harbour.example"],
        "contacts": [{"phone": "+15990990002"}],
    },
    "province": {
        "names": {"en": "Province"}, "regions": ["demo"],
        "contacts": [{"email": "duty@province.example.org", "language": "zh-CN"}],
    },
    "seafront": {
        "names": {"en": "Seafront"}, "above": "home", "regions": ["demo-seafront"],
        "contacts": [
            {"phone": "+15990990003", "voice": "+15991990003", "language": "en"},
            {"phone": "+15990990003", "language": "zh-CN"},
        ],
    },
    "bridgehead": {
        "names": {"en": "Bridgehead"}, "above": "home", "regions": ["demo-bridgehead"],
        "contacts": [{"phone": "+15990990004"}],
    },
    "marine": {"names": {"en": "Marine"}, "contacts": [{"email": "duty@marine.example.org"}]},
}  # fmt: skip
NOTIFY = {"STORM_SURGE": {"notify": {"yellow": ["marine"], "red": [], "orange": []}}}
CONCERNED = {
    "duty@province.example.org",
    "duty@marine.example.org",
    "+15990990003",
    "+15991990003",
}


@asynccontextmanager
async def desk(folder, **over):
    settings = {
        "authorities": OFFICES,
        "hazards": NOTIFY,
        "municipality": {"authority": "home"},
    }
    async with far_end(folder) as end:
        config = write_config(folder, end, only=("sms", "voice", "email"), **settings | over)
        broker = Broker(config)
        key = await fill(broker.settings, folder, 40)
        broker.session.headers["Authorization"] = f"Bearer {key}"
        await broker.start()
        try:
            yield broker, end
        finally:
            await broker.stop()


def surge(identifier, polygon=QUAY, **changed):
    infos = [info("yellow", tag, polygon) for tag in ("en-US", "zh-CN")]
    return alert(identifier, infos=infos, **changed)


def sent_to_offices(end):
    return [
        entry
        for entry in read_journal(end.journal)
        if entry.get("accepted")
        and str(entry["to"]).startswith(("+15990990", "+15991990", "duty@"))
    ]


async def test_whoever_is_concerned_is_told_once_with_receipts_and_counts_in_no_audience(tmp_path):
    async with desk(tmp_path) as (broker, end):
        made = await broker.post(xml(surge("notice-1")))
        progress = await broker.settled(made["id"])
        whole = await broker.get(f"/v1/alerts/{made['id']}")
        told = sent_to_offices(end)
        every = (await broker.get(f"/v1/alerts/{made['id']}/deliveries?limit=1000"))["items"]

    assert sorted(entry["to"] for entry in told) == sorted(CONCERNED)
    texts = {entry["to"]: str(entry) for entry in told}
    assert "FOR YOUR INFORMATION" in texts["+15990990003"]
    public = sum(sum(states.values()) for states in progress["channels"].values())
    notices = sum(sum(states.values()) for states in progress["notices"].values())
    assert notices == len(CONCERNED)
    assert {state for states in progress["notices"].values() for state in states} <= POSITIVE
    assert progress["notices"]["sms"] == {"DELIVERED": 1}
    assert sum(whole["audience"].values()) == public
    assert len(every) == public + notices
    assert sum(item["notice"] for item in every) == notices


async def test_who_was_told_of_the_warning_is_told_of_its_end_wherever_the_area_has_moved(tmp_path):
    async with desk(tmp_path) as (broker, end):
        first = surge("notice-2")
        await broker.settled((await broker.post(xml(first)))["id"])
        update = surge(
            "notice-3", NORTH_BAY, msg_type=MsgType.UPDATE, references=[reference(first)]
        )
        await broker.settled((await broker.post(xml(update)))["id"])
        cancel = replace(
            surge("notice-4", NORTH_BAY),
            msg_type=MsgType.CANCEL, references=(reference(first), reference(update)),
        )  # fmt: skip
        await broker.settled((await broker.post(xml(cancel)))["id"])
        texts = [
            str(e) for e in sent_to_offices(end) if e["to"] == "+15990990003" and e["kind"] == "sms"
        ]

    assert len(texts) == 3
    assert "UPDATE" in texts[1]
    assert "LIFTED" in texts[2]


async def test_a_region_that_is_not_touched_is_told_nothing(tmp_path):
    async with desk(tmp_path) as (broker, end):
        await broker.settled((await broker.post(xml(surge("notice-5", NORTH_BAY))))["id"])
        told = {entry["to"] for entry in sent_to_offices(end)}

    assert told == {"duty@marine.example.org"}


@pytest.mark.parametrize(
    "changed",
    [
        {"status": Status.EXERCISE},
        {"scope": Scope.RESTRICTED, "restriction": "office"},
        {"codes": ("warnbroker:internal",)},
    ],
    ids=["a drill", "restricted", "internal"],
)
async def test_what_is_not_public_is_no_news_for_other_offices(tmp_path, changed):
    lists = {"office": {"names": {"en": "Office"}, "roles": ["officer"]}}
    async with desk(tmp_path, lists=lists) as (broker, end):
        await broker.settled((await broker.post(xml(surge("notice-6", **changed))))["id"])
        told = {entry["to"] for entry in sent_to_offices(end)}

    assert told <= {"+15990990002"}


async def test_a_broker_that_dies_tells_nobody_twice_and_nobody_less(tmp_path):
    async with desk(tmp_path) as (broker, end):
        made = await broker.post(xml(surge("notice-7")))
        await broker.kill()
        await broker.start()
        await broker.settled(made["id"])
        told = sorted(entry["to"] for entry in sent_to_offices(end))

    assert set(told) == CONCERNED
    assert len(told) - len(CONCERNED) <= 1
