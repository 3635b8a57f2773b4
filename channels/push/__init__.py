"""Notifications in people's browsers: Web Push (RFC 8030, 8291, 8292)."""

from channels.push.channel import PushChannel
from channels.push.settings import PushSettings

__all__ = ["PushChannel", "PushSettings"]
