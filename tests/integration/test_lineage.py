"""Update and Cancel over real HTTP and SMTP: whoever may have been told gets the correction."""

from asyncio import gather
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import chain

import pytest

from tests.integration.alerts import NORTH, SOUTH, alert, info, reference, xml
from tests.integration.far_end import Broker, far_end, fill, write_config
from warnbroker.model.enums import MsgType, Status
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


@pytest.fixture
async def light(tmp_path):
    """One channel and few people, for what is decided before anybody is told."""
    async with far_end(tmp_path) as end:
        broker = Broker(write_config(tmp_path, end, only=("sms",)))
        key = await fill(broker.settings, tmp_path, 60)
        broker.session.headers["Authorization"] = f"Bearer {key}"
        await broker.start()
        try:
            yield broker, end
        finally:
            await broker.stop()


# Offices are told beside the public, and count by themselves.
NOTICES = ("FOR YOUR INFORMATION", "for your information", "For your information", "通报")


def sent(end, kind, *words):
    """Return what reached the public and holds all the words, in order."""
    return [
        entry
        for entry in read_journal(end.journal)
        if entry["kind"] == kind
        and all(word in str(entry) for word in words)
        and not any(word in str(entry) for word in NOTICES)
    ]


def told(end, kind, *words):
    """Return who got a message that holds all the words."""
    return {entry["to"] for entry in sent(end, kind, *words)}


def now():
    return datetime.now(UTC).replace(microsecond=0)


async def offer(broker, message):
    """Post a message that may be refused; return the status and the answer."""
    headers = {"Content-Type": "application/cap+xml"}
    url = f"{broker.url}/v1/alerts"
    async with broker.session.post(url, data=xml(message), headers=headers) as answer:
        return answer.status, await answer.json(content_type=None)


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
    again = [entry["to"] for entry in sent(end, "sms")]
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
    for entry in sent(end, "sms"):
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

    in_order = [(entry["to"], entry["body"]) for entry in sent(end, "sms")]
    for phone in {to for to, _ in in_order}:
        texts = [body for to, body in in_order if to == phone]
        assert len(texts) <= 2
        assert "解除" in texts[-1] or "lifted" in texts[-1].lower() or "cancel" in texts[-1].lower()


async def test_an_alert_that_nothing_is_known_of_cannot_be_cancelled(light):
    broker, _ = light
    cancel = alert("x-end", MsgType.CANCEL, [reference(alert("never-sent"))], infos=())

    status, problem = await offer(broker, cancel)

    assert status == 422
    assert [fault["rule"] for fault in problem["errors"]] == ["lineage.unknown"]


async def test_an_alert_that_comes_after_its_update_is_told_to_nobody_as_news(light):
    broker, end = light
    first = alert(sent=now() - timedelta(minutes=5))
    second = alert("surge-2", MsgType.UPDATE, [reference(first)])
    status, answer = await offer(broker, second)
    await broker.settled(answer["id"])
    warned = Counter(entry["to"] for entry in sent(end, "sms"))

    _, late = await offer(broker, first)
    await broker.settled(late["id"])

    assert status == 202
    assert "lineage.unknown" in [warning["rule"] for warning in answer["warnings"]]
    assert late["warning"] == answer["warning"]
    assert (await broker.get(f"/v1/alerts/{late['id']}"))["state"] == "updated"
    assert (await broker.get(f"/v1/alerts/{late['id']}/progress"))["channels"] == {}
    assert Counter(entry["to"] for entry in sent(end, "sms")) == warned
    [shown] = (await broker.get("/v1/warnings"))["items"]
    assert shown["alerts"] == [late["id"], answer["id"]]


async def test_alert_and_update_at_the_same_time_leave_one_in_force_whoever_wins(light):
    broker, _ = light
    pairs = [alert(f"race-{n}", sent=now() - timedelta(minutes=5)) for n in range(6)]
    updates = [
        alert(f"race-{n}-b", MsgType.UPDATE, [reference(pair)]) for n, pair in enumerate(pairs)
    ]

    answers = await gather(
        *(offer(broker, item) for item in chain(*zip(updates, pairs, strict=True)))
    )
    for _, answer in answers:
        await broker.settled(answer["id"])

    assert {status for status, _ in answers} == {202}
    warnings = (await broker.get("/v1/warnings"))["items"]
    newest = {answer["id"] for _, answer in answers if answer["msgType"] == "Update"}
    assert {item["alerts"][-1] for item in warnings} == newest
    assert all(len(item["alerts"]) == 2 for item in warnings)
    for _, answer in answers:
        if answer["msgType"] == "Alert":
            assert (await broker.get(f"/v1/alerts/{answer['id']}"))["state"] == "updated"


async def test_two_updates_at_the_same_time_end_up_one_behind_the_other(light):
    broker, _ = light
    first = alert(sent=now() - timedelta(minutes=5))
    await publish(broker, first)
    updates = [alert(f"u-{n}", MsgType.UPDATE, [reference(first)]) for n in range(4)]

    answers = await gather(*(offer(broker, item) for item in updates))

    assert {status for status, _ in answers} == {202}
    states = [(await broker.get(f"/v1/alerts/{a['id']}"))["state"] for _, a in answers]
    assert states.count("updated") == 3
    [shown] = (await broker.get("/v1/warnings"))["items"]
    assert len(shown["alerts"]) == 5


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"sent": "later"}, "lineage.sent"),
        ({"status": Status.EXERCISE, "note": "drill 7"}, "lineage.status"),
    ],
)
async def test_a_reference_that_does_not_fit_is_refused(light, change, rule):
    broker, _ = light
    first = alert()
    await broker.post(xml(first))
    named = reference(first)
    if change.pop("sent", ""):
        named = replace(named, sent=first.sent - timedelta(minutes=1))

    status, problem = await offer(broker, alert("b", MsgType.UPDATE, [named], **change))

    assert status == 422
    assert rule in [fault["rule"] for fault in problem["errors"]]


async def test_what_is_cancelled_cannot_be_changed_any_more(light):
    broker, _ = light
    first = alert()
    await broker.post(xml(first))
    await broker.post(xml(alert("end", MsgType.CANCEL, [reference(first)], infos=())))

    update = await offer(broker, alert("b", MsgType.UPDATE, [reference(first)]))
    cancel = await offer(broker, alert("end-2", MsgType.CANCEL, [reference(first)], infos=()))

    for status, problem in (update, cancel):
        assert status == 422
        assert [fault["rule"] for fault in problem["errors"]] == ["lineage.cancelled"]


async def test_one_update_of_two_warnings_reaches_those_told_of_either(light):
    broker, end = light
    south = alert("south", infos=(info(polygon=SOUTH), info(language="zh-CN", polygon=SOUTH)))
    gale = {"polygon": NORTH, "event": "Gale", "headline": "Gale"}
    north = alert("north", infos=(info(**gale), info(language="zh-CN", **gale)))
    await publish(broker, south)
    await publish(broker, north)
    warned = told(end, "sms")

    both = alert("end", MsgType.CANCEL, [reference(south), reference(north)], infos=())
    ended = await publish(broker, both)

    assert told(end, "sms", "LIFTED") | told(end, "sms", "解除") == warned
    page = await broker.session.get(f"{broker.url}/warnings/{ended['id']}")
    assert str(page.url).endswith(f"/warnings/{ended['warning']}")
    assert (await broker.get("/v1/warnings"))["items"] == []
