"""Delivery status notifications (RFC 3464): machine-readable, one block for each recipient."""

import binascii
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from email.message import Message
from email.utils import parsedate_to_datetime

from channels.email.incoming.finding import Finding
from channels.email.incoming.read import (
    Mail,
    address_in,
    header,
    headers_in,
    mails_in,
    payload_of,
    text_of,
)
from channels.email.incoming.words import NOBODY, blames_sender, codes_in, is_hard
from channels.email.refusals import Refusals
from channels.email.reply import Reply, Stage
from warnbroker.contracts.inbound import Wish
from warnbroker.model.receipt import Reason, State

_TYPES = ("message/delivery-status", "message/global-delivery-status")
_RECIPIENTS = 100
_REPLY = re.compile(r"\b([245]\d\d)[ -](.*)", re.DOTALL)
_STATES = {
    "delayed": State.HANDED_OFF,
    "relayed": State.HANDED_OFF,
    "expanded": State.HANDED_OFF,
    "delivered": State.DELIVERED,
}
_VAGUE = frozenset({"5.0.0", "5.1.0"})


def read_dsn(mail: Mail, refusals: Refusals) -> list[Finding]:
    """Return what a notification says; nothing if the mail is none."""
    return [
        finding
        for part in mail.of_type(*_TYPES)
        for block in _blocks(part)[:_RECIPIENTS]
        if (finding := _finding(block, refusals)) is not None
    ]


def envelope_id(mail: Mail) -> str:
    """Return the name that we gave the mail when it was sent, if a notification repeats it."""
    for part in mail.of_type(*_TYPES):
        for block in _blocks(part):
            if found := header(block, "Original-Envelope-Id"):
                return found
    return ""


def _blocks(part: Message) -> Sequence[Message]:
    """Return the groups of fields, the one about the mail itself among them."""
    blocks = mails_in(part)
    if not blocks:
        return _in_text(text_of(part))
    # The parser knows neither the newer type nor that the fields may be encoded.
    rest = "\n".join(text for block in blocks if isinstance(text := payload_of(block), str))
    if header(part, "Content-Transfer-Encoding").lower() == "base64":
        rest = _decoded(rest)
    return [*blocks, *_in_text(rest)]


def _in_text(text: str) -> list[Message]:
    blocks = re.split(r"\r?\n\r?\n", text, maxsplit=_RECIPIENTS)
    return [headers_in(block.strip()) for block in blocks if block.strip()]


def _decoded(text: str) -> str:
    try:
        return binascii.a2b_base64(text.encode("ascii", "replace")).decode("utf-8", "replace")
    except binascii.Error:
        return ""


def _finding(block: Message, refusals: Refusals) -> Finding | None:
    action = header(block, "Action").lower()
    recipient = _recipient(block)
    if not action or not recipient:
        return None
    diagnostic = header(block, "Diagnostic-Code")
    status = _status(header(block, "Status"), diagnostic)
    if action in _STATES:
        return Finding(recipient, status or action, _STATES[action], at=_instant(block))
    if action != "failed":
        return None
    reason, hard = _judged(status, diagnostic, refusals)
    return Finding(
        recipient,
        status or action,
        State.FAILED_PERM if status.startswith("5") else State.FAILED_TEMP,
        reason,
        Wish.HARD_BOUNCE if hard else Wish.NONE,
        _instant(block),
    )


def _recipient(block: Message) -> str:
    """Return who it is about: whom the last server meant, unless it names no mailbox."""
    named = [address_in(header(block, f"{which}-Recipient")) for which in ("Final", "Original")]
    return next((address for address in named if "@" in address), named[0] or named[1])


def _judged(status: str, diagnostic: str, refusals: Refusals) -> tuple[Reason, bool]:
    """Return why it failed, and whether nobody is there."""
    if not status.startswith("5"):
        return Reason.BOUNCED, False
    # A second attempt: what the relay has given up on is not tried once more there.
    reason = refusals.verdict(_reply(status, diagnostic), Stage.RCPT, attempt=2).reason
    if blames_sender(diagnostic):
        # The mailbox may well be there, whatever the code says of some mailbox.
        return (Reason.POLICY if reason is Reason.RECIPIENT else reason), False
    return reason, status in NOBODY or (status in _VAGUE and is_hard(diagnostic))


def _status(field: str, diagnostic: str) -> str:
    """Return the enhanced code; a vague one gives way to what the last host said itself."""
    said = list(codes_in(diagnostic))
    stated = next(codes_in(field), "")
    if said and (not stated or stated[1:] in (".0.0", ".1.0")):
        return said[0]
    return stated


def _reply(status: str, diagnostic: str) -> Reply:
    """Return the reply that a permanent failure stands for."""
    found = _REPLY.search(diagnostic)
    code = int(found[1]) if found else 550
    return Reply(code if code >= 500 else 550, f"{status} {found[2] if found else diagnostic}")


def _instant(block: Message) -> datetime | None:
    try:
        at = parsedate_to_datetime(header(block, "Last-Attempt-Date"))
        return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
