"""What every bench stands on: settings towards a sink, people, an alert over all of them."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from warnbroker.app.http import outgoing
from warnbroker.app.ledger import load_regions, open_ledger
from warnbroker.app.parts import Parts
from warnbroker.cap import to_xml
from warnbroker.cli.issuer import add_issuer
from warnbroker.contracts.clock import SystemClock
from warnbroker.intake.accept import Body, Intake
from warnbroker.model.alert import Alert, Area, Info, NamedValue
from warnbroker.model.enums import Category, Certainty, MsgType, Scope, Severity, Status, Urgency
from warnbroker.model.record import AlertRecord
from warnbroker.registry import build_channels
from warnbroker.settings import Settings, load

SENDER = "bench@demo-harbour.example"
Corners = tuple[tuple[float, float], ...]
AREA: Corners = ((60.0, 24.0), (60.0, 25.5), (60.5, 25.5), (60.5, 24.0), (60.0, 24.0))
OTHERS = ("voice", "email", "feed", "broadcast", "van", "sms")


def twilio(port: int, at_once: int = 50) -> dict[str, Any]:
    """Return the settings of the SMS channel towards a sink that speaks like Twilio."""
    return {"base_url": f"http://127.0.0.1:{port}", "account_sid": "AC1", "auth_token": "x",
            "from": "+15550000000", "concurrency": at_once}  # fmt: skip


def gateway(port: int, at_once: int = 50) -> dict[str, Any]:
    """Return the settings of the SMS channel towards a gateway described in YAML."""
    account = {"type": "http", "gateway": "plain", "base_url": f"http://127.0.0.1:{port}",
               "from": "+15550000000", "values": {"token": "x"}, "callback_secret": "x",
               "concurrency": at_once}  # fmt: skip
    return {"providers": {"bench": account}}


def relay(port: int, at_once: int = 32) -> dict[str, Any]:
    """Return the settings of the email channel towards a sink."""
    return {"host": "127.0.0.1", "port": port, "tls": "none", "username": "", "password": "",
            "from": "warning@demo-harbour.example", "connections": at_once}  # fmt: skip


def settings_for(folder: Path, channels: Mapping[str, Any], **more: Any) -> Settings:
    """Return settings with these channels and no others, and a ledger in a folder."""
    off = {name: {"enabled": False} for name in OTHERS if name not in channels}
    return load(
        over={
            "store": {"url": f"sqlite:///{folder / 'w.db'}"},
            "channels": {**off, **channels},
            "routing": [{"channels": list(channels)}],
            **more,
        }
    )


def alert(identifier: str, level: str = "red", area: Corners = AREA) -> Alert:
    """Return an alert over everybody, in both languages; its words hold its identifier."""
    now = datetime.now(UTC).replace(microsecond=0)
    info = Info(
        "Storm surge",
        (Category.MET,),
        Urgency.IMMEDIATE,
        Severity.EXTREME if level == "red" else Severity.MODERATE,
        Certainty.LIKELY,
        language="en",
        expires=now + timedelta(hours=6),
        headline=f"{level.title()} storm surge warning {identifier}",
        instruction="Leave the sea wall and low ground now and go to higher ground.",
        parameters=(NamedValue("level", level),),
        areas=(Area("Harbour", polygons=(area,)),),
    )
    chinese = replace(
        info,
        language="zh-CN",
        event="风暴潮",
        headline=f"风暴潮预警 {identifier}",
        instruction="立即离开海堤和低洼地带，前往高处。",
    )
    return Alert(identifier, SENDER, now, Status.ACTUAL, MsgType.ALERT, Scope.PUBLIC,
                 infos=(info, chinese))  # fmt: skip


@asynccontextmanager
async def broker(settings: Settings) -> AsyncIterator[Parts]:
    """Build the parts of a broker, its channels open, with an issuer; nothing of it runs."""
    clock = SystemClock()
    channels = build_channels(settings.channels)
    async with open_ledger(settings, clock) as store, outgoing() as session:
        parts = Parts(settings, clock, store, channels, "http://127.0.0.1:1")
        await load_regions(settings, store)
        await add_issuer(store, settings, "bench", roles=("issuer",))
        try:
            for channel in channels.values():
                await channel.open(parts.context(session))
            yield parts
        finally:
            for channel in channels.values():
                await channel.close()


async def accept(parts: Parts, message: Alert) -> AlertRecord:
    """Accept an alert as if it had been posted."""
    store = parts.store
    issuer = (await store.issuers.all())[0]
    intake = Intake(
        store.alerts, store.regions, parts.remit, parts.bus, parts.clock, parts.ids, parts.policy,
        parts.scope, parts.gates,
    )  # fmt: skip
    return (await intake.accept(issuer, message, Body(to_xml(message), "text/xml"))).record
