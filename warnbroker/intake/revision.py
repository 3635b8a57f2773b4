"""A corrected alert from what is to change of it: a whole message, or only the changed fields."""

from collections.abc import Mapping
from typing import Any

import orjson

from warnbroker.cap import parse_json, parse_xml, to_json
from warnbroker.cap.document import quote
from warnbroker.errors import AlertError, Fault, UnreadableError
from warnbroker.model.alert import Alert
from warnbroker.model.fan_out import TEXT
from warnbroker.model.level import LevelScale

OF_ALL = frozenset(
    {"area", "category", "certainty", "effective", "event", "expires", "onset", "responseType",
     "severity", "urgency"}
)  # fmt: skip
"""What a change may state once for the infos of all languages."""

OF_ALERT = frozenset({"note"})
LEVEL, INFO = "level", "info"
# What a whole message may leave out: it is as in the alert that it corrects.
_IDENTITY = ("identifier", "sender", "sent", "status", "scope", "msgType")

Data = dict[str, Any]


def revised(content: bytes, *, is_json: bool, alert: Alert, scale: LevelScale) -> Alert:
    """Return an alert as it is to be; its identity and its references are not yet its own.

    Raises:
        UnreadableError: the content is neither XML nor JSON, as it claims.
        AlertError: it breaks rules of form, or changes what there is not.
    """
    if not is_json:
        return parse_xml(content, limit=len(content) + 1)
    try:
        given = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise UnreadableError(f"not JSON: {error}") from None
    if not isinstance(given, dict):
        raise UnreadableError("send an object: a whole message, or the fields that change")
    whole = isinstance(given.get(INFO), list)
    base = to_json(alert)
    data = _whole(given, base) if whole else _changed(given, base, scale)
    body = orjson.dumps(data)
    return parse_json(body, limit=len(body) + 1)


def _whole(given: Mapping[str, Any], base: Mapping[str, Any]) -> Data:
    kept = {name: base[name] for name in _IDENTITY}
    return {**kept, **{name: value for name, value in given.items() if name != "references"}}


def _changed(given: Mapping[str, Any], base: Data, scale: LevelScale) -> Data:
    unknown = sorted(set(given) - OF_ALL - OF_ALERT - {INFO, LEVEL})
    if unknown or not given:
        known = ", ".join(sorted(OF_ALL | OF_ALERT | {INFO, LEVEL}))
        if unknown:
            name = quote(unknown[0])
            raise _fault(f"{name} cannot be changed; name any of {known}",
                         f"{name} 不能更正；可更正的字段：{known}", unknown[0])  # fmt: skip
        raise _fault(
            f"nothing is changed; name any of {known}", f"未作任何更正；可更正的字段：{known}"
        )
    infos = [_without_own_texts(info) for info in base.get(INFO, [])]
    for name in sorted(OF_ALL & given.keys()):
        for info in infos:
            info[name] = given[name]
    if LEVEL in given:
        _set_level(infos, given[LEVEL], scale)
    _set_by_language(infos, given.get(INFO, {}))
    rest = {name: given[name] for name in OF_ALERT & given.keys()}
    kept = {name: value for name, value in base.items() if name != "references"}
    return {**kept, **rest, INFO: infos}


def _without_own_texts(info: Data) -> Data:
    # A text that was fixed for one channel would go on saying what is now wrong.
    pairs = [pair for pair in info.get("parameter", []) if not pair["valueName"].startswith(TEXT)]
    return {**info, "parameter": pairs}


def _set_level(infos: list[Data], level: Any, scale: LevelScale) -> None:
    if not isinstance(level, str) or level not in scale:
        codes = ", ".join(item.code for item in scale.levels)
        shown = quote(str(level))
        raise _fault(
            f"there is no level {shown}; name one of {codes}",
            f"没有等级 {shown}；可用等级：{codes}",
            LEVEL,
        )
    for info in infos:
        pairs = info["parameter"]
        stated = [pair for pair in pairs if pair["valueName"] in scale.parameters]
        name = stated[0]["valueName"] if stated else scale.parameters[0]
        others = [pair for pair in pairs if pair not in stated]
        info["parameter"] = [*others, {"valueName": name, "value": level}]


def _set_by_language(infos: list[Data], changes: Any) -> None:
    is_sound = isinstance(changes, dict) and all(
        isinstance(item, dict) for item in changes.values()
    )
    if not is_sound:
        raise _fault(
            "give the changed fields by language, or all infos as a list",
            "请按语言给出更正的字段，或以列表给出全部 info",
            INFO,
        )
    for language, fields in changes.items():
        mine = [info for info in infos if info["language"].casefold() == language.casefold()]
        if not mine:
            spoken = ", ".join(dict.fromkeys(info["language"] for info in infos))
            raise _fault(
                f"the alert does not speak {quote(language)}; it speaks {spoken}. "
                "Send the whole message to add a language",
                f"原预警没有 {quote(language)} 文本，只有 {spoken}；如需增加语种，请提交完整消息",
                f"{INFO}/{language}",
            )
        if len(mine) > 1:
            raise _fault(
                f"the alert tells of several events in {language}; send the whole message",
                f"原预警的 {language} 文本包含多个事件；请提交完整消息",
                f"{INFO}/{language}",
            )
        mine[0].update(fields)


def _fault(english: str, chinese: str, path: str = "") -> AlertError:
    return AlertError([Fault("lineage.change", english, path, chinese=chinese)])
