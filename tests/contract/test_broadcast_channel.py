"""The broadcast channel as the engine uses it: shipped stations, real speech, real answers."""

import json
import subprocess
import sys
import wave
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from aiohttp import ClientSession
from shapely import box

from channels.broadcast import BroadcastChannel, BroadcastSettings
from warnbroker.contracts import (
    CONTRACT_VERSION,
    Channel,
    ChannelContext,
    OutcomeLookup,
    ReceiptSource,
)
from warnbroker.model.alert import Alert, Info
from warnbroker.model.delivery import Delivery
from warnbroker.model.enums import Category, Certainty, MsgType, Scope, Severity, Status, Urgency
from warnbroker.model.identity import alert_public_id
from warnbroker.model.level import Level
from warnbroker.model.message import Message, MessageKind
from warnbroker.model.publication import Group, Publication
from warnbroker.model.receipt import AttemptKey, Receipt, State
from warnbroker.model.standing import Standing
from warnbroker.resources import shipped
from warnbroker.simulator.station import StationSimulator

_: type[Channel] = BroadcastChannel

NOW = datetime(2026, 11, 23, 0, 15, tzinfo=UTC)
RED = Level("red", 1, "Ⅰ", "#d00000", {"zh-CN": "红色", "en": "red"}, timedelta(hours=6), True)
TEXTS = {
    "zh-CN": "示范港市应急管理局发布风暴潮红色预警。立即步行向北撤离，不要驾车涉水。",
    "en-US": "Demo Harbour City Emergency Management: red storm surge warning. Go north now.",
    "bo": "བོད་ཡིག",
}


@dataclass
class ManualClock:
    """Stands where it is put."""

    at: datetime = NOW

    def now(self) -> datetime:
        return self.at

    async def sleep(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


def publish(languages: tuple[str, ...] = ("zh-CN", "en-US")) -> Publication:
    infos = tuple(
        Info(
            "Storm surge",
            (Category.MET,),
            Urgency.IMMEDIATE,
            Severity.EXTREME,
            Certainty.LIKELY,
            language=language,
        )
        for language in languages
    )
    alert = Alert("surge-1", "w@x.example", NOW, Status.ACTUAL, MsgType.ALERT, Scope.PUBLIC)
    area = box(24.93, 60.16, 24.96, 60.17)
    identity = alert_public_id(alert)
    messages = tuple(
        Message(
            number, "broadcast", tag, MessageKind.ALERT, 0, dict.fromkeys(("crawl", "script"), text)
        )
        for number, (tag, text) in enumerate(TEXTS.items(), 1)
        if tag in languages
    )
    return Publication(
        id=identity,
        warning_id=identity,
        alert=alert,
        level=RED,
        published=NOW,
        expires=NOW + timedelta(hours=6),
        area=area,
        groups=(Group(0, RED, infos, area),),
        regions=(),
        messages=messages,
        cap=b"<alert/>",
    )


async def no_regions() -> tuple[()]:
    return ()


Start = Callable[..., Awaitable[BroadcastChannel]]


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def start(tmp_path: Path, clock: ManualClock) -> AsyncIterator[Start]:
    async with ClientSession() as session:
        context = ChannelContext(
            clock=clock,
            session=session,
            public_url="https://warn.example",
            time_zone=ZoneInfo("Asia/Shanghai"),
            languages=("zh-CN", "en"),
            names={"en": "Demo Harbour City"},
            regions=no_regions,
        )

        async def opened(**given: object) -> BroadcastChannel:
            stations = shipped("config") / "stations.yaml"
            settings = {"directory": tmp_path, "stations": stations} | given
            channel = BroadcastChannel(BroadcastSettings.model_validate(settings))
            await channel.open(context)
            return channel

        yield opened


async def send_all(channel: BroadcastChannel, publication: Publication) -> dict[str, Receipt]:
    await channel.prepare(publication)
    return {
        target.id: await channel.send(
            Delivery(
                AttemptKey(publication.id, number, 1),
                "broadcast",
                target.id,
                publication.messages[0],
                "red",
                publication.expires,
                standing=Standing.of(publication.alert),
            )
        )
        for number, target in enumerate(channel.targets(publication), 1)
    }


def manifest_of(root: Path, station: str, package: str) -> dict[str, object]:
    content = (root / station / "incoming" / package / "manifest.json").read_bytes()
    manifest: dict[str, object] = json.loads(content)
    return manifest


async def test_it_keeps_the_contract(start: Start):
    channel = await start(ack_timeout=12)

    assert channel.contract_version == CONTRACT_VERSION
    assert channel.address_kind is None
    assert channel.receipt_timeout == 12
    assert isinstance(channel, ReceiptSource)
    assert isinstance(channel, OutcomeLookup)
    assert channel.faults() == ()
    await channel.close()


async def test_every_shipped_station_gets_text_and_speech_that_checks(start: Start, tmp_path: Path):
    channel = await start()

    receipts = await send_all(channel, publish())

    assert set(receipts) == {"harbour-radio", "harbour-tv", "rural-loudspeakers"}
    for station, receipt in receipts.items():
        package = tmp_path / station / "incoming" / receipt.provider_ref
        check = subprocess.run(
            ["/usr/bin/sha256sum", "--check", "--strict", "SHA256SUMS"], cwd=package, check=False
        )
        assert receipt.state is State.HANDED_OFF
        assert check.returncode == 0
    radio = tmp_path / "harbour-radio" / "incoming" / receipts["harbour-radio"].provider_ref
    for language, voice in (("zh-CN", "cmn"), ("en-US", "en-us")):
        with wave.open(str(radio / f"audio.{language}.wav")) as file:
            seconds = file.getnframes() / file.getframerate()
        entries = manifest_of(tmp_path, "harbour-radio", radio.name)["languages"]
        (entry,) = [e for e in entries if e["language"] == language]
        assert entry["voice"] == voice
        assert entry["audio_seconds"] == pytest.approx(seconds, abs=0.01)
        assert 2 < seconds < 20


async def test_a_language_without_a_voice_is_named_and_the_others_are_spoken(
    start: Start, tmp_path: Path
):
    stations = tmp_path / "stations.yaml"
    stations.write_text(
        "stations: [{id: lhasa, names: {en: Lhasa}, kind: radio, languages: [bo, zh-CN]}]", "utf-8"
    )
    channel = await start(stations=stations)

    receipts = await send_all(channel, publish(("zh-CN", "bo")))

    tibetan, chinese = manifest_of(tmp_path, "lhasa", receipts["lhasa"].provider_ref)["languages"]
    assert (tibetan["language"], tibetan["audio"]) == ("bo", None)
    assert "no voice" in tibetan["no_audio_because"]
    assert chinese["audio"] == "audio.zh-CN.wav"
    (fault,) = channel.faults()
    assert "no voice for bo" in fault


async def test_without_an_engine_everything_but_sound_works(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setitem(sys.modules, "espeakng_loader", None)
    channel = await start()

    receipts = await send_all(channel, publish())

    reason = "no speech engine: install warnbroker[speech]"
    assert {receipt.state for receipt in receipts.values()} == {State.HANDED_OFF}
    manifest = manifest_of(tmp_path, "harbour-tv", receipts["harbour-tv"].provider_ref)
    assert [entry["no_audio_because"] for entry in manifest["languages"]] == [reason, reason]
    assert channel.faults() == (f"packages carry no sound: {reason}",)


async def test_a_restart_makes_the_same_recordings_again_without_the_engine(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    await send_all(await start(), publish())
    (package,) = (tmp_path / "harbour-radio" / "incoming").iterdir()
    before = {path.name: path.read_bytes() for path in package.iterdir()}
    for path in package.iterdir():
        path.unlink()
    package.rmdir()
    monkeypatch.setitem(sys.modules, "espeakng_loader", None)

    await send_all(await start(), publish())

    assert {path.name: path.read_bytes() for path in package.iterdir()} == before


async def test_stations_answer_and_one_stays_silent(
    start: Start, tmp_path: Path, clock: ManualClock
):
    channel = await start(speech=False)
    receipts = await send_all(channel, publish())
    stations = StationSimulator(tmp_path, seed=7, clock=clock)

    states: dict[int, list[str]] = {}
    for _second in range(14):
        await stations.look()
        for evidence in await channel.collect():
            states.setdefault(evidence.key.delivery, []).append(evidence.receipt.code)
        clock.at += timedelta(seconds=1)

    assert len(receipts) == 3
    said = [list(dict.fromkeys(codes)) for codes in states.values()]
    assert said == [["received", "accepted", "aired"]] * 2
