"""What a relay says, and at which stage of a mail."""

import re
from dataclasses import dataclass
from enum import StrEnum

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
    def is_about_a_mailbox(self) -> bool:
        """Tell whether its enhanced code speaks of an address or a mailbox (RFC 3463, 3.2, 3.3)."""
        return self.enhanced[2:].startswith(("1.", "2."))

    @property
    def status(self) -> str:
        """Return the codes alone, such as ``451 4.7.1``; nothing where there was no code."""
        return f"{self.code} {self.enhanced}".rstrip() if self.code >= 100 else ""

    @property
    def queue_id(self) -> str:
        """Return the relay's own name for a message that it took, or nothing."""
        found = _QUEUE_ID.search(self.text)
        return next(filter(None, found.groups()), "") if found else ""
