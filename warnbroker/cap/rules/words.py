"""Rules of what people read of an ``<info>`` (CAP 1.2, 3.2.2)."""

import re
from collections.abc import Callable, Iterator
from datetime import datetime

from warnbroker.cap.document import quote
from warnbroker.cap.rules.rule import WARNING, Finding, Rule, areas, at, infos
from warnbroker.model.alert import Alert, Info
from warnbroker.model.enums import MsgType, ResponseType

LONGEST_HEADLINE = 160

_SOURCE = "CAP 1.2, 3.2.2"
_MARKUP = re.compile(r"<[A-Za-z/!][^<>]*>|&(?:[A-Za-z]{2,8}|#[0-9]{1,6});")
_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff]")
# Japanese and old Korean and Vietnamese are written with the same signs.
_WRITTEN_IN_HAN = ("zh", "ja", "ko", "vi", "yue", "cmn", "wuu", "nan", "hak", "gan", "hsn", "lzh")


def headline_short(alert: Alert, now: datetime) -> Iterator[Finding]:
    """Warn of a headline that small displays cut off."""
    for path, info in infos(alert):
        if len(info.headline) > LONGEST_HEADLINE:
            yield at(f"{path}/headline", count=len(info.headline), most=LONGEST_HEADLINE)


def headline_differs(alert: Alert, now: datetime) -> Iterator[Finding]:
    """Warn of a headline that is the description again."""
    for path, info in infos(alert):
        if info.headline and info.headline == info.description:
            yield at(f"{path}/description")


def instruction_differs(alert: Alert, now: datetime) -> Iterator[Finding]:
    """Warn of an instruction that is the description again."""
    for path, info in infos(alert):
        if info.instruction and info.instruction == info.description:
            yield at(f"{path}/instruction")


def sender_named(alert: Alert, now: datetime) -> Iterator[Finding]:
    """Warn of a warning from nobody in particular."""
    return _missing(alert, "senderName", lambda info: info.sender_name)


def contact_named(alert: Alert, now: datetime) -> Iterator[Finding]:
    """Warn of a warning that nobody can ask about."""
    return _missing(alert, "contact", lambda info: info.contact)


def instruction_given(alert: Alert, now: datetime) -> Iterator[Finding]:
    """Warn of a warning that does not say what to do, unless there is nothing to do."""
    if alert.msg_type not in {MsgType.ALERT, MsgType.UPDATE}:
        return
    for path, info in infos(alert):
        at_ease = {ResponseType.NONE, ResponseType.ALL_CLEAR} & set(info.response_types)
        if not info.instruction and not at_ease:
            yield at(f"{path}/instruction")


def text_plain(alert: Alert, now: datetime) -> Iterator[Finding]:
    """Warn of HTML: people would read the tags."""
    texts = [
        (f"{path}/{name}", value)
        for path, info in infos(alert)
        for name, value in (
            ("event", info.event),
            ("headline", info.headline),
            ("description", info.description),
            ("instruction", info.instruction),
        )
    ]
    texts += [(f"{path}/areaDesc", area.area_desc) for path, area in areas(alert)]
    for path, value in texts:
        found = _MARKUP.search(value)
        if found:
            yield at(path, shown=quote(found[0]))


def language_meant(alert: Alert, now: datetime) -> Iterator[Finding]:
    """Warn of Chinese text under another language: an absent language means en-US."""
    for path, info in infos(alert):
        text = f"{info.event}{info.headline}{info.description}{info.instruction}"
        letters = sum(character.isalpha() for character in text)
        is_han = len(_HAN.findall(text)) * 2 > letters
        if is_han and not info.language.lower().startswith(_WRITTEN_IN_HAN):
            yield at(f"{path}/language", shown=quote(info.language))


def _missing(alert: Alert, name: str, of: Callable[[Info], str]) -> Iterator[Finding]:
    for path, info in infos(alert):
        if not of(info):
            yield at(f"{path}/{name}")


RULES = (
    Rule(
        "cap.info.headline.length",
        headline_short,
        f"{_SOURCE} headline",
        "headline has {count} characters; displays show {most} at most",
        "headline 共 {count} 个字符；显示设备最多显示 {most} 个",
        WARNING,
    ),
    Rule(
        "cap.info.headline.repeated",
        headline_differs,
        f"{_SOURCE} description",
        "description is the headline again; tell more, or leave it out",
        "description 与 headline 完全相同；请补充详情，或予以省略",
        WARNING,
    ),
    Rule(
        "cap.info.instruction.repeated",
        instruction_differs,
        f"{_SOURCE} instruction",
        "instruction is the description again; say there only what to do",
        "instruction 与 description 完全相同；instruction 只应写明防范措施",
        WARNING,
    ),
    Rule(
        "cap.info.sender_name.missing",
        sender_named,
        f"{_SOURCE} senderName",
        "senderName is missing; tell people who warns them",
        "缺少 senderName；请写明发布单位名称",
        WARNING,
    ),
    Rule(
        "cap.info.contact.missing",
        contact_named,
        f"{_SOURCE} contact",
        "contact is missing; say whom to ask",
        "缺少 contact；请写明咨询方式",
        WARNING,
    ),
    Rule(
        "cap.info.instruction.missing",
        instruction_given,
        f"{_SOURCE} instruction",
        "instruction is missing; tell people what to do",
        "缺少 instruction；请写明公众应采取的措施",
        WARNING,
        needs=(
            "msgType",
            "responseType",
        ),
    ),
    Rule(
        "cap.info.text.markup",
        text_plain,
        f"{_SOURCE}; Google CAP validator",
        "{shown} looks like HTML; write plain text",
        "{shown} 疑为 HTML 标记；请使用纯文本",
        WARNING,
    ),
    Rule(
        "cap.info.language.text",
        language_meant,
        f"{_SOURCE} language: absent means en-US",
        "the text is Chinese, but language is {shown}; write zh-CN",
        "正文为中文，language 却为 {shown}；应写作 zh-CN",
        WARNING,
        needs=(
            "event",
            "headline",
            "description",
            "instruction",
        ),
    ),
)
