"""Broadcasting: warnings as packages for radio, television and loudspeaker stations."""

from channels.broadcast.channel import BroadcastChannel
from channels.broadcast.settings import BroadcastSettings

__all__ = ["BroadcastChannel", "BroadcastSettings"]
