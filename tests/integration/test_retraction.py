"""One action takes back or corrects a warning, over real HTTP and through the real command."""

import asyncio
import os
import sys
from asyncio import gather
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import orjson
import pytest

from tests.integration.alerts import alert, reference, xml
from tests.integration.far_end import Broker, far_end, fill, write_config
from tests.integration.test_lineage import sent, told
from warnbroker.app import open_ledger
from warnbroker.cap import parse_xml
from warnbroker.cli.issuer import add_issuer
from warnbroker.model.enums import MsgType

pytestmark = pytest.mark.timeout(240)

TWO_PEOPLE = {
    "flows": {"standard": [{"level": ["red"], "steps": [{"name": "approve"}]}]},
    "repeat_within": 0,
}


@pytest.fixture
async def desk(tmp_path):
    """A broker that asks a second person for red alerts, with an issuer's and an approver's key."""
    async with far_end(tmp_path) as end:
        broker = Broker(write_config(tmp_path, end, only=("sms",), release=TWO_PEOPLE))
        broker.keys = {"issuer": await fill(broker.settings, tmp_path, 80)}
        async with open_ledger(broker.settings) as store:
            for name, role in (("second", "approver"), ("reader", "auditor")):
                _, key = await add_issuer(store, broker.settings, name, roles=(role,))
                broker.keys[role] = key
        await broker.start()
        try:
            yield broker, end
        finally:
            await broker.stop()


async def ask(broker, path, body, *, key="issuer", kind="application/json", **headers):
    """Post something; return the status and the answer."""
    given = {"Authorization": f"Bearer {broker.keys[key]}", "Content-Type": kind, **headers}
    data = body if isinstance(body, bytes) else orjson.dumps(body)
    async with broker.session.post(broker.url + path, data=data, headers=given) as answer:
        return answer.status, await answer.json(content_type=None)


async def look(broker, alert_id, what=""):
    given = {"Authorization": f"Bearer {broker.keys['auditor']}"}
    async with broker.session.get(
        f"{broker.url}/v1/alerts/{alert_id}{what}".replace("/?", "?"), headers=given
    ) as answer:
        body = await answer.read()
        return parse_xml(body) if what == "/cap" else orjson.loads(body)


async def settled(broker, alert_id):
    while not (found := await look(broker, alert_id, "/progress"))["settled"]:
        await asyncio.sleep(0.1)
    return found


async def approve(broker, alert_id):
    seen = await look(broker, alert_id)
    body = {"confirmation": seen["release"]["confirmation"]}
    status, answer = await ask(broker, f"/v1/alerts/{alert_id}/approve", body, key="approver")
    assert status == 200, answer
    return answer


async def published(broker, message):
    _, answer = await ask(broker, "/v1/alerts", xml(message), kind="application/cap+xml")
    await approve(broker, answer["id"])
    await settled(broker, answer["id"])
    return answer["id"]


async def test_one_person_takes_a_mistake_back_and_exactly_those_who_got_it_hear_so(desk):
    broker, end = desk
    first = await published(broker, alert())
    warned = told(end, "sms")

    status, cancel = await ask(
        broker, f"/v1/alerts/{first}/cancel", {"reason": "error", "note": "A drill."}
    )
    await settled(broker, cancel["id"])

    assert (status, cancel["msgType"], cancel["approvals_needed"]) == (202, "Cancel", 0)
    mistaken = told(end, "sms", "by mistake") | told(end, "sms", "系误发")
    assert mistaken == warned
    assert len(sent(end, "sms")) == 2 * len(warned)
    assert (await look(broker, first))["state"] == "cancelled"
    assert (await look(broker, cancel["id"]))["release"]["countersign_by"]
    said = await look(broker, cancel["id"], "/cap")
    assert {pair.value for info in said.infos for pair in info.parameters} >= {"error"}
    assert {info.language for info in said.infos} == {"en-US", "zh-CN"}
    assert not any(info.instruction for info in said.infos)


async def test_lifting_needs_the_second_person_and_reads_otherwise(desk):
    broker, end = desk
    first = await published(broker, alert())
    warned = told(end, "sms")

    _, cancel = await ask(broker, f"/v1/alerts/{first}/cancel", {"reason": "lifted"})
    waiting = (await look(broker, first))["state"]
    await approve(broker, cancel["id"])
    await settled(broker, cancel["id"])

    assert (cancel["state"], cancel["approvals_needed"], waiting) == ("pending", 1, "published")
    assert told(end, "sms", "LIFTED") | told(end, "sms", "【解除】") == warned
    assert told(end, "sms", "mistake") | told(end, "sms", "误发") == set()


async def test_the_same_request_gives_one_cancel_however_often_it_comes(desk):
    broker, end = desk
    first = await published(broker, alert())
    path, body = f"/v1/alerts/{first}/cancel", {"reason": "error"}

    at_once = await gather(*(ask(broker, path, body) for _ in range(6)))
    await settled(broker, at_once[0][1]["id"])
    status, again = await ask(broker, path, body)

    assert len({answer["id"] for _, answer in [*at_once, (status, again)]}) == 1
    assert sorted(found for found, _ in at_once) == [200, 200, 200, 200, 200, 202]
    assert status == 200
    other, problem = await ask(broker, path, {"reason": "lifted"})
    assert (other, problem["errors"][0]["rule"]) == (422, "lineage.cancelled")
    counts = [entry["to"] for entry in sent(end, "sms")]
    assert all(counts.count(phone) == 2 for phone in counts)


async def test_a_key_stands_for_one_request_only(desk):
    broker, _ = desk
    first = await published(broker, alert())
    path = f"/v1/alerts/{first}/correct"
    change = {"info": {"en-US": {"instruction": "Stay inside."}}}

    made = await ask(broker, path, change, **{"Idempotency-Key": "k-1"})
    again = await ask(broker, path, change, **{"Idempotency-Key": "k-1"})
    other = await ask(
        broker, path, {"info": {"en-US": {"instruction": "Go."}}}, **{"Idempotency-Key": "k-1"}
    )

    assert (made[0], again[0], other[0]) == (202, 200, 409)
    assert made[1]["id"] == again[1]["id"]


async def test_a_correction_says_what_changed_to_all_who_were_told(desk):
    broker, end = desk
    first = await published(broker, alert())
    warned = told(end, "sms")

    status, update = await ask(
        broker,
        f"/v1/alerts/{first}/correct",
        {
            "info": {
                "en-US": {"instruction": "Go to Hill School."},
                "zh-CN": {"instruction": "请前往山上学校。"},
            }
        },
    )
    await approve(broker, update["id"])
    await settled(broker, update["id"])

    assert (status, update["msgType"]) == (202, "Update")
    assert told(end, "sms", "Hill School") | told(end, "sms", "山上学校") == warned
    assert (await look(broker, first))["state"] == "updated"


async def test_a_correction_refers_to_all_of_the_chain_that_holds(desk):
    broker, _ = desk
    first = await published(broker, alert())
    ids = [first]
    for place in ("Hill School", "Town Hall"):
        change = {"info": {"en-US": {"instruction": f"Go to {place}."}}}
        _, update = await ask(broker, f"/v1/alerts/{first}/correct", change)
        await approve(broker, update["id"])
        ids.append(update["id"])

    _, cancel = await ask(broker, f"/v1/alerts/{ids[1]}/cancel", {"reason": "error"})

    named = {item.identifier for item in (await look(broker, cancel["id"], "/cap")).references}
    assert named == {(await look(broker, item))["identifier"] for item in ids}
    assert (await look(broker, ids[-1]))["state"] == "cancelled"


async def test_a_whole_corrected_message_may_keep_the_old_identity(desk):
    broker, _ = desk
    message = alert()
    first = await published(broker, message)
    mended = xml(message).replace(b"Leave now.", b"Go to Hill School.")

    status, update = await ask(
        broker, f"/v1/alerts/{first}/correct", mended, kind="application/cap+xml"
    )

    assert status == 202
    assert update["warning"] == first
    assert update["identifier"] != message.identifier


@pytest.mark.parametrize(
    ("act", "body", "status", "said"),
    [
        ("cancel", {"reason": "whim"}, 400, "reason"),
        ("cancel", {}, 400, "reason"),
        ("cancel", {"reason": "error", "texts": {"fr": {"headline": "x"}}}, 422, "'fr'"),
        ("correct", {"info": {"fr": {"headline": "x"}}}, 422, "'fr'"),
        ("correct", {"colour": "red"}, 422, "'colour'"),
        ("correct", {"level": "purple"}, 422, "'purple'"),
        ("correct", {}, 422, "nothing"),
        ("correct", [], 400, "object"),
        ("correct", {"info": {"en-US": {"instruction": "Leave now."}}}, 422, "already"),
        ("correct", {"info": {"en-US": {"colour": 1}}}, 422, "colour"),
        ("correct", {"expires": "soon"}, 422, "expires"),
    ],
)
async def test_a_request_that_cannot_be_meant_is_refused_in_a_line(desk, act, body, status, said):
    broker, _ = desk
    first = await published(broker, alert())

    found, problem = await ask(broker, f"/v1/alerts/{first}/{act}", body)

    assert found == status
    assert said in str(problem)
    assert (await look(broker, first))["state"] == "published"


async def test_an_alert_that_waits_is_withdrawn_and_nobody_is_told(desk):
    broker, end = desk
    _, waiting = await ask(broker, "/v1/alerts", xml(alert()), kind="application/cap+xml")

    status, answer = await ask(broker, f"/v1/alerts/{waiting['id']}/cancel", {"reason": "error"})
    after, problem = await ask(broker, f"/v1/alerts/{waiting['id']}/cancel", {"reason": "error"})

    assert (status, answer["state"], answer["id"]) == (200, "withdrawn", waiting["id"])
    assert (after, "never released" in problem["detail"]) == (409, True)
    assert sent(end, "sms") == []


async def test_an_update_of_an_alert_that_still_waits_is_told_to_wait(desk):
    broker, _ = desk
    first = alert()
    await ask(broker, "/v1/alerts", xml(first), kind="application/cap+xml")
    update = alert("b", MsgType.UPDATE, [reference(first)])

    status, problem = await ask(broker, "/v1/alerts", xml(update), kind="application/cap+xml")

    assert status == 422
    assert "lineage.pending" in [fault["rule"] for fault in problem["errors"]]


async def test_who_may_neither_issue_nor_approve_takes_nothing_back(desk):
    broker, _ = desk
    first = await published(broker, alert())

    reader = await ask(broker, f"/v1/alerts/{first}/cancel", {"reason": "error"}, key="auditor")
    approver = await ask(broker, f"/v1/alerts/{first}/cancel", {"reason": "error"}, key="approver")

    assert (reader[0], approver[0]) == (403, 202)


async def cancelled(broker, alert_id):
    """Cancel by the command; return its answer, and what it told a person."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "warnbroker", "cancel", alert_id, "--reason", "error",
        "--url", broker.url, "--json",
        env={**os.environ, "WARNBROKER_KEY": broker.keys["issuer"]},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await process.communicate()
    assert process.returncode == 0, err
    return orjson.loads(out.splitlines()[-1]), err.decode()


async def test_the_command_follows_the_correction_and_says_how_long_it_took(desk, tmp_path):
    broker, end = desk
    first = await published(broker, alert())
    warned = told(end, "sms")

    found, err = await cancelled(broker, first)

    assert "last correction out after" in err
    assert sum(found["channels"]["sms"].values()) == len(warned)
    assert len(sent(end, "sms")) == 2 * len(warned)


async def test_the_command_again_says_how_long_the_cancel_took_and_not_how_long_it_looked(desk):
    broker, _ = desk
    first = await published(broker, alert())
    _, cancel = await ask(broker, f"/v1/alerts/{first}/cancel", {"reason": "error"})
    await settled(broker, cancel["id"])
    clock = (await look(broker, cancel["id"]))["clock"]
    begun, ended = (datetime.fromisoformat(clock[name]) for name in ("received", "last_handoff"))

    found, _ = await cancelled(broker, first)

    assert found["id"] == cancel["id"]
    assert found["seconds"] == pytest.approx((ended - begun).total_seconds(), abs=0.5)


async def test_a_cancel_ends_a_warning_that_was_sent_in_another_zone(desk):
    broker, _ = desk
    sent_there = alert().sent.astimezone(timezone(timedelta(hours=8)))
    first = await published(broker, replace(alert(), sent=sent_there))

    _, cancel = await ask(broker, f"/v1/alerts/{first}/cancel", {"reason": "error"})
    status, again = await ask(broker, f"/v1/alerts/{first}/cancel", {"reason": "error"})

    assert (await look(broker, first))["state"] == "cancelled"
    assert (status, again["id"]) == (200, cancel["id"])


async def test_the_command_that_corrects_waits_for_the_second_person_and_follows_on(desk, tmp_path):
    broker, end = desk
    first = await published(broker, alert())
    warned = told(end, "sms")
    file = tmp_path / "change.json"
    file.write_text('{"info": {"en-US": {"instruction": "Go to Hill School."}}, "note": "Mended."}')

    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "warnbroker", "correct", first, str(file),
        "--url", broker.url, "--json",
        env={**os.environ, "WARNBROKER_KEY": broker.keys["issuer"]},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    while not (items := await look(broker, "", "?state=pending"))["items"]:
        await asyncio.sleep(0.1)
    await approve(broker, items["items"][0]["id"])
    out, err = await process.communicate()

    assert process.returncode == 0, err
    assert sum(orjson.loads(out.splitlines()[-1])["channels"]["sms"].values()) == len(warned)
    assert told(end, "sms", "Hill School")


async def test_a_cancel_outlives_the_process_that_took_it(desk):
    broker, end = desk
    first = await published(broker, alert())
    warned = told(end, "sms")

    _, cancel = await ask(broker, f"/v1/alerts/{first}/cancel", {"reason": "error"})
    await broker.kill()
    await broker.start()
    _, again = await ask(broker, f"/v1/alerts/{first}/cancel", {"reason": "error"})
    await settled(broker, cancel["id"])

    assert again["id"] == cancel["id"]
    assert told(end, "sms", "by mistake") | told(end, "sms", "系误发") == warned


async def test_an_expired_warning_cannot_be_cancelled(desk):
    broker, _ = desk
    soon = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=8)
    message = alert()
    infos = tuple(replace(info, expires=soon) for info in message.infos)
    _, answer = await ask(broker, "/v1/alerts", xml(alert(infos=infos)), kind="application/cap+xml")
    await approve(broker, answer["id"])
    while (await look(broker, answer["id"]))["state"] != "expired":
        await asyncio.sleep(0.2)

    status, problem = await ask(broker, f"/v1/alerts/{answer['id']}/cancel", {"reason": "error"})

    assert status == 422
    assert [fault["rule"] for fault in problem["errors"]] == ["lineage.expired"]


@pytest.fixture
async def unlucky(tmp_path):
    """A provider that says of every text message that it could not be delivered."""
    faults = tmp_path / "faults.yaml"
    faults.write_text("sms: [{fault: undeliverable, rate: 1, status: undelivered, code: 30005}]")
    async with far_end(tmp_path, "--faults", str(faults)) as end:
        broker = Broker(write_config(tmp_path, end, only=("sms",)))
        broker.keys = dict.fromkeys(
            ("issuer", "auditor"), await fill(broker.settings, tmp_path, 40)
        )
        await broker.start()
        try:
            yield broker, end
        finally:
            await broker.stop()


async def delivered_after_all(broker, end, entry):
    """Tell the broker what the provider learns late: the phone had it."""
    from twilio.request_validator import RequestValidator

    url = entry["callback"].partition("#")[0]
    form = {"MessageSid": entry["sid"], "MessageStatus": "delivered"}
    signature = RequestValidator(end.addresses["auth_token"]).compute_signature(url, form)
    headers = {"X-Twilio-Signature": signature}
    async with broker.session.post(url, data=form, headers=headers) as answer:
        assert answer.status == 204, await answer.text()


async def test_who_turns_out_to_have_been_told_gets_the_cancel_after_it(unlucky):
    broker, end = unlucky
    _, first = await ask(broker, "/v1/alerts", xml(alert()), kind="application/cap+xml")
    await settled(broker, first["id"])
    [reached, again, *_] = sent(end, "sms")
    _, cancel = await ask(broker, f"/v1/alerts/{first['id']}/cancel", {"reason": "error"})
    before = (await settled(broker, cancel["id"]))["channels"]

    await delivered_after_all(broker, end, reached)
    await broker.kill()
    await broker.start()
    await delivered_after_all(broker, end, again)
    while len(told(end, "sms", cancel["id"])) < 2:
        await asyncio.sleep(0.1)
    await settled(broker, cancel["id"])

    assert before == {}
    assert told(end, "sms", cancel["id"]) == {reached["to"], again["to"]}
    assert len(sent(end, "sms", cancel["id"])) == 2
