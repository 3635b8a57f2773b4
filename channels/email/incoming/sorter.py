"""Sorts what comes in: notification, complaint, bounce, answer; and says what each proves."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from msgspec import structs

from channels.email.incoming.bounce import read_bounce
from channels.email.incoming.complaint import read_complaint, return_path
from channels.email.incoming.dsn import envelope_id, read_dsn
from channels.email.incoming.finding import Finding
from channels.email.incoming.origin import Origins
from channels.email.incoming.read import Mail
from channels.email.incoming.wish import is_automatic_reply, read_wish
from channels.email.incoming.words import is_bounce
from channels.email.refusals import Refusals
from warnbroker.contracts.channel import CallbackAnswer, Reported
from warnbroker.contracts.inbound import Said, Wish
from warnbroker.model.receipt import AttemptKey, Evidence, Receipt


@dataclass(frozen=True, slots=True)
class Sorter:
    """Reads mails; blocking, a few milliseconds each."""

    origins: Origins
    refusals: Refusals

    def sort(self, content: bytes, to: Sequence[str] = (), *, vouched: bool) -> CallbackAnswer:
        """Return what a mail proves and who wishes what.

        ``to`` are the mailboxes that it came to. Unless somebody vouches for it, what names no
        mail of ours in a way that only its recipient can know proves nothing.
        """
        mail = Mail(content)
        key = self._key(mail, to, vouched)
        findings = self._findings(mail, at_path=any("bounce+" in address.lower() for address in to))
        return CallbackAnswer(
            evidence=tuple(_evidence(key, item) for item in findings if key and item.state),
            said=tuple(
                said for item in findings if (said := _said(mail, key, item, vouched)) is not None
            ),
            reported=tuple(
                Reported(item.recipient, item.status, item.permanent, key) for item in findings
            ),
        )

    def _key(self, mail: Mail, to: Sequence[str], vouched: bool) -> AttemptKey | None:
        paths = [*to, return_path(mail)]
        return self.origins.of(mail, paths, envelope_id(mail), vouched=vouched)

    def _findings(self, mail: Mail, *, at_path: bool) -> list[Finding]:
        if findings := read_dsn(mail, self.refusals):
            return findings
        if findings := read_complaint(mail):
            return findings
        if mail.of_type("message/feedback-report"):
            return []
        return _bounce(mail, at_path=at_path) or read_wish(mail)


def _bounce(mail: Mail, *, at_path: bool) -> list[Finding]:
    """Return what a bounce for people says; nothing if the mail is none.

    Mail servers, too, say that they answer by themselves; the rest tells them apart.
    """
    certain = mail.kind == "delivery-status" or bool(mail.header("X-Failed-Recipients"))
    looks = certain or is_bounce(mail.header("From"), mail.header("Subject"))
    if not (looks or at_path) or (is_automatic_reply(mail) and not certain):
        return []
    return read_bounce(mail, ours=at_path and looks)


def _evidence(key: AttemptKey, item: Finding) -> Evidence:
    assert item.state is not None  # noqa: S101  what proves nothing was left out
    receipt = Receipt(item.state, "smtp", reason=item.reason, code=item.status, at=item.at)
    return Evidence(key, receipt)


def _said(mail: Mail, key: AttemptKey | None, item: Finding, vouched: bool) -> Said | None:
    if item.wish is Wish.NONE:
        return None
    ref = mail.header("Message-ID") or (key.path if key else "")
    said = Said("email", "email", "", item.status, item.wish, ref and f"{item.wish} {ref}")
    if key is not None:
        # The delivery's own mailbox is meant, whatever address the mail claims.
        return replace(said, key=structs.replace(key, attempt=0))
    return replace(said, address=item.recipient) if vouched and item.recipient else None
