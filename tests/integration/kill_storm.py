"""SIGKILL at 20 seeded moments of one fan-out of 5,000 subscribers, at each level.

The far end's journal is the witness; whom it must name is found by testing every line of
the list against the polygon.
"""

import asyncio
from random import Random

from tests.integration.alerts import alert, info, xml
from tests.integration.far_end import Broker, far_end, fill, write_config
from warnbroker.app import open_ledger, scale_of
from warnbroker.cli.witness import Wanted, area_of, judge, regions_within
from warnbroker.model.receipt import State

KILLS = 20
SUBSCRIBERS = 5000
CHANNELS = ("sms", "email", "feed")
KINDS = {"sms": "sms", "email": "mail"}


async def killed_twenty_times_nobody_is_lost(tmp_path, level):
    async with far_end(tmp_path) as end:
        config = write_config(tmp_path, end, only=CHANNELS, routing=[{"channels": list(CHANNELS)}])
        broker = Broker(config)
        broker.session.headers["Authorization"] = (
            f"Bearer {await fill(broker.settings, tmp_path, SUBSCRIBERS)}"
        )
        body = xml(alert(infos=(info(level), info(level, "zh-CN"))))
        wanted = _wanted(broker, body, level)
        owed = judge(tmp_path / "subscribers.csv", wanted, end.journal)
        total = sum(len(found.expected) for found in owed.values())
        try:
            alert_id = await _storm(broker, end, body, Random(level), total)
            await broker.settled(alert_id)
        finally:
            await broker.stop()
        repeated, unknown = await _ledger(broker, alert_id)

    found = judge(tmp_path / "subscribers.csv", wanted, end.journal)
    for channel, kind in KINDS.items():
        reached = end.accepted(kind)
        doubled = {address for address, times in reached.items() if times > 1}
        assert found[channel].strangers == frozenset()
        assert found[channel].lost <= unknown[channel]
        assert doubled <= repeated[channel]
        if level in {"red", "orange"}:
            assert found[channel].lost == frozenset()
            assert max(reached.values()) <= 2 + KILLS
        else:
            assert not repeated[channel]
    assert alert_id in (tmp_path / "published" / "feeds" / "alerts.atom").read_text()


def _wanted(broker: Broker, body: bytes, level: str) -> Wanted:
    scale = scale_of(broker.settings.levels)
    area = area_of(body)
    return Wanted(
        area=area,
        region_codes=regions_within(broker.settings.regions.file, area),
        rank=scale[level].rank,
        ranks={item.code: item.rank for item in scale.levels},
        categories=frozenset({"Met"}),
        channels=frozenset(CHANNELS),
    )


async def _storm(broker: Broker, end, body: bytes, chance: Random, total: int) -> str:
    """Kill the broker whenever the far end has seen as many messages as the dice said."""
    moments = sorted(chance.randrange(total) for _ in range(KILLS))
    await broker.start()
    accepted = await broker.post(body)
    for moment in moments:
        # What is left as UNKNOWN at the lower levels is never seen by the far end.
        while end.size() < moment and not await _is_settled(broker, accepted["id"]):
            await asyncio.sleep(0.02)
        await asyncio.sleep(chance.random() * 0.05)
        await broker.kill()
        await broker.start()
    return accepted["id"]


async def _is_settled(broker: Broker, alert_id: str) -> bool:
    return (await broker.get(f"/v1/alerts/{alert_id}/progress"))["settled"]


async def _ledger(broker: Broker, alert_id: str):
    """Return, by channel, the addresses with a marked repeat and those left as UNKNOWN."""
    repeated = {name: set() for name in KINDS}
    unknown = {name: set() for name in KINDS}
    async with open_ledger(broker.settings) as store:
        record = await store.alerts.find(alert_id)
        after = 0
        while page := await store.deliveries.page(
            record.id, channel="", state="", after=after, limit=1000
        ):
            after = page[-1].id
            for history in page:
                if history.channel not in KINDS:
                    continue
                marked = any(attempt.repeat for attempt in history.attempts)
                if not marked and history.state is not State.UNKNOWN:
                    continue
                claimed = await store.deliveries.claimed(history.alert_id, history.id)
                if marked:
                    assert any(r.state is State.UNKNOWN for _, r in history.receipts)
                    repeated[history.channel].add(claimed.address)
                if history.state is State.UNKNOWN:
                    unknown[history.channel].add(claimed.address)
    return repeated, unknown
