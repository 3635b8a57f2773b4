"""Bounces without a machine-readable part: recognised by flufl.bounce, judged with care."""

import logging
from dataclasses import replace

from channels.email.incoming.finding import Finding
from channels.email.incoming.read import Mail
from channels.email.incoming.words import codes_in, is_delay, is_hard, own_words
from warnbroker.contracts.inbound import Wish
from warnbroker.model.receipt import Reason, State

# Its detectors are tried on text of at most this many characters.
_SCANNED = 64 << 10


def read_bounce(mail: Mail, *, ours: bool) -> list[Finding]:
    """Return whom a bounce speaks of; soft unless its words say that nobody is there.

    ``ours`` says that it came to a return path from a mail server, so it counts even if
    nobody is named.
    """
    text = mail.texts("text/plain", "text/html")
    named = _named(mail) if len(text) < _SCANNED else []
    if not named and not ours:
        return []
    judged = _judged(own_words(text), mail.header("Subject"))
    return [replace(judged, recipient=address) for address in named or [""]]


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
