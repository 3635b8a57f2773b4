"""Answers of people: the few that ask for no more mail."""

import re

from channels.email.incoming.finding import Finding
from channels.email.incoming.read import Mail, address_in
from channels.email.incoming.words import is_automatic, is_stop
from warnbroker.contracts.inbound import Wish

_MARKUP = re.compile(r"<[^>]{0,1000}>")
_LINES = 20


def is_automatic_reply(mail: Mail) -> bool:
    """Tell whether a person's mailbox answered by itself: a vacation notice (RFC 3834)."""
    return (
        mail.header("Auto-Submitted").lower().startswith("auto-replied")
        or mail.header("Precedence").lower() in ("bulk", "junk", "list", "auto_reply")
        or any(mail.header(name) for name in ("X-Autoreply", "X-Autorespond", "X-Auto-Reply"))
        or mail.kind == "disposition-notification"
        or is_automatic(mail.header("Subject"))
    )


def is_written_by_nobody(mail: Mail) -> bool:
    """Tell whether a machine wrote: a vacation notice, a ticket system, a mail server."""
    automatic = mail.header("Auto-Submitted").lower()
    return automatic not in ("", "no") or is_automatic_reply(mail)


def read_wish(mail: Mail) -> list[Finding]:
    """Return who asks for no more mail; nothing if a machine writes, or about anything else."""
    if is_written_by_nobody(mail):
        return []
    if is_stop(mail.header("Subject")) or is_stop(_first_line(mail)):
        _, _, author = mail.header("From").rpartition("<")
        return [Finding(address_in(author.rstrip(">")), "stop", wish=Wish.STOP)]
    return []


def _first_line(mail: Mail) -> str:
    """Return the first line that they wrote themselves; what is quoted follows it."""
    text = mail.texts("text/plain") or _MARKUP.sub("\n", mail.texts("text/html"))
    for line in text.splitlines()[:_LINES]:
        if words := line.strip():
            return "" if words.startswith(">") else words
    return ""
