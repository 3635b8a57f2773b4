"""What a Cancel says of the warning that it ends: its infos, with words for the end."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from warnbroker.errors import AlertError, Fault
from warnbroker.intake.lineage import ERROR, REASON
from warnbroker.model.alert import Alert, Info, NamedValue
from warnbroker.model.enums import ResponseType
from warnbroker.model.fan_out import TEXT

LONGEST_HEADLINE = 160
"""Characters that CAP 1.2, 3.2.2 advises for a headline."""

_OPENINGS: Mapping[tuple[str, bool], str] = {
    ("en", True): "Issued by mistake, please disregard: ",
    ("en", False): "Lifted: ",
    ("zh", True): "撤销（误发，请勿采信）：",
    ("zh", False): "解除：",
}


@dataclass(frozen=True, slots=True)
class Words:
    """What the issuer wants said in one language; what is empty is said in set words."""

    headline: str = ""
    description: str = ""
    instruction: str = ""


@dataclass(frozen=True, slots=True)
class Ending:
    """Why a warning ends, ``error`` or ``lifted``, and in which words, by language."""

    reason: str
    note: str = ""
    texts: Mapping[str, Words] | None = None


def ended(alert: Alert, ending: Ending, expires: datetime) -> tuple[Info, ...]:
    """Return the infos of a Cancel of an alert: its places and grades, none of its orders.

    Every channel speaks from them, so the area and the languages stay; the advice of the
    alert, and the texts that were written for its channels, must not go out once more.

    Raises:
        AlertError: words are given in a language that the alert does not speak.
    """
    texts = {tag.casefold(): words for tag, words in (ending.texts or {}).items()}
    spoken = {info.language.casefold() for info in alert.infos}
    strange = [tag for tag in ending.texts or {} if tag.casefold() not in spoken]
    if strange:
        known = ", ".join(dict.fromkeys(info.language for info in alert.infos))
        message = f"the alert does not speak {strange[0]!r}; give texts in {known}"
        chinese = f"原预警没有 {strange[0]!r} 文本；请用以下语种给出：{known}"
        path = f"texts/{strange[0]}"
        raise AlertError([Fault("lineage.language", message, path, chinese=chinese)])
    return tuple(
        _ended(info, ending.reason, texts.get(info.language.casefold(), Words()), expires)
        for info in alert.infos
    )


def _ended(info: Info, reason: str, words: Words, expires: datetime) -> Info:
    kept = tuple(
        pair for pair in info.parameters if pair.name != REASON and not pair.name.startswith(TEXT)
    )
    return replace(
        info,
        response_types=(ResponseType.ALL_CLEAR,),
        effective=None,
        onset=None,
        expires=expires,
        headline=words.headline or _headline(info, is_error=reason == ERROR),
        description=words.description,
        instruction=words.instruction,
        parameters=(*kept, NamedValue(REASON, reason)),
        resources=(),
    )


def _headline(info: Info, *, is_error: bool) -> str:
    language = "zh" if info.language.lower().partition("-")[0] == "zh" else "en"
    whole = _OPENINGS[language, is_error] + (info.headline or info.event)
    return whole if len(whole) <= LONGEST_HEADLINE else whole[: LONGEST_HEADLINE - 1] + "…"
