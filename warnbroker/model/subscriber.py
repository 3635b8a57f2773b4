"""A subscriber: a person or body that asked to be warned."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from warnbroker.model.alert import Position
from warnbroker.model.enums import Category


class AddressKind(StrEnum):
    """The kinds of address that every subscriber list has; a channel may bring its own."""

    PHONE = "phone"
    VOICE = "voice"
    EMAIL = "email"


@dataclass(frozen=True, slots=True)
class Subscriber:
    """One row of the subscriber list; an empty field means the default.

    ``addresses`` are in clear, by kind. ``min_level`` is a level code: graver levels and that
    one are wanted.
    ``regions`` are region codes, ``position`` is latitude and longitude.
    """

    ref: str
    addresses: Mapping[str, str]
    name: str = ""
    language: str = ""
    regions: tuple[str, ...] = ()
    position: Position | None = None
    min_level: str = ""
    categories: tuple[Category, ...] = ()
    channels: tuple[str, ...] = ()
    quiet_hours: str = ""
    role: str = "resident"
    drills: bool = False
