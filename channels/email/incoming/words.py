"""Words by which mails that only people were meant to read can be told apart."""

import re
from collections.abc import Iterator

# Enhanced status codes (RFC 3463), but none of the numbers of an IP address.
_STATUS = re.compile(r"(?<![\w.])[245]\.\d{1,3}\.\d{1,3}(?!\.?\d)")
_NOT_NOW = re.compile(r"(?<![\w.])4[2-5]\d[ -](?=\D|[45]\.)")
# Nobody is there; and not: full, too large, not liked, our fault, gave up in the end.
NOBODY = frozenset(
    {"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1", "5.4.4", "5.7.13", "5.7.17"}
)
_HARD = re.compile(
    r"(?:user|recipient|mailbox|account|address|alias)s?\s+(?:is\s+|was\s+|has been\s+)?"
    r"(?:unknown|not\s+found|invalid|disabled|closed|unavailable|inactive|does\s*n.t\s+exist)"
    r"|(?:unknown|invalid|no\s+such|non-?existent)\s+(?:local\s+)?"
    r"(?:user|recipient|mailbox|account|address|alias|domain)"
    r"|does\s+not\s+exist|no\s+mailbox\s+here|host\s+(?:or\s+domain\s+name\s+)?not\s+found"
    r"|不存在|无此用户|没有此用户|用户未找到|地址错误|邮箱(?:已)?(?:停用|注销|关闭)",
    re.IGNORECASE,
)
_SENDER = re.compile(
    r"\bsender(?:'s)?\s{1,9}(?:e-?mail\s{1,9})?(?:(?:address|account|domain|user|mailbox|host|ip)\s{1,9})?"
    r"(?:(?:is|was|has been|could|can)\s{0,9})?(?:<[^>]{0,320}>\s{0,9})?:?\s{0,9}"
    r"(?:verif|reject|den|refus|unknown|invalid|disabled|blocked|not\b|does|callout)"
    r"|\b(?:verify|verification)\s{1,9}failed|\b(?:unknown|invalid|bad|unverified|no\s{1,9}such)\s{1,9}sender"
    r"|\b(?:after|reply\s{1,9}to)\s{1,9}mail\s{1,9}from\b"
    r"|\bmail\s{1,9}from\b.{0,80}?(?:reject|unknown|invalid|not\s{1,9}found|does\s{1,9}not)"
    r"|\b(?:spf|dkim|dmarc|dnsbl|rbl|spam|reputation)\b|black-?list|block-?list|blocked\s{1,9}(?:using|by)"
    r"|发[件信](?:人|方|者)(?:的)?(?:地址|域名|[账帐]号|邮箱)?(?:被|不存在|错误|无效|验证|未)"
    r"|垃圾邮件|黑名单",
    re.IGNORECASE,
)
_DELAYED = re.compile(
    r"not\s+yet\s+been\s+delivered|still\s+undelivered|delivery\s+(?:has\s+been\s+|is\s+)?delayed"
    r"|delayed\s+\d+\s+hours|could\s+not\s+send\s+message\s+for\s+past|warning\s+(?:message\s+)?only"
    r"|do\s+not\s+need\s+to\s+resend|(?:will\s+)?keep\s+trying|delivery\s+attempts\s+will\s+continue"
    r"|(?:will|to)\s+be\s+retried\s+until|message\s+will\s+be\s+retried|will\s+retry\s+for"
    r"|投递(?:被)?延迟|延迟投递|暂(?:时)?未(?:能)?(?:投递|送达)|继续(?:尝试)?(?:投递|重试)",
    re.IGNORECASE,
)
_COPY = re.compile(
    r"^[ \t>]*(?:received|return-path|message-id|mime-version|dkim-signature):",
    re.IGNORECASE | re.MULTILINE,
)
_HEADER_LINE = re.compile(r"^[ \t>]*(?:to|cc|from):.*$", re.IGNORECASE | re.MULTILINE)
_MAILBOX = re.compile(r"[\w.+=%-]{1,64}@[\w-]+(?:\.[\w-]+)+")
_BOUNCE = re.compile(
    r"undeliver|returned mail|mail delivery \(?(?:fail|stat|err|prob|sys|sub|unsucc)"
    r"|delivery (?:status|failure|has failed|problem)"
    r"|failure notice|delivery report|could not be delivered|not delivered"
    r"|退信|投递失败|无法投递|未送达|系统退信",
    re.IGNORECASE,
)
_DAEMON = re.compile(r"\b(?:mailer-daemon|postmaster|mail-daemon|bounces?)@", re.IGNORECASE)
_AUTOMATIC = re.compile(
    r"^(?:auto(?:matic|mated)?[ :-]?(?:reply|response|antwort)|out of (?:the )?office"
    r"|vacation|on leave|automatische antwort|abwesen|automatisch antwoord|afwezig"
    r"|auto(?:matisk)?[ -]?svar"
    r"|réponse automatique|absence du bureau|absent|respuesta automática|fuera de (?:la )?oficina"
    r"|risposta automatica|fuori sede|resposta automática|autoodpowied|автоответ|自動返信"
    r"|自[动動](?:回[复覆]|答[复覆])|外出|休假)",
    re.IGNORECASE,
)
_STOP = re.compile(
    r"(?:please[ ,]+)?(?:unsubscribe|stop|remove me|opt[ -]?out|退订|取消订阅|td)"
    r"(?:[ ,]+(?:me|please|谢谢))?[.!。！]*",
    re.IGNORECASE,
)
_ANSWER_MARKS = re.compile(r"^(?:(?:re|aw|sv|回复|答复|转发|fwd?)\s*[:：]\s*)+", re.IGNORECASE)


def codes_in(text: str) -> Iterator[str]:
    """Yield the enhanced status codes in a text."""
    return (found[0] for found in _STATUS.finditer(text))


def is_hard(text: str) -> bool:
    """Tell whether a text says that nobody is there, and that it will stay so."""
    if blames_sender(text) or is_for_now(text):
        return False
    return _HARD.search(text) is not None or any(code in NOBODY for code in codes_in(text))


def blames_sender(text: str) -> bool:
    """Tell whether a text finds fault with who wrote the mail, or with where it came from."""
    return _SENDER.search(text) is not None


def own_words(text: str) -> str:
    """Return what a mail server says itself, before the copy of the mail that it returns."""
    copy = _COPY.search(text)
    return text[: copy.start()] if copy else text


def mailboxes_in(text: str) -> set[str]:
    """Return the mailboxes that a text names, but not whom a mail was from or went to."""
    return {found[0].lower() for found in _MAILBOX.finditer(_HEADER_LINE.sub("", text))}


def is_for_now(text: str) -> bool:
    """Tell whether a text holds a reply or a code of a failure that may pass (4xx)."""
    return _NOT_NOW.search(text) is not None or any(code[0] == "4" for code in codes_in(text))


def is_delay(text: str) -> bool:
    """Tell whether a text says that the mail is still on its way."""
    return _DELAYED.search(text) is not None


def is_bounce(author: str, subject: str) -> bool:
    """Tell whether a mail looks like one that a mail server wrote about another."""
    if _ANSWER_MARKS.match(subject):
        return False
    return _DAEMON.search(author) is not None or _BOUNCE.search(subject) is not None


def is_automatic(subject: str) -> bool:
    """Tell whether a subject is that of an answer which nobody wrote."""
    return _AUTOMATIC.search(_ANSWER_MARKS.sub("", subject)) is not None


def is_stop(text: str) -> bool:
    """Tell whether a line asks for no more mail and says nothing else."""
    return _STOP.fullmatch(_ANSWER_MARKS.sub("", text).strip()) is not None
