"""The settings of the SMS channel."""

from pydantic import Field

from channels._twilio import TwilioSettings


class SmsSettings(TwilioSettings):
    """How to send text messages.

    With ``messaging_service_sid`` Twilio picks the sender, else ``from`` is it. The default
    of ``max_segments`` is what Twilio's own limit of 1,600 characters comes to in Chinese.
    """

    messaging_service_sid: str = ""
    max_segments: int = Field(24, ge=1)
