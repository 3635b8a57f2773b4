"""Hands notes to browsers' push services (RFC 8030), sealed for one browser each (RFC 8291)."""

from dataclasses import dataclass

from aiohttp import ClientResponse, ClientSession, ClientTimeout

from channels._codes import Codes
from channels._http import FAULTS, fault_of, pause_of
from channels.push.identity import Identity
from channels.push.subscription import Subscription
from warnbroker.contracts import Clock

LONGEST_WAIT = 28 * 86_400
"""Seconds that services keep a note at most."""


@dataclass(frozen=True, slots=True)
class Note:
    """Bytes for a browser, how long they matter in seconds, how urgent, and what they replace."""

    content: bytes
    lasts: int
    urgency: str
    topic: str = ""


@dataclass(frozen=True, slots=True)
class Services:
    """Posts notes through the engine's session."""

    session: ClientSession
    identity: Identity
    codes: Codes
    limits: ClientTimeout
    clock: Clock

    async def post(self, subscription: Subscription, note: Note) -> str:
        """Return the status of the answer, a good one.

        Raises:
            SendError: refused, not sent, or nobody knows.
        """
        headers = {
            "Authorization": self.identity.authorization(subscription.audience, self.clock.now()),
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "TTL": str(min(note.lasts, LONGEST_WAIT)),
            "Urgency": note.urgency,
            **({"Topic": note.topic} if note.topic else {}),
        }
        sealed = seal(note.content, subscription)
        try:
            async with self.session.post(
                subscription.endpoint,
                data=sealed,
                headers=headers,
                timeout=self.limits,
                allow_redirects=False,
            ) as answer:
                return self._taken(answer)
        except FAULTS as error:
            raise fault_of(error) from None

    def _taken(self, answer: ClientResponse) -> str:
        status = str(answer.status)
        if 200 <= answer.status < 300:
            return status
        wait = pause_of(answer.headers.get("Retry-After", ""))
        verdict = self.codes["statuses"].of(status)
        raise verdict.error(f"the push service answered {status}", status, wait)


def seal(content: bytes, subscription: Subscription) -> bytes:
    """Encrypt for one browser, with a key of its own for each note."""
    import http_ece
    from cryptography.hazmat.primitives.asymmetric import ec

    sealed: bytes = http_ece.encrypt(
        content,
        private_key=ec.generate_private_key(ec.SECP256R1()),
        dh=subscription.key,
        auth_secret=subscription.secret,
        version="aes128gcm",
    )
    return sealed
