"""What a clumsy operator types: one clear line for each fault, the right status, no harm."""

import asyncio
import json
import socket
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from tests.acceptance.bodies import cap
from tests.acceptance.processes import Process
from tests.ports import free_port
from warnbroker.resources import shipped

CONFIG = shipped("config")
UNREADABLE = {
    "missing": ("missing", "no such file"),
    "a folder": ("folder", "a directory"),
    "unreadable": ("/proc/self/mem", "error"),
}
READERS = {
    "check": ("check", "--config"),
    "validate": ("validate",),
    "issue": ("issue", "--key", "k"),
    "subscribers": ("subscribers", "import"),
    "regions": ("regions", "import"),
    "vans": ("vans", "plan", "--out", "sheets", "--alert"),
    "simulate": ("simulate", "--port", "0", "--smtp-port", "0", "--faults"),
    "demo": ("demo", "--once", "--port", "0", "--out", "demo", "--alert"),
}


@pytest.mark.parametrize("kind", UNREADABLE)
@pytest.mark.parametrize("name", READERS)
def test_a_file_that_cannot_be_read_is_named_with_the_reason(command, name, kind):
    file, reason = UNREADABLE[kind]
    (command.folder / "folder").mkdir()

    done = command(*READERS[name], file)

    assert done.status == 2
    assert len(done.faults) == 1
    assert file in done.faults[0]
    assert reason in done.faults[0].lower()


@pytest.mark.parametrize(
    ("argv", "word"),
    [
        (("nonsense",), "nonsense"),
        (("--nonsense",), "--nonsense"),
        (("issuer",), "issuer --help"),
        (("issuer", "add"), "name"),
        (("issuer", "add", "x", "--role", "king"), "king"),
        (("issuer", "add", ""), "NAME"),
        (("issuer", "add", "a\nb"), "NAME"),
        (("validate",), "files"),
        (("validate", "x", "--profile", "nonsense"), "--profile"),
        (("issue", "x"), "WARNBROKER_KEY"),
        (("issue", "x", "--key", "a\nb"), "--key"),
        (("serve", "--role", "nonsense"), "--role"),
        (("simulate", "--port", "-1"), "--port"),
        (("simulate", "--smtp-port", "65536"), "--smtp-port"),
        (("demo", "--subscribers", "0"), "--subscribers"),
        (("demo", "--port", "many"), "--port"),
        (("vans", "plan", "--out", "x"), "--alert"),
        (("backup",), "directory"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)
def test_a_command_that_is_typed_wrong_says_so_in_one_line(command, argv, word):
    done = command(*argv)

    assert done.status == 2
    assert len(done.faults) == 1
    assert word in done.faults[0]


def test_a_real_process_ends_with_the_same_line_and_status(command):
    argv = [sys.executable, "-m", "warnbroker", "validate", "missing", "--json"]

    done = subprocess.run(argv, capture_output=True, text=True, cwd=command.folder, check=False)

    assert done.returncode == 2
    assert done.stderr == ""
    assert json.loads(done.stdout)["errors"][0]["rule"] == "file.unreadable"


@pytest.mark.parametrize(
    ("url", "word"),
    [
        ("mysql://there/x", "store.url"),
        ("nonsense", "store.url"),
        ("", "store.url"),
        ("sqlite://", "store.url"),
        ("postgresql://u:secret@127.0.0.1:9/x", "store.key_file"),
    ],
)
def test_an_address_of_no_database_is_named_without_its_password(command, url, word):
    done = command("issuer", "list", WARNBROKER_STORE__URL=url)

    assert done.status == 2
    assert word in done.err
    assert "secret" not in done.err


def test_a_file_that_is_no_database_is_left_alone(command):
    file = command.write("letter.txt", "not a database " * 100)

    done = command("issuer", "list", WARNBROKER_STORE__URL=f"sqlite:///{file}")

    assert done.status == 2
    assert len(done.faults) == 1
    assert file.read_text().startswith("not a database")


def test_a_database_of_a_newer_release_is_left_alone(command):
    command("migrate")
    with closing(sqlite3.connect(command.folder / "db" / "w.db")) as ledger:
        ledger.execute("UPDATE alembic_version SET version_num = '9999'")
        ledger.commit()

    done = command("issuer", "list")

    assert done.status == 2
    assert "newer release" in done.faults[0]


@pytest.mark.parametrize(
    ("variable", "text", "word"),
    [
        ("WARNBROKER_SERVER__PORT", "many", "server.port"),
        ("WARNBROKER_SERVR__PORT", "1", "servr"),
        ("WARNBROKER_STORE__URL__X", "1", "WARNBROKER_STORE__URL"),
        ("WARNBROKER_DISPATCH__CLAIM", "0", "dispatch.claim"),
        ("WARNBROKER_MUNICIPALITY__LANGUAGES", "en", "municipality.languages"),
        ("WARNBROKER_SERVER__PUBLIC_URL", "not an address", "server.public_url"),
    ],
)
def test_a_bad_variable_is_named_with_its_setting(command, variable, text, word):
    done = command("issuer", "list", **{variable: text})

    assert done.status == 2
    assert len(done.faults) == 1
    assert word in done.faults[0]
    assert done.faults[0].startswith("WARNBROKER_")


@pytest.mark.parametrize(
    "argv",
    [("migrate",), ("issuer", "add", "desk"), ("issuer", "list"),
     ("regions", "import", CONFIG / "regions.geojson"), ("subscribers", "export", "people.csv")],
    ids=lambda argv: " ".join(map(str, argv[:2])),
)  # fmt: skip
def test_the_address_of_the_database_is_enough(command, argv):
    done = command(*argv, folder=command.folder)

    assert done.status == 0, done.err
    assert (command.folder / "db" / "w.db").exists()


def test_a_relative_path_means_relative_to_the_file_that_says_it(command, tmp_path):
    config = command.write("conf/w.yaml", "store: {url: 'sqlite:///data/mine.db'}")
    (tmp_path / "elsewhere").mkdir()
    only = {"WARNBROKER_STORE__URL": None}

    far = command("migrate", "--config", config, folder=tmp_path / "elsewhere", **only)
    near = command("issuer", "list", "--config", "conf/w.yaml", **only)

    assert [far.status, near.status] == [0, 0]
    assert [path.parent.name for path in tmp_path.rglob("mine.db")] == ["data"]
    assert (tmp_path / "conf" / "data" / "mine.db").exists()


def test_an_issuer_is_added_once_listed_and_revoked(command):
    added = command("issuer", "add", "desk [red]", "--role", "operator", "--json")
    again = command("issuer", "add", "desk [red]")
    listed = command("issuer", "list", "--json")
    revoked = command("issuer", "revoke", "desk [red]")
    twice = command("issuer", "revoke", "desk [red]")

    assert set(json.loads(added.out.splitlines()[-1])) == {"id", "key"}
    assert [found["name"] for found in json.loads(listed.out)] == ["desk [red]"]
    assert [added.status, again.status, revoked.status, twice.status] == [0, 1, 0, 1]
    assert "desk [red]" in again.faults[0]
    assert len(twice.faults) == 1


def test_a_jurisdiction_that_no_region_has_is_pointed_out(command):
    command("regions", "import", CONFIG / "regions.geojson")

    done = command("issuer", "add", "desk", "--jurisdiction", "atlantis", "--json")

    assert done.status == 0
    assert "atlantis" in done.faults[0]


@pytest.fixture
def stranger():
    """Return what answers every request with one body, and is no broker."""

    class Handler(BaseHTTPRequestHandler):
        status, body = 200, b""

        def do_POST(self):
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.send_response(type(self).status)
            self.send_header("Content-Length", str(len(type(self).body)))
            self.end_headers()
            self.wfile.write(type(self).body)

        def log_message(self, *_):
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield Handler, f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.parametrize(
    ("status", "body"),
    [(200, b"<html>"), (200, b""), (200, b"[]"), (202, b"{}"), (202, b'{"id": 1}'), (500, b"oh"),
     (422, b'{"title": "no", "errors": 5}'), (422, b'{"title": "no", "errors": [5]}')],
)  # fmt: skip
def test_a_stranger_who_answers_is_not_taken_for_a_broker(command, stranger, status, body):
    handler, url = stranger
    handler.status, handler.body = status, body
    file = command.write("alert.xml", cap())

    done = command("issue", file, "--key", "k", "--url", url)

    assert done.status == 1
    assert len(done.faults) == 1


@pytest.mark.parametrize(
    "url", ["nonsense", "ftp://there", "http://", "http://127.0.0.1:99999", "http://127.0.0.1:9"]
)
def test_an_address_without_a_broker_is_named(command, url):
    done = command("issue", command.write("alert.xml", cap()), "--key", "k", "--url", url)

    assert done.status == 1
    assert len(done.faults) == 1
    assert url in done.faults[0]


async def test_an_alert_that_is_refused_says_why_on_the_terminal(command, quiet):
    file = command.write("alert.xml", cap(identifier="a b", place=""))

    done = await asyncio.to_thread(
        command, "issue", file, "--key", quiet.keys["desk"], "--url", quiet.served.url
    )

    assert done.status == 1
    assert {line.split()[0] for line in done.faults} >= {
        "cap.alert.identifier.characters",
        "cap.info.area.required",
    }


async def test_an_alert_that_is_issued_is_followed_to_its_end(command, busy):
    file = command.write("alert.xml", cap())

    done = await asyncio.to_thread(
        command, "issue", file, "--url", busy.served.url, WARNBROKER_KEY=busy.keys["desk"]
    )

    assert done.status == 0
    assert "accepted" in done.err


async def issued(broker):
    reply = await broker.post(cap())
    return reply.json["id"]


@pytest.mark.parametrize(
    ("argv", "locale", "said"),
    [
        (("--channel", "smss"), "C.UTF-8",
         "Bad Request: channel must be one of door, feed, sms"),
        (("--channel", "smss"), "zh_CN.UTF-8", "请求有误: channel 须为以下之一：door, feed, sms"),
        (("--key", "wrong"), "C.UTF-8",
         "A key is needed: this key is unknown or revoked; ask for a new one"),
        (("--key", "wrong"), "zh_CN.UTF-8",
         "需要有效密钥: 密钥不存在或已吊销，请申请新密钥"),
    ],
)  # fmt: skip
async def test_a_broker_that_refuses_is_quoted_and_not_called_absent(
    command, busy, argv, locale, said
):
    alert = await issued(busy)

    done = await asyncio.to_thread(
        command, "deliveries", alert, "--url", busy.served.url, *argv,
        WARNBROKER_KEY=busy.keys["desk"], LANG=locale,
    )  # fmt: skip

    assert done.status == 1
    assert done.faults == [said]


@pytest.mark.parametrize(
    "path",
    ["/v1/alerts", "/v1/alerts/{id}", "/v1/alerts/{id}/progress", "/v1/alerts/{id}/deliveries",
     "/v1/alerts/{id}/forecast", "/v1/channels"],
)  # fmt: skip
async def test_what_holds_times_says_in_which_zone_the_municipality_is(busy, path):
    alert = await issued(busy)

    reply = await busy.ask("GET", path.format(id=alert))

    assert reply.json["time_zone"] == busy.settings.municipality.time_zone


def settings(command, **changed):
    """Write a configuration of one channel, on a free port."""
    found = {
        "server": {"port": 0},
        "store": {"url": "sqlite:///state/w.db"},
        "routing": [{"channels": ["feed"]}],
        "channels": {
            "feed": {"directory": "published"},
            **{name: {"enabled": False} for name in ("sms", "voice", "email", "broadcast", "van")},
        },
    }
    return command.write("w.yaml", json.dumps(found | changed))


@pytest.mark.parametrize("argv", [("serve",), ("simulate", "--smtp-port", "0", "--port")])
def test_a_port_that_is_taken_is_named(command, argv):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        words = (port,) if argv[0] == "simulate" else ("--config", settings(command))

        done = command(*argv, *words, WARNBROKER_STORE__URL=None, WARNBROKER_SERVER__PORT=str(port))

    assert done.status == 2
    assert len(done.faults) == 1
    assert str(port) in done.faults[0]


def test_a_second_broker_a_restore_and_a_backup_while_one_serves(command):
    # Both want the same port, too; what matters is that they are the same broker.
    config = settings(command, server={"port": free_port()})
    only = {"WARNBROKER_STORE__URL": None}
    command("issuer", "add", "desk", "--config", config, **only)
    with Process("serve", "--config", config) as broker:
        broker.line(" serves ")
        second = command("serve", "--config", config, **only)
        backup = command("backup", "copy", "--config", config, **only)
        restore = command("restore", "copy", "--config", config, **only)
        added = command("issuer", "add", "new", "--config", config, **only)
    # The broker that served had nothing to lose by any of it.
    assert broker.status == 0
    assert [second.status, backup.status, restore.status, added.status] == [2, 0, 2, 0]
    assert "another warnbroker serves" in second.faults[0]
    assert "another warnbroker serves" in restore.faults[0]

    restored = command("restore", "copy", "--config", config, **only)
    listed = command("issuer", "list", "--json", "--config", config, **only)

    assert restored.status == 0
    assert [found["name"] for found in json.loads(listed.out)] == ["desk"]
    assert sorted(path.name for path in (command.folder / "copy").iterdir()) == [
        "warnbroker.audit.key",
        "warnbroker.db",
        "warnbroker.key",
    ]


def test_a_backup_carries_the_keys_that_channels_have_made(command):
    keys = {
        f"WARNBROKER_CHANNELS__{name}__KEY_FILE": str(command.folder / "home" / f"{name}.key")
        for name in ("EMAIL", "PUSH")
    }
    command("issuer", "add", "desk")
    for name in ("EMAIL", "PUSH"):
        command.write(f"home/{name}.key", f"the key of {name}")

    first = command("backup", "copy", **keys)
    command.write("home/EMAIL.key", "another key")
    (command.folder / "home" / "PUSH.key").unlink()
    back = command("restore", "copy", **keys)

    assert (first.status, back.status) == (0, 0)
    assert "addresses, record, email, push" in first.out
    for name in ("EMAIL", "PUSH"):
        found = command.folder / "home" / f"{name}.key"
        assert found.read_text() == f"the key of {name}"
        assert found.stat().st_mode & 0o777 == 0o600

    elsewhere = command("restore", "copy")
    assert "channel.push.key stays there" in elsewhere.out
    (command.folder / "home" / "PUSH.key").unlink()
    command("backup", "copy", **keys)
    assert not (command.folder / "copy" / "channel.push.key").exists()
    assert (command.folder / "copy" / "channel.email.key").read_text() == "the key of EMAIL"


@pytest.mark.parametrize("word", ["backup", "restore"])
def test_the_folder_of_the_database_is_no_place_for_its_backup(command, word):
    url = f"sqlite:///{command.folder}/db/warnbroker.db"
    command("issuer", "add", "desk", WARNBROKER_STORE__URL=url)

    done = command(word, command.folder / "db", WARNBROKER_STORE__URL=url)

    assert done.status == 2
    assert "another folder" in done.faults[0]
    listed = command("issuer", "list", "--json", WARNBROKER_STORE__URL=url)
    assert [found["name"] for found in json.loads(listed.out)] == ["desk"]


@pytest.mark.parametrize("harm", ["no database", "garbage", "no key", "a bad key", "another's"])
def test_a_backup_that_is_no_good_takes_nothing_from_the_database(command, harm):
    command("issuer", "add", "desk")
    command("backup", "copy")
    database, key = (command.folder / "copy" / f"warnbroker.{end}" for end in ("db", "key"))
    if harm == "no database":
        database.unlink()
    elif harm == "garbage":
        database.write_bytes(b"garbage" * 1000)
    elif harm == "no key":
        key.unlink()
    elif harm == "a bad key":
        key.write_text("not a key")
    else:
        database.unlink()
        with closing(sqlite3.connect(database)) as other:
            other.execute("CREATE TABLE other (id INTEGER)")

    done = command("restore", "copy")

    assert done.status == 2
    assert len(done.faults) == 1
    listed = command("issuer", "list", "--json")
    assert [found["name"] for found in json.loads(listed.out)] == ["desk"]


def test_what_is_not_there_cannot_be_backed_up(command):
    done = command("backup", "copy")

    assert done.status == 2
    assert not (command.folder / "copy").exists()


def test_the_settings_in_force_are_shown_without_their_secrets(command):
    config = settings(
        command,
        store={"url": "postgresql://me:hidden-1@db/w", "key_file": "k"},
        channels={
            "sms": {"account_sid": "AC1", "auth_token": "hidden-2", "from": "+15550000000"},
            "email": {"host": "mail.example", "from": "a@b.example", "password": "hidden-3"},
        },
    )

    done = command("check", "--show", "--config", config, WARNBROKER_STORE__URL=None)

    assert "mail.example" in done.out
    assert "hidden" not in done.out + done.err
