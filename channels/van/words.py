"""The words on a sheet, Chinese and English side by side."""

from collections.abc import Mapping
from typing import NamedTuple

from channels.van.model import Kind, Move, Note, Row, Turn


class Pair(NamedTuple):
    """One text in both languages of the form."""

    zh: str
    en: str


TURNS: Mapping[Turn, Pair] = {
    Turn.START: Pair("出发", "start on"),
    Turn.STRAIGHT: Pair("直行", "straight"),
    Turn.BEAR_LEFT: Pair("靠左", "bear left"),
    Turn.BEAR_RIGHT: Pair("靠右", "bear right"),
    Turn.LEFT: Pair("左转", "left"),
    Turn.RIGHT: Pair("右转", "right"),
    Turn.SHARP_LEFT: Pair("左急转", "sharp left"),
    Turn.SHARP_RIGHT: Pair("右急转", "sharp right"),
    Turn.U_TURN: Pair("掉头", "turn round"),
    Turn.ROUNDABOUT: Pair("环岛第{0}出口", "roundabout, exit {0}"),
}

ROADS: Mapping[str, Pair] = {
    "motorway": Pair("无名高速公路", "motorway"),
    "trunk": Pair("无名快速路", "trunk road"),
    "primary": Pair("无名主干道", "main road"),
    "secondary": Pair("无名次干道", "secondary road"),
    "tertiary": Pair("无名支路", "local road"),
    "residential": Pair("无名住宅街", "residential street"),
    "living_street": Pair("无名住宅街", "residential street"),
    "service": Pair("无名便道", "service road"),
}
_ANY_ROAD = Pair("无名道路", "unnamed road")

TITLES: Mapping[Kind, Pair] = {
    Kind.ALERT: Pair("宣传车任务单", "Loudspeaker van sheet"),
    Kind.UPDATE: Pair("宣传车任务单（更新）", "Loudspeaker van sheet: update"),
    Kind.CANCEL: Pair("停止播报通知单", "Stop announcing"),
}

NOTES: Mapping[Note, Pair] = {
    Note.NO_STREETS: Pair(
        "预警区域内没有本车能播报的街道。原地待命，听候值班室安排。",
        "No street that a van could announce on lies in the warning area. Stand by at the start; "
        "wait for the duty desk.",
    ),
    Note.NO_TIME: Pair(
        "截止时间前来不及播报任何街道。不要进入预警区域，原地待命。",
        "No street can be announced before the deadline. Do not enter the area; stand by.",
    ),
    Note.NO_WORK: Pair(
        "其他车辆已覆盖全部街道，本车无任务。原地待命，随时准备接替。",
        "The other vans cover every street. Stand by at the start, ready to take over.",
    ),
    Note.POPULATION_UNKNOWN: Pair(
        "没有人口数据，按街道长度安排路线。",
        "There are no population figures; the route follows the length of the streets.",
    ),
    Note.HAZARD_PRESENT: Pair(
        "危险可能已经到来：只在安全的地方播报，看到险情立即撤离。",
        "The hazard may already be here: announce only where it is safe; if not, leave at once.",
    ),
}

RULES = (
    Pair(
        "整段读完再停，不要读到一半；一种语言接一种语言。",
        "Finish each reading; one language after the other.",
    ),
    Pair(
        "慢行，开窗；有人询问，只按播报词回答。",
        "Drive slowly, window open; answer questions from the script only.",
    ),
    Pair(
        "道路不通：跳过该街，用电台报告序号。",
        "Road blocked: skip the street and report its number by radio.",
    ),
    Pair(
        "险情逼近，立即离开，安全后报告。",
        "Danger close: leave at once, report when safe.",
    ),
)
STOP_RULES = (
    Pair("用电台确认收到本通知。", "Confirm this sheet by radio."),
    Pair("有人询问，请其以官方通知为准。", "To whoever asks: follow the official notice."),
)


def turn(move: Move) -> Pair:
    """Return how to turn."""
    zh, en = TURNS[move.turn]
    return Pair(zh.format(move.exit), en.format(move.exit))


def street(name: str, highway: str) -> Pair:
    """Return a street's name, or what sort of road it is."""
    if name:
        return Pair(name, name)
    return ROADS.get(highway.removesuffix("_link"), _ANY_ROAD)


def stretch(row: Row) -> str:
    """Return from which crossing street to which a row is announced; empty if none has a name."""
    if row.origin and row.target and row.origin != row.target:
        return f"{row.origin} → {row.target}"
    return row.origin or (row.target and f"→ {row.target}")
