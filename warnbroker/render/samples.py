"""Sample facts that templates are checked with: a full alert, and one that says the least."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

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
from warnbroker.model.publication import Group
from warnbroker.render.changes import Change
from warnbroker.render.facts import Facts, Occasion, Setting, facts
from warnbroker.render.languages import primary

_SENT = datetime(2026, 11, 23, 2, 10, tzinfo=UTC)
_LEVEL = Level(
    code="red",
    rank=1,
    numeral="I",
    colour="#C4161C",
    names={"zh": "红色", "en": "Red"},
    expires_after=timedelta(hours=12),
    resend_unknown=True,
)
_ENGLISH = Info(
    event="Storm surge",
    categories=(Category.MET,),
    urgency=Urgency.IMMEDIATE,
    severity=Severity.EXTREME,
    certainty=Certainty.LIKELY,
    response_types=(ResponseType.EVACUATE,),
    effective=_SENT,
    onset=_SENT + timedelta(hours=1),
    expires=_SENT + timedelta(hours=16),
    sender_name="Sample City Emergency Management",
    headline="Leave the sea front now",
    description="The sea will come over the quays within the hour.",
    instruction="Go to high ground now. Do not drive through water.",
    web="https://warnings.example/storm-surge",
    contact="Duty desk, 12345",
    areas=(Area("Seafront"), Area("Lighthouse Hill")),
)
_CHANGE = Change(
    level=replace(_LEVEL, code="yellow", rank=3, names={"zh": "黄色", "en": "Yellow"}),
    raised=True,
    place=True,
    onset=True,
    expires=True,
    action=True,
)
_CHINESE = replace(
    _ENGLISH,
    event="风暴潮",
    sender_name="示例市应急管理局",
    headline="请立即撤离滨海地区",
    description="海水将在一小时内漫过码头。",
    instruction="请立即转移到高处。不要驾车涉水。",
    contact="值班室，12345",
    areas=(Area("滨海区"), Area("灯塔山")),
)


def sample(language: str, occasion: Occasion, setting: Setting, *, full: bool) -> Facts:
    """Return sample facts in a language; what it says is Chinese in Chinese, English elsewhere."""
    texts = _CHINESE if primary(language) == "zh" else _ENGLISH
    info = replace(texts, language=language) if full else _least(texts.event, language)
    occasion = replace(
        occasion,
        waiting=_SENT + timedelta(minutes=2),
        unreached=14,
        list_link="https://warnings.example/last-mile/AAAB2f3kCQEAAQ",
        changes={(0, info.language.lower()): _CHANGE} if full else {},
    )
    alert = Alert(
        identifier="sample-2",
        sender="warning@sample.example",
        sent=_SENT,
        status=Status.ACTUAL,
        msg_type=MsgType.UPDATE,
        scope=Scope.PUBLIC,
        note="The forecast has changed." if full else "",
        references=(Reference("a", "sample-1", _SENT - timedelta(hours=2)),) if full else (),
        infos=(info,),
    )
    return facts(_group(info), info, alert, occasion=occasion, setting=setting)


def _least(event: str, language: str) -> Info:
    return Info(
        event=event,
        categories=(Category.OTHER,),
        urgency=Urgency.UNKNOWN,
        severity=Severity.UNKNOWN,
        certainty=Certainty.UNKNOWN,
        language=language,
    )


def _group(info: Info) -> Group:
    from shapely import Point

    return Group(index=0, level=_LEVEL, infos=(info,), area=Point())
