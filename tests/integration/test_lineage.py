"""Update and Cancel over real HTTP and SMTP: whoever may have been told gets the correction."""

import pytest

from tests.integration.alerts import NORTH, SOUTH, alert, info, reference, xml
from tests.integration.far_end import Broker, far_end, fill, write_config
from warnbroker.model.enums import MsgType
from warnbroker.simulator.journal import read_journal

pytestmark = pytest.mark.timeout(240)


@pytest.fixture
async def desk(tmp_path):
    async with far_end(tmp_path) as end:
        broker = Broker(write_config(tmp_path, end))
        key = await fill(broker.settings, tmp_path, 300)
        broker.session.headers["Authorization"] = f"Bearer {key}"
        await broker.start()
        try:
            yield broker, end
        finally:
            await broker.stop()


def told(end, kind, *words):
    """Return who got a message that holds all the words."""
    return {
        entry["to"]
        for entry in read_journal(end.journal)
        if entry["kind"] == kind and all(word in str(entry) for word in words)
    }


async def publish(broker, message):
    accepted = await broker.post(xml(message))
    await broker.settled(accepted["id"])
    return accepted


async def test_a_cancel_goes_to_everyone_who_was_told_and_to_nobody_else(desk, tmp_path):
    broker, end = desk
    first = alert()
    accepted = await publish(broker, first)
    warned = {kind: told(end, kind) for kind in ("sms", "call", "mail")}

    cancel = alert("surge-1-end", MsgType.CANCEL, [reference(first)], infos=())
    ended = await publish(broker, cancel)

    counts = await broker.get(f"/v1/alerts/{ended['id']}/progress")
    assert all(warned.values())
    for channel, kind in (("sms", "sms"), ("voice", "call"), ("email", "mail")):
        assert sum(counts["channels"][channel].values()) == len(warned[kind])
    assert set(counts["channels"]) == {"sms", "voice", "email", "feed", "broadcast", "van"}
    again = [entry["to"] for entry in read_journal(end.journal) if entry["kind"] == "sms"]
    assert sorted(again) == sorted([*warned["sms"], *warned["sms"]])
    assert await broker.get("/v1/warnings") == {"items": [], "next": None}
    assert (await broker.get(f"/v1/alerts/{accepted['id']}"))["state"] == "cancelled"


async def test_an_update_tells_the_new_area_and_tells_those_left_out_that_it_is_over(desk):
    broker, end = desk
    first = alert(infos=(info(polygon=SOUTH), info(language="zh-CN", polygon=SOUTH)))
    await publish(broker, first)
    south = told(end, "sms")

    second = alert(
        "surge-2", MsgType.UPDATE, [reference(first)],
        infos=(info(polygon=NORTH), info(language="zh-CN", polygon=NORTH)),
    )  # fmt: skip
    await publish(broker, second)

    texts = {}
    for entry in read_journal(end.journal):
        if entry["kind"] == "sms":
            texts.setdefault(entry["to"], []).append(entry["body"])
    north_only = set(texts) - south
    assert north_only
    assert all(len(texts[phone]) == 2 for phone in south)
    assert all(len(texts[phone]) == 1 for phone in north_only)
    over = [phone for phone in south if "no longer" in texts[phone][1] or "不再" in texts[phone][1]]
    updated = [phone for phone in south if phone not in over]
    assert over
    assert updated


async def test_what_is_queued_when_the_cancel_comes_is_never_sent(desk):
    broker, end = desk
    first = alert()
    await broker.post(xml(first))
    cancel = alert("surge-1-end", MsgType.CANCEL, [reference(first)], infos=())

    ended = await broker.post(xml(cancel))
    await broker.settled(ended["id"])

    in_order = [
        (entry["kind"], entry["to"], entry.get("body", ""))
        for entry in read_journal(end.journal)
        if entry["kind"] == "sms"
    ]
    for phone in {to for _, to, _ in in_order}:
        texts = [body for _, to, body in in_order if to == phone]
        assert len(texts) <= 2
        assert "解除" in texts[-1] or "lifted" in texts[-1].lower() or "cancel" in texts[-1].lower()


async def test_an_alert_that_nothing_is_known_of_cannot_be_cancelled(desk):
    broker, _ = desk
    cancel = alert("x-end", MsgType.CANCEL, [reference(alert("never-sent"))], infos=())

    async with broker.session.post(
        f"{broker.url}/v1/alerts", data=xml(cancel), headers={"Content-Type": "application/xml"}
    ) as answer:
        problem = await answer.json(content_type=None)

    assert answer.status == 422
    assert [fault["rule"] for fault in problem["errors"]] == ["lineage.unknown"]
