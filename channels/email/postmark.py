"""What is one recipient's own in a mail: return path, ids, the way out; spliced as text."""

from channels.email.addresses import Mailbox
from channels.email.seal import Seal
from channels.email.session import Envelope, Recipient
from channels.email.settings import EmailSettings
from warnbroker.model.delivery import Delivery
from warnbroker.model.receipt import AttemptKey

_ONE_CLICK = "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
_NOTIFY = {"failures": " NOTIFY=FAILURE,DELAY", "all": " NOTIFY=SUCCESS,FAILURE,DELAY"}


class Postmark:
    """Writes what differs from mail to mail.

    ``seal`` is None where no key is configured: then no link of ours is in the mail, and
    return paths carry no tag.
    """

    def __init__(self, settings: EmailSettings, mailbox: str, base: str, seal: Seal | None) -> None:
        self._mailbox = mailbox
        self._domain = mailbox.rpartition("@")[2]
        self._bounce_domain = settings.bounce_domain
        # Where strangers can reach us what comes back must prove that it is about ours.
        self._sealing = seal if settings.listener is not None else None
        self._notify = _NOTIFY.get(settings.dsn, "")
        self._seal = seal
        self._link = settings.unsubscribe_url if settings.unsubscribe else ""
        self._own_link = f"{base}/unsubscribe/" if settings.unsubscribe and not self._link else ""

    def message_id(self, key: AttemptKey) -> str:
        """Return the Message-ID of a delivery; a retry has the same, so receivers can tell."""
        return f"<{key.alert}.{key.delivery}{self._tag(key)}@{self._domain}>"

    def name(self, key: AttemptKey) -> str:
        """Return what we call a delivery's mail, for whoever must not see its seal."""
        return f"<{key.alert}.{key.delivery}@{self._domain}>"

    def lines(self, delivery: Delivery, to: Mailbox) -> str:
        """Return the header lines that are one recipient's own."""
        key = delivery.key
        return (
            f"To: {to.text}\r\nMessage-ID: {self.message_id(key)}\r\n"
            + self._unsubscribe_lines(key)
            + ("X-Warnbroker-Repeat: yes\r\n" if delivery.repeat else "")
            + (f"X-Warnbroker-Attempt: {key.attempt}\r\n" if key.attempt > 1 else "")
        )

    def shared_lines(self, delivery: Delivery) -> str:
        """Return the header lines of one mail for several recipients of a message."""
        key = delivery.key
        return (
            "To: undisclosed-recipients:;\r\n"
            f"Message-ID: <{key.alert}.m{delivery.message.id}@{self._domain}>\r\n"
            + ("X-Warnbroker-Repeat: yes\r\n" if delivery.repeat else "")
        )

    def envelope(self, delivery: Delivery, to: Mailbox) -> Envelope:
        """Return the envelope of one recipient's mail."""
        key = delivery.key
        options = (
            f" RET=HDRS ENVID={key.alert}.{key.delivery}.{key.attempt}" if self._notify else ""
        )
        recipients = (self._recipient(to, key.attempt),)
        return Envelope(self.return_path(key), recipients, to.international, options)

    def shared_envelope(self, deliveries: list[tuple[Delivery, Mailbox]]) -> Envelope:
        """Return the envelope of one mail for several recipients."""
        recipients = tuple(self._recipient(to, item.key.attempt) for item, to in deliveries)
        options = " RET=HDRS" if self._notify else ""
        return Envelope(self._mailbox, recipients, deliveries[0][1].international, options)

    def return_path(self, key: AttemptKey) -> str:
        """Return the mailbox that bounces of an attempt go to (VERP, if a domain is set)."""
        if not self._bounce_domain:
            return self._mailbox
        name = f"{key.alert}.{key.delivery}.{key.attempt}{self._tag(key)}"
        return f"bounce+{name}@{self._bounce_domain}"

    def _tag(self, key: AttemptKey) -> str:
        return f"-{self._sealing.tag(self._sealing.of(key))}" if self._sealing else ""

    def _recipient(self, to: Mailbox, attempt: int) -> Recipient:
        if not self._notify:
            return Recipient(f"<{to.text}>", attempt)
        # RFC 3461: an xtext has no room for these two, and the address type has none for UTF-8.
        kept = to.text.replace("+", "+2B").replace("=", "+3D")
        original = "" if to.international else f" ORCPT=rfc822;{kept}"
        return Recipient(f"<{to.text}>", attempt, self._notify + original)

    def _unsubscribe_lines(self, key: AttemptKey) -> str:
        if self._own_link and self._seal is not None:
            url = self._own_link + self._seal.token(key)
        elif self._link:
            url = self._link.replace("{alert}", key.alert).replace("{delivery}", str(key.delivery))
        else:
            return ""
        # RFC 8058: one click means a POST, which only https may promise.
        post = _ONE_CLICK if url.startswith("https:") else ""
        return f"List-Unsubscribe: <{url}>\r\n{post}"
