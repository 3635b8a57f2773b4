"""Complaints: feedback reports (ARF, RFC 5965) of those who called a mail junk."""

from collections.abc import Sequence
from email.message import Message

from channels.email.incoming.finding import Finding
from channels.email.incoming.read import Mail, address_in, header, headers_in, mails_in, text_of
from warnbroker.contracts.inbound import Wish

# What people say; not what a scanner finds (virus), and not what says nothing (other).
_COMPLAINTS = frozenset({"abuse", "fraud", "opt-out", "opt-out-list"})


def read_complaint(mail: Mail) -> list[Finding]:
    """Return who complained; nothing if the mail is no complaint, or takes one back."""
    for report in _reports(mail):
        kind = header(report, "Feedback-Type").lower()
        if kind in _COMPLAINTS:
            recipient = address_in(header(report, "Original-Rcpt-To"))
            returned = mail.returned()
            if not recipient and returned is not None:
                recipient = address_in(header(returned, "To"))
            return [Finding(recipient, f"complaint {kind}", wish=Wish.COMPLAINT)]
    return []


def return_path(mail: Mail) -> str:
    """Return where the mail complained of would have bounced to."""
    return next((address_in(header(item, "Original-Mail-From")) for item in _reports(mail)), "")


def _reports(mail: Mail) -> Sequence[Message]:
    reports = []
    for part in mail.of_type("message/feedback-report"):
        inner = mails_in(part)
        reports.append(inner[0] if inner else headers_in(text_of(part)))
    return reports
