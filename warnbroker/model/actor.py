"""Who did something, and from where, as the record names them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Actor:
    """A name, and the address or command that they acted from."""

    name: str
    origin: str = ""


CONFIGURATION = Actor("configuration", "file")
BROKER = Actor("warnbroker", "engine")
