"""Plans, their drills, and the share that was drilled: over HTTP and in the terminal."""

import asyncio
import json
from datetime import UTC, datetime, timedelta

import pytest

from tests.acceptance.bodies import cap
from tests.acceptance.conftest import broker

ADOPTED = "2025-03-01T00:00:00+08:00"


@pytest.fixture(scope="module")
async def desk(tmp_path_factory):
    async with broker(tmp_path_factory.mktemp("register"), people="") as found:
        yield found


def plan(code, **changes):
    return {"code": code, "names": {"en": f"Plan {code}"}, "adopted_at": ADOPTED} | changes


def drill(**changes):
    held = {"held_at": "2026-05-12T09:00:00+08:00", "participants": 240, "outcome": "passed"}
    return held | changes


async def send(desk, path, body, key="desk"):
    return await desk.ask("POST", path, json=body, key=key)


async def test_a_plan_and_its_drill_are_kept_and_the_same_again_is_the_same(desk):
    assert (await send(desk, "/v1/plans", plan("FLOOD-1"))).status == 201
    assert (await send(desk, "/v1/plans", plan("FLOOD-1"))).status == 200
    assert (await send(desk, "/v1/plans", plan("FLOOD-1", hazard="FLOOD"))).status == 201

    first = await send(desk, "/v1/plans/FLOOD-1/drills", drill())
    again = await send(desk, "/v1/plans/FLOOD-1/drills", drill())
    other = await send(desk, "/v1/plans/FLOOD-1/drills", drill(outcome="failed"))

    assert (first.status, again.status, other.status) == (201, 200, 409)
    assert first.json == again.json
    listed = (await desk.ask("GET", "/v1/drills?plan=FLOOD-1&year=2026")).json["items"]
    assert listed == [first.json]
    assert (await desk.ask("GET", "/v1/drills?plan=FLOOD-1&year=2025")).json["items"] == []
    (kept,) = [p for p in (await desk.ask("GET", "/v1/plans")).json["items"]
               if p["code"] == "FLOOD-1"]  # fmt: skip
    assert (kept["authority"], kept["hazard"]) == ("demo-harbour", "FLOOD")


async def test_one_drill_that_many_record_at_once_counts_once(desk):
    await send(desk, "/v1/plans", plan("RACE-1"))

    replies = await asyncio.gather(
        *(send(desk, "/v1/plans/RACE-1/drills", drill()) for _ in range(20))
    )

    assert sorted(reply.status for reply in replies) == [200] * 19 + [201]
    assert len({reply.json["id"] for reply in replies}) == 1
    entries = desk.query(
        "SELECT count(*) FROM audit WHERE event = 'drill_recorded' AND subject = 'RACE-1'"
    )
    assert entries[0][0] == 1


async def test_coverage_counts_plans_and_not_drills(desk):
    for code in ("A-1", "A-2", "A-3"):
        await send(desk, "/v1/plans", plan(code, authority="fire-office"))
    await send(desk, "/v1/plans", plan("A-4", authority="fire-office", retired=True))
    late = datetime.now(UTC) + timedelta(days=400)
    await send(desk, "/v1/plans", plan("A-5", authority="fire-office", adopted_at=late.isoformat()))
    for at in ("2026-01-01T00:00:00+02:00", "2026-06-01T00:00:00+02:00"):
        for outcome in ("passed", "failed"):
            await send(
                desk, "/v1/plans/A-1/drills",
                drill(held_at=at.replace("T00", "T00" if outcome == "passed" else "T09"),
                      outcome=outcome),
            )  # fmt: skip
    # 23:59 on the last day before, in the municipality's zone: another year.
    await send(desk, "/v1/plans/A-2/drills", drill(held_at="2025-12-31T23:59:00+02:00"))

    def of(reply):
        return next(i for i in reply.json["items"] if i["authority"] == "fire-office")

    found = of(await desk.ask("GET", "/v1/drills/coverage?year=2026"))
    before = of(await desk.ask("GET", "/v1/drills/coverage?year=2025"))

    assert (found["plans"], found["drilled"], found["drills"]) == (3, 1, 4)
    assert (found["share"], found["met"]) == (0.3333, False)
    assert (before["drilled"], before["drills"]) == (1, 1)


@pytest.mark.parametrize(
    ("body", "path"),
    [
        (drill(participants=0), "participants"),
        (drill(held_at="2199-01-01T00:00:00+00:00"), "held_at"),
        (drill(held_at="2026-01-01T00:00:00"), "held_at"),
        (drill(outcome="splendid"), "outcome"),
        (drill(alert="a" * 26), "alert"),
        (drill(more=1), "more"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_a_drill_that_cannot_have_been_is_refused_where_it_is_wrong(desk, body, path):
    await send(desk, "/v1/plans", plan("WRONG-1"))

    reply = await send(desk, "/v1/plans/WRONG-1/drills", body)

    assert reply.status == 422
    assert [fault["path"] for fault in reply.json["errors"]] == [path]
    assert (await desk.ask("GET", "/v1/drills?plan=WRONG-1")).json["items"] == []


async def test_a_real_alert_is_no_drill_and_an_exercise_is(desk):
    await send(desk, "/v1/plans", plan("ALERT-1"))
    real = await desk.post(cap(identifier="real-1"))
    exercise = await desk.post(cap(identifier="drill-1").replace(">Actual<", ">Exercise<"))

    refused = await send(desk, "/v1/plans/ALERT-1/drills", drill(alert=real.json["id"]))
    now = datetime.now(UTC).isoformat()
    taken = await send(
        desk, "/v1/plans/ALERT-1/drills", drill(alert=exercise.json["id"], held_at=now)
    )

    assert [fault["rule"] for fault in refused.json["errors"]] == ["drill.alert"]
    assert (taken.status, taken.json["alert"]) == (201, exercise.json["id"])


async def test_only_operators_write_and_nobody_without_a_key_reads(desk):
    assert (await send(desk, "/v1/plans", plan("X-1"), key="auditor")).status == 403
    assert (await send(desk, "/v1/plans/FLOOD-1/drills", drill(), key="auditor")).status == 403
    assert (await send(desk, "/v1/plans/NO-SUCH/drills", drill())).status == 404
    for path in ("/v1/plans", "/v1/drills", "/v1/drills/coverage"):
        assert (await desk.ask("GET", path, key=None)).status == 401
    assert (await desk.ask("GET", "/v1/drills/coverage?year=soon")).status == 400
    assert (await send(desk, "/v1/plans", plan(" "))).status == 422


def test_the_terminal_records_lists_and_counts(command):
    for code, name in (("F-1", "en=Flood"), ("F-2", "zh-CN=防汛")):
        done = command("drills", "add-plan", code, "--name", name, "--adopted", "2025-01-01")
        assert done.status == 0
    done = command(
        "drills", "record", "F-1", "--held", "2026-05-12T09:00:00", "--participants", 40,
        "--outcome", "shortcomings", "--remarks", "too slow",
    )  # fmt: skip
    assert done.status == 0

    listed = json.loads(command("drills", "list", "--json").out)
    counted = json.loads(command("drills", "coverage", "--year", 2026, "--json").out)
    chinese = command("drills", "list", LANG="zh_CN.UTF-8")

    assert [(item["code"], len(item["drills"])) for item in listed] == [("F-1", 1), ("F-2", 0)]
    assert counted["items"][0] | {"authority": ""} == {
        "authority": "", "plans": 2, "drilled": 1, "drills": 1, "share": 0.5, "met": True,
    }  # fmt: skip
    assert "有不足" in chinese.out
    assert "未演练" in chinese.out


@pytest.mark.parametrize(
    ("argv", "status", "words"),
    [
        (("record", "NONE", "--held", "2026-01-01", "--participants", "1", "--outcome", "passed"),
         1, "there is no plan 'NONE'"),
        (("add-plan", "F-1", "--name", "Flood"), 2, "must look like zh-CN=防汛预案"),
        (("record", "F-1", "--held", "soon", "--participants", "1", "--outcome", "passed"),
         2, "--held"),
    ],
    ids=["no plan", "no language", "no time"],
)  # fmt: skip
def test_the_terminal_says_what_is_wrong(command, argv, status, words):
    done = command("drills", *argv)

    assert done.status == status
    assert words in done.err
