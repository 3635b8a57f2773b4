"""Updates: what changed since somebody was told last, the whole to who is new, no flood."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.integration.alerts import NORTH, alert, info, reference, xml
from tests.integration.far_end import Broker, far_end, fill, write_config
from warnbroker.model.enums import MsgType
from warnbroker.simulator.journal import read_journal

pytestmark = pytest.mark.timeout(240)

ENDS = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=3)


def infos(level, **given):
    given = {"expires": ENDS} | given
    return (info(level, **given), info(level, language="zh-CN", **given))


class Town:
    """A broker with people, told by text messages alone."""

    def __init__(self, broker, end):
        self.broker, self.end, self.sent = broker, end, []

    async def publish(self, message):
        accepted = await self.broker.post(xml(message))
        await self.broker.settled(accepted["id"])
        seen = sum(len(item) for item in self.sent)
        texts = [e for e in read_journal(self.end.journal) if e["kind"] == "sms"][seen:]
        self.sent.append(texts)
        return accepted["id"], {entry["to"]: entry["body"] for entry in texts}

    async def update(self, name, earlier, told):
        message = alert(name, MsgType.UPDATE, [reference(earlier)], infos=told)
        return message, *await self.publish(message)

    async def states(self, alert_id):
        path = f"/v1/alerts/{alert_id}/deliveries?channel=sms&limit=1000"
        items = (await self.broker.get(path))["items"]
        return [(i["state"], [r["code"] for r in i["receipts"]]) for i in items]


async def test_each_person_hears_what_changed_since_they_were_told_last(tmp_path):
    async with far_end(tmp_path) as end:
        calm = {"noisy": ["sms"], "at_any_hour": ["red", "orange", "yellow", "blue"]}
        config = write_config(
            tmp_path, end, only=("sms",), routing=[{"channels": ["sms"]}],
            dispatch={"sweep": 0.1, "update_interval": {}} | calm,
        )  # fmt: skip
        broker = Broker(config)
        key = await fill(broker.settings, tmp_path, 60)
        broker.session.headers["Authorization"] = f"Bearer {key}"
        await broker.start()
        town = Town(broker, end)
        try:
            first = alert("first", infos=infos("yellow"))
            _, told = await town.publish(first)
            same = infos("yellow", description="Words that help nobody to act.")
            second, quiet_id, quiet = await town.update("second", first, same)
            third, _, raised = await town.update("third", second, infos("orange"))
            _, _, moved = await town.update("fourth", third, infos("orange", polygon=NORTH))
            states = await town.states(quiet_id)
        finally:
            await broker.stop()

    assert told
    assert quiet == {}
    assert {tuple(codes) for _, codes in states} == {("unchanged",)}
    # The second message told nobody anything, so the level is compared with the first.
    assert set(told) <= set(raised)
    assert all(
        "raised from Yellow" in text or "由黄色升级" in text
        for number, text in raised.items()
        if number in told
    )
    new = set(moved) - set(raised)
    assert new
    assert not any("UPDATE" in moved[number] or "【更新】" in moved[number] for number in new)
    stayed = [text for number, text in moved.items() if number in raised]
    assert all("UPDATE" in text or "【更新】" in text for text in stayed)
