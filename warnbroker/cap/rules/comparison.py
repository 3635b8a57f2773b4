"""Rules that set the infos of one message against each other (CAP 1.2, 3.2.2)."""

from collections.abc import Hashable, Iterator
from datetime import datetime
from itertools import combinations

from warnbroker.cap.document import quote
from warnbroker.cap.rules.alert import MAX_INFOS
from warnbroker.cap.rules.rule import WARNING, Finding, Rule, at, infos
from warnbroker.model.alert import Alert, Area, Info

_SOURCE = "CAP 1.2, 3.2.2"


def same_categories(alert: Alert, now: datetime) -> Iterator[Finding]:
    """Warn of infos that file one message under different kinds of hazard."""
    for index, info in enumerate(alert.infos[1:], start=1):
        if set(info.categories) != set(alert.infos[0].categories):
            yield at(f"info[{index}]/category")


def same_event(alert: Alert, now: datetime) -> Iterator[Finding]:
    """Warn of infos in one language that name different events."""
    named: dict[str, str] = {}
    for path, info in infos(alert):
        first = named.setdefault(info.language.lower(), info.event)
        if info.event != first:
            yield at(f"{path}/event", shown=quote(info.event), first=quote(first))


def same_event_codes(alert: Alert, now: datetime) -> Iterator[Finding]:
    """Warn of infos whose event codes differ."""
    for index, info in enumerate(alert.infos[1:], start=1):
        if set(info.event_codes) != set(alert.infos[0].event_codes):
            yield at(f"info[{index}]/eventCode")


def translated(alert: Alert, now: datetime) -> Iterator[Finding]:
    """Warn of a text that stands unchanged under two languages."""
    seen: dict[tuple[str, str], str] = {}
    for path, info in infos(alert):
        language = info.language.lower().partition("-")[0]
        texts = {
            "headline": info.headline,
            "description": info.description,
            "instruction": info.instruction,
        }
        for name, text in texts.items():
            if text and seen.setdefault((name, text), language) != language:
                yield at(f"{path}/{name}", shown=quote(info.language))


def not_overridden(alert: Alert, now: datetime) -> Iterator[Finding]:
    """Warn of a later info that grades the same event, time and place in another way.

    Infos of one language are one sequence: later ones add to the earlier, they do not
    override them where their areas overlap. Overlap is judged by a shape in common.
    """
    shapes: dict[str, set[Hashable]] = {}
    for (first, earlier), (path, later) in combinations(list(infos(alert))[:MAX_INFOS], 2):
        if _subject(earlier) != _subject(later) or _grade(earlier) == _grade(later):
            continue
        for step, info in ((first, earlier), (path, later)):
            if step not in shapes:
                shapes[step] = _shapes(info)
        if not shapes[first].isdisjoint(shapes[path]):
            yield at(f"{path}/severity")


def _subject(info: Info) -> Hashable:
    return info.language.lower(), info.event, info.effective, info.onset, info.expires


def _grade(info: Info) -> Hashable:
    return info.urgency, info.severity, info.certainty


def _shapes(info: Info) -> set[Hashable]:
    return {shape for area in info.areas for shape in _parts(area)}


def _parts(area: Area) -> Iterator[Hashable]:
    yield from area.polygons
    yield from area.circles
    yield from area.geocodes


RULES = (
    Rule(
        "cap.info.category.differs",
        same_categories,
        "IPAWS, CAP-CP and CAP-AU profiles",
        "the categories are not those of the first info; give all infos the same",
        "类别与第一个 info 不同；各 info 的 category 应当一致",
        WARNING,
        needs=("category",),
    ),
    Rule(
        "cap.info.event.differs",
        same_event,
        "CAP-AU profile",
        "{shown} differs from {first} in another info of this language; name one event",
        "{shown} 与同一语言另一 info 的 {first} 不同；同一语言只应有一个事件名称",
        WARNING,
        needs=(
            "event",
            "language",
        ),
    ),
    Rule(
        "cap.info.event_code.differs",
        same_event_codes,
        "IPAWS, CAP-CP and CAP-AU profiles",
        "the eventCodes are not those of the first info; give all infos the same",
        "事件代码与第一个 info 不同；各 info 的 eventCode 应当一致",
        WARNING,
        needs=(
            "eventCode",
            "valueName",
            "value",
        ),
    ),
    Rule(
        "cap.info.language.same_text",
        translated,
        "Google CAP validator",
        "the same text stands under another language too; translate it into {shown}",
        "相同文字也出现在另一语言之下；请译成 {shown}",
        WARNING,
        needs=("language",),
    ),
    Rule(
        "cap.info.sequence.override",
        not_overridden,
        f"{_SOURCE} language",
        "an earlier info of this language grades the same event, time and place in another "
        "way; send one grade",
        "同一语言的前一 info 对相同事件、时间和地点给出了不同的等级；只应给出一种",
        WARNING,
        needs=(
            "language",
            "event",
            "urgency",
            "severity",
            "certainty",
            "effective",
            "onset",
            "expires",
            "polygon",
            "circle",
            "geocode",
        ),
    ),
)
