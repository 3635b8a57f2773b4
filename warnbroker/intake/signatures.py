"""Judge the signature that an alert came with, and sign what goes out.

The judge looks at the authority whose sender the alert claims: its policy, and the
certificates registered for it. Keys and certificates are read each time they are used, so
that a new one counts without a restart.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from warnbroker.cap import parse_xml
from warnbroker.cap.document import quote
from warnbroker.cap.signature import (
    Key,
    check_structure,
    is_signed,
    read_certificate,
    sign,
    verify,
)
from warnbroker.errors import (
    ConfigError,
    Fault,
    SignatureError,
    SigningError,
    UnsignedError,
    WarnbrokerError,
)
from warnbroker.model.alert import Alert
from warnbroker.model.authority import Authorities, Authority, SignaturePolicy

REQUIRED = "signature.required"
INVALID = "signature.invalid"
# What is translated into CAP here cannot carry a signature over the CAP that it became.
_UNSIGNABLE = frozenset({"application/json", "application/gbt35965+xml"})


@dataclass(frozen=True, slots=True)
class Judgement:
    """What is known of an alert's signature.

    ``text`` is for the record. ``fault`` says why the policy is not met: the message is
    refused where it is an own issuer's; another platform's is withheld under ``require`` and
    has a defect else. ``keep`` says that the bytes go out as they came.
    """

    text: str
    policy: SignaturePolicy
    fault: Fault | None = None
    keep: bool = False

    def enforce(self) -> None:
        """Refuse an own issuer's alert whose signature is not as its policy asks.

        Raises:
            UnsignedError: names the rule.
        """
        if self.fault is not None:
            raise UnsignedError([self.fault])


@dataclass(frozen=True, slots=True)
class Signatures:
    """The judge of signatures that come, and the hand that signs; ``key`` is None without one."""

    authorities: Authorities = field(default_factory=Authorities)
    key: Callable[[], Key] | None = None

    async def judge(
        self,
        alert: Alert,
        content: bytes,
        content_type: str,
        now: datetime,
        read: Callable[[bytes, int], Alert] = parse_xml,
    ) -> Judgement:
        """Judge the bytes that an alert was read from by ``read``, for their sender's policy."""
        authority = self.authorities.of_sender(alert.sender)
        policy = authority.signature if authority else SignaturePolicy.VERIFY
        limit = len(content) + 1
        if content_type in _UNSIGNABLE or not is_signed(content, limit):
            return _absent(alert, policy)
        keep = await asyncio.to_thread(_goes_out_as_it_came, alert, content)
        if policy is SignaturePolicy.IGNORE:
            return Judgement("ignored", policy, keep=keep)
        if policy is SignaturePolicy.VERIFY and not (authority and authority.certificates):
            text = f"not verified: no certificate is registered for {quote(alert.sender)}"
            return Judgement(text, policy, keep=keep)
        return await asyncio.to_thread(_verified, alert, content, authority, now, read)

    async def outgoing(
        self, judgement: Judgement, received: bytes, ours: bytes, now: datetime
    ) -> bytes:
        """Return the document that goes out: as received where it was signed, else ours.

        Raises:
            SigningError: a key is configured and the document cannot be signed with it.
        """
        return received if judgement.keep else await self.signed(ours, now)

    async def signed(self, ours: bytes, now: datetime) -> bytes:
        """Return our document with our signature, where a key is configured.

        Raises:
            SigningError: it cannot be signed.
        """
        return ours if self.key is None else await asyncio.to_thread(self._sign, ours, now)

    async def own(self, alert: Alert, document: bytes, now: datetime) -> bytes:
        """Return a message that the broker makes for a sender, signed where that must be.

        It passes the judge if our certificate is registered for the sender.

        Raises:
            SigningError: it cannot be signed.
        """
        authority = self.authorities.of_sender(alert.sender)
        required = authority is not None and authority.signature is SignaturePolicy.REQUIRE
        return await self.signed(document, now) if required else document

    def _sign(self, ours: bytes, now: datetime) -> bytes:
        assert self.key is not None  # noqa: S101  signed() has looked
        try:
            return sign(ours, self.key(), now)
        except ConfigError as error:
            raise SigningError(f"the message could not be signed: {error}") from error


def _absent(alert: Alert, policy: SignaturePolicy) -> Judgement:
    if policy is not SignaturePolicy.REQUIRE:
        return Judgement("absent", policy)
    english = f"messages of {quote(alert.sender)} must be signed; this one is not"
    chinese = f"{quote(alert.sender)} 的消息必须带数字签名，此消息没有签名"
    return Judgement("absent", policy, Fault(REQUIRED, english, "Signature", chinese=chinese))


def _goes_out_as_it_came(alert: Alert, content: bytes) -> bool:
    """Say whether a signed message is CAP 1.2 as we ourselves might have written it."""
    limit = len(content) + 1
    try:
        check_structure(content, limit)
        return parse_xml(content, limit) == alert
    except WarnbrokerError:
        return False


def _verified(
    alert: Alert,
    content: bytes,
    authority: Authority | None,
    now: datetime,
    read: Callable[[bytes, int], Alert],
) -> Judgement:
    policy = authority.signature if authority else SignaturePolicy.VERIFY
    try:
        certificates = [read_certificate(file) for file in _files(authority)]
        found = verify(content, certificates, now, limit=len(content) + 1)
        # Only what is signed counts: it must say what we are about to act on, word for word.
        if read(found.content, len(found.content) + 1) != alert:
            raise SignatureError("what is signed is not what the message says")
    except WarnbrokerError as error:
        return Judgement(f"invalid: {error}", policy, _invalid(alert, error))
    keep = _goes_out_as_it_came(alert, content)
    return Judgement(f"verified: {found.subject}", policy, keep=keep)


def _files(authority: Authority | None) -> Sequence[Path]:
    return authority.certificates if authority else ()


def _invalid(alert: Alert, error: WarnbrokerError) -> Fault:
    english = f"the signature of {quote(alert.sender)} is not good: {error}"
    chinese = f"{quote(alert.sender)} 的数字签名无效"
    return Fault(INVALID, english, "Signature", chinese=chinese)
