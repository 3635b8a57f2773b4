"""An alert that waits survives the death of the broker; reminders come once for each round."""

from collections import Counter

import aiohttp
import pytest

from tests.integration.alerts import SENDER, alert, xml
from tests.integration.far_end import Broker, far_end, fill, write_config
from warnbroker.app import open_ledger
from warnbroker.cli.issuer import add_issuer
from warnbroker.simulator.journal import read_journal

pytestmark = pytest.mark.timeout(240)

ON_DUTY, ABOVE = "+358409990001", "+358409990002"
AUTHORITIES = {
    "harbour": {
        "names": {"en": "Harbour office"}, "above": "province", "senders": [SENDER],
        "contacts": [{"name": "Shift leader", "phone": ON_DUTY}],
    },
    "province": {
        "names": {"en": "Province"}, "contacts": [{"name": "Duty room", "phone": ABOVE}],
    },
}  # fmt: skip
CHAIN = {"standard": [{"level": ["red"], "steps": [{"name": "approve"}]}]}


class Desk:
    """A broker with a second person at it, who can be asked again after each death."""

    def __init__(self, folder, end, release):
        config = write_config(
            folder, end, only=("sms", "feed"),
            authorities=AUTHORITIES, release={"flows": CHAIN, "repeat_within": 0, **release},
        )  # fmt: skip
        self.broker, self.folder, self.end = Broker(config), folder, end

    async def open(self):
        desk = await fill(self.broker.settings, self.folder, 300)
        async with open_ledger(self.broker.settings) as store:
            _, self.leader = await add_issuer(
                store, self.broker.settings, "leader", roles=("approver",)
            )
        self.broker.session.headers["Authorization"] = f"Bearer {desk}"
        await self.broker.start()

    async def die_and_rise(self):
        await self.broker.kill()
        await self.broker.start()

    async def approve(self, number):
        found = await self.broker.get(f"/v1/alerts/{number}")
        headers = {"Authorization": f"Bearer {self.leader}"}
        url = f"{self.broker.url}/v1/alerts/{number}/approve"
        body = {"confirmation": found["release"]["confirmation"]}
        async with self.broker.session.post(url, json=body, headers=headers) as answer:
            return answer.status, await answer.json(content_type=None)

    async def record(self, number):
        async with open_ledger(self.broker.settings) as store:
            entries = await store.audit.entries(0, 1000)
        return Counter(item.event for item in entries if item.subject == number)

    def texts(self, phone):
        return [
            entry["body"]
            for entry in read_journal(self.end.journal)
            if entry["kind"] == "sms" and entry["to"] == phone and entry["accepted"]
        ]

    async def until(self, happened):
        while not happened():
            await self.broker.get("/v1/alerts?limit=1")


@pytest.fixture
async def desk(tmp_path, request):
    async with far_end(tmp_path) as end:
        found = Desk(tmp_path, end, getattr(request, "param", {}))
        await found.open()
        try:
            yield found
        finally:
            await found.broker.stop()


async def test_a_death_between_post_and_approval_and_one_right_after_it_lose_nothing(desk):
    number = (await desk.broker.post(xml(alert())))["id"]
    people = (await desk.broker.get(f"/v1/alerts/{number}"))["release"]["people"]
    await desk.die_and_rise()
    assert (await desk.broker.get(f"/v1/alerts/{number}"))["state"] == "pending"
    assert not desk.end.accepted("sms")

    status, answer = await desk.approve(number)
    await desk.die_and_rise()
    again, _ = await desk.approve(number)
    progress = await desk.broker.settled(number)

    assert (status, again) == (200, 409)
    assert answer["release"]["people"] == people
    told = desk.end.accepted("sms")
    assert len(told) == sum(progress["channels"]["sms"].values())
    # What was on the wire when it died may come twice, and is marked; nothing else may.
    marked = [item async for item in marked_repeats(desk.broker, number)]
    assert sum(told.values()) - len(told) <= len(marked)
    record = await desk.record(number)
    assert record["alert_released"] == record["step_approved"] == record["alert_accepted"] == 1


async def marked_repeats(broker, number):
    page = await broker.get(f"/v1/alerts/{number}/deliveries?limit=1000&channel=sms")
    for item in page["items"]:
        if any(attempt["repeat"] for attempt in item["attempts"]):
            yield item


async def test_an_approval_whose_answer_is_lost_holds(desk):
    number = (await desk.broker.post(xml(alert())))["id"]
    with pytest.raises((TimeoutError, aiohttp.ClientError)):
        await impatient(desk, number)

    await desk.die_and_rise()
    await desk.approve(number)
    await desk.broker.settled(number)

    assert (await desk.record(number))["alert_released"] == 1


async def impatient(desk, number):
    found = await desk.broker.get(f"/v1/alerts/{number}")
    headers = {"Authorization": f"Bearer {desk.leader}"}
    body = {"confirmation": found["release"]["confirmation"]}
    url = f"{desk.broker.url}/v1/alerts/{number}/approve"
    brief = aiohttp.ClientTimeout(total=0.0001)
    async with desk.broker.session.post(url, json=body, headers=headers, timeout=brief) as answer:
        await answer.read()


@pytest.mark.parametrize("desk", [{"remind_after": 0.5, "escalate_after": 0.8}], indirect=True)
async def test_those_on_duty_are_reminded_in_rounds_and_the_tier_above_once(desk):
    number = (await desk.broker.post(xml(alert())))["id"]
    await desk.until(lambda: len(desk.texts(ON_DUTY)) >= 2 and desk.texts(ABOVE))
    await desk.die_and_rise()
    await desk.until(lambda: len(desk.texts(ON_DUTY)) >= 4)
    public = {to for to in desk.end.accepted("sms") if to not in {ON_DUTY, ABOVE}}

    status, answer = await desk.approve(number)
    await desk.broker.settled(number)

    assert not public
    assert status == 200
    assert answer["release"]["remind_at"] is None
    record = await desk.record(number)
    assert record["release_escalated"] == 1
    assert len(desk.texts(ABOVE)) == 1
    assert record["release_reminded"] >= 4
    told = len(desk.texts(ON_DUTY))
    assert told <= record["release_reminded"]
    everybody = {to for to in desk.end.accepted("sms") if to not in {ON_DUTY, ABOVE}}
    assert len(everybody) == answer["release"]["people"] or everybody


OVERRIDE = {"override": {"enabled": True, "roles": ["approver"], "countersign_within": 0.5}}


@pytest.mark.parametrize("desk", [OVERRIDE], indirect=True)
async def test_a_signature_that_does_not_come_is_told_to_the_tier_above_once(desk):
    number = (await desk.broker.post(xml(alert())))["id"]
    found = await desk.broker.get(f"/v1/alerts/{number}")
    headers = {"Authorization": f"Bearer {desk.leader}"}
    body = {"confirmation": found["release"]["confirmation"], "reason": "nobody else is here"}
    url = f"{desk.broker.url}/v1/alerts/{number}/override"
    async with desk.broker.session.post(url, json=body, headers=headers) as answer:
        assert answer.status == 200, await answer.text()

    await desk.until(lambda: desk.texts(ABOVE))
    await desk.die_and_rise()
    await desk.broker.settled(number)

    record = await desk.record(number)
    assert record["countersign_overdue"] == 1
    assert len(desk.texts(ABOVE)) == 1
    assert "补签逾期" in desk.texts(ABOVE)[0] or "SIGNATURE OVERDUE" in desk.texts(ABOVE)[0]
    assert (await desk.broker.get(f"/v1/alerts/{number}"))["release"]["countersign_by"]
