"""Which of our mails another one is about: by return path, by envelope id, by Message-ID.

Return paths and ids can be guessed. From a stranger only what bears our seal counts; an
operator who hands a mail in vouches for it.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from email.message import Message
from itertools import islice

from channels.email.incoming.read import Mail, header
from channels.email.seal import Seal
from warnbroker.model.receipt import AttemptKey

_ID = r"([a-z2-7]{26})\.(\d{1,19})"
_PATH = re.compile(rf"bounce\+{_ID}\.(\d{{1,9}})(?:-([a-z2-7]{{6}}))?@([a-z0-9.-]{{1,253}})", re.I)
_ENVELOPE = re.compile(rf"{_ID}\.(\d{{1,9}})(?:-([a-z2-7]{{6}}))?")
_MESSAGE_ID = re.compile(rf"<{_ID}(?:-([a-z2-7]{{6}}))?@([a-z0-9.-]{{1,253}})>", re.IGNORECASE)
_ATTEMPT = "X-Warnbroker-Attempt"
_TO_US = ("Delivered-To", "X-Original-To", "To", "X-Failed-Recipients")
_LARGEST = 2**63
# Return paths of ours that one mail may have come to.
_PATHS = 20


@dataclass(frozen=True, slots=True)
class Origins:
    """Knows our own domains, and the seal."""

    bounce_domain: str
    author_domain: str
    seal: Seal | None

    def by_path(self, address: str, *, vouched: bool) -> AttemptKey | None:
        """Return the attempt that a return path of ours names."""
        found = _PATH.fullmatch(address.strip().strip("<>"))
        if found is None or not self.bounce_domain:
            return None
        if found[5].lower() != self.bounce_domain.lower():
            return None
        return self._checked(found[1], found[2], found[3], found[4], vouched)

    def of(
        self, mail: Mail, to: Sequence[str], envelope: str, *, vouched: bool
    ) -> tuple[AttemptKey, ...]:
        """Return the attempts that a mail is about, none if it does not say or is not believed.

        ``to`` are the mailboxes that it came to, ``envelope`` the id in a notification.
        """
        paths = self._by_paths(to, vouched)
        return paths or tuple(islice(self._candidates(mail, envelope, vouched), 1))

    def _by_paths(self, addresses: Sequence[str], vouched: bool) -> tuple[AttemptKey, ...]:
        found = [self.by_path(address, vouched=vouched) for address in addresses]
        return tuple(dict.fromkeys(key for key in found if key is not None))[:_PATHS]

    def _candidates(self, mail: Mail, envelope: str, vouched: bool) -> Iterator[AttemptKey]:
        """Yield what it may be about, the surest first."""
        headers = [mail.header(name) for name in _TO_US] if vouched else []
        found: list[AttemptKey | None] = [*self._by_paths(headers, vouched)]
        name = _ENVELOPE.fullmatch(envelope)
        if name is not None:
            found.append(self._checked(name[1], name[2], name[3], name[4], vouched))
        returned = mail.returned()
        if returned is not None:
            found.append(self._in_headers(returned, vouched))
        yield from (key for key in found if key is not None)
        yield from self._answered(mail, vouched)

    def _in_headers(self, returned: Message, vouched: bool) -> AttemptKey | None:
        attempt = header(returned, _ATTEMPT)
        for found in _MESSAGE_ID.finditer(header(returned, "Message-ID")):
            if found[4].lower() == self.author_domain.lower():
                number = attempt if attempt.isascii() and attempt.isdigit() else "1"
                return self._checked(found[1], found[2], number[:9], found[3], vouched)
        return None

    def _answered(self, mail: Mail, vouched: bool) -> Iterator[AttemptKey]:
        """Yield the deliveries that an answer names, the newest first."""
        named = f"{mail.header('References')} {mail.header('In-Reply-To')}"
        for found in reversed(list(_MESSAGE_ID.finditer(named))):
            ours = found[4].lower() == self.author_domain.lower()
            key = self._checked(found[1], found[2], "1", found[3], vouched) if ours else None
            if key is not None:
                yield key

    def _checked(
        self, alert: str, delivery: str, attempt: str, tag: str | None, vouched: bool
    ) -> AttemptKey | None:
        key = AttemptKey(alert.lower(), int(delivery), int(attempt))
        if key.delivery >= _LARGEST:
            return None
        if vouched:
            return key
        return key if self.seal and tag and self.seal.is_tag(key, tag.lower()) else None
