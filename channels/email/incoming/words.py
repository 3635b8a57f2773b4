"""Words by which mails that only people were meant to read can be told apart."""

import re

_HARD = re.compile(
    r"(?:user|recipient|mailbox|account|address|alias)s?\s+(?:is\s+|was\s+|has been\s+)?"
    r"(?:unknown|not\s+found|invalid|disabled|closed|unavailable|inactive|does\s*n.t\s+exist)"
    r"|(?:unknown|invalid|no\s+such|non-?existent)\s+(?:local\s+)?"
    r"(?:user|recipient|mailbox|account|address|alias|domain)"
    r"|does\s+not\s+exist|no\s+mailbox\s+here|host\s+(?:or\s+domain\s+name\s+)?not\s+found"
    r"|\b5\.1\.(?:1|2|3|6|10)\b|\b5\.2\.1\b"
    r"|不存在|无此用户|没有此用户|用户未找到|地址错误|邮箱(?:已)?(?:停用|注销|关闭)",
    re.IGNORECASE,
)
_BOUNCE = re.compile(
    r"undeliver|returned mail|mail delivery|delivery (?:status|failure|has failed|problem)"
    r"|failure notice|delivery report|could not be delivered|not delivered"
    r"|退信|投递失败|无法投递|未送达|系统退信",
    re.IGNORECASE,
)
_DAEMON = re.compile(r"\b(?:mailer-daemon|postmaster|mail-daemon|bounces?)@", re.IGNORECASE)
_AUTOMATIC = re.compile(
    r"^(?:auto(?:matic|mated)?[ :-]?(?:reply|response|antwort)|out of (?:the )?office"
    r"|vacation|on leave|自动(?:回复|答复)|外出|休假)",
    re.IGNORECASE,
)
_STOP = re.compile(
    r"(?:please[ ,]+)?(?:unsubscribe|stop|remove me|opt[ -]?out|退订|取消订阅|td)"
    r"(?:[ ,]+(?:me|please|谢谢))?[.!。！]*",
    re.IGNORECASE,
)
_ANSWER_MARKS = re.compile(r"^(?:(?:re|aw|sv|回复|答复|转发|fwd?)\s*[:：]\s*)+", re.IGNORECASE)


def is_hard(text: str) -> bool:
    """Tell whether a text says that nobody is there."""
    return _HARD.search(text) is not None


def is_bounce(author: str, subject: str) -> bool:
    """Tell whether a mail looks like one that a mail server wrote about another."""
    return _DAEMON.search(author) is not None or _BOUNCE.search(subject) is not None


def is_automatic(subject: str) -> bool:
    """Tell whether a subject is that of an answer which nobody wrote."""
    return _AUTOMATIC.search(_ANSWER_MARKS.sub("", subject)) is not None


def is_stop(text: str) -> bool:
    """Tell whether a line asks for no more mail and says nothing else."""
    return _STOP.fullmatch(_ANSWER_MARKS.sub("", text).strip()) is not None
