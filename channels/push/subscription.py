"""A browser's subscription: where to post for it, and the keys that only it can open."""

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from yarl import URL

_LONGEST = 2_000
_POINT, _SECRET = 65, 16


@dataclass(frozen=True, slots=True)
class Subscription:
    """What a browser gives a server that may notify it; never to be written to a log."""

    endpoint: str
    key: bytes
    secret: bytes

    @property
    def address(self) -> str:
        """Return the one way in which it is written down."""
        keys = {"auth": _coded(self.secret), "p256dh": _coded(self.key)}
        return json.dumps({"endpoint": self.endpoint, "keys": keys}, separators=(",", ":"))

    @property
    def audience(self) -> str:
        """Return the origin of its push service, which the signature is for."""
        return str(URL(self.endpoint).origin())

    def is_of(self, services: Sequence[str], *, allow_http: bool) -> bool:
        """Tell whether it is at one of these services, ``*.`` standing for any host below."""
        url = URL(self.endpoint)
        if url.user or url.password or not url.host:
            return False
        usual = url.scheme == "https" and url.port == 443
        return (usual or allow_http) and any(_matches(url.host, host) for host in services)

    @classmethod
    def read(cls, given: Any) -> "Subscription":
        """Read what the browser's ``PushSubscription.toJSON()`` gave, or ``address``.

        Raises:
            ValueError: it is none; the text names neither the endpoint nor a key.
        """
        try:
            found = json.loads(given) if isinstance(given, str) else given
            return cls._of(found["endpoint"], found["keys"])
        except (KeyError, TypeError, RecursionError, binascii.Error) as error:
            raise ValueError("not the subscription of a browser") from error

    @classmethod
    def _of(cls, endpoint: Any, keys: Mapping[str, Any]) -> "Subscription":
        if not all(isinstance(text, str) for text in (endpoint, keys["p256dh"], keys["auth"])):
            raise ValueError("not the subscription of a browser")
        key, secret = _decoded(keys["p256dh"]), _decoded(keys["auth"])
        if len(endpoint) > _LONGEST or not endpoint.isascii() or not _is_address(endpoint):
            raise ValueError("the endpoint is no address of a push service")
        if len(secret) != _SECRET or not _is_point(key):
            raise ValueError("the keys are none of a browser")
        return cls(endpoint, key, secret)


def _is_address(endpoint: str) -> bool:
    # A host such as `xn--` is found out only when it is asked for.
    try:
        url = URL(endpoint)
        return bool(url.host) and not url.fragment
    except ValueError:
        return False


def _is_point(key: bytes) -> bool:
    from cryptography.hazmat.primitives.asymmetric import ec

    if len(key) != _POINT:
        return False
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), key)
    except ValueError:
        return False
    return True


def _matches(host: str, pattern: str) -> bool:
    return host.endswith(pattern[1:]) if pattern.startswith("*.") else host == pattern


def _coded(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).decode().rstrip("=")


def _decoded(text: str) -> bytes:
    plain = text.rstrip("=").replace("+", "-").replace("/", "_")
    return base64.b64decode(plain + "=" * (-len(plain) % 4), altchars=b"-_", validate=True)
