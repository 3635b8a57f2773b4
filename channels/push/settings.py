"""The settings of the push channel."""

import re
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

Urgency = Literal["very-low", "low", "normal", "high"]

SERVICES = (
    "fcm.googleapis.com",
    "jmt17.google.com",
    "updates.push.services.mozilla.com",
    "*.push.services.mozilla.com",
    "*.notify.windows.com",
    "web.push.apple.com",
    "*.push.apple.com",
)
"""The push services of the browsers that there are."""

_REACHABLE = re.compile(r"mailto:[^@\s]+@[^@\s]+|https://\S+")


def _reachable(subject: str) -> str:
    if not _REACHABLE.fullmatch(subject):
        raise ValueError("must be mailto: with a mailbox, or an https: address")
    return subject


class PushSettings(BaseModel):
    """How to notify browsers; times are seconds.

    ``key_file`` holds the key that names us to push services (made when it is missing),
    ``subject`` is where these can reach the operator. Nothing is ever sent to a host that is
    not one of ``services``, for anybody may hand in a subscription. ``levels`` are offered on
    the page, gravest first; ``urgency`` is by level, ``default`` for the others. ``codes`` is
    a file of rows that go before those of ``config/codes/push.yaml``.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    key_file: Annotated[Path, AfterValidator(Path.expanduser)]
    subject: Annotated[str, AfterValidator(_reachable)]
    services: tuple[str, ...] = SERVICES
    allow_http: bool = False
    levels: tuple[str, ...] = ("red", "orange", "yellow", "blue")
    urgency: dict[str, Urgency] = {
        "red": "high",
        "orange": "high",
        "yellow": "normal",
        "default": "low",
    }
    enrolments_per_minute: int = Field(120, ge=1)
    concurrency: int = Field(64, ge=1, le=1000)
    receipt_timeout: float | None = Field(120.0, gt=0)
    connect_timeout: float = Field(10.0, gt=0)
    read_timeout: float = Field(30.0, gt=0)
    codes: Path | None = None

    def urgency_of(self, level: str) -> str:
        """Return how urgent a level is to a push service (RFC 8030, 5.3)."""
        return self.urgency.get(level) or self.urgency.get("default", "normal")
