"""What the engine may rely on in the van channel, whatever its files and its printer do."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from aiohttp import ClientSession
from shapely import box

from channels.van import VanChannel, VanSettings
from warnbroker.cap import parse_xml
from warnbroker.contracts import CONTRACT_VERSION, Channel, ChannelContext, OutcomeLookup
from warnbroker.errors import PermanentSendError, SendError, TemporarySendError
from warnbroker.model.delivery import Delivery
from warnbroker.model.enums import MsgType, Scope, Status
from warnbroker.model.identity import alert_public_id
from warnbroker.model.level import Level
from warnbroker.model.message import Message, MessageKind
from warnbroker.model.publication import Group, Publication
from warnbroker.model.receipt import AttemptKey, Reason, State
from warnbroker.model.standing import Standing
from warnbroker.resources import shipped

_: type[Channel] = VanChannel

CONFIG = shipped("config")
ALERT = parse_xml((CONFIG / "demo" / "storm-surge.cap.xml").read_bytes())
NOW = ALERT.sent.astimezone(UTC)
EXPIRES = NOW + timedelta(hours=6)
LEVEL = Level("red", 1, "I", "#d00000", {"en": "Red"}, timedelta(hours=6), True)
MESSAGE = Message(1, "van", "en", MessageKind.ALERT, 0, {"script": "Leave now. Go north."})
QUAY = box(24.9440, 60.1650, 24.9480, 60.1665)


@dataclass
class ManualClock:
    at: datetime = NOW

    def now(self) -> datetime:
        return self.at

    async def sleep(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


async def no_regions() -> tuple[()]:
    return ()


def publication(msg_type: MsgType = MsgType.ALERT, **changes: Any) -> Publication:
    alert = replace(ALERT, msg_type=msg_type, **changes)
    group = Group(0, LEVEL, alert.infos, QUAY)
    identity = alert_public_id(alert)
    return Publication(
        identity, identity, alert, LEVEL, NOW, EXPIRES, QUAY, (group,), (), (MESSAGE,), b""
    )


def delivery(alert: Publication, van: str = "van-1") -> Delivery:
    return Delivery(
        AttemptKey(alert.id, 1, 1),
        "van",
        van,
        MESSAGE,
        "red",
        EXPIRES,
        standing=Standing.of(alert.alert),
    )


def settings(folder: Path, **changes: Any) -> VanSettings:
    given = {
        "fleet": CONFIG / "fleet.yaml",
        "roads": CONFIG / "roads.osm.pbf",
        "population": CONFIG / "population.csv",
        "directory": folder / "vans",
        "seconds": 0.2,
    }
    return VanSettings(**{**given, **changes})


Make = Callable[..., Awaitable[VanChannel]]


@pytest.fixture
async def make(tmp_path: Path) -> AsyncIterator[Make]:
    opened: list[VanChannel] = []
    async with ClientSession() as session:

        async def build(**changes: Any) -> VanChannel:
            channel = VanChannel(settings(tmp_path, **changes))
            opened.append(channel)
            clock = ManualClock()
            zone = ZoneInfo("Europe/Helsinki")
            await channel.open(
                ChannelContext(clock, session, "", zone, ("en",), {"en": "City"}, no_regions)
            )
            return channel

        yield build
        for channel in opened:
            await channel.close()


def test_it_is_a_channel_of_this_contract_and_names_its_own_targets(tmp_path):
    channel = VanChannel(settings(tmp_path))

    assert (channel.name, channel.contract_version) == ("van", CONTRACT_VERSION)
    assert channel.address_kind is None
    assert isinstance(channel, OutcomeLookup)
    assert channel.receipt_timeout is None
    assert VanChannel(settings(tmp_path, receipt_timeout=600)).receipt_timeout == 600


def test_faults_can_be_asked_before_it_is_open(tmp_path):
    assert not [fault for fault in VanChannel(settings(tmp_path)).faults() if "\n" in fault]


async def test_it_can_be_closed_without_ever_being_opened(tmp_path):
    await VanChannel(settings(tmp_path)).close()


@pytest.fixture
def no_printer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make this a machine without pango, which is quicker too: sheets stay HTML."""
    folder = tmp_path / "modules"
    folder.mkdir()
    (folder / "weasyprint.py").write_text("raise OSError('cannot load library libpango')")
    monkeypatch.setenv("PYTHONPATH", str(folder))


@pytest.mark.usefixtures("no_printer")
@pytest.mark.parametrize("msg_type", [MsgType.ALERT, MsgType.UPDATE, MsgType.CANCEL])
async def test_every_message_ends_as_a_sheet_handed_off(make: Make, msg_type):
    channel, alert = await make(), publication(msg_type)
    await channel.prepare(alert)

    receipt = await channel.send(delivery(alert))

    assert (receipt.state, receipt.provider_ref) == (State.HANDED_OFF, "van-1-r1")
    assert (receipt.provider, receipt.code) == ("van", "html")


async def test_preparing_and_sending_survive_a_restart_between_them(make: Make):
    alert = publication()
    await (await make()).prepare(alert)

    receipt = await (await make()).send(delivery(alert))

    assert receipt.state is State.HANDED_OFF


REFUSALS = [
    pytest.param({"scope": Scope.PRIVATE}, id="private"),
    pytest.param({"scope": Scope.RESTRICTED}, id="restricted"),
    pytest.param({"status": Status.SYSTEM}, id="system"),
    pytest.param({"status": Status.DRAFT}, id="draft"),
]


@pytest.mark.parametrize("changes", REFUSALS)
async def test_what_is_not_for_the_streets_is_refused_for_good(make: Make, tmp_path, changes):
    channel = await make()

    with pytest.raises(PermanentSendError) as raised:
        await channel.prepare(publication(**changes))

    assert raised.value.reason is Reason.POLICY
    assert channel.targets(publication(**changes)) == ()
    assert not (tmp_path / "vans").exists()


FAULTS = [
    pytest.param({"roads": "none.osm.pbf"}, TemporarySendError, Reason.FAULT, id="no roads"),
    pytest.param({"roads": "junk.osm.pbf"}, TemporarySendError, Reason.FAULT, id="junk roads"),
    pytest.param({"directory": "junk.osm.pbf"}, TemporarySendError, Reason.FAULT, id="no folder"),
]


@pytest.mark.parametrize(("changes", "error", "reason"), FAULTS)
async def test_a_fault_of_the_files_is_told_as_what_it_is(
    make: Make, tmp_path: Path, changes: dict[str, str], error: type[SendError], reason: Reason
):
    (tmp_path / "junk.osm.pbf").write_bytes(b"junk")
    channel = await make(**{key: tmp_path / name for key, name in changes.items()})

    with pytest.raises(error) as raised:
        await channel.prepare(publication())

    assert raised.value.reason is reason
    assert "\n" not in str(raised.value)


async def test_an_unprepared_alert_and_an_unknown_van_are_told_apart(make: Make):
    channel, alert = await make(), publication()

    with pytest.raises(TemporarySendError) as unprepared:
        await channel.send(delivery(alert))
    await channel.prepare(alert)
    with pytest.raises(PermanentSendError) as unknown:
        await channel.send(delivery(alert, "van-9"))

    reasons = [error.value.reason for error in (unprepared, unknown)]
    assert reasons == [Reason.NOT_PUBLISHED, Reason.RECIPIENT]
