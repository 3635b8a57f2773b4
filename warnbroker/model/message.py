"""A message: one alert rendered for one channel and language."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class MessageKind(StrEnum):
    """What a message tells its reader; the first word of its template's file name."""

    ALERT = "alert"
    UPDATE = "update"
    CANCEL = "cancel"
    OUTSIDE = "outside"
    NOTICE = "notice"
    REMINDER = "reminder"
    UNSIGNED = "unsigned"
    UNREACHED = "unreached"


ASIDE = frozenset(
    {MessageKind.NOTICE, MessageKind.REMINDER, MessageKind.UNSIGNED, MessageKind.UNREACHED}
)
"""What is told beside the public, to offices and to those who go from door to door.

It counts in no audience and warns nobody.
"""


@dataclass(frozen=True, slots=True)
class Message:
    """Rendered texts, by part: the extension of the template each came from (``txt``, ``html``).

    ``since`` is the public id of the earlier alert that its reader was told last, where it
    says what changed since that.
    """

    id: int
    channel: str
    language: str
    kind: MessageKind
    group: int
    parts: Mapping[str, str]
    since: str = ""
