"""Ladders over a real broker process and simulated providers."""

import asyncio
from contextlib import asynccontextmanager
from functools import partial

import aiohttp
import pytest

from tests.integration.alerts import alert, info, reference, xml
from tests.integration.far_end import Broker, far_end, fill, write_config
from warnbroker.app import open_ledger, vocabulary
from warnbroker.intake.subscriber_import import import_subscribers
from warnbroker.model.enums import MsgType
from warnbroker.simulator.journal import read_journal

pytestmark = pytest.mark.timeout(240)

NOW = "PT0S"


def ladder(*rungs, **over):
    return {"escalation": {"ladders": {"red": list(rungs)}} | {"gather": NOW} | over}


async def done(broker, made):
    """Tell whether whoever has not answered was called twice and sent a mail."""
    where = f"/v1/alerts/{made['id']}/deliveries?limit=1000&channel="
    voice, mail = [(await broker.get(where + name))["items"] for name in ("voice", "email")]
    called = [len(item["attempts"]) for item in voice if item["state"] != "CONFIRMED"]
    steps = (await broker.get(f"/v1/alerts/{made['id']}/progress"))["escalation"]["steps"]
    mailed = [item["state"] for item in mail]
    return (
        set(called) == {2}
        and "channels" in steps
        and set(mailed) == {"ACCEPTED"}
        and sum(steps["channels"].values()) >= len(called)
    )


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

            await until(partial(done, broker, made))
            every = await broker.get(f"/v1/alerts/{made['id']}/deliveries?limit=1000")
            progress = await broker.get(f"/v1/alerts/{made['id']}/progress")
        finally:
            await broker.stop()
        calls, texts = end.accepted("call"), end.accepted("sms")

    assert set(texts.values()) == {1}
    repeated = [item for item in every["items"] if item["channel"] == "voice"]
    answered = [item for item in repeated if item["state"] == "CONFIRMED"]
    called = [len(item["attempts"]) for item in repeated if item not in answered]
    assert answered
    assert progress["people"]["confirmed"] == len(answered)
    assert {item["step"] for item in repeated if item not in answered} == {1}
    assert progress["escalation"]["climbing"] <= len(repeated)
    assert set(called) == {2}
    assert sum(calls.values()) == sum(len(item["attempts"]) for item in repeated)
    assert all([a["repeat"] for a in item["attempts"][1:]] in ([], [True]) for item in repeated)


PEOPLE = """ref,name,phone,language,regions,lat,lon,role
alone,王芳,+15557000001,zh-CN,,60.1655,24.9400,resident
ward,St Mary Hospital,+15557000002,en,,60.1660,24.9410,hospital
lane,Harbour School,+15557000003,en,,60.1662,24.9405,school
near,李网格,+15558000001,zh-CN,demo-seafront,60.1656,24.9401,officer
far,Officer Far,+15558000002,en,demo-seafront,60.1700,24.9500,officer
chief,Contact Person,+15558000003,en,demo-seafront,,,contact
inland,Contact Inland,+15558000004,en,demo,60.1750,24.9500,contact
"""


async def enlist(settings, folder):
    file = folder / "few.csv"
    file.write_text(PEOPLE, encoding="utf-8")
    async with open_ledger(settings) as store:
        words = await vocabulary(settings, store)
        await import_subscribers(store.subscribers, file, folder / "few.rejects.csv", words)
    assert not (folder / "few.rejects.csv").exists()


@asynccontextmanager
async def without_receipts(folder, steps, **over):
    """Run a broker whose providers take everything and report nothing."""
    faults = folder / "faults.yaml"
    faults.write_text("callbacks: [{fault: never, rate: 1}]")
    only = [name for rule in over["routing"] for name in rule["channels"]]
    async with far_end(folder, "--faults", str(faults)) as end:
        config = write_config(folder, end, only=only, **steps, **over)
        broker = Broker(config)
        key = await fill(broker.settings, folder, 0)
        await enlist(broker.settings, folder)
        broker.session.headers["Authorization"] = f"Bearer {key}"
        await broker.start()
        try:
            yield broker, end
        finally:
            await broker.stop()


async def listed(broker, made, steps, doors):
    """Return the lists of an alert once all doors stand on them and their holders are told.

    Whoever comes to a step a moment later comes on the same lists a moment later.
    """
    where = f"/v1/alerts/{made['id']}/last-mile"

    async def told():
        found = await broker.get(where)
        is_told = {item["step"] for item in found["lists"] if item["told"]} == set(steps)
        return is_told and len(found["items"]) == doors * len(steps)

    await until(told)
    return await broker.get(where)


def text_to(end, number, word):
    texts = [entry for entry in read_journal(end.journal) if entry["to"] == number]
    return next(str(entry["body"]) for entry in texts if word in str(entry["body"]))


async def test_whom_nothing_reached_stands_on_lists_whose_holders_answer(tmp_path):
    steps = ladder(
        {"after": "PT1S", "do": "contacts", "channels": ["sms"]},
        {"after": NOW, "do": "last_mile", "unless": "confirmed", "channels": ["sms"]},
    )
    async with without_receipts(tmp_path, steps, routing=[{"channels": ["sms"]}]) as (broker, end):
        warned = alert("door-1", infos=[info(), info(language="zh-CN")])
        made = await broker.post(xml(warned))
        found = await listed(broker, made, ["contacts", "last_mile"], doors=6)
        link = next(item["link"] for item in found["lists"] if item["holder"] == "near")
        asked, chinese = {"lang": "en"}, {"Accept-Language": "zh-CN"}
        async with aiohttp.ClientSession() as phone:
            page = await (await phone.get(link, headers=chinese)).text()
            mine = [item for item in found["items"] if item["ref"] in {"alone", "ward", "lane"}]
            mine = {item["ref"]: item for item in mine if item["list"] == listing(found, "near")}
            early = await csv_of(broker, made)
            number = {"number": mine["ward"]["number"], "answer": "needs_help"}
            saved = await (await phone.post(link, data=number, params=asked)).text()
            wrong = await phone.post(link, data={"number": "99", "answer": "reached"})
            forged = await phone.get(link[:-1] + ("A" if link[-1] != "A" else "B"))
        stale = await upload(broker, made, filled(early))
        file = await csv_of(broker, made)
        answered = filled(file)
        recorded = await upload(broker, made, answered)
        again = await upload(broker, made, answered)
        bad = await upload(broker, made, "ref,answer\nnobody,reached\nlane,perhaps\n")
        progress = await broker.get(f"/v1/alerts/{made['id']}/progress")
        cancel = alert("door-2", MsgType.CANCEL, [reference(warned)], infos=list(warned.infos))
        ended = await broker.post(xml(cancel))
        await until(partial(all_told, broker, ended))
        texts = end.accepted("sms")
        told = text_to(end, "+15558000001", "last-mile")
        contact = text_to(end, "+15558000003", "last-mile")

    assert link in told
    # The alert, a list, its end; and who was outside: a list and its end.
    assert (texts["+15558000001"], texts["+15558000004"]) == (3, 2)
    assert "请逐户通知" in told
    assert "NOT REACHED" in contact
    assert [word in page for word in ("王芳", "Harbour School", "已通知", "学校")] == [True] * 4
    assert page.index("Harbour School") < page.index("St Mary Hospital") < page.index("王芳")
    assert "Saved: " in saved
    assert (wrong.status, forged.status) == (400, 404)
    assert "王芳" in file
    # Who called for help meanwhile is on two lists.
    assert (stale[0], [fault["rule"] for fault in stale[1]["errors"]]) == (
        422, ["last_mile.stale"] * 2
    )  # fmt: skip
    assert recorded == (200, {"recorded": 5, "unchanged": 1})
    assert again[1] == {"recorded": 0, "unchanged": 6}
    assert bad[0] == 422
    assert [fault["path"] for fault in bad[1]["errors"]] == ["line 2", "line 3"]
    assert progress["channels"]["door"] == {"CONFIRMED": 6}


async def all_told(broker, made):
    """Tell whether everybody who had the alert, or was outside with a list, has its end."""
    return (await broker.get(f"/v1/alerts/{made['id']}/progress"))["channels"].get("sms") == {
        "ACCEPTED": 7
    }


def listing(found, holder):
    return next(
        item["list"]
        for item in found["lists"]
        if (item["holder"], item["step"]) == (holder, "last_mile")
    )


def filled(file):
    return file.replace("sms=ACCEPTED,,,", "sms=ACCEPTED,reached,,")


async def csv_of(broker, made):
    url = f"{broker.url}/v1/alerts/{made['id']}/last-mile?format=csv"
    async with broker.session.get(url) as answer:
        return await answer.text(encoding="utf-8-sig")


async def upload(broker, made, text):
    url = f"{broker.url}/v1/alerts/{made['id']}/last-mile"
    headers = {"Content-Type": "text/csv"}
    async with broker.session.post(url, data=text.encode(), headers=headers) as answer:
        return answer.status, await answer.json()


async def test_vans_get_a_new_sheet_for_the_streets_of_those_who_were_not_reached(tmp_path):
    steps = ladder({"after": "PT1S", "do": "vans"}, gather="PT6S")
    routing = [{"channels": ["sms", "van"]}]
    async with without_receipts(tmp_path, steps, routing=routing) as (broker, _):
        made = await broker.post(xml(alert("vans-1", infos=[info(), info(language="zh-CN")])))
        folder = tmp_path / "vans" / made["id"]

        async def twice():
            channels = (await broker.get(f"/v1/alerts/{made['id']}/progress"))["channels"]
            return channels.get("van") == {"HANDED_OFF": 6}

        await until(twice)
        sheets = {path.name for path in folder.glob("van-*.csv")}
        places = (folder / "unreached-r2.csv").read_text().splitlines()

    assert {f"van-{van}-r2.csv" for van in (1, 2, 3)} <= sheets
    assert places[0] == "lat,lon,people"
    assert sum(int(line.rpartition(",")[2]) for line in places[1:]) == 6


async def test_a_broker_killed_while_it_escalates_calls_everybody_again_and_nobody_twice(tmp_path):
    steps = ladder({"after": "PT1S", "do": "again", "channels": ["voice"]})
    routing = [{"channels": ["voice"]}]
    async with without_receipts(tmp_path, steps, routing=routing) as (broker, end):
        made = await broker.post(xml(alert("kill-1", infos=[info(), info(language="zh-CN")])))
        log = tmp_path / "broker.log"

        async def escalated():
            return '"escalated"' in log.read_text()

        await until(escalated)
        await broker.kill()
        await broker.start()

        async def called_again():
            page = await broker.get(f"/v1/alerts/{made['id']}/deliveries?channel=voice&limit=100")
            return all(
                item["state"] == "CONFIRMED" or len(item["attempts"]) == 2 for item in page["items"]
            )

        await until(called_again)
        calls = end.accepted("call")

    assert calls
    assert max(calls.values()) <= 2
