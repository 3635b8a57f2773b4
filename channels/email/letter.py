"""The mail itself: built once per message, spliced per recipient as bytes.

Building an ``EmailMessage`` costs a hundred times more than sending prepared bytes, so it
happens once for each language and level; what differs per recipient is a few header
lines in front. Bodies are encoded to seven bits: no relay has to convert them, and a
signature that the relay adds survives the way.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from channels.email.addresses import Mailbox, author
from channels.email.settings import EmailSettings
from warnbroker.errors import PermanentSendError
from warnbroker.model.delivery import Delivery
from warnbroker.model.enums import Status
from warnbroker.model.message import Message, MessageKind
from warnbroker.model.publication import Publication
from warnbroker.model.receipt import AttemptKey, Reason

# 76: RFC 2045 allows an encoded line no more, and RFC 2047 a word 75; the default is 78.
_POLICY = SMTP.clone(cte_type="7bit", max_line_length=76)
_STARTING_DOT = re.compile(rb"^\.", re.MULTILINE)
_BLANK = re.compile(r"[\s\x00-\x1f\x7f]+")


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a mail's headers say of the alert, besides its text."""

    alert: str
    warning: str
    date: datetime
    expires: datetime
    urgent: bool = False

    @classmethod
    def of(cls, publication: Publication, message: Message) -> "Stamp":
        """Return one message's stamp; what really warns of the gravest level is urgent."""
        levels = {group.index: group.level for group in publication.groups}
        grave = levels.get(message.group, publication.level).rank == 1
        warns = message.kind in (MessageKind.ALERT, MessageKind.UPDATE)
        return cls(
            publication.id,
            publication.warning_id,
            publication.published,
            publication.expires,
            urgent=grave and warns and publication.alert.status is Status.ACTUAL,
        )


class Letterhead:
    """Who writes: everything in a mail that comes from the settings."""

    def __init__(self, settings: EmailSettings) -> None:
        self.author: Address = author(settings.sender)
        self._reply_to = author(settings.reply_to) if settings.reply_to else None
        self._unsubscribe = settings.unsubscribe_url
        self._bounce_domain = settings.bounce_domain

    def compose(self, message: Message, stamp: Stamp) -> bytes:
        """Return what a message's mails share, as it follows DATA: dots stuffed, no final dot.

        The same message and stamp give the same bytes.

        Raises:
            PermanentSendError: the message has no text.
        """
        mail = self._headed(message, stamp)
        text, html = message.parts.get("txt", ""), message.parts.get("html", "")
        if not (text.strip() or html.strip()):
            raise PermanentSendError(Reason.CONTENT, "the message has no text")
        if text.strip():
            mail.set_content(text)
            if html.strip():
                mail.add_alternative(html, subtype="html")
                # The same each time; no text can quote an id that was made after it.
                mail.set_boundary(f"=_{stamp.alert}.{message.id}_=")
        else:
            mail.set_content(html, subtype="html")
        # Setting the content has just dropped every Content- header.
        mail["Content-Language"] = message.language
        return _STARTING_DOT.sub(b"..", mail.as_bytes(policy=_POLICY))

    def message_id(self, key: AttemptKey) -> str:
        """Return the Message-ID of a delivery; a retry has the same, so receivers can tell."""
        return f"<{key.alert}.{key.delivery}@{self.author.domain}>"

    def return_path(self, key: AttemptKey) -> str:
        """Return the mailbox that bounces of an attempt go to (VERP, if a domain is set)."""
        if not self._bounce_domain:
            return self.author.addr_spec
        return f"bounce+{key.alert}.{key.delivery}.{key.attempt}@{self._bounce_domain}"

    def address(self, delivery: Delivery, to: Mailbox) -> bytes:
        """Return the header lines that are one recipient's own."""
        lines = f"To: {to.text}\r\nMessage-ID: {self.message_id(delivery.key)}\r\n"
        if self._unsubscribe:
            lines += self._unsubscribe_lines(delivery.key)
        if delivery.repeat:
            lines += "X-Warnbroker-Repeat: yes\r\n"
        return lines.encode()

    def _headed(self, message: Message, stamp: Stamp) -> EmailMessage:
        mail = EmailMessage(policy=_POLICY)
        mail["From"] = self.author
        if self._reply_to:
            mail["Reply-To"] = self._reply_to
        mail["Subject"] = _subject(message)
        mail["Date"] = stamp.date
        mail["Expires"] = format_datetime(stamp.expires)
        # Nobody holds this id: it ties an alert, its updates and its end into one thread.
        mail["References"] = f"<{stamp.warning}@{self.author.domain}>"
        mail["List-Id"] = f"<warnings.{self.author.domain}>"
        # RFC 3834. No "Precedence: bulk" beside it: some relays send that last.
        mail["Auto-Submitted"] = "auto-generated"
        mail["X-Auto-Response-Suppress"] = "All"
        if stamp.urgent:
            mail["Importance"] = "high"
            mail["X-Priority"] = "1"
        return mail

    def _unsubscribe_lines(self, key: AttemptKey) -> str:
        url = self._unsubscribe.replace("{alert}", key.alert)
        url = url.replace("{delivery}", str(key.delivery))
        line = f"List-Unsubscribe: <{url}>\r\n"
        # RFC 8058: one click means a POST, which only https may promise.
        if url.startswith("https:"):
            line += "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
        return line


def _subject(message: Message) -> str:
    """Return the subject on one line; without one, the first line of the text."""
    words = _BLANK.sub(" ", message.parts.get("subject", "")).strip()
    return words or _BLANK.sub(" ", message.parts.get("txt", "").strip().partition("\n")[0])
