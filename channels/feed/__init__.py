"""RSS and Atom feeds of the warnings in force, each entry linking its CAP message."""

from channels.feed.channel import FeedChannel
from channels.feed.settings import FeedSettings

__all__ = ["FeedChannel", "FeedSettings"]
