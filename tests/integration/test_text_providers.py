"""Three providers of texts at once: an account, a gateway, and an SMPP centre as a process."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.integration.alerts import alert, info, xml
from tests.integration.far_end import Broker, FarEnd, far_end, fill, write_config
from tests.ports import free_port
from tests.unit.channels.smpp.conftest import Centre

pytestmark = pytest.mark.timeout(120)
PEOPLE = 120
LONG = "Leave now for the school on the hill. " * 6


class Carrier:
    """A centre, and everything that it was asked."""

    def __init__(self, centre: Centre) -> None:
        self.centre = centre
        self.asked: list[dict[str, Any]] = []
        self._reading = asyncio.create_task(self._read())

    async def _read(self) -> None:
        try:
            while True:
                self.asked.append(await self.centre.event("submit"))
        except EOFError:
            return

    def reached(self) -> Counter[str]:
        """Return how often each number got a whole text.

        Of one whose later parts were known not to be handed over, nobody was told: another
        provider sends it at once.
        """
        parts: defaultdict[tuple[str, int], set[int]] = defaultdict(set)
        totals: dict[tuple[str, int], int] = {}
        for entry in self.asked:
            reference, total, number = _part(entry)
            parts[entry["to"], reference].add(number)
            totals[entry["to"], reference] = total
        return Counter(f"+{key[0]}" for key, seen in parts.items() if len(seen) == totals[key])

    async def end(self) -> None:
        await self.centre.end()
        await self._reading


def _part(entry: dict[str, Any]) -> tuple[int, int, int]:
    """Return which text a part belongs to, of how many parts that is, and which one this is."""
    body = bytes.fromhex(entry["body"])
    return (body[3], body[4], body[5]) if entry["esm"] & 0x40 else (-1, 1, 1)


@pytest.fixture
async def far(tmp_path) -> AsyncIterator[FarEnd]:
    async with far_end(tmp_path) as end:
        yield end


def with_three(tmp_path, end: FarEnd, port: int) -> Broker:
    """Return a broker whose texts go by three providers."""
    account, token = end.addresses["account_sid"], end.addresses["auth_token"]
    shared = {"from": "Harbour", "receipt_timeout": 5}
    providers = {
        "account": shared
        | {
            "type": "twilio",
            "base_url": end.addresses["http"],
            "account_sid": account,
            "auth_token": token,
        },
        "gateway": shared
        | {
            "type": "http",
            "gateway": "plain",
            "base_url": f"{end.addresses['http']}/gateway",
            "values": {"token": token},
            "callback_secret": token,
        },
        "carrier": shared
        | {
            "type": "smpp",
            "host": "127.0.0.1",
            "port": port,
            "system_id": "broker",
            "binds": 2,
            "read_timeout": 2,
            "connect_timeout": 1,
        },
    }
    config = write_config(
        tmp_path, end, only=("sms",), channels={"sms": {"providers": providers}},
        routing=[{"channels": ["sms"]}],
    )  # fmt: skip
    return Broker(config)


async def histories(broker: Broker, alert_id: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    cursor = ""
    while True:
        page = await broker.get(f"/v1/alerts/{alert_id}/deliveries?limit=1000{cursor}")
        found += page["items"]
        if not page["next"]:
            return found
        cursor = f"&cursor={page['next']}"


async def test_everybody_ends_in_the_true_state_whichever_provider_had_them(tmp_path, far):
    carrier = Carrier(await Centre.start(0, "--report"))
    broker = with_three(tmp_path, far, carrier.centre.port)
    try:
        key = await fill(broker.settings, tmp_path, PEOPLE)
        broker.session.headers["Authorization"] = f"Bearer {key}"
        await broker.start()
        told = alert(infos=(info(instruction=LONG), info(language="zh-CN")))
        accepted = await broker.post(xml(told))
        await broker.settled(accepted["id"])
        items = await histories(broker, accepted["id"])
    finally:
        await broker.stop()
        await carrier.end()

    by = Counter(item["receipts"][0]["provider"] for item in items)
    assert set(by) == {"account", "gateway", "carrier"}
    assert len(items) == accepted_by_hand(far, carrier).total()
    assert set(accepted_by_hand(far, carrier).values()) == {1}
    states = Counter(item["state"] for item in items)
    undelivered = sum(1 for number in carrier.reached() if number.endswith("7"))
    assert undelivered > 0
    assert states == {"DELIVERED": len(items) - undelivered, "FAILED_PERM": undelivered}


def accepted_by_hand(far: FarEnd, carrier: Carrier) -> Counter[str]:
    return far.accepted("sms") + carrier.reached()


async def test_a_centre_that_dies_loses_nobody(tmp_path, far):
    carrier = Carrier(await Centre.start(free_port(), "--report"))
    broker = with_three(tmp_path, far, carrier.centre.port)
    try:
        key = await fill(broker.settings, tmp_path, PEOPLE)
        broker.session.headers["Authorization"] = f"Bearer {key}"
        await broker.start()
        accepted = await broker.post(xml(alert()))
        while len(carrier.asked) < 3:
            await asyncio.sleep(0.01)
        await carrier.end()
        await broker.settled(accepted["id"])
        items = await histories(broker, accepted["id"])
    finally:
        await broker.stop()
        await carrier.end()

    reached = accepted_by_hand(far, carrier)
    assert len(items) == len(reached)
    again = [item for item in items if any(attempt["repeat"] for attempt in item["attempts"])]
    # Who was told twice is marked as that, and only those whose outcome nobody knew were.
    assert sum(count - 1 for count in reached.values()) <= len(again)
    unknown = [i for i in items if any(r["state"] == "UNKNOWN" for r in i["receipts"])]
    assert {item["id"] for item in again} <= {item["id"] for item in unknown}
    assert not {"QUEUED", "RETRY_WAIT", "IN_FLIGHT"} & {item["state"] for item in items}
