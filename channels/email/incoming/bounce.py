"""Bounces without a machine-readable part: recognised by flufl.bounce, judged with care."""

import logging
import re

from channels.email.incoming.finding import Finding
from channels.email.incoming.read import Mail
from channels.email.incoming.words import is_hard
from warnbroker.contracts.inbound import Wish
from warnbroker.model.receipt import Reason, State

_STATUS = re.compile(r"\b[45]\.\d{1,3}\.\d{1,3}\b")
# Its detectors are tried on text of at most this many characters.
_SCANNED = 64 << 10


def read_bounce(mail: Mail, *, ours: bool) -> list[Finding]:
    """Return whom a bounce speaks of; soft unless its words say that nobody is there.

    ``ours`` says that it came to a return path, so it is a bounce even if nobody is named.
    """
    text = mail.texts("text/plain", "text/html")
    named = _named(mail) if len(text) < _SCANNED else []
    if not named and not ours:
        return []
    found = _STATUS.search(text)
    hard = is_hard(text) and not (found and found[0].startswith("4"))
    state = State.FAILED_PERM if hard else State.FAILED_TEMP
    reason = Reason.RECIPIENT if hard else Reason.BOUNCED
    wish = Wish.HARD_BOUNCE if hard else Wish.NONE
    status = found[0] if found else "bounce"
    return [Finding(address, status, state, reason, wish) for address in named or [""]]


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
