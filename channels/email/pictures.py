"""Pictures within a mail."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Picture:
    """A PNG that the HTML shows as ``cid:NAME``."""

    name: str
    content: bytes
