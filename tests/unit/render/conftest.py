"""A red storm surge in Chinese and English, and the shipped templates."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from shapely import box

from warnbroker.model.alert import Alert, Area, Info, Reference
from warnbroker.model.enums import (
    Category,
    Certainty,
    MsgType,
    ResponseType,
    Scope,
    Severity,
    Status,
    Urgency,
)
from warnbroker.model.level import Level
from warnbroker.model.message import Message, MessageKind
from warnbroker.model.publication import Group
from warnbroker.render import Renderer
from warnbroker.render.facts import LIFTED, Facts, Occasion, facts
from warnbroker.resources import shipped

SENT = datetime(2026, 11, 22, 18, 10, tzinfo=UTC)
WARNING_ID = "abcdefghijklmnopqrstuvwxyz"

RED = Level(
    code="red",
    rank=1,
    numeral="I",
    colour="#C4161C",
    names={"zh-CN": "红色", "en": "Red"},
    expires_after=timedelta(hours=12),
    resend_unknown=True,
)
ENGLISH = Info(
    event="Storm surge",
    categories=(Category.MET,),
    urgency=Urgency.IMMEDIATE,
    severity=Severity.EXTREME,
    certainty=Certainty.LIKELY,
    language="en-US",
    response_types=(ResponseType.EVACUATE,),
    effective=SENT,
    onset=SENT + timedelta(hours=1),
    expires=datetime(2026, 11, 23, 10, tzinfo=UTC),
    sender_name="Haibin Emergency Management Bureau",
    headline="Leave the sea front now",
    description="The sea will come over the quays. Low streets may stand 1.5 m deep.",
    instruction=(
        "Go to the high ground beyond the railway station now. If you cannot get out in time, "
        "go up to the third floor; do not use the lift. Stay out of basements and subways. "
        "Do not drive through water. Do not go back until the all-clear."
    ),
    web="https://www.haibin.example/storm-surge",
    contact="Duty desk, duty@haibin.example",
    areas=(Area("Seafront District"), Area("Port District"), Area("Seafront District")),
)
CHINESE = replace(
    ENGLISH,
    event="风暴潮",
    language="zh-CN",
    sender_name="海滨市应急管理局",
    headline="请立即撤离滨海地区",
    description="海水将漫过码头，低洼处水深可达1.5米。",
    instruction=(
        "请立即撤离到火车站以北的高处。来不及撤离的，马上到三楼以上，不要乘电梯。"
        "不要进入地下室和地下通道，不要驾车涉水。收到解除通知前不要返回。"
    ),
    contact="值班室 duty@haibin.example",
    areas=(Area("滨海区"), Area("港口区"), Area("滨海区")),
)
ALERT = Alert(
    identifier="surge-1",
    sender="warning@haibin.example",
    sent=SENT,
    status=Status.ACTUAL,
    msg_type=MsgType.ALERT,
    scope=Scope.PUBLIC,
    infos=(CHINESE, ENGLISH),
)
LATER = replace(
    ALERT,
    identifier="surge-2",
    sent=SENT + timedelta(hours=3),
    msg_type=MsgType.UPDATE,
    references=(Reference(ALERT.sender, ALERT.identifier, ALERT.sent),),
)


def group_of(*infos: Info) -> Group:
    return Group(index=0, level=RED, infos=infos, area=box(0, 0, 1, 1))


def build(overrides: Path | None = None, **settings: object) -> Renderer:
    return Renderer(
        shipped("templates"),
        overrides,
        **{
            "fallback_languages": ("zh-CN", "en"),
            "time_zone": ZoneInfo("Asia/Shanghai"),
            "municipality": {"zh-CN": "海滨市", "en": "Haibin City"},
            "link": "https://warn.haibin.example/warnings/{}".format,
            **settings,
        },
    )


def fact(
    info: Info = ENGLISH,
    alert: Alert = ALERT,
    kind: MessageKind = MessageKind.ALERT,
    *,
    reason: str = LIFTED,
    **settings: object,
) -> Facts:
    occasion = Occasion(kind, WARNING_ID, reason)
    setting = build(**settings).setting
    return facts(group_of(info), info, alert, occasion=occasion, setting=setting)


def write(folder: Path, files: Mapping[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def say(
    renderer: Renderer,
    channel: str,
    kind: MessageKind = MessageKind.ALERT,
    alert: Alert | None = None,
    **options: object,
) -> dict[str, Message]:
    """Return the messages of one channel by language."""
    told = alert or (ALERT if kind is MessageKind.ALERT else LATER)
    made = renderer.messages(
        told,
        [group_of(*told.infos)],
        [channel],
        kind,
        **{"warning_id": WARNING_ID, "next_id": count(1), **options},
    )
    return {message.language: message for message in made}


@pytest.fixture(scope="session")
def surge() -> SimpleNamespace:
    """Return the storm surge's parts, and what makes facts, renderers and messages of it."""
    return SimpleNamespace(
        red=RED,
        chinese=CHINESE,
        english=ENGLISH,
        alert=ALERT,
        later=LATER,
        sent=SENT,
        warning_id=WARNING_ID,
        group=group_of,
        renderer=build,
        facts=fact,
        say=say,
    )


@pytest.fixture(scope="session")
def renderer() -> Renderer:
    return build()


@pytest.fixture
def overridden(tmp_path: Path) -> Callable[..., Renderer]:
    """Return what makes a renderer over an operator's files, given by name."""
    return lambda files, **settings: build(write(tmp_path, files), **settings)
