"""Who may let an alert go: every attempt over real HTTP, each with its right answer."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tests.acceptance.bodies import cap, info, instant
from tests.acceptance.conftest import ACCOUNT, PEOPLE, TOKEN, Broker, broker
from warnbroker.model.actor import Actor
from warnbroker.model.event import Event
from warnbroker.model.identity import sortable_ids
from warnbroker.model.record import IssuerRecord
from warnbroker.simulator.server import Simulator, SimulatorSettings

ENGLISH = {"severity": "Extreme", "urgency": "Immediate"}
CHINESE = {"language": "zh-CN", "event": "大风", "headline": "大风红色预警"}
OVERRIDE = {"override": {"enabled": True, "roles": ["approver", "issuer"]}}
PERSONS: Mapping[str, tuple[tuple[str, ...], str]] = {
    "lin": (("approver",), "Lin"),
    "lin again": (("approver", "operator"), "LIN "),
    "wang": (("approver",), "Wang"),
    "zhao": (("operator",), "Zhao"),
    "sun": (("approver", "operator"), "Sun"),
    "desk as approver": (("approver",), "desk"),
    "doomed": (("issuer",), "Doomed"),
    "far": (("approver",), "Far"),
}


@pytest.fixture(scope="module")
async def house(tmp_path_factory) -> AsyncIterator[Broker]:
    far = Simulator(
        SimulatorSettings(account_sid=ACCOUNT, auth_token=TOKEN, callback_delay=(0.0, 0.01))
    )
    await far.start()
    try:
        folder = tmp_path_factory.mktemp("house")
        async with broker(folder, people=PEOPLE, sms=far.http_url, release=OVERRIDE) as found:
            yield replace(found, keys={**found.keys, **await hired(found)})
    finally:
        await far.stop()


async def hired(found: Broker) -> dict[str, str]:
    store, now = found.served.store, datetime.now(UTC)
    ids = sortable_ids(lambda: now)
    keys = {}
    for name, (roles, person) in PERSONS.items():
        record = IssuerRecord(
            id=next(ids), name=name, sender="", roles=roles, hazards=(),
            jurisdictions=("demo-north-bay",) if name == "far" else (),
            authority_id=await store.issuers.authority("demo-harbour"),
            created_at=now, person=person,
        )  # fmt: skip
        keys[name] = await store.issuers.add(record, actor=Actor("test"))
    return keys


def red(headline="", **changed) -> str:
    """Write a red alert in both languages; what is no element of ``<alert>`` is of its infos."""
    own = ("identifier", "sender", "sent", "status", "msgType", "scope", "references", "extra")
    head = {name: changed.pop(name) for name in own if name in changed}
    told = ENGLISH | changed
    headline = headline or f"Red wind {datetime.now(UTC).timestamp()}"
    infos = info(**told, headline=headline) + info(**{**told, **CHINESE})
    return cap(infos, **head)


async def posted(house, **changed) -> str:
    how = {name: changed.pop(name) for name in ("path", "key") if name in changed}
    reply = await house.post(red(**changed), **how)
    assert reply.status == 202, reply.body
    return reply.json["id"]


async def look(house, alert):
    return (await house.ask("GET", f"/v1/alerts/{alert}")).json


async def confirmation(house, alert):
    return (await look(house, alert))["release"]["confirmation"]


async def decide(house, alert, act, key, **body):
    return await house.ask("POST", f"/v1/alerts/{alert}/{act}", key=key, json=body)


async def approve(house, alert, key="lin", **body):
    typed = await confirmation(house, alert)
    return await decide(house, alert, "approve", key, confirmation=typed, **body)


def told(house, alert) -> int:
    (row,) = house.query("SELECT id FROM alert WHERE public_id = ?", alert)
    return house.query("SELECT count(*) FROM delivery WHERE alert_id = ?", *row)[0][0]


def record(house, alert) -> list[str]:
    rows = house.query("SELECT event FROM audit WHERE subject = ? ORDER BY sequence", alert)
    return [event for (event,) in rows]


async def settled(house, alert):
    while not (await house.ask("GET", f"/v1/alerts/{alert}/progress")).json["settled"]:
        await asyncio.sleep(0.02)


async def test_a_red_alert_waits_and_reaches_nobody_until_a_second_person_names_what_it_is(house):
    reply = await house.post(red(headline="The very first"))
    alert = reply.json["id"]
    shown = await look(house, alert)

    assert reply.json["state"] == "pending"
    assert reply.json["approvals_needed"] == 1
    assert shown["release"]["next"] == "approve"
    assert shown["release"]["confirmation"] == {
        "status": "Actual", "level": "red", "area": "Market", "people": 2,
    }  # fmt: skip
    assert [step["done_by"] for step in shown["release"]["steps"]] == ["desk", None]
    assert (await house.ask("GET", f"/cap/{alert}.xml", key=None)).status == 404
    assert (await house.ask("GET", f"/warnings/{alert}", key=None)).status == 404
    assert told(house, alert) == 0

    approved = await approve(house, alert)
    await settled(house, alert)

    assert approved.status == 200
    assert approved.json["release"]["steps"][1]["done_by"] == "Lin"
    assert approved.json["clock"]["released"]
    assert told(house, alert) > 0
    assert record(house, alert)[:3] == ["alert_accepted", "step_approved", "alert_released"]


async def test_the_number_of_people_is_that_of_those_who_are_told(house):
    alert = await posted(house)
    people = (await confirmation(house, alert))["people"]

    await approve(house, alert)
    await settled(house, alert)

    (row,) = house.query("SELECT id FROM alert WHERE public_id = ?", alert)
    reached = house.query(
        "SELECT count(DISTINCT subscriber_id) FROM delivery WHERE alert_id = ?", *row
    )[0][0]
    assert people == reached == 2


async def test_a_yellow_alert_needs_nobody(house):
    reply = await house.post(cap(severity="Moderate", headline="A yellow wind"))

    assert reply.json["state"] == "accepted"
    assert reply.json["approvals_needed"] == 0


@pytest.mark.parametrize("status", ["Exercise", "Test"])
async def test_a_drill_takes_the_same_way(house, status):
    alert = await posted(house, status=status)

    typed = await confirmation(house, alert)
    wrong = await decide(house, alert, "approve", "lin", confirmation=typed | {"status": "Actual"})

    assert typed["status"] == status
    assert wrong.rules == ["release.confirmation.status"]


@pytest.mark.parametrize(
    "changed",
    [{"status": "System"}, {"status": "Draft"}, {"msgType": "Ack"}, {"msgType": "Error"}],
)
async def test_what_is_between_systems_is_kept_and_never_leaves(house, changed):
    extra = {"references": f"x@y.example,other,{instant(-2)}"} if "msgType" in changed else {}
    note = {"extra": "<note>taken</note>"} if "msgType" in changed else {}

    reply = await house.post(red(**changed, **extra, **note, headline=str(changed)))

    assert reply.status == 202, reply.body
    assert reply.json["state"] == "recorded"
    refused = await decide(house, reply.json["id"], "approve", "lin")
    assert refused.status == 409
    assert refused.rules == ["release.state"]
    assert told(house, reply.json["id"]) == 0


@pytest.mark.parametrize(
    ("field", "value"),
    [("status", "Exercise"), ("level", "orange"), ("area", "Elsewhere"), ("people", 1)],
)
async def test_a_confirmation_that_names_something_else_is_refused_with_both_values(
    house, field, value
):
    alert = await posted(house)
    typed = await confirmation(house, alert)

    reply = await decide(house, alert, "approve", "lin", confirmation=typed | {field: value})

    assert reply.status == 422
    assert reply.rules == [f"release.confirmation.{field}"]
    message = reply.json["errors"][0]["message"]
    assert str(typed[field]) in message
    assert str(value) in message
    assert (await look(house, alert))["state"] == "pending"


async def test_case_and_space_do_not_matter(house):
    alert = await posted(house)
    typed = await confirmation(house, alert)
    loosely = {"status": " ACTUAL", "level": "Red ", "area": " market ", "people": typed["people"]}

    reply = await decide(house, alert, "approve", "lin", confirmation=loosely)

    assert reply.status == 200


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("desk as approver", "composed this alert"),
        ("desk", "lacks the role approver"),
        ("zhao", "lacks the role approver"),
        ("auditor", "lacks the role approver"),
        ("far", "outside the jurisdiction"),
    ],
)
async def test_who_may_not_approve_is_told_why_and_it_is_on_record(house, key, words):
    alert = await posted(house)

    reply = await approve(house, alert, key)

    assert reply.status == 403
    assert words in reply.json["detail"]
    assert record(house, alert)[-1] == Event.DECISION_REFUSED
    assert (await look(house, alert))["state"] == "pending"


@pytest.mark.parametrize("key", ["revoked", "nobody's", None])
async def test_without_a_valid_key_nothing_is_decided(house, key):
    alert = await posted(house)

    assert (await decide(house, alert, "approve", key)).status == 401


async def test_every_step_of_four_needs_another_person_under_whatever_key(house):
    alert = await posted(house, path="/v1/alerts?flow=four-step")

    assert (await approve(house, alert, "lin")).json["approvals_needed"] == 2
    again = await approve(house, alert, "lin again")
    assert again.status == 403
    assert "every step needs another person" in again.json["detail"]
    assert (await approve(house, alert, "wang")).json["state"] == "pending"
    last = await approve(house, alert, "zhao")

    assert last.status == 200
    assert last.json["approvals_needed"] == 0
    steps = [(step["name"], step["done_by"]) for step in last.json["release"]["steps"]]
    assert steps == [("compose", "desk"), ("review", "Lin"), ("sign", "Wang"), ("publish", "Zhao")]


@pytest.mark.parametrize("flow", ["relay", "none-such"])
async def test_only_a_flow_that_is_offered_can_be_asked_for(house, flow):
    reply = await house.post(red(), path=f"/v1/alerts?flow={flow}")

    assert reply.status == 400
    assert "standard, four-step, emergency" in reply.json["detail"]


async def test_an_approval_that_is_replayed_is_refused_and_changes_nothing(house):
    alert = await posted(house)
    typed = await confirmation(house, alert)
    await approve(house, alert)
    await settled(house, alert)
    before = told(house, alert)

    replays = await asyncio.gather(
        *(decide(house, alert, "approve", "lin", confirmation=typed) for _ in range(5))
    )

    assert {reply.status for reply in replays} == {409}
    assert "approve by Lin" in replays[0].json["errors"][0]["message"]
    assert told(house, alert) == before
    assert record(house, alert).count("alert_released") == 1


async def test_of_many_who_approve_at_once_one_takes_the_step(house):
    alert = await posted(house)
    typed = await confirmation(house, alert)

    replies = await asyncio.gather(
        *(
            decide(house, alert, "approve", key, confirmation=typed)
            for key in ("lin", "wang", "sun") * 7
        )
    )

    assert sorted(reply.status for reply in replies) == [200] + [409] * 20
    assert record(house, alert).count("alert_released") == 1
    assert record(house, alert).count("step_approved") == 1


async def test_of_two_who_take_the_same_step_of_several_one_is_told_that_it_is_taken(house):
    alert = await posted(house, path="/v1/alerts?flow=four-step")

    first = await approve(house, alert, "lin", step="review")
    second = await approve(house, alert, "wang", step="review")

    assert first.status == 200
    assert second.status == 409
    assert second.rules == ["release.step"]
    assert "Lin took the step 'review'" in second.json["errors"][0]["message"]


async def test_an_alert_that_expired_while_it_waited_can_be_approved_no_more(house):
    alert = await posted(house, expires=instant(1 / 30))
    typed = await confirmation(house, alert)
    while (await look(house, alert))["state"] == "pending":
        await asyncio.sleep(0.05)

    reply = await decide(house, alert, "approve", "lin", confirmation=typed)

    assert reply.status == 409
    assert reply.rules == ["release.expired"]
    assert (await look(house, alert))["state"] == "lapsed"
    assert record(house, alert).count("alert_lapsed") == 1
    assert told(house, alert) == 0


async def test_a_rejection_needs_a_reason_and_ends_it(house):
    alert = await posted(house)

    silent = await decide(house, alert, "reject", "lin", reason="  ")
    done = await decide(house, alert, "reject", "lin", reason="wrong quay")
    late = await approve(house, alert, "wang")

    assert silent.rules == ["release.reason"]
    assert done.json["state"] == "rejected"
    assert done.json["release"]["decisions"][-1]["reason"] == "wrong quay"
    assert late.status == 409
    assert "reject by Lin" in late.json["errors"][0]["message"]


async def test_only_who_composed_an_alert_takes_it_back(house):
    alert = await posted(house)

    stranger = await decide(house, alert, "withdraw", "lin")
    own = await decide(house, alert, "withdraw", "desk", reason="typed the wrong hour")

    assert stranger.status == 403
    assert own.json["state"] == "withdrawn"
    assert (await approve(house, alert, "lin")).status == 409


async def test_a_key_revoked_since_keeps_the_alert_in(house):
    alert = await posted(house, key="doomed")
    await house.served.store.issuers.revoke("doomed", actor=Actor("test"))

    reply = await approve(house, alert)

    assert reply.status == 409
    assert reply.rules == ["release.issuer"]
    assert (await look(house, alert))["state"] == "pending"


async def test_an_override_needs_a_reason_goes_at_once_and_is_signed_by_another_afterwards(house):
    alert = await posted(house)
    typed = await confirmation(house, alert)

    silent = await decide(house, alert, "override", "desk", confirmation=typed)
    gone = await decide(house, alert, "override", "desk", confirmation=typed, reason="nobody here")
    owed = await house.ask("GET", "/v1/alerts?state=countersign")
    own = await decide(house, alert, "countersign", "desk as approver")
    signed = await decide(house, alert, "countersign", "wang")
    again = await decide(house, alert, "countersign", "lin")

    assert silent.rules == ["release.reason"]
    assert gone.status == 200
    assert gone.json["release"]["countersign_by"]
    assert alert in [item["id"] for item in owed.json["items"]]
    assert own.status == 403
    assert signed.json["release"]["countersign_by"] is None
    assert again.rules == ["release.state"]
    wanted = ["alert_overridden", "alert_released", "decision_refused", "alert_countersigned"]
    assert [event for event in record(house, alert) if event in wanted][-4:-1] == wanted[1:]


async def test_an_override_is_confirmed_like_any_release(house):
    alert = await posted(house)

    reply = await decide(house, alert, "override", "desk", reason="nobody here")

    assert reply.status == 422
    assert len(reply.rules) == 4


async def test_the_same_again_under_another_name_is_held_for_a_person(house):
    # Once: the second may turn between the two, and another onset is another warning.
    same = {"headline": "Said twice", "onset": instant(10), "expires": instant(60)}
    first = await posted(house, **same)
    second = await posted(house, **same)

    shown = await look(house, second)
    refused = await approve(house, second)
    own = await decide(house, second, "admit", "desk as approver")
    admitted = await decide(house, second, "admit", "lin")
    gone = await approve(house, second, "lin")

    assert (await look(house, first))["state"] == "pending"
    assert shown["state"] == "held"
    assert shown["approvals_needed"] == 2
    assert refused.status == 409
    assert own.status == 403
    assert admitted.json["state"] == "pending"
    assert gone.status == 200


async def test_a_pending_update_stops_nothing_before_it_is_released(house):
    sent = instant(-2)  # once: the second may turn before the reference is written
    first = red(identifier="held-back", headline="First word", sent=sent)
    alert = (await house.post(first)).json["id"]
    await approve(house, alert)
    named = f"warning@demo-harbour.example,held-back,{sent}"
    update = await posted(house, msgType="Update", references=named, headline="Second word")

    assert (await look(house, alert))["state"] != "updated"

    await approve(house, update)

    assert (await look(house, alert))["state"] == "updated"


async def test_an_update_of_what_was_cancelled_meanwhile_is_kept_in(house):
    sent = instant(-2)
    first = red(identifier="soon-over", headline="It begins", sent=sent)
    alert = (await house.post(first)).json["id"]
    await approve(house, alert)
    named = f"warning@demo-harbour.example,soon-over,{sent}"
    update = await posted(house, msgType="Update", references=named, headline="It goes on")
    cancel = await posted(house, msgType="Cancel", references=named, headline="It is over")
    await approve(house, cancel)

    reply = await approve(house, update)

    assert reply.status == 409
    assert reply.rules == ["release.cancelled"]
    assert cancel in reply.json["errors"][0]["message"]


async def test_the_retraction_of_an_error_needs_one_person_and_is_signed_afterwards(house):
    alert = await posted(house)
    await approve(house, alert)
    await settled(house, alert)

    taken = await house.ask("POST", f"/v1/alerts/{alert}/cancel", json={"reason": "error"})
    cancel = taken.json["id"]
    owed = (await look(house, cancel))["release"]["countersign_by"]
    own = await decide(house, cancel, "countersign", "desk as approver")
    signed = await decide(house, cancel, "countersign", "lin")

    assert taken.json["state"] == "accepted"
    assert owed
    assert own.status == 403
    assert signed.json["release"]["countersign_by"] is None


async def test_lifting_a_warning_waits_for_a_second_person(house):
    alert = await posted(house)
    await approve(house, alert)
    await settled(house, alert)

    taken = await house.ask("POST", f"/v1/alerts/{alert}/cancel", json={"reason": "lifted"})
    still = (await look(house, alert))["clock"]["stopped"]
    gone = await approve(house, taken.json["id"])

    assert taken.json["state"] == "pending"
    assert still is None
    assert gone.status == 200
    assert (await look(house, alert))["clock"]["stopped"]


async def test_the_list_of_what_waits_is_read_page_by_page(house):
    mine = [await posted(house) for _ in range(3)]

    found, cursor = [], "0"
    while cursor is not None:
        page = await house.ask("GET", f"/v1/alerts?state=pending&limit=2&cursor={cursor}")
        found += [item["id"] for item in page.json["items"]]
        cursor = page.json["next"]

    assert set(mine) <= set(found)
    assert len(found) == len(set(found))
    assert (await house.ask("GET", "/v1/alerts?state=odd")).status == 400


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("{", 400),
        ("[]", 400),
        ('{"confirmed": true}', 400),
        ('{"confirmation": {"people": "4"}}', 400),
        ('{"confirmation": {"people": 1e99}}', 400),
        ("", 422),
        ('{"reason": "' + "x" * 20000 + '"}', 413),
    ],
)
async def test_a_body_that_is_no_decision_is_refused(house, body, status):
    alert = await posted(house)

    reply = await house.ask("POST", f"/v1/alerts/{alert}/approve", key="lin", data=body)

    assert reply.status == status, reply.body
    assert (await look(house, alert))["state"] == "pending"


async def test_nothing_can_be_decided_of_an_alert_that_is_not_there(house):
    assert (await decide(house, "a" * 26, "approve", "lin")).status == 404
