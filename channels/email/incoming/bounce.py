"""Bounces without a machine-readable part: recognised by flufl.bounce, judged with care."""

import logging
from dataclasses import replace

from channels.email.incoming.finding import Finding
from channels.email.incoming.read import Mail
from channels.email.incoming.words import codes_in, is_delay, is_hard, mailboxes_in, own_words
from warnbroker.contracts.inbound import Wish
from warnbroker.model.receipt import Reason, State

# Its detectors are tried on text of at most this many characters.
_SCANNED = 64 << 10


def read_bounce(mail: Mail, author_domain: str, *, ours: bool) -> list[Finding]:
    """Return whom a bounce speaks of; soft unless its words say that nobody is there.

    ``ours`` says that it came to a return path from a mail server, so it counts even if
    nobody is named. What it says of ``author_domain`` it says of us.
    """
    text = mail.texts("text/plain", "text/html")
    named = _named(mail) if len(text) < _SCANNED else []
    if not named and not ours:
        return []
    own = own_words(text)
    judged = _judged(own, mail.header("Subject"))
    named = named or _mentioned(own, mail.header("From"), author_domain)
    if not named:
        # It may be about one of many behind this mailbox, which must not be given up for it.
        return [replace(judged, reason=judged.reason and Reason.BOUNCED, wish=Wish.NONE)]
    return [replace(judged, recipient=address) for address in named]


def _judged(text: str, subject: str) -> Finding:
    """Return what a mail server's own words say, of nobody yet."""
    status = next((code for code in codes_in(text) if code[0] != "2"), "")
    if is_delay(text) or is_delay(subject):
        # It is still being tried there: one mail more would be one too many.
        return Finding("", status or "delayed", State.HANDED_OFF)
    if is_hard(text):
        status = status or "bounce"
        return Finding("", status, State.FAILED_PERM, Reason.RECIPIENT, Wish.HARD_BOUNCE)
    return Finding("", status or "bounce", State.FAILED_TEMP, Reason.BOUNCED)


def _mentioned(text: str, author: str, author_domain: str) -> list[str]:
    """Return the only mailbox in a text beside the server's and ours, if there is one."""
    theirs = {
        address
        for address in mailboxes_in(text)
        if address not in author.lower() and not address.endswith(f"@{author_domain.lower()}")
    }
    return list(theirs) if len(theirs) == 1 else []


def _named(mail: Mail) -> list[str]:
    from flufl.bounce import all_failures

    # It logs what it reads.
    logging.getLogger("flufl.bounce").disabled = True
    try:
        temporary, permanent = all_failures(mail.message)
    except Exception:
        return []
    addresses = {raw.decode("utf-8", "replace").lower() for raw in {*temporary, *permanent}}
    return sorted(address for address in addresses if "@" in address and len(address) <= 320)[:20]
