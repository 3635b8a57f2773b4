"""Ladders over a real broker process and simulated providers."""

import asyncio

import pytest

from tests.integration.alerts import alert, info, xml
from tests.integration.far_end import Broker, far_end, fill, write_config

pytestmark = pytest.mark.timeout(240)

NOW = "PT0S"


def ladder(*rungs, **over):
    return {"escalation": {"ladders": {"red": list(rungs)}, "gather": NOW, **over}}


async def until(fulfilled):
    while not await fulfilled():
        await asyncio.sleep(0.1)


async def test_who_gets_no_receipt_is_called_again_once_and_then_sent_a_mail(tmp_path):
    faults = tmp_path / "faults.yaml"
    faults.write_text("callbacks: [{fault: never, rate: 1}]")
    steps = ladder(
        {"after": "PT1S", "do": "again", "channels": ["voice"]},
        {"after": "PT1S", "do": "channels", "channels": ["email"]},
    )
    routing = {"routing": [{"channels": ["sms", "voice"]}]}
    async with far_end(tmp_path, "--faults", str(faults)) as end:
        config = write_config(tmp_path, end, only=("sms", "voice", "email"), **steps, **routing)
        broker = Broker(config)
        key = await fill(broker.settings, tmp_path, 60)
        broker.session.headers["Authorization"] = f"Bearer {key}"
        await broker.start()
        try:
            made = await broker.post(xml(alert("again-1", infos=[info(), info(language="zh-CN")])))

            async def mailed():
                channels = (await broker.get(f"/v1/alerts/{made['id']}/progress"))["channels"]
                return channels.get("email", {}).get("ACCEPTED")

            await until(mailed)
            await asyncio.sleep(1.5)
            every = await broker.get(f"/v1/alerts/{made['id']}/deliveries?limit=1000")
        finally:
            await broker.stop()
        calls, texts = end.accepted("call"), end.accepted("sms")

    assert set(texts.values()) == {1}
    repeated = [item for item in every["items"] if item["channel"] == "voice"]
    answered = [item for item in repeated if item["state"] == "CONFIRMED"]
    called = [len(item["attempts"]) for item in repeated if item not in answered]
    assert answered
    assert set(called) == {2}
    assert sum(calls.values()) == sum(len(item["attempts"]) for item in repeated)
    assert all([a["repeat"] for a in item["attempts"][1:]] in ([], [True]) for item in repeated)
