"""Alert to GB/T 35965, with the list of what was lost or had to be assumed."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from warnbroker.cap.gbt.faults import refusal
from warnbroker.cap.gbt.loss import Loss
from warnbroker.cap.gbt.methods import write_methods
from warnbroker.cap.gbt.originals import PREFIX, kept_in, restored
from warnbroker.cap.gbt.outline import NAMESPACE
from warnbroker.cap.gbt.places import write_areas
from warnbroker.cap.gbt.reader import Data
from warnbroker.cap.gbt.register import Register
from warnbroker.cap.gbt.words import (
    CHINESE,
    COLOUR,
    COLOURS,
    EVENT_CODE,
    EVENT_TYPE,
    EXERCISE,
    IDENTIFIER,
    SEVERITIES,
    headline,
    write_identifier,
    write_moment,
)
from warnbroker.cap.gbt.writer import write_gbt
from warnbroker.errors import AlertError
from warnbroker.model.alert import Alert, Info, Reference
from warnbroker.model.enums import Certainty, MsgType, Scope, Status
from warnbroker.model.fan_out import AUDIENCE, AUDIENCE_ON, CHANNEL, INTERNAL, TEXT

_TYPES = (MsgType.ALERT, MsgType.UPDATE, MsgType.CANCEL)
_LEVELS = ("level", "warning_level", "awareness_level", "预警级别")
_CARRIED = (CHANNEL, TEXT, AUDIENCE, AUDIENCE_ON, PREFIX, COLOUR)


@dataclass(frozen=True, slots=True)
class GbtMessage:
    """A message for a 12379 platform: what its file is called, its bytes, what was lost."""

    file_name: str
    body: bytes
    losses: tuple[Loss, ...]


def to_gbt(
    alert: Alert,
    register: Register,
    *,
    first: Reference | None = None,
    serial: int | None = None,
) -> GbtMessage:
    """Translate an alert.

    ``first`` is the first message of its warning, by default the oldest that it references.
    ``serial`` parts two messages of one issuer and second.

    Raises:
        AlertError: GB/T cannot carry it; says why.
    """
    losses: list[Loss] = []
    data = written(alert, register, losses, first=first, serial=serial)
    data = _as_it_was(data, alert, register)
    info = data["info"]
    if info["headline"] == _chinese(alert, []).headline:
        losses = [loss for loss in losses if loss.id != "headline.generated"]
    name = f"{data['identifier']}_{info['eventType']}_{info['severity']}_{data['msgType']}"
    return GbtMessage(f"{name.upper()}.xml", write_gbt(data), tuple(losses))


def written(
    alert: Alert,
    register: Register,
    losses: list[Loss],
    *,
    first: Reference | None = None,
    serial: int | None = None,
) -> Data:
    """Return the message as plain data, as we write it of ourselves."""
    code = _issuer(alert, register)
    info = _chinese(alert, losses)
    name = info.sender_name or register.names.get(alert.sender, alert.sender)
    _note_uncarried(alert, losses)
    data = {
        "xmlns": NAMESPACE,
        "identifier": _identifier(alert, code, serial, losses),
        "sender": name,
        "senderCode": code,
        "sendTime": write_moment(alert.sent),
        **_status(alert, losses),
        "msgType": alert.msg_type.value,
        "scope": alert.scope.value,
        "code": write_methods(info, register, losses),
        "secClassification": "Inner" if INTERNAL in alert.codes else "None",
        "references": _first(alert, register, first, losses),
        "info": _info(alert, info, name, losses),
    }
    return {key: value for key, value in data.items() if value or key == "xmlns"}


def _issuer(alert: Alert, register: Register) -> str:
    code = register.code(alert.sender)
    if code is None:
        raise refusal("gbt.sender.unknown", "sender", alert.sender)
    if alert.msg_type not in _TYPES:
        raise refusal("gbt.msg_type", "msgType", alert.msg_type)
    if alert.scope is not Scope.PUBLIC:
        raise refusal("gbt.scope", "scope", alert.scope)
    if alert.status is Status.SYSTEM:
        raise refusal("gbt.status", "status", alert.status)
    if alert.msg_type is MsgType.CANCEL and not alert.note:
        raise refusal("gbt.note.required", "note")
    return code


def _chinese(alert: Alert, losses: list[Loss]) -> Info:
    mine = [info for info in alert.infos if info.language.lower().startswith("zh")]
    # China's other languages are written there too, such as bo-CN.
    mine = mine or [info for info in alert.infos if info.language.upper().endswith("-CN")]
    if not mine:
        raise refusal("gbt.info.required", "info")
    if len(mine) > 1:
        raise refusal("gbt.info.several", "info", len(mine))
    for info in alert.infos:
        if info is not mine[0]:
            losses.append(Loss("language.uncarried", "info", info.language))
    return mine[0]


def _identifier(alert: Alert, code: str, serial: int | None, losses: list[Loss]) -> str:
    if IDENTIFIER.fullmatch(alert.identifier):
        return alert.identifier
    losses.append(Loss("identifier.generated", "identifier", alert.identifier))
    return write_identifier(code, alert.sent, serial)


def _status(alert: Alert, losses: list[Loss]) -> Data:
    if alert.status is not Status.EXERCISE:
        return {"status": alert.status.value, "note": alert.note}
    losses.append(Loss("status.exercise", "status", alert.status))
    return {"status": Status.TEST.value, "note": f"{EXERCISE}{alert.note}"}


def _first(alert: Alert, register: Register, first: Reference | None, losses: list[Loss]) -> str:
    if alert.msg_type is MsgType.ALERT and not alert.references:
        return ""
    found = first or min(alert.references, key=lambda item: item.sent, default=None)
    if found is None:
        raise refusal("gbt.references.required", "references", alert.msg_type)
    for other in alert.references:
        if other != found:
            losses.append(Loss("references.others", "references", other.identifier))
    if IDENTIFIER.fullmatch(found.identifier):
        return found.identifier
    code = register.code(found.sender)
    if code is None:
        raise refusal("gbt.sender.unknown", "references", found.sender)
    return write_identifier(code, found.sent)


def _info(alert: Alert, info: Info, name: str, losses: list[Loss]) -> Data:
    colour = _colour(info, losses)
    data = {
        "language": info.language,
        "eventType": _event_type(info),
        "urgency": info.urgency.value,
        "severity": colour,
        "certainty": _certainty(info, losses),
        "effective": write_moment(info.effective or alert.sent),
        "onset": write_moment(info.onset),
        "expires": write_moment(info.expires),
        "senderName": name,
        "headline": _headline(alert, info, name, colour, losses),
        "description": info.description or info.headline,
        "instruction": info.instruction,
        "web": info.web,
        "resource": list(_resources(info, losses)),
        "area": list(_areas(info, losses)),
    }
    return {key: value for key, value in data.items() if value}


def _areas(info: Info, losses: list[Loss]) -> Iterator[Data]:
    if not info.areas:
        raise refusal("gbt.area.required", "info/area")
    for index, area in enumerate(info.areas):
        yield from write_areas(area, f"info/area[{index}]", losses)


def _event_type(info: Info) -> str:
    own = [pair.value for pair in info.event_codes if pair.name == EVENT_CODE]
    likely = [pair.value for pair in info.event_codes if EVENT_TYPE.fullmatch(pair.value)]
    if not (own or likely):
        raise refusal("gbt.event_type.required", "info/eventCode")
    return (own or likely)[0]


def _colour(info: Info, losses: list[Loss]) -> str:
    """Return the colour that is stated, else the one of the severity."""
    stated = [info.parameter(COLOUR), *(info.parameter(name) for name in _LEVELS)]
    for text in filter(None, stated):
        for word in (item.strip() for item in text.split(";")):
            if word.title() in SEVERITIES:
                return word.title()
            if word in CHINESE.values():
                return next(name for name, found in CHINESE.items() if found == word)
    if COLOURS[info.severity] != "Unknown":
        losses.append(Loss("severity.derived", "info/severity", info.severity))
    return COLOURS[info.severity]


def _certainty(info: Info, losses: list[Loss]) -> str:
    if info.certainty is Certainty.POSSIBLE:
        losses.append(Loss("certainty.possible", "info/certainty", info.certainty))
        return Certainty.UNKNOWN.value
    return info.certainty.value


def _headline(alert: Alert, info: Info, name: str, colour: str, losses: list[Loss]) -> str:
    wanted = headline(name, info.event, colour, cancel=alert.msg_type is MsgType.CANCEL)
    if info.headline != wanted:
        losses.append(Loss("headline.generated", "info/headline", info.headline[:80]))
    return wanted


def _resources(info: Info, losses: list[Loss]) -> Iterator[Data]:
    for index, item in enumerate(info.resources):
        losses.append(Loss("resource.content", f"info/resource[{index}]", item.resource_desc[:80]))
        size = "" if item.size is None else str(item.size)
        texts = {"resourceDesc": item.resource_desc, "size": size, "digest": item.digest}
        yield {key: value for key, value in texts.items() if value}


def _note_uncarried(alert: Alert, losses: list[Loss]) -> None:
    uncarried = [
        ("source", alert.source),
        ("incidents", " ".join(alert.incidents)),
        ("addresses", " ".join(alert.addresses)),
        *(("code", code) for code in alert.codes if code != INTERNAL),
    ]
    for index, info in enumerate(alert.infos):
        path = f"info[{index}]"
        uncarried += [
            (f"{path}/audience", info.audience),
            (f"{path}/contact", info.contact),
            (f"{path}/responseType", " ".join(info.response_types)),
            *((f"{path}/eventCode", pair.value) for pair in info.event_codes[1:]),
            *(
                (f"{path}/parameter", f"{pair.name}={pair.value}"[:80])
                for pair in info.parameters
                if not pair.name.startswith(_CARRIED) and pair.name not in _LEVELS
            ),
        ]
    losses += [Loss("element.uncarried", path, text) for path, text in uncarried if text]


def _as_it_was(data: Data, alert: Alert, register: Register) -> Data:
    """Return the message word for word as it came, wherever that still says the same."""
    info = _chinese(alert, [])
    kept = kept_in(info, alert.identifier)
    whole = _with_all(data, kept)
    if whole is not None and _facts(whole, register, alert.references) == _plain(alert):
        return whole
    facts = _facts(data, register, alert.references)
    for path, text in kept.items() if facts is not None else ():
        before = restored(data, path, text)
        if before is not None and facts == _facts(before, register, alert.references):
            data = before
    return data


def _with_all(data: Data, kept: Mapping[str, str]) -> Data | None:
    whole: Data | None = data
    for path, text in kept.items():
        whole = restored(whole, path, text) if whole is not None else None
    return whole


def _plain(alert: Alert) -> Alert:
    """Return an alert without what it keeps of a GB/T message."""
    infos = [
        replace(info, parameters=tuple(p for p in info.parameters if not p.name.startswith(PREFIX)))
        for info in alert.infos
    ]
    return replace(alert, infos=tuple(infos))


def _facts(data: Data, register: Register, references: Sequence[Reference]) -> Alert | None:
    # Late: each of the two directions checks itself against the other.
    from warnbroker.cap.gbt.inward import Wishes, told
    from warnbroker.cap.gbt.reader import missing

    if any(missing(data)):
        return None
    try:
        return told(data, register, references, Wishes(), [])
    except AlertError:
        return None
