"""Phone calls through Twilio."""

from channels.voice.channel import VoiceChannel
from channels.voice.settings import Voice, VoiceSettings

__all__ = ["Voice", "VoiceChannel", "VoiceSettings"]
