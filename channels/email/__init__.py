"""Email: one multipart message per language, spliced per recipient, over pooled SMTP sessions."""

from channels.email.channel import EmailChannel
from channels.email.settings import EmailSettings

__all__ = ["EmailChannel", "EmailSettings"]
