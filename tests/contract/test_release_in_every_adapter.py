"""Each adapter asks by itself whether an alert may leave: real, for whom, and marked if a drill.

Kyotanabe, 2014: a test code that one adapter did not know sent a real order to 4,281 people.
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from shapely import box

from channels.broadcast import BroadcastChannel, BroadcastSettings
from channels.cell import CellChannel, CellSettings
from channels.email import EmailChannel, EmailSettings
from channels.feed import FeedChannel, FeedSettings
from channels.push import PushChannel, PushSettings
from channels.sms import SmsChannel
from channels.sms.settings import SmsSettings
from channels.van import VanChannel, VanSettings
from channels.voice import VoiceChannel
from channels.voice.settings import VoiceSettings
from warnbroker.errors import PermanentSendError
from warnbroker.model.alert import Alert
from warnbroker.model.delivery import Delivery
from warnbroker.model.drill import DRILL_MARKS, is_marked, with_mark
from warnbroker.model.enums import MsgType, Scope, Status
from warnbroker.model.fan_out import INTERNAL
from warnbroker.model.level import Level
from warnbroker.model.message import Message, MessageKind
from warnbroker.model.publication import Publication
from warnbroker.model.receipt import AttemptKey, Reason
from warnbroker.model.standing import Standing
from warnbroker.render.parts import PARTS
from warnbroker.resources import shipped

NOW = datetime.now(UTC)
ENDS = NOW + timedelta(hours=1)
LEVEL = Level("red", 1, "I", "#d00000", {"en": "Red"}, timedelta(hours=6), True)
ACCOUNT = {"account_sid": "AC1", "auth_token": "t", "from": "+15550000000"}
RELAY = {"host": "127.0.0.1", "from": "a@b.example"}
CONFIG = shipped("config")

TO_ONE = ("sms", "voice", "email", "push")
TO_ALL = ("feed", "broadcast", "van", "cell")


def channel(name, folder):
    """Return a channel that is not open: whatever it touches before it has looked, fails."""
    made = {
        "sms": lambda: SmsChannel(SmsSettings(**ACCOUNT)),
        "voice": lambda: VoiceChannel(VoiceSettings(**ACCOUNT)),
        "email": lambda: EmailChannel(EmailSettings(**RELAY)),
        "push": lambda: PushChannel(
            PushSettings(key_file=folder / "vapid.pem", subject="mailto:a@b.example")
        ),
        "cell": lambda: CellChannel(
            CellSettings(
                carriers={
                    "one": {"gateway": "area", "base_url": "http://127.0.0.1:1"},
                    "lab": {"gateway": "area", "base_url": "http://127.0.0.1:1", "test": True},
                }
            )
        ),
        "feed": lambda: FeedChannel(FeedSettings(directory=folder)),
        "broadcast": lambda: BroadcastChannel(
            BroadcastSettings(directory=folder, stations=CONFIG / "stations.yaml")
        ),
        "van": lambda: VanChannel(
            VanSettings(
                fleet=CONFIG / "fleet.yaml", roads=CONFIG / "roads.osm.pbf",
                population=CONFIG / "population.csv", directory=folder,
            )
        ),
    }  # fmt: skip
    return made[name]()


def parts_of(name):
    """Return the parts of a channel; one without templates speaks as a text message does."""
    return PARTS.get(name, PARTS["sms"])


def message(name, **parts):
    texts = {part.name: with_mark("Leave now.", "en") for part in parts_of(name)}
    return Message(1, name, "en", MessageKind.ALERT, 0, texts | parts)


def publication(name, text=None, **alert):
    given = {"status": Status.ACTUAL, "msg_type": MsgType.ALERT, "scope": Scope.PUBLIC}
    said = Alert(identifier="a-1", sender="w@x.example", sent=NOW, **(given | alert))
    return Publication(
        "a" * 26, "a" * 26, said, LEVEL, NOW, ENDS, box(24, 60, 25, 61), (), (),
        (text or message(name),), b"<alert/>",
    )  # fmt: skip


def delivery(name, standing, text=None):
    key = AttemptKey("a" * 26, 1, 1)
    return Delivery(
        key, name, "+15551234567", text or message(name), "red", ENDS, standing=standing
    )


async def refused(work):
    with pytest.raises(PermanentSendError) as raised:
        await work
    return raised.value.reason


NEVER = [
    {"status": Status.SYSTEM},
    {"status": Status.DRAFT},
    {"msg_type": MsgType.ACK},
    {"msg_type": MsgType.ERROR},
]


@pytest.mark.parametrize("name", TO_ONE + TO_ALL)
@pytest.mark.parametrize("alert", NEVER, ids=str)
async def test_what_is_between_systems_leaves_no_channel(name, alert, tmp_path):
    under_test = channel(name, tmp_path / "out")
    said = publication(name, **alert)

    assert await refused(under_test.prepare(said)) is Reason.POLICY
    assert await refused(under_test.send(delivery(name, Standing.of(said.alert)))) is Reason.POLICY
    assert under_test.targets(said) == ()
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", TO_ONE + TO_ALL)
async def test_what_nobody_has_said_the_status_of_is_not_sent(name, tmp_path):
    under_test = channel(name, tmp_path / "out")

    assert await refused(under_test.send(delivery(name, None))) is Reason.POLICY


@pytest.mark.parametrize("name", TO_ALL)
@pytest.mark.parametrize(
    "alert",
    [{"scope": Scope.RESTRICTED}, {"scope": Scope.PRIVATE}, {"codes": (INTERNAL,)}],
    ids=str,
)
@pytest.mark.parametrize("status", [Status.ACTUAL, Status.EXERCISE])
async def test_what_is_for_a_list_or_an_office_is_told_to_nobody_else(
    name, alert, status, tmp_path
):
    under_test = channel(name, tmp_path / "out")
    said = publication(name, status=status, **alert)

    assert under_test.targets(said) == ()
    assert await refused(under_test.prepare(said)) is Reason.POLICY
    assert await refused(under_test.send(delivery(name, Standing.of(said.alert)))) is Reason.POLICY
    assert not (tmp_path / "out").exists()


PARTS_OF_ALL = [(name, part.name) for name in TO_ONE + TO_ALL for part in parts_of(name)]


@pytest.mark.parametrize(("name", "part"), PARTS_OF_ALL)
@pytest.mark.parametrize("status", [Status.EXERCISE, Status.TEST])
async def test_a_drill_that_lacks_its_mark_in_one_part_is_refused(name, part, status, tmp_path):
    under_test = channel(name, tmp_path / "out")
    text = message(name, **{part: "Leave now. This is [EXERCISE] of sorts."})
    said = publication(name, text, status=status)

    assert await refused(under_test.prepare(said)) is Reason.UNMARKED
    sent = delivery(name, Standing.of(said.alert), text)
    assert await refused(under_test.send(sent)) is Reason.UNMARKED


@pytest.mark.parametrize("language", DRILL_MARKS)
def test_every_mark_is_known_where_it_stands_in_front(language):
    mark = DRILL_MARKS[language][0]

    assert is_marked(f"{mark} Go north")
    assert is_marked(with_mark("Go north", language))
    assert is_marked(f"<!doctype html><body><p>{mark}</p>")
    assert not is_marked("Go north")
    assert not is_marked("<!doctype html><body><p>Go north</p>")
    assert with_mark(f"{mark} Go", language) == f"{mark} Go"


def test_a_refusal_names_the_part_and_no_text():
    from channels._release import check_publication

    said = publication("sms", message("sms", txt="Secret words"), status=Status.EXERCISE)

    with pytest.raises(PermanentSendError, match="the part txt") as raised:
        check_publication(replace(said, id="b" * 26))
    assert "Secret" not in str(raised.value)
