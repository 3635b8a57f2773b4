"""The mail itself: built once per message, spliced per recipient as bytes.

Building an ``EmailMessage`` costs a hundred times more than sending prepared bytes, so it
happens once for each language and level; what differs per recipient is a few header
lines in front. Bodies are encoded to seven bits: no relay has to convert them, and a
signature survives the way.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from channels.email.addresses import author
from channels.email.dkim import DkimSigner, Hashed, fields_of
from channels.email.pictures import Picture
from channels.email.settings import EmailSettings
from warnbroker.errors import PermanentSendError
from warnbroker.model.enums import Status
from warnbroker.model.message import Message, MessageKind
from warnbroker.model.publication import Publication
from warnbroker.model.receipt import Reason

# 76: RFC 2045 allows an encoded line no more, and RFC 2047 a word 75; the default is 78.
_POLICY = SMTP.clone(cte_type="7bit", max_line_length=76)
_STARTING_DOT = re.compile(rb"^\.", re.MULTILINE)
_IMAGE = re.compile(r'<img\b[^>]*\bsrc="cid:(\w+)"[^>]*>')
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


@dataclass(frozen=True, slots=True)
class Letter:
    """What a message's mails share.

    ``content`` is as it follows DATA: dots stuffed, no final dot. ``hashed`` is what their
    signatures share, None where nothing is signed.
    """

    content: bytes
    hashed: Hashed | None = None


class Letterhead:
    """Who writes: everything in a mail that comes from the settings."""

    def __init__(self, settings: EmailSettings, signer: DkimSigner | None = None) -> None:
        self.author: Address = author(settings.sender)
        self._reply_to = author(settings.reply_to) if settings.reply_to else None
        self._signer = signer

    def compose(self, message: Message, stamp: Stamp, pictures: Sequence[Picture] = ()) -> Letter:
        """Return what a message's mails share; the same arguments give the same bytes.

        Raises:
            PermanentSendError: the message has no text.
        """
        mail = self._headed(message, stamp)
        text, html = message.parts.get("txt", ""), message.parts.get("html", "")
        if not (text.strip() or html.strip()):
            raise PermanentSendError(Reason.CONTENT, "the message has no text")
        _fill(mail, text, html, pictures)
        for number, part in enumerate(part for part in mail.walk() if part.is_multipart()):
            # The same each time; no text can quote an id that was made after it.
            part.set_boundary(f"=_{stamp.alert}.{message.id}.{number}_=")
        # Setting the content has just dropped every Content- header.
        mail["Content-Language"] = message.language
        raw = mail.as_bytes(policy=_POLICY)
        return Letter(_STARTING_DOT.sub(b"..", raw), self._hashed(raw))

    def own(self, lines: str, letter: Letter, at: datetime) -> bytes:
        """Return the header lines of one mail, signed together with the letter they belong to."""
        own = lines.encode()
        if self._signer is None or letter.hashed is None:
            return own
        return self._signer.signature(fields_of(own), letter.hashed, at) + own

    def _hashed(self, raw: bytes) -> Hashed | None:
        if self._signer is None:
            return None
        head, _, body = raw.partition(b"\r\n\r\n")
        return self._signer.hashed(fields_of(head), body)

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


def _fill(mail: EmailMessage, text: str, html: str, pictures: Sequence[Picture]) -> None:
    """Put the texts in, and beside the HTML those of the pictures that it shows."""
    if not text.strip():
        mail.set_content(_without_others(html, ()), subtype="html")
        return
    mail.set_content(text)
    if not html.strip():
        return
    shown = [picture for picture in pictures if f'"cid:{picture.name}"' in html]
    mail.add_alternative(_without_others(html, shown), subtype="html")
    *_, page = mail.iter_parts()
    for picture in shown:
        page.add_related(
            picture.content,
            maintype="image",
            subtype="png",
            cid=f"<{picture.name}>",
            filename=f"{picture.name}.png",
            disposition="inline",
        )


def _without_others(html: str, shown: Sequence[Picture]) -> str:
    """Return a page without the pictures that could not be made."""
    names = {picture.name for picture in shown}
    return _IMAGE.sub(lambda found: found[0] if found[1] in names else "", html)


def _subject(message: Message) -> str:
    """Return the subject on one line; without one, the first line of the text."""
    words = _BLANK.sub(" ", message.parts.get("subject", "")).strip()
    return words or _BLANK.sub(" ", message.parts.get("txt", "").strip().partition("\n")[0])
