"""Drills and alerts of limited scope through the real adapters: exactly whom they may reach."""

import csv
import email
import re
from email import policy
from pathlib import Path

import pytest
from shapely import Point, Polygon

from tests.integration.alerts import SENDER, SOUTH, alert, info, reference, xml
from tests.integration.far_end import Broker, far_end, fill, write_config
from warnbroker.app import open_ledger
from warnbroker.cli.issuer import grant
from warnbroker.intake.permit import Permit
from warnbroker.model.alert import NamedValue
from warnbroker.model.enums import MsgType, Scope, Status
from warnbroker.model.fan_out import INTERNAL, PUBLIC_DRILL
from warnbroker.simulator.journal import read_journal

pytestmark = pytest.mark.timeout(300)

SINKS = {"sms": ["+358409990009"], "email": ["drill-sink@demo-harbour.example"]}
LEADERS = {
    "leaders": {
        "names": {"en": "Leaders on duty"},
        "refs": ["demo-0000003", "demo-0000011", "demo-0000020"],
    }
}
ON_DUTY = "+358409990001"
AUTHORITIES = {
    "harbour": {
        "names": {"en": "Harbour office"}, "senders": [SENDER],
        "contacts": [{"name": "Shift leader", "phone": ON_DUTY}],
    },
}  # fmt: skip
MARKS = ("【演练】", "[EXERCISE]")


def both(**changes):
    """Return an info in each of the languages that a red alert must be told in."""
    return info(**changes), info(language="zh-CN", **changes)


class Desk:
    """A broker with people, its far end, and what these got."""

    def __init__(self, folder, end, **over):
        given = {"drills": {"sinks": SINKS}, "lists": LEADERS, "authorities": AUTHORITIES}
        config = write_config(folder, end, **(given | over))
        self.folder, self.end, self.broker = folder, end, Broker(config)

    async def open(self, people):
        key = await fill(self.broker.settings, self.folder, people)
        self.broker.session.headers["Authorization"] = f"Bearer {key}"
        await self.broker.start()

    def people(self):
        with (self.folder / "subscribers.csv").open() as file:
            return list(csv.DictReader(file))

    def got(self, kind):
        """Return who was reached, and with what, in order."""
        return [
            entry for entry in read_journal(self.end.journal)
            if entry["kind"] == kind and entry["accepted"]
        ]  # fmt: skip

    async def publish(self, message):
        accepted = await self.broker.post(xml(message))
        await self.broker.settled(accepted["id"])
        return accepted

    async def refused(self, message):
        headers = {"Content-Type": "application/xml"}
        url = f"{self.broker.url}/v1/alerts"
        async with self.broker.session.post(url, data=xml(message), headers=headers) as answer:
            assert answer.status == 422, await answer.text()
            return [fault["rule"] for fault in (await answer.json(content_type=None))["errors"]]

    async def text(self, path):
        async with self.broker.session.get(self.broker.url + path) as answer:
            return answer.status, await answer.text()


@pytest.fixture
async def desks(tmp_path):
    """Return what opens a desk with so many people."""
    opened = []
    async with far_end(tmp_path, "--mail", str(tmp_path / "mail")) as end:

        async def open_desk(people=400, **over):
            desk = Desk(tmp_path, end, **over)
            opened.append(desk)
            await desk.open(people)
            return desk

        yield open_desk
        for desk in opened:
            await desk.broker.stop()


def in_south(person):
    outline = Polygon([(lon, lat) for lat, lon in SOUTH])
    return bool(person["lat"]) and outline.intersects(
        Point(float(person["lon"]), float(person["lat"]))
    )


def wants_red(person, channel):
    channels = person["channels"].split(";") if person["channels"] else []
    fits = not person["categories"] or "Met" in person["categories"].split(";")
    return fits and (not channels or channel in channels)


def told(people, channel):
    """Return the addresses of those who are to be told by a channel; places come from the CSV."""
    column = {"sms": "phone", "voice": "voice", "email": "email"}[channel]
    return {
        person[column] or (person["phone"] if channel == "voice" else "")
        for person in people
        if wants_red(person, channel)
    } - {""}


async def test_an_exercise_reaches_exactly_those_who_agreed_marked_in_every_text(desks):
    desk = await desks(2000)
    accepted = await desk.publish(alert(status=Status.EXERCISE))

    # Who gave a region alone is told where it touches the area: the broker's own count of a
    # real alert's people tells of these, and of them only who agreed are told of a drill.
    placed = [person for person in desk.people() if in_south(person)]
    agreed = [person for person in placed if person["drills"] == "yes"]
    # A household shares its landline: one of them who agreed is enough.
    others = addresses_of(desk, "no") - addresses_of(desk, "yes")
    by_region = {
        person[column]
        for person in desk.people()
        if not person["lat"] and person["drills"] == "yes"
        for column in ("phone", "email", "voice")
    }
    assert len(agreed) > 20
    assert len(placed) > 2 * len(agreed)
    for channel, kind in (("sms", "sms"), ("voice", "call"), ("email", "mail")):
        reached = [entry["to"] for entry in desk.got(kind)]
        assert len(reached) == len(set(reached))
        assert set(reached) & others == set()
        assert told(agreed, channel) <= set(reached)
        assert set(reached) - told(agreed, channel) - by_region == set(SINKS.get(channel, ()))
    for entry in desk.got("sms"):
        assert entry["body"].startswith(MARKS), entry["body"]
    for entry in desk.got("call"):
        said = re.findall(r"<Say[^>]*>([^<]*)", entry["twiml"])
        assert said[0].strip().startswith(MARKS), said
    mails = list((desk.folder / "mail").glob("*.eml"))
    assert mails
    for path in mails:
        mail = email.message_from_bytes(path.read_bytes(), policy=policy.default)
        assert mail["Subject"].startswith(MARKS)
        assert mail["Importance"] is None
        for part in mail.walk():
            if part.get_content_maintype() == "text":
                assert any(mark in part.get_content() for mark in MARKS)
    await nothing_public(desk, accepted["id"])


def addresses_of(desk, agreed):
    columns = ("phone", "email", "voice")
    people = [person for person in desk.people() if person["drills"] == agreed]
    return {person[column] for person in people for column in columns} - {""}


async def nothing_public(desk, alert_id):
    published = desk.folder / "published"
    for path in ("/feeds/alerts.rss", "/feeds/alerts.atom", "/"):
        status, body = await desk.text(path)
        assert status == 200
        assert alert_id not in body
        assert "Storm surge" not in body
    assert (await desk.text(f"/cap/{alert_id}.xml"))[0] == 404
    assert (await desk.text(f"/warnings/{alert_id}"))[0] == 404
    assert (await desk.broker.get("/v1/warnings"))["items"] == []
    assert list((published / "cap").iterdir()) == []
    assert alert_id in (await desk.text("/feeds/test.atom"))[1]
    packages = [path for path in (desk.folder / "broadcast").glob("*/incoming/*")]
    assert [path.parent.parent.name for path in packages] == ["rural-loudspeakers"]
    assert packages[0].name.startswith("DRILL_")
    assert not list((desk.folder / "vans").rglob("*.pdf"))


async def test_the_end_of_a_drill_is_told_to_those_who_heard_it_and_it_is_marked(desks):
    desk = await desks(300)
    first = alert(status=Status.TEST)
    await desk.publish(first)
    before = [entry["to"] for entry in desk.got("sms")]

    await desk.publish(
        alert("surge-1-end", MsgType.CANCEL, [reference(first)], infos=(), status=Status.TEST)
    )

    after = desk.got("sms")[len(before) :]
    assert sorted(entry["to"] for entry in after) == sorted(before)
    assert all(entry["body"].startswith(MARKS) for entry in after)


async def test_a_drill_takes_vans_where_it_orders_them_and_the_sheets_say_so(desks):
    desk = await desks(100)
    orders = (NamedValue("level", "red"), NamedValue("warnbroker:channel", "van"))
    accepted = await desk.publish(alert(status=Status.EXERCISE, infos=both(parameters=orders)))

    folder = desk.folder / "vans" / accepted["id"]
    sheets = [path.name for path in folder.iterdir() if path.suffix in {".pdf", ".html"}]
    assert sheets
    assert all(name.startswith("DRILL-van-") for name in sheets)
    assert set(await channels_of(desk, accepted)) == {"van"}
    assert desk.got("sms") == []


async def channels_of(desk, accepted):
    return (await desk.broker.get(f"/v1/alerts/{accepted['id']}/progress"))["channels"]


async def test_an_announced_drill_takes_two_approvers_and_then_reaches_everybody_marked(desks):
    release = {"repeat_within": 0, "confirm": False, "override": {"enabled": True}}
    desk = await desks(300, drills={"public": True, "sinks": SINKS}, release=release)
    async with open_ledger(desk.broker.settings) as store:
        keys = [
            (await grant(store, desk.broker.settings, Permit(name, ("approver",))))[1]
            for name in ("leader", "deputy")
        ]
    accepted = await desk.broker.post(xml(alert(status=Status.EXERCISE, codes=(PUBLIC_DRILL,))))
    assert (accepted["state"], accepted["approvals_needed"]) == ("pending", 2)

    assert await decided(desk, accepted, "override", keys[0]) == 403
    assert await decided(desk, accepted, "approve", keys[0]) == 200
    assert await decided(desk, accepted, "approve", keys[0]) == 403
    assert desk.got("sms") == []
    assert await decided(desk, accepted, "approve", keys[1]) == 200
    await desk.broker.settled(accepted["id"])

    everybody = told([person for person in desk.people() if in_south(person)], "sms")
    assert everybody <= {entry["to"] for entry in desk.got("sms")}
    assert {p["phone"] for p in desk.people() if p["drills"] == "no"} & everybody
    assert all(entry["body"].startswith(MARKS) for entry in desk.got("sms"))
    await nothing_public(desk, accepted["id"])


async def decided(desk, accepted, act, key):
    url = f"{desk.broker.url}/v1/alerts/{accepted['id']}/{act}"
    headers = {"Authorization": f"Bearer {key}"}
    body = {"reason": "The yearly drill, announced on 1 November."}
    async with desk.broker.session.post(url, json=body, headers=headers) as answer:
        return answer.status


async def test_a_restricted_alert_reaches_exactly_its_list(desks):
    desk = await desks(400)
    there = [person for person in desk.people() if person["ref"] in LEADERS["leaders"]["refs"]]
    accepted = await desk.publish(
        alert(scope=Scope.RESTRICTED, restriction="Leaders on duty", infos=both(areas=()))
    )

    for channel, kind in (("sms", "sms"), ("voice", "call"), ("email", "mail")):
        column = {"sms": "phone", "voice": "voice", "email": "email"}[channel]
        named = {
            p[column] or (p["phone"] if channel == "voice" else "")
            for p in there
            if not p["channels"] or channel in p["channels"].split(";")
        } - {""}
        assert {entry["to"] for entry in desk.got(kind)} == named
    assert set(await channels_of(desk, accepted)) <= {"sms", "voice", "email"}
    assert not any("/warnings/" in str(entry) for entry in desk.got("sms"))
    await nowhere(desk, accepted["id"])


async def nowhere(desk, alert_id):
    for path in ("/feeds/alerts.rss", "/feeds/test.rss", "/"):
        assert alert_id not in (await desk.text(path))[1]
    for path in (f"/cap/{alert_id}.xml", f"/feeds/test/{alert_id}.xml", f"/warnings/{alert_id}"):
        assert (await desk.text(path))[0] == 404
    assert (await desk.broker.get("/v1/warnings"))["items"] == []
    assert not list((desk.folder / "broadcast").glob("*/incoming/*"))
    assert not (desk.folder / "vans" / alert_id).exists()
    log = (desk.folder / "broker.log").read_text()
    assert "Storm surge" not in log
    assert "Leave now" not in log


async def test_a_private_alert_reaches_its_addresses_and_an_update_leaves_out_who_is_gone(desks):
    desk = await desks(300)
    (person,) = [p for p in desk.people() if p["ref"] == "demo-0000007"]
    outsider = "+358409990123"
    first = alert(
        scope=Scope.PRIVATE, addresses=("demo-0000007", outsider, "mailto:chief@x.example"),
        infos=both(areas=()),
    )  # fmt: skip
    await desk.publish(first)

    assert outsider in {entry["to"] for entry in desk.got("sms")}
    assert {e["to"] for e in desk.got("sms")} <= {outsider, person["phone"]}
    assert {e["to"] for e in desk.got("mail")} - {person["email"]} == {"chief@x.example"}

    count = len(desk.got("sms"))
    await desk.publish(
        alert(
            "surge-2",
            MsgType.UPDATE,
            [reference(first)],
            scope=Scope.PRIVATE,
            addresses=("demo-0000007",),
            infos=both(areas=(), instruction="Meet at nine."),
        )
    )

    later = {entry["to"]: entry["body"] for entry in desk.got("sms")[count:]}
    assert "Meet at nine" not in later[outsider]
    if person["phone"]:
        assert "Meet at nine" in later.get(person["phone"], "Meet at nine")


@pytest.mark.parametrize(
    ("changes", "rules"),
    [
        ({"scope": Scope.RESTRICTED, "restriction": "strangers"}, ["scope.restriction.unknown"]),
        (
            {"scope": Scope.PRIVATE, "addresses": ("demo-0000007", "nobody-such")},
            ["scope.addresses.unknown"],
        ),
        (
            {"scope": Scope.PRIVATE, "addresses": ("+358409990123",), "status": Status.EXERCISE},
            ["scope.addresses.drill"],
        ),
        ({"codes": (PUBLIC_DRILL,)}, ["scope.drill.public", "scope.drill.off"]),
        ({"codes": (PUBLIC_DRILL,), "status": Status.EXERCISE}, ["scope.drill.off"]),
        (
            {"infos": both(parameters=(NamedValue("warnbroker:channel", "sms2"),))},
            ["fan_out.channel"],
        ),
        (
            {"infos": both(parameters=(NamedValue("warnbroker:audience", " "),))},
            ["fan_out.audience.blank"],
        ),
        (
            {"infos": both(parameters=(NamedValue("warnbroker:text:sms", "x" * 5001),))},
            ["fan_out.text.length"],
        ),
        (
            {
                "scope": Scope.RESTRICTED, "restriction": "leaders",
                "infos": both(parameters=(NamedValue("warnbroker:channel", "feed"),)),
            },
            ["scope.channel"],
        ),
        ({"sender": "other@x.example", "codes": (INTERNAL,)}, ["scope.internal.authority"]),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else "",
)  # fmt: skip
async def test_a_circle_that_cannot_be_kept_is_refused_with_its_rule(desks, changes, rules):
    desk = await desks(60)

    found = await desk.refused(alert(**changes))

    # Each info says so of itself.
    found = list(dict.fromkeys(found))
    assert [rule for rule in found if rule.startswith(("scope.", "fan_out."))] == rules
    assert desk.got("sms") == []


async def test_what_is_internal_reaches_its_office_alone_and_other_keys_find_nothing(desks):
    desk = await desks(200)
    async with open_ledger(desk.broker.settings) as store:
        permit = Permit("neighbour", ("operator",), authority="harbour")
        _, stranger = await grant(store, desk.broker.settings, permit)
    accepted = await desk.publish(alert(codes=(INTERNAL,)))

    assert {entry["to"] for kind in ("sms", "call", "mail") for entry in desk.got(kind)} == {
        ON_DUTY
    }
    # Chinese is the municipality's first language; the office is told what to do itself.
    (text,) = [entry["body"] for entry in desk.got("sms")]
    assert "请勿外传" in text
    assert "立即撤离" in text
    assert "毗邻" not in text
    path = f"/v1/alerts/{accepted['id']}"
    assert (await desk.broker.get(path))["id"] == accepted["id"]
    desk.broker.session.headers["Authorization"] = f"Bearer {stranger}"
    for known in (path, f"{path}/cap", f"{path}/progress", f"{path}/deliveries"):
        assert (await desk.text(known))[0] == 404
    assert (await desk.broker.get("/v1/alerts"))["items"] == []
    await nowhere(desk, accepted["id"])


async def test_a_kill_in_the_middle_of_a_drill_loses_nobody_and_tells_nobody_else(desks):
    desk = await desks(2000)
    accepted = await desk.broker.post(xml(alert(status=Status.EXERCISE)))
    while desk.end.size() < 20:
        await desk.broker.get("/health/live")
    await desk.broker.kill()
    await desk.broker.start()
    progress = await desk.broker.settled(accepted["id"])

    agreed = [person for person in desk.people() if person["drills"] == "yes"]
    mine = told([p for p in agreed if in_south(p)], "sms")
    reached = {entry["to"] for entry in desk.got("sms")}
    assert mine <= reached
    assert reached <= told(agreed, "sms") | set(SINKS["sms"])
    assert all(entry["body"].startswith(MARKS) for entry in desk.got("sms"))
    assert sum(progress["channels"]["sms"].values()) == len(reached)


async def test_system_messages_and_drafts_are_kept_and_told_to_nobody(desks):
    desk = await desks(60)

    kept = [
        await desk.broker.post(xml(alert(f"a-{status}", status=status)))
        for status in (Status.SYSTEM, Status.DRAFT)
    ]

    assert [item["state"] for item in kept] == ["recorded", "recorded"]
    assert Path(desk.end.journal).read_bytes().count(b'"accepted":true') == 0


async def test_a_role_that_nobody_has_is_named_to_the_issuer(desks):
    desk = await desks(60)
    body = xml(alert(infos=both(parameters=(NamedValue("warnbroker:audience", "emperor"),))))
    path = f"{desk.broker.url}/v1/alerts?dry_run=true"

    async with desk.broker.session.post(
        path, data=body, headers={"Content-Type": "application/cap+xml"}
    ) as answer:
        found = await answer.json()

    assert [item["rule"] for item in found["warnings"] if "audience" in item["rule"]] == [
        "fan_out.audience",
        "fan_out.audience",
    ]
    assert found["people"] == 0
