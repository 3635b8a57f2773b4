"""What a relay's reply means: a reply and its stage looked up in one table of rules.

The rules are table 4.2 of the delivery reference, which follows RFC 5321 (reply codes),
RFC 3463 and the IANA registry of enhanced status codes. A reply without an enhanced
code is classed by its digits and by what it answered.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from warnbroker.errors import PermanentSendError, SendError, TemporarySendError
from warnbroker.model.receipt import Reason

_ENHANCED = re.compile(r"\s*[245]\.(\d{1,3}\.\d{1,3})\b")
# Postfix, Exim, Sendmail and OpenSMTPD, Exchange, Amazon SES.
_QUEUE_ID = re.compile(
    r"queued as ([\w.-]{1,64})(?![\w.@-])|\bid=([\w.-]{1,64})(?![\w.@-])"
    r"|(?<!\S)([\w-]{6,64}) Message accepted|InternalId=(\d{1,32})|^Ok ([\w-]{16,80})$",
    re.MULTILINE,
)


class Stage(StrEnum):
    """What a reply answers; ``END`` is the message's final dot."""

    CONNECT = "connect"
    HELLO = "EHLO"
    TLS = "STARTTLS"
    AUTH = "AUTH"
    RESET = "RSET"
    MAIL = "MAIL"
    RCPT = "RCPT"
    DATA = "DATA"
    END = "end of data"


@dataclass(frozen=True, slots=True)
class Reply:
    """A relay's reply; its text may hold an address, so it is only read, never passed on."""

    code: int
    text: str = ""

    @property
    def enhanced(self) -> str:
        """Return the enhanced code, or nothing; its class is always the reply's own.

        Some relays send ``450 5.1.1``; RFC 5321, section 4.2.1, lets the reply decide.
        """
        found = _ENHANCED.match(self.text)
        return f"{self.code // 100}.{found[1]}" if found else ""

    @property
    def status(self) -> str:
        """Return the codes alone, such as ``451 4.7.1``; nothing where there was no code."""
        return f"{self.code} {self.enhanced}".rstrip() if self.code >= 100 else ""

    @property
    def queue_id(self) -> str:
        """Return the relay's own name for a message that it took, or nothing."""
        found = _QUEUE_ID.search(self.text)
        return next(filter(None, found.groups()), "") if found else ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a refusal means; ``retry_after`` in seconds, ``ends_session``: hang up after it."""

    reason: Reason
    retry_after: float = 0
    permanent: bool = False
    ends_session: bool = False


BUSY = Verdict(Reason.PROVIDER_BUSY, ends_session=True)
HELD = Verdict(Reason.PROVIDER_BUSY, retry_after=30)
LONG = Verdict(Reason.PROVIDER_BUSY, retry_after=300)
THROTTLED = Verdict(Reason.THROTTLED, retry_after=10)
AT_ONCE = Verdict(Reason.THROTTLED, ends_session=True)
REFUSED_FOR_NOW = Verdict(Reason.REFUSED_FOR_NOW, retry_after=60)
FULL = Verdict(Reason.REFUSED_FOR_NOW, retry_after=300)
HOST_FAULT = Verdict(Reason.SERVER_ERROR, ends_session=True)
CONFIG = Verdict(Reason.CONFIG, retry_after=60)
RECIPIENT = Verdict(Reason.RECIPIENT, permanent=True)
CONTENT = Verdict(Reason.CONTENT, permanent=True)
POLICY = Verdict(Reason.POLICY, permanent=True)
MISUNDERSTOOD = Verdict(Reason.SERVER_ERROR, ends_session=True)

_SETUP = frozenset({Stage.CONNECT, Stage.HELLO})
_LOGIN = frozenset({Stage.TLS, Stage.AUTH})
_AFTER_RCPT = frozenset({Stage.DATA, Stage.END})
_RATE = r"throttl|\brate\b|too (?:many|much|fast)|slow down|(?:connection|sending|message) limit"
_RELAYING = (
    r"relay(?:ing)? (?:access )?(?:is )?(?:denied|prohibited|not (?:permitted|allowed))"
    r"|(?:unable|cannot|not|(?:permitted|allowed) to) (?:to )?relay\b"
)


@dataclass(frozen=True, slots=True)
class Rule:
    """One row: the codes it is for, as a regular expression over ``Reply.status``.

    An empty ``stages`` is any stage; ``words`` must occur in the reply's text.
    """

    codes: str
    verdict: Verdict
    stages: frozenset[Stage] = frozenset()
    words: str = ""

    def matches(self, reply: Reply, stage: Stage) -> bool:
        """Tell whether this row is for that reply."""
        return (
            (not self.stages or stage in self.stages)
            and re.fullmatch(self.codes, reply.status) is not None
            and (not self.words or re.search(self.words, reply.text, re.IGNORECASE) is not None)
        )


# The first row that matches decides.
RULES: tuple[Rule, ...] = (
    # Setting the session up: nothing is said yet about any message.
    Rule(r"5.*", HOST_FAULT, _SETUP),
    Rule(r"5.*", CONFIG, _LOGIN),
    # For now.
    Rule(r"4.. 4\.7\.28", THROTTLED),
    Rule(r"45.( 4\.7\.\d+)?", CONFIG, words=_RELAYING),
    Rule(r"4.. 4\.2\.2", FULL),
    Rule(r"4.. 4\.2\.\d+", REFUSED_FOR_NOW),
    Rule(r"4.. 4\.5\.3", AT_ONCE),
    Rule(r"(421|45[0124])( 4\.7\.\d+)?", THROTTLED, words=_RATE),
    Rule(r"421.*|4.. 4\.3\.2|4.. 4\.4\.2", BUSY),
    Rule(r"4.. 4\.3\.1|452", LONG),
    Rule(r"454( 4\.7\.0)?", HELD),
    Rule(r"4.*", HELD, _LOGIN | _SETUP),
    Rule(r"4.*", REFUSED_FOR_NOW),
    # For good: what is wrong with us.
    Rule(r"53[0458].*|5.. 5\.7\.(8|9|11|14)", CONFIG),
    Rule(r"5.. 5\.1\.[78]|5.. 5\.7\.27", CONFIG),
    Rule(r"55[0-4].*", CONFIG, words=_RELAYING),
    # For good: what is wrong with the message.
    Rule(r"552|5.. 5\.2\.3|5.. 5\.3\.4", CONTENT, frozenset({Stage.MAIL}) | _AFTER_RCPT),
    Rule(r"5.. 5\.2\.3|5.. 5\.3\.4", CONTENT),
    # Nobody and nothing but our own mailbox has been named yet.
    Rule(r"5.*", CONFIG, frozenset({Stage.MAIL})),
    # RFC 6531: this mailbox's server takes no international mail.
    Rule(r"5.. 5\.6\.7", RECIPIENT),
    Rule(r"5.. 5\.6\.\d+|5.. 5\.5\.\d+|50[0-4]|555", CONTENT),
    # For good: what is wrong with the mailbox.
    Rule(r"5.. 5\.7\.1[37]", RECIPIENT),
    Rule(r"5.. 5\.7\.\d+", POLICY),
    Rule(r"552|5.. 5\.2\.2", FULL),
    Rule(r"5.. 5\.[124]\.\d+", RECIPIENT),
    # Bare digits.
    Rule(r"554.*", POLICY, frozenset({Stage.RCPT})),
    Rule(r"5.*", RECIPIENT, frozenset({Stage.RCPT})),
    Rule(r"5.*", CONTENT),
)


def classify(reply: Reply, stage: Stage, attempt: int = 1) -> Verdict:
    """Return what a refusal means.

    A mailbox that a 5xx reply calls full may have room once more; after the first
    attempt it counts as unreachable.
    """
    rules = (rule.verdict for rule in RULES if rule.matches(reply, stage))
    verdict = next(rules, MISUNDERSTOOD)
    if verdict is FULL and reply.code >= 500 and attempt > 1:
        return RECIPIENT
    return verdict


def refusal(reply: Reply, stage: Stage, verdict: Verdict) -> SendError:
    """Return the error that says what a refusal means; it holds codes, never the reply's text."""
    detail = f"the relay refused at {stage}"
    if verdict.permanent:
        return PermanentSendError(verdict.reason, detail, code=reply.status)
    return TemporarySendError(
        verdict.reason, detail, code=reply.status, retry_after=verdict.retry_after
    )
