"""The words of our own that facts are stated with, by language."""

from collections.abc import Mapping
from dataclasses import dataclass

from warnbroker.model.enums import Certainty, ResponseType, Severity, Urgency


@dataclass(frozen=True, slots=True)
class Words:
    """One language's words for CAP's codes.

    ``actions`` say what to do for each response type, where the issuer does not;
    ``action`` where there is no response type either. ``grades`` are cut from the end of an
    event that already calls itself a warning, since templates add that word.
    """

    actions: Mapping[ResponseType, str]
    action: str
    urgency: Mapping[Urgency, str]
    severity: Mapping[Severity, str]
    certainty: Mapping[Certainty, str]
    grades: tuple[str, ...]


ENGLISH = Words(
    actions={
        ResponseType.SHELTER: "Take shelter now.",
        ResponseType.EVACUATE: "Leave the area now and go to a safe place.",
        ResponseType.PREPARE: "Get ready now.",
        ResponseType.EXECUTE: "Carry out your emergency plan now.",
        ResponseType.AVOID: "Keep away from the danger.",
        ResponseType.MONITOR: "Watch for further official news.",
        ResponseType.ASSESS: "Check how this affects you.",
        ResponseType.ALL_CLEAR: "The danger has passed.",
    },
    action="Take care and follow official news.",
    urgency={
        Urgency.IMMEDIATE: "act at once",
        Urgency.EXPECTED: "act soon",
        Urgency.FUTURE: "act in the coming days",
        Urgency.PAST: "no action needed any more",
        Urgency.UNKNOWN: "not known",
    },
    severity={
        Severity.EXTREME: "extreme",
        Severity.SEVERE: "severe",
        Severity.MODERATE: "moderate",
        Severity.MINOR: "minor",
        Severity.UNKNOWN: "not known",
    },
    certainty={
        Certainty.OBSERVED: "observed",
        Certainty.LIKELY: "likely",
        Certainty.POSSIBLE: "possible",
        Certainty.UNLIKELY: "unlikely",
        Certainty.UNKNOWN: "not known",
    },
    grades=(),
)

CHINESE = Words(
    actions={
        ResponseType.SHELTER: "请立即就近进入安全场所避险。",
        ResponseType.EVACUATE: "请立即撤离到安全地带。",
        ResponseType.PREPARE: "请抓紧做好防范准备。",
        ResponseType.EXECUTE: "请立即按照应急预案行动。",
        ResponseType.AVOID: "请远离危险区域。",
        ResponseType.MONITOR: "请密切关注官方后续信息。",
        ResponseType.ASSESS: "请了解自身所受影响。",
        ResponseType.ALL_CLEAR: "险情已过。",
    },
    action="请注意防范，密切关注官方信息。",
    urgency={
        Urgency.IMMEDIATE: "须立即行动",
        Urgency.EXPECTED: "须尽快行动",
        Urgency.FUTURE: "须在近日内准备",
        Urgency.PAST: "无须再行动",
        Urgency.UNKNOWN: "未知",
    },
    severity={
        Severity.EXTREME: "特别严重",
        Severity.SEVERE: "严重",
        Severity.MODERATE: "较重",
        Severity.MINOR: "一般",
        Severity.UNKNOWN: "未知",
    },
    certainty={
        Certainty.OBSERVED: "已发生",
        Certainty.LIKELY: "很可能发生",
        Certainty.POSSIBLE: "可能发生",
        Certainty.UNLIKELY: "不太可能发生",
        Certainty.UNKNOWN: "未知",
    },
    grades=("信号", "预警"),
)

WORDS: Mapping[str, Words] = {"zh": CHINESE, "en": ENGLISH}
