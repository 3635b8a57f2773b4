"""What the public pages ask for: warnings as readers see them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from shapely.geometry.base import BaseGeometry

from warnbroker.model.alert import Info
from warnbroker.model.enums import MsgType
from warnbroker.model.level import Level
from warnbroker.model.region import Region


class WarningState(StrEnum):
    """Where a warning stands for its readers."""

    IN_FORCE = "in_force"
    UPDATED = "updated"
    CANCELLED = "cancelled"
    EXPIRED = "expired"

    @property
    def holds(self) -> bool:
        """Say whether people must still act on it."""
        return self in {WarningState.IN_FORCE, WarningState.UPDATED}


@dataclass(frozen=True, slots=True)
class PublicAlert:
    """One message of a warning; ``level`` is a level's code, ``area`` is in longitude, latitude.

    ``is_mistake`` marks a Cancel that takes back what should never have been issued; ``note``
    is what its issuer says of the message itself.
    """

    id: str
    msg_type: MsgType
    sent: datetime
    expires: datetime
    level: str
    infos: tuple[Info, ...]
    area: BaseGeometry
    is_mistake: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class PublicWarning:
    """A warning: the chain Alert, Update, Cancel under the id of its first alert, newest last.

    ``level`` and ``area`` are those of the newest alert that says so: a Cancel without
    either leaves what it ends.
    """

    id: str
    alerts: tuple[PublicAlert, ...]
    level: Level
    state: WarningState
    area: BaseGeometry
    published: datetime

    @property
    def newest(self) -> PublicAlert:
        """Return the last message."""
        return self.alerts[-1]

    @property
    def informative(self) -> PublicAlert:
        """Return the last message that says something about the hazard."""
        told = (a for a in reversed(self.alerts) if a.infos and a.msg_type != MsgType.CANCEL)
        return next(told, self.newest)


class PublicWarnings(Protocol):
    """The source of the public pages: actual, public alerts only, never internal ones."""

    async def in_force(self, now: datetime) -> Sequence[PublicWarning]:
        """Return the warnings in force, and cancelled ones until their Cancel expires."""
        ...

    async def get(self, warning_id: str) -> PublicWarning | None:
        """Return a warning by its id, or by the id of any of its alerts; None if unknown."""
        ...

    async def regions(self) -> Sequence[Region]:
        """Return the whole region tree."""
        ...
