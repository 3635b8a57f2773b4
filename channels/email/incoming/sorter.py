"""Sorts what comes in: notification, complaint, bounce, answer; and says what each proves."""

from collections.abc import Iterator, Sequence
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
from warnbroker.model.receipt import FAILED, AttemptKey, Evidence, Receipt, State

News = tuple[AttemptKey | None, Finding]


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
        findings = self._findings(mail, at_path=any("bounce+" in address.lower() for address in to))
        keys = self.origins.of(mail, [*to, return_path(mail)], envelope_id(mail), vouched=vouched)
        news = [(key, item) for item in findings for key in keys or (None,)]
        return CallbackAnswer(
            evidence=tuple(_evidence(key, item) for key, item in news if key and item.state),
            said=tuple(_said(mail, news, vouched)),
            reported=tuple(
                Reported(item.recipient, item.status, item.permanent, next(iter(keys), None))
                for item in findings
            ),
        )

    def _findings(self, mail: Mail, *, at_path: bool) -> list[Finding]:
        if findings := read_dsn(mail, self.refusals):
            return findings
        if findings := read_complaint(mail):
            return findings
        if mail.of_type("message/feedback-report"):
            return []
        return self._bounce(mail, at_path=at_path) or read_wish(mail)

    def _bounce(self, mail: Mail, *, at_path: bool) -> list[Finding]:
        """Return what a bounce for people says; nothing if the mail is none.

        Mail servers, too, say that they answer by themselves; the rest tells them apart.
        """
        certain = mail.kind == "delivery-status" or bool(mail.header("X-Failed-Recipients"))
        looks = certain or is_bounce(mail.header("From"), mail.header("Subject"))
        if not (looks or at_path) or (is_automatic_reply(mail) and not certain):
            return []
        return read_bounce(mail, self.origins.author_domain, ours=at_path and looks)


def _evidence(key: AttemptKey, item: Finding) -> Evidence:
    assert item.state is not None  # noqa: S101  what proves nothing was left out
    receipt = Receipt(item.state, "smtp", reason=item.reason, code=item.status, at=item.at)
    if item.state not in FAILED or not item.recipient:
        return Evidence(key, receipt)
    # A list or a forward has passed it on; one whom it does not reach says nothing of the rest.
    passed_on = Receipt(State.HANDED_OFF, "smtp", code=f"forwarded {item.status}", at=item.at)
    return Evidence(key, receipt, item.recipient, passed_on)


def _said(mail: Mail, news: Sequence[News], vouched: bool) -> Iterator[Said]:
    """Yield what people want, and which mailboxes are gone; each under a name of its own."""
    for number, (key, item) in enumerate(news):
        if item.wish is Wish.NONE:
            continue
        name = mail.header("Message-ID") or (key.path if key else "")
        ref = f"{item.wish} {number} {name}" if name else ""
        said = Said("email", "email", item.recipient, item.status, item.wish, ref)
        if key is not None:
            # Whatever address a person claims, whoever got that mail is meant; a bounce is
            # about them or about somebody else.
            address = item.recipient if item.wish is Wish.HARD_BOUNCE else ""
            yield replace(said, address=address, key=structs.replace(key, attempt=0))
        elif vouched and item.recipient:
            yield said
