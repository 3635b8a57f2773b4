"""Loudspeaker vans: who announces which streets, in which order, on one sheet of paper each."""

from channels.van.channel import VanChannel
from channels.van.settings import VanSettings

__all__ = ["VanChannel", "VanSettings"]
