"""Settings as they may be shown and hashed: without secrets."""

import re
from typing import Any

SECRETS = frozenset(
    {"auth_token", "password", "secret", "token", "api_key", "key", "callback_secret", "values"}
)
MASK = "**********"
_PASSWORD = re.compile(r"(://[^/@:]*:)[^/@]+@")


def masked(value: Any) -> Any:
    """Return a tree of settings with what must not be seen hidden."""
    if isinstance(value, dict):
        return {
            key: MASK if key in SECRETS and item else masked(item) for key, item in value.items()
        }
    if isinstance(value, list):
        return [masked(item) for item in value]
    return _PASSWORD.sub(rf"\1{MASK}@", value) if isinstance(value, str) else value
