"""What the demo reads and where it writes."""

import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from warnbroker.cap import to_xml
from warnbroker.cli.files import read_alert
from warnbroker.errors import ConfigError
from warnbroker.model.alert import Alert, Info
from warnbroker.settings import Settings, load

MARKER = ".warnbroker-demo"
FOLDERS = ("state", "feeds", "cap", "entries", "mail", "broadcast", "vans")
FILES = ("journal.jsonl", "subscribers.csv", "subscribers.rejects.csv")


def clear(out: Path) -> None:
    """Remove what an earlier demo left in a folder, and nothing else.

    Raises:
        ConfigError: the folder cannot be made, or holds things of those names that no demo made.
    """
    marker = out / MARKER
    try:
        out.mkdir(parents=True, exist_ok=True)
        foreign = [name for name in (*FOLDERS, *FILES) if (out / name).exists()]
        if foreign and not marker.exists():
            raise ConfigError(
                f"--out: {out} holds a {foreign[0]} that no demo made; choose another"
            )
        marker.touch()
        for name in FOLDERS:
            shutil.rmtree(out / name, ignore_errors=True)
        for name in FILES:
            (out / name).unlink(missing_ok=True)
    except OSError as error:
        raise ConfigError(f"--out: cannot use {out}: {error.strerror}") from error


def demo_alert(file: Path) -> bytes:
    """Read an alert and move its times so that it is sent now, all distances kept.

    Raises:
        FileError: it cannot be read.
        AlertError: it breaks rules of form.
    """
    alert = read_alert(file)
    now = datetime.now(UTC).replace(microsecond=0).astimezone(alert.sent.tzinfo)
    by = now - alert.sent
    return to_xml(_moved(alert, now, by))


def _moved(alert: Alert, now: datetime, by: timedelta) -> Alert:
    def info(item: Info) -> Info:
        times = {
            name: moment + by
            for name in ("effective", "onset", "expires")
            if (moment := getattr(item, name)) is not None
        }
        return replace(item, **times)

    return replace(alert, sent=now, infos=tuple(map(info, alert.infos)))


def demo_settings(out: Path, port: int, far_end: dict[str, Any]) -> Settings:
    """Return the shipped settings with the simulators as providers and ``out`` as the place."""
    provider = {
        "base_url": far_end["http"],
        "account_sid": far_end["account_sid"],
        "auth_token": far_end["auth_token"],
        "from": "+15550000000",
        "receipt_timeout": 10,
    }
    return load(
        over={
            "server": {"port": port},
            "store": {"url": f"sqlite:///{out / 'state' / 'warnbroker.db'}"},
            "dispatch": {
                # A demo at night must not wait for the morning.
                "noisy": [],
                "unknown_after": 3,
                "retry_first": 0.5,
                "retry_cap_grave": 2,
                "sweep": 0.2,
            },
            "channels": {
                "sms": provider,
                "voice": provider
                | {
                    "directory": str(out / "state" / "voice"),
                    "redial": {"red": {"times": 5, "busy": 2, "no_answer": 2}},
                },
                "email": {
                    "host": "127.0.0.1",
                    "port": far_end["smtp_port"],
                    "tls": "none",
                    "from": "warning@demo-harbour.example",
                    "username": "",
                    "password": "",
                    "final_timeout": 5,
                },
                "feed": {"directory": str(out)},
                "broadcast": {"directory": str(out / "broadcast"), "ack_timeout": 10},
                "van": {"directory": str(out / "vans")},
            },
        }
    )


def outputs(out: Path, url: str, alert_id: str) -> dict[str, str]:
    """Return where each output can be seen, of those that exist."""
    packages = sorted(out.glob("broadcast/*/incoming/*"))
    sheets = sorted(out.glob(f"vans/{alert_id}/*.pdf"))
    mails = sorted(out.glob("mail/*.eml"))
    found = {
        "public page": f"{url}/",
        "rss": f"{url}/feeds/alerts.rss",
        "atom": f"{url}/feeds/alerts.atom",
        "cap": f"{url}/cap/{alert_id}.xml",
        "feeds": str(out / "feeds"),
        "what reached the providers": str(out / "journal.jsonl"),
    }
    firsts = {"mail sample": mails, "broadcast package": packages, "van sheet": sheets}
    return found | {name: str(paths[0]) for name, paths in firsts.items() if paths}
