"""The gates of a municipality: what its levels ask of an alert, and what its hazards allow."""

from warnbroker.cap.rules.catalogue.entry import Entry

_LEVELS = "warnbroker; levels.scale.LEVEL.requires"
_REGISTER = "warnbroker; the hazard register"

INSTRUCTION = Entry(
    "gate.instruction",
    _LEVELS,
    "level {level} needs an instruction; tell people what to do",
    "{level}级别必须有 instruction；请写明公众应采取的措施",
)
ONSET = Entry(
    "gate.onset",
    _LEVELS,
    "level {level} needs an onset, or urgency Immediate where it begins now",
    "{level}级别必须有 onset；若已开始，urgency 应为 Immediate",
)
EXPIRES = Entry(
    "gate.expires",
    _LEVELS,
    "level {level} needs expires; say when the alert ends",
    "{level}级别必须有 expires；请写明预警失效时间",
)
LANGUAGES = Entry(
    "gate.languages",
    f"{_LEVELS}; municipality.required_languages",
    "level {level} must be told in {language} too; add an info in that language",
    "{level}级别还必须有 {language} 文本；请补充该语言的 info",
)
HAZARD_LEVEL = Entry(
    "gate.hazard.level",
    _REGISTER,
    "there is no level {level} for {hazard}; its levels are {known}",
    "{hazard}没有{level}级别；可用的级别为：{known}",
)
HAZARD_UNKNOWN = Entry(
    "gate.hazard.unknown",
    _REGISTER,
    "{shown} is not in the hazard register; check its name and eventCode",
    "灾种登记表中没有 {shown}；请核对事件名称和 eventCode",
    "warning",
)
LEVEL_SEVERITY = Entry(
    "gate.level.severity",
    "warnbroker; levels.defaults",
    "level {level} is stated, but severity {severity} goes with {known}; check both",
    "所标级别为{level}，而 severity 为 {severity}，一般对应：{known}；请核对两者",
    "warning",
)

GATES: tuple[Entry, ...] = (
    INSTRUCTION,
    ONSET,
    EXPIRES,
    LANGUAGES,
    HAZARD_LEVEL,
    HAZARD_UNKNOWN,
    LEVEL_SEVERITY,
)
