"""A configuration with faults: each is named where it stands, and a warning still gets out."""

import asyncio

import pytest

from tests.acceptance.bodies import cap
from tests.acceptance.conftest import PEOPLE
from tests.acceptance.conftest import broker as open_broker

BAD_SETTINGS = {
    "an unknown section": ("servr: {port: 1}", "servr"),
    "an unknown key": ("server: {prot: 1}", "server.prot"),
    "an unknown key of a channel": ("channels: {sms: {colour: red}}", "channels.sms.colour"),
    "an unknown channel": ("channels: {smoke: {}}", "channels.smoke"),
    "a tab": ("server:\n\tport: 1", "line 2"),
    "a key twice": ("server: {port: 1}\nserver: {port: 2}", "server"),
    "a list": ("- a", "KEY: VALUE"),
    "a text": ("hello", "KEY: VALUE"),
    "no number": ("server: {port: many}", "server.port"),
    "a number too large": ("server: {port: 65536}", "server.port"),
    "nothing in a section": ("server:", "server"),
    "a variable beside other faults": (
        "channels: {sms: {auth_token: '${NOBODY}'}}\nrouting: [{channels: [smoke]}]",
        "channels.sms.auth_token: the environment has no variable NOBODY",
    ),
    "a channel that is none": ("dispatch: {noisy: [smss, vioce]}", "did you mean voice?"),
    "a channel beside a broken section": (
        "server: {prot: 1}\nchannels: {sms: {colour: red}}",
        "channels.sms.colour",
    ),
    "an unknown zone": ("municipality: {time_zone: Mars/Olympus}", "municipality.time_zone"),
    "an unknown log level": ("log_level: loud", "log_level"),
    "no switch": ("channels: {sms: {enabled: perhaps}}", "channels.sms.enabled"),
    "no address": ("server: {public_url: somewhere}", "server.public_url"),
    "a variable that is not set": ("server: {host: '${NOBODY}'}", "NOBODY"),
    "a file that is not there": ("levels: nowhere.yaml", "nowhere.yaml"),
    "a circle of aliases": ("server: &a [*a]", "alias"),
    "a command": ("!!python/object/apply:os.system ['true']", "YAML"),
    "two documents": ("a: 1\n---\nb: 2", "YAML"),
    "latin-1": ("server: {host: '\xf6'}".encode("latin-1"), "UTF-8"),
    "another database": ("store: {url: 'mysql://x'}", "store.url"),
    "another bus": ("bus: {url: 'nats://x:1'}", "bus.url"),
    "no folder of templates": ("templates: {directory: nowhere}", "nowhere"),
    "no regions": ("regions: {file: nowhere.geojson}", "nowhere.geojson"),
    "a route to nowhere": ("routing: [{channels: [smoke]}]", "smoke"),
    "a route of no level": ("routing: [{level: [purple], channels: [feed]}]", "purple"),
    "no route for the rest": ("routing: [{level: [red], channels: [feed]}]", "no rule takes"),
}


@pytest.mark.parametrize("kind", BAD_SETTINGS)
def test_a_bad_setting_is_named_by_its_dotted_path(command, kind):
    text, word = BAD_SETTINGS[kind]
    file = command.write("w.yaml", text)

    done = command("check", "--config", file, WARNBROKER_STORE__URL=None)

    assert done.status == 2
    assert any(word in line for line in done.faults), done.err


def ledger(command):
    """Make a ledger that holds somebody's address."""
    command.write("people.csv", "ref,phone,regions\np,+358401230001,demo\n")
    assert command("subscribers", "import", command.folder / "people.csv").status == 0
    return command.folder / "db"


BAD_LEDGERS = {
    "another key": (lambda db: (db / "w.key").write_text("ab" * 32), "sealed with"),
    "no key": (lambda db: (db / "w.key").unlink(), "put it back from a backup"),
    "half a key": (lambda db: (db / "w.key").write_text("ab"), "no key of 64 hex digits"),
    "another key of the record": (lambda db: (db / "w.audit.key").unlink(), "audit.key_file: "),
    "no database": (lambda db: (db / "w.db").write_text("hello" * 99), "is not a database"),
    "a folder": (lambda db: (db / "w.db").rename(db / "x") and (db / "w.db").mkdir(), "store.url"),
}


@pytest.mark.parametrize("kind", BAD_LEDGERS)
def test_a_ledger_that_could_not_be_opened_is_named_by_every_command(command, kind):
    harm, word = BAD_LEDGERS[kind]
    db = ledger(command)
    harm(db)
    before = {path.name for path in db.iterdir()}

    checked = command("check")
    added = command("issuer", "add", "x")

    assert checked.status == added.status == 2
    assert any(word in line and str(db) in line for line in checked.faults), checked.err
    assert len(added.faults) == 1
    assert word in added.faults[0]
    assert str(db) in added.faults[0]
    assert {path.name for path in db.iterdir()} - {"w.db-wal", "w.db-shm"} == before


def test_a_sound_ledger_and_none_at_all_are_no_fault(command):
    assert "store." not in command("check").err
    assert not (command.folder / "db").exists()
    ledger(command)

    assert "store." not in command("check").err


def test_all_faults_of_a_configuration_come_at_once(command):
    file = command.write(
        "w.yaml",
        "server: {port: 0}\nregions: {file: a.geojson}\ntemplates: {directory: b}\n"
        "routing: [{channels: [smoke]}]\nbus: {url: 'nats://x:1'}\n",
    )

    done = command("check", "--config", file)

    assert done.status == 2
    for word in ("a.geojson", str(command.folder / "b"), "smoke", "bus.url", "channels.sms"):
        assert any(word in line for line in done.faults), word


BAD_TEMPLATES = {
    "sms/alert.en.txt.j2": ("{{ event }}\n{% if %}", "sms/alert.en.txt.j2:2"),
    "sms/update.en.txt.j2": ("one\ntwo\n{{ nobody.knows }}", "sms/update.en.txt.j2:3"),
    "voice/alert.zh-CN.script.j2": ("{{ 1 / 0 }}", "voice/alert.zh-CN.script.j2:1"),
    "email/_frame.en.txt.j2": ("{% include '/etc/passwd' %}", "email/_frame.en.txt.j2:1"),
    "web/home.html.j2": ("{{ nobody.knows }}", "web/home.html.j2"),
    "web/texts.en.yaml": ("a: [", "web/texts.en.yaml"),
}


@pytest.mark.parametrize("name", BAD_TEMPLATES)
def test_a_template_that_does_not_render_is_named_with_its_line(command, name):
    text, word = BAD_TEMPLATES[name]
    command.write(f"own/{name}", text)
    config = command.write("w.yaml", "templates: {directory: own}")

    done = command("check", "--config", config)

    assert done.status == 2
    assert any(word in line for line in done.faults), done.err
    assert "root:" not in done.err


async def test_a_broken_template_keeps_no_channel_from_speaking(tmp_path):
    own = tmp_path / "own"
    (own / "sms").mkdir(parents=True)
    (own / "sms" / "alert.en.txt.j2").write_text("{{ nobody.knows }}")

    async with open_broker(tmp_path, people=PEOPLE, templates=own) as broker:
        reply = await broker.post(cap(severity="Severe", headline="It still speaks"))
        async with asyncio.timeout(20):
            while not (await broker.ask("GET", reply.json["links"]["progress"])).json["planned"]:
                await asyncio.sleep(0.02)
        said = broker.query(
            "SELECT parts FROM message WHERE channel = 'sms' AND language LIKE 'en%'"
        )
        feed = await broker.ask("GET", "/feeds/alerts.rss?lang=en", key=None)

    assert "Wind" in said[0][0]
    assert feed.status == 200
