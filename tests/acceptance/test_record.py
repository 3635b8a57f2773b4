"""The record from outside: what people do is in it, and who bends it is found."""

import json
import shutil
import sqlite3
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import shapely

from tests.acceptance.bodies import cap
from tests.acceptance.conftest import PEOPLE, Broker, Commands, broker
from warnbroker.cli.issuer import grant
from warnbroker.intake.permit import Permit
from warnbroker.targeting import RegionTree

NOW = datetime.now(UTC)
REGION = "demo-north-bay"


@pytest.fixture(scope="module")
async def town(tmp_path_factory) -> AsyncIterator[Broker]:
    """A broker whose record nobody else writes to."""
    async with broker(tmp_path_factory.mktemp("town"), people=PEOPLE) as found:
        yield found


async def key_for(town: Broker, name: str, role: str, person: str) -> str:
    _, key = await grant(town.served.store, town.settings, Permit(name, (role,), person=person))
    return key


async def entries(town: Broker, query: str = "", key: str = "auditor") -> list[dict]:
    reply = await town.ask("GET", f"/v1/audit?limit=1000{query}", key=key)
    assert reply.status == 200, reply.body
    return reply.json["items"]


def incident(**changed) -> dict:
    return {
        "hazard": "FLOOD",
        "region": REGION,
        "occurred_at": (NOW - timedelta(minutes=130)).isoformat(),
        "known_at": (NOW - timedelta(minutes=120)).isoformat(),
        "figures": {"dead": 3, "missing": 4},
        "text": "The dyke broke.",
    } | changed


async def send(town: Broker, path: str, body: dict | str, key: str = "desk"):
    text = body if isinstance(body, str) else json.dumps(body)
    return await town.post(text, path=path, kind="application/json", key=key)


@pytest.mark.parametrize("path", ["/v1/audit", "/v1/findings", "/v1/alerts/x/audit"])
async def test_the_record_is_for_auditors(town, path):
    assert (await town.ask("GET", path, key="desk")).status == 403
    assert (await town.ask("GET", path, key=None)).status == 401


async def test_the_start_is_recorded_with_hashes_and_no_secrets(town):
    [entry] = await entries(town, "&event=configuration_loaded")

    assert len(entry["detail"]["hash"]) == 64
    assert "store" in entry["detail"]["changed"]
    assert "a-secret-of-the-test" not in json.dumps(entry)


async def test_an_alert_can_be_followed_through_the_record(town):
    reply = await town.post(cap())
    assert reply.status == 202

    found = await town.ask("GET", f"/v1/alerts/{reply.json['id']}/audit", key="auditor")

    [first, *_] = found.json["items"]
    assert (first["event"], first["actor"], first["origin"]) == (
        "alert_accepted", "desk", "127.0.0.1",
    )  # fmt: skip
    assert (await town.ask("GET", "/v1/alerts/unknown/audit", key="auditor")).status == 404


async def test_pages_of_the_record_miss_nothing(town):
    whole = [entry["sequence"] for entry in await entries(town)]
    paged, cursor = [], "0"
    while cursor is not None:
        page = (await town.ask("GET", f"/v1/audit?limit=2&cursor={cursor}", key="auditor")).json
        paged += [entry["sequence"] for entry in page["items"]]
        cursor = page["next"]

    assert paged[: len(whole)] == whole == list(range(1, len(whole) + 1))


@pytest.mark.parametrize("query", ["cursor=-1", "limit=x", "cursor=" + "9" * 25])
async def test_a_page_of_the_record_that_cannot_be_is_refused(town, query):
    assert (await town.ask("GET", f"/v1/audit?{query}", key="auditor")).status == 400


async def test_a_refused_alert_is_recorded_by_its_rules_without_its_text(town):
    body = cap(headline="Nobody may read this", expires="2020-01-01T00:00:00-00:00")

    reply = await town.post(body)
    await town.post(body.replace("<alert", "<alarm"))
    await town.post(cap(), key="auditor")

    assert reply.status == 422
    found = await entries(town, "&event=alert_refused")
    by_cause = {entry["detail"]["cause"]: entry for entry in found}
    assert {"rules", "forbidden"} <= set(by_cause)
    assert by_cause["forbidden"]["actor"] == "auditor"
    named = [set(entry["detail"]["rules"]) for entry in found]
    assert any(rules and rules <= set(reply.rules) for rules in named)
    assert "Nobody may read this" not in json.dumps(found)


async def test_a_rehearsal_that_fails_is_no_refusal(town):
    before = await entries(town, "&event=alert_refused")

    reply = await town.post(cap(severity="Terrible"), path="/v1/alerts?dry_run=true")

    assert reply.status == 422
    assert await entries(town, "&event=alert_refused") == before


async def test_an_incident_and_its_revisions_are_kept_and_judged(town):
    first = await send(town, "/v1/incidents", incident())
    again = await send(town, "/v1/incidents", incident())
    path = f"/v1/incidents/{first.json['id']}"
    fell = await send(town, path, incident(figures={"dead": 1, "missing": 4}))

    assert [first.status, again.status, fell.status] == [201, 200, 201]
    assert first.json["id"] == again.json["id"]
    assert fell.json["revision"] == 2
    items = (await town.ask("GET", "/v1/incidents")).json["items"]
    [kept] = [item for item in items if item["id"] == first.json["id"]]
    assert [item["figures"]["dead"] for item in kept["revisions"]] == [3, 1]
    found = (await town.ask("GET", "/v1/findings", key="auditor")).json["items"]
    own = {item["kind"]: item for item in found if item["subject"] == first.json["id"]}
    assert set(own) >= {"late_report", "figures_fell"}
    assert own["figures_fell"]["class"] == "concealed"

    decision = {"verdict": "confirmed", "remark": "Nobody could say why."}
    where = f"/v1/findings/{own['figures_fell']['id']}/decide"
    replies = [await send(town, where, decision, key) for key in ("desk", "auditor", "auditor")]
    other = await send(town, where, decision | {"verdict": "dismissed"}, "auditor")

    assert [reply.status for reply in replies] == [403, 200, 200]
    assert other.status == 409
    [entry] = await entries(town, f"&event=finding_decided&subject={own['figures_fell']['id']}")
    assert entry["detail"]["remark"] == decision["remark"]


async def test_a_warning_counts_where_it_was_given_and_for_the_hazard_of_the_register(town):
    posted = await town.post(cap(event="Flood"))
    assert posted.status == 202
    alert = await town.served.store.alerts.find(posted.json["id"])
    tree = RegionTree(await town.served.store.regions.all())
    inside = {region.code for region in tree.touching(shapely.from_wkb(alert.area))}
    outside = next(region.code for region in tree.regions if region.code not in inside)
    here = next(code for code in inside if not inside & {r.code for r in tree.descendants(code)})
    reported = {
        name: (await send(town, "/v1/incidents", incident(region=code, text=name))).json["id"]
        for name, code in {"here": here, "outside": outside}.items()
    }

    found = (await town.ask("GET", "/v1/findings?limit=1000", key="auditor")).json["items"]

    kinds = {
        name: {item["kind"] for item in found if item["subject"] == number} - {"late_report"}
        for name, number in reported.items()
    }
    assert kinds == {"here": {"late_warning"}, "outside": {"missed_warning"}}


async def test_who_reported_cannot_judge_the_report_with_another_key(town):
    reporter = await key_for(town, "one-hat", "issuer", "Mei")
    judge = await key_for(town, "other-hat", "auditor", "mei")
    late = incident(text="Reported late.", occurred_at=(NOW - timedelta(days=2)).isoformat())
    reported = await send(town, "/v1/incidents", late, reporter)
    found = (await town.ask("GET", "/v1/findings?kind=late_report", key="auditor")).json["items"]
    [own] = [item for item in found if item["subject"] == reported.json["id"]]

    where = f"/v1/findings/{own['id']}/decide"
    reply = await send(town, where, {"verdict": "dismissed", "remark": "All fine."}, judge)

    assert reply.status == 403
    assert "somebody else" in reply.json["detail"]


async def test_a_row_that_contradicts_the_record_is_a_finding(town):
    posted = await town.post(cap())
    path = town.settings.store.url.removeprefix("sqlite:///")
    with sqlite3.connect(path) as ledger:
        ledger.execute(
            "UPDATE alert SET received_at = received_at - 5 WHERE public_id = ?",
            (posted.json["id"],),
        )
    ledger.close()

    query = "/v1/findings?kind=record_contradicted&limit=1000"
    found = (await town.ask("GET", query, key="auditor")).json["items"]

    assert {item["subject"]: item["class"] for item in found} == {posted.json["id"]: "concealed"}
    [difference] = found[0]["detail"]["differences"]
    assert difference["where"] == "alert.received_at"


async def test_the_faults_of_a_report_are_said_in_chinese_too(town):
    body = json.dumps(incident(region="atlantis", hazard=" "))
    language = {"Accept-Language": "zh-CN"}

    reply = await town.post(body, path="/v1/incidents", kind="application/json", headers=language)

    said = {fault["rule"]: fault["message"] for fault in reply.json["errors"]}
    assert said["report.region"].startswith("没有使用该代码的区域")
    assert "灾种" in said["report.hazard"]


WRONG = [
    "",
    "[]",
    "{",
    json.dumps(incident(region="atlantis")),
    json.dumps(incident(hazard=" ")),
    json.dumps(incident(known_at="2026-11-23T02:10:00")),
    json.dumps(incident(known_at="0001-01-01T00:00:00+14:00", occurred_at="0001-01-01T00:00:00Z")),
    json.dumps(incident(known_at=(NOW + timedelta(days=1)).isoformat())),
    json.dumps(incident(known_at=(NOW - timedelta(days=9)).isoformat())),
    json.dumps(incident(figures={"dead": -1})),
    json.dumps(incident(figures={"dead": 1.5})),
    json.dumps(incident(figures={"dead": 10**30})),
    json.dumps(incident(figures={str(n): n for n in range(100)})),
    json.dumps(incident(text="x" * 30_000)),
    json.dumps(incident(colour="red")),
]


@pytest.mark.parametrize("body", WRONG)
async def test_a_report_that_is_wrong_is_refused_with_its_faults_and_not_kept(town, body):
    before = len((await town.ask("GET", "/v1/incidents?limit=1000", key="auditor")).json["items"])

    reply = await send(town, "/v1/incidents", body)

    assert reply.status == 422, reply.body
    assert reply.rules
    after = len((await town.ask("GET", "/v1/incidents?limit=1000", key="auditor")).json["items"])
    assert after == before


@pytest.mark.parametrize(
    "body", ["", "{}", '{"verdict":"maybe","remark":"x"}', '{"verdict":"confirmed","remark":" "}']
)
async def test_a_judgement_needs_a_verdict_and_a_reason(town, body):
    reply = await send(town, f"/v1/findings/{'a' * 26}/decide", body, "auditor")

    assert reply.status == 422


@pytest.mark.parametrize("number", ["x", "-1", "9" * 25, "0"])
async def test_a_revision_of_nothing_is_not_found(town, number):
    assert (await send(town, f"/v1/incidents/{number}", incident())).status == 404


@pytest.mark.parametrize("query", ["kind=odd", "verdict=maybe", "since=yesterday"])
async def test_a_question_about_findings_that_makes_no_sense_is_refused(town, query):
    assert (await town.ask("GET", f"/v1/findings?{query}", key="auditor")).status == 400


async def test_the_record_of_a_broker_that_served_is_whole_and_anchored(tmp_path, command):
    async with broker(tmp_path / "served", people=PEOPLE) as found:
        posted = await found.post(cap())
        assert posted.status == 202
        assert (await send(found, "/v1/incidents", incident())).status == 201
        database = found.settings.store.url
    done = command("audit", "verify", "--json", WARNBROKER_STORE__URL=database)

    assert done.status == 0, done.out
    told = json.loads(done.out)
    assert told["whole"]
    assert told["anchors"] >= 1
    anchors = (tmp_path / "served/state/w.anchors.jsonl").read_text().splitlines()
    assert json.loads(anchors[-1])["sequence"] == told["entries"]
    assert told["contradiction"] is None

    with sqlite3.connect(tmp_path / "served/state/w.db") as ledger:
        ledger.execute("UPDATE alert SET released_at = 0")
    ledger.close()
    words = {
        language: command(
            "audit", "verify", *json_, WARNBROKER_STORE__URL=database, LANG=f"{language}.UTF-8"
        )
        for language, json_ in (("C", ("--json",)), ("en_GB", ()), ("zh_CN", ()))
    }

    assert {done.status for done in words.values()} == {1}
    told = json.loads(words["C"].out)
    assert told["whole"]
    assert told["contradiction"]["where"] == "alert.released_at"
    assert told["contradiction"]["subject"] == posted.json["id"]
    assert f"{posted.json['id']}: alert.released_at says 1970-01-01" in words["en_GB"].out
    assert "而签名记录为" in words["zh_CN"].out


@pytest.fixture(scope="module")
def three(command_server, tmp_path_factory) -> Path:
    """The files of a ledger with three entries, anchored."""
    command = Commands(command_server, tmp_path_factory.mktemp("three"))
    for number in range(3):
        assert command("issuer", "add", f"desk-{number}").status == 0
    assert command("audit", "anchor").status == 0
    return command.folder / "db"


@pytest.fixture
def filled(command, three) -> None:
    """Give the command a copy of that ledger."""
    shutil.copytree(three, command.folder / "db", dirs_exist_ok=True)


def bend(command, statement: str) -> None:
    with sqlite3.connect(command.folder / "db/w.db") as ledger:
        ledger.execute(statement)
    ledger.close()


@pytest.mark.parametrize(
    ("statement", "kind", "sequence"),
    [
        ("UPDATE audit SET actor = 'nobody' WHERE sequence = 2", "altered", 2),
        ("DELETE FROM audit WHERE sequence = 2", "removed", 2),
        ("UPDATE audit SET signature = NULL WHERE sequence = 3", "unsigned", 3),
        ("DELETE FROM audit WHERE sequence = 3", "truncated", 3),
        ("UPDATE audit SET sequence = 9 WHERE sequence = 1", "reordered", 1),
    ],
)
def test_who_bends_the_record_is_found_by_the_command(command, filled, statement, kind, sequence):
    bend(command, statement)
    told = command("audit", "verify", "--json")

    assert told.status == 1
    breach = json.loads(told.out)["breach"]
    assert (breach["kind"], breach["sequence"]) == (kind, sequence)


def test_the_command_says_that_the_record_is_whole_and_which_entry_is_not(command, filled):
    assert "The record is whole: 3 entries, 1 anchors agree." in command("audit", "verify").out

    bend(command, "UPDATE audit SET actor = 'nobody' WHERE sequence = 2")
    done = command("audit", "verify")

    assert done.status == 1
    assert "Entry 2 was altered." in done.out


def test_the_command_speaks_chinese(command, filled):
    assert "记录完整" in command("audit", "verify", LANG="zh_CN.UTF-8").out
    bend(command, "DELETE FROM audit")
    bend(command, "INSERT INTO audit SELECT 1, 0, 'x', 'x', 'x', '{}', x'00', x'00', NULL, NULL")

    assert "第 1 条已被篡改" in command("audit", "verify", LANG="zh_CN.UTF-8").out


def test_a_copy_of_the_database_is_verified_with_the_public_key_alone(command, filled):
    public = command.write("record.pub.pem", command("audit", "key").out)
    copy = command.folder / "copy" / "w.db"
    copy.parent.mkdir()
    shutil.copy(command.folder / "db/w.db", copy)
    url = f"sqlite:///{copy}"

    done = command("audit", "verify", "--public-key", public, WARNBROKER_STORE__URL=url)
    without = command("audit", "verify", WARNBROKER_STORE__URL=url)

    assert done.status == 0, done.err
    assert without.status == 2
    assert "--public-key" in without.err
    assert not copy.with_suffix(".audit.key").exists()


def test_an_export_holds_every_entry_is_private_and_recorded(command, filled):
    file = command.folder / "record.jsonl"

    assert command("audit", "export", file).status == 0

    lines = [json.loads(line) for line in file.read_text().splitlines()]
    assert [line["sequence"] for line in lines] == [1, 2, 3]
    assert file.stat().st_mode & 0o777 == 0o600
    [entry] = command("audit", "list", "--event", "record_exported", "--json").out.splitlines()
    assert json.loads(entry)["detail"]["count"] == 3


def test_entries_are_listed_by_what_somebody_asks_for(command, filled):
    command("issuer", "revoke", "desk-1")

    def numbers(*options):
        out = command("audit", "list", "--json", *options).out
        return [json.loads(line)["sequence"] for line in out.splitlines()]

    assert numbers() == numbers("--limit", 0) == [1, 2, 3, 4]
    assert numbers("--event", "issuer_revoked") == [4]
    assert numbers("--subject", "desk-1") == [2, 4]
    assert numbers("--actor", "nobody") == []
    assert numbers("--limit", 2) == [3, 4]
    assert numbers("--since", "2999-01-01") == []
    assert "desk-2" in command("audit", "list").out
    assert command("audit", "list", "--since", "yesterday").status == 2


def test_a_new_key_goes_on_where_the_old_one_signed_for_it(command, filled):
    old = command.write("old.pem", command("audit", "key").out)

    new = command.write("new.pem", command("audit", "key", "--new").out)
    filled_on = command("issuer", "add", "later")

    assert filled_on.status == 0, filled_on.err
    assert command("audit", "verify", "--public-key", old).status == 0
    assert command("audit", "verify", "--public-key", new).status == 1
    assert len(list((command.folder / "db").glob("w.audit.key*"))) == 2


def test_a_lost_key_stops_everything_until_a_new_one_is_begun(command, filled):
    old = command.write("old.pem", command("audit", "key").out)
    (command.folder / "db/w.audit.key").unlink()

    refused = command("issuer", "add", "more")
    new = command("audit", "key", "--new")
    both = command.write("both.pem", old.read_text() + new.out)

    assert refused.status == 2
    assert "audit key --new" in refused.err
    assert command("issuer", "add", "more").status == 0
    assert command("audit", "verify", "--public-key", old).status == 1
    assert command("audit", "verify", "--public-key", both).status == 0


def test_a_restore_says_what_it_gave_up_and_another_way_back_does_not(command, filled):
    backup = command.folder / "backup"
    assert command("backup", backup).status == 0
    command("issuer", "add", "after-the-backup")
    command("audit", "anchor")

    assert command("restore", backup).status == 0
    told = command("audit", "verify", "--json")

    assert told.status == 0, told.out
    assert json.loads(told.out)["lost"] == [[4, 4]]
    command("issuer", "add", "on-we-go")
    command("audit", "anchor")
    for suffix in ("-wal", "-shm"):
        (command.folder / f"db/w.db{suffix}").unlink(missing_ok=True)
    shutil.copy(backup / "warnbroker.db", command.folder / "db/w.db")
    assert command("audit", "verify").status == 1


def test_a_backup_without_the_records_key_needs_the_one_in_place(command, filled):
    backup = command.folder / "backup"
    command("backup", backup)
    (backup / "warnbroker.audit.key").unlink()
    assert command("restore", backup).status == 0

    key = command.folder / "db/w.audit.key"
    key.unlink()
    before = (command.folder / "db/w.db").read_bytes()
    done = command("restore", backup)

    assert done.status == 2
    assert "audit.key_file" in done.err
    assert (command.folder / "db/w.db").read_bytes() == before
    assert not key.exists()


def test_a_backup_carries_the_key_of_the_record_to_another_machine(command, filled):
    backup = command.folder / "backup"
    command("backup", backup)
    elsewhere = {"WARNBROKER_STORE__URL": f"sqlite:///{command.folder}/elsewhere/w.db"}

    assert command("restore", backup, **elsewhere).status == 0

    assert command("audit", "verify", **elsewhere).status == 0
    assert command("issuer", "add", "there", **elsewhere).status == 0


def test_there_is_nothing_to_verify_where_there_is_no_database(command):
    done = command("audit", "verify")

    assert done.status == 2
    assert "there is no" in done.err


def test_conduct_without_anything_wrong_is_said_so(command):
    done = command("report", "conduct")

    assert done.status == 0
    assert "Nothing was late" in done.out
    assert command("report", "conduct", "--json").out == ""
