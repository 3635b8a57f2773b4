"""A publication: one alert with everything a channel needs to prepare it."""

from dataclasses import dataclass
from datetime import datetime

from shapely.geometry.base import BaseGeometry

from warnbroker.model.alert import Alert, Info
from warnbroker.model.level import Level
from warnbroker.model.message import Message
from warnbroker.model.region import Region


@dataclass(frozen=True, slots=True)
class Group:
    """Infos that say the same in several languages: one event, one level, one area."""

    index: int
    level: Level
    infos: tuple[Info, ...]
    area: BaseGeometry

    @property
    def languages(self) -> tuple[str, ...]:
        """Return the languages of the group in the issuer's order."""
        return tuple(info.language for info in self.infos)


@dataclass(frozen=True, slots=True)
class Publication:
    """One alert on its way out of one channel.

    ``groups`` stand gravest first; ``regions`` are those the alert touches, with their
    ancestors; ``supersedes`` are the public ids of the alerts that it replaces or ends;
    ``cap`` is the CAP XML that readers get.
    """

    id: str
    warning_id: str
    alert: Alert
    level: Level
    published: datetime
    expires: datetime
    area: BaseGeometry
    groups: tuple[Group, ...]
    regions: tuple[Region, ...]
    messages: tuple[Message, ...]
    cap: bytes
    supersedes: tuple[str, ...] = ()

    @property
    def languages(self) -> tuple[str, ...]:
        """Return the languages that texts exist in, in the issuer's order."""
        return tuple(dict.fromkeys(message.language for message in self.messages))

    def text(self, language: str, part: str) -> str:
        """Return one part of all groups' messages in a language, gravest first."""
        texts = (m.parts[part] for m in self.messages if m.language == language and part in m.parts)
        return "\n\n".join(text.strip() for text in texts)
