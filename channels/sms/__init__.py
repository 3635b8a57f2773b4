"""Text messages through Twilio."""

from channels.sms.channel import SmsChannel
from channels.sms.settings import SmsSettings

__all__ = ["SmsChannel", "SmsSettings"]
