"""How messages of other platforms are taken."""

from pydantic import Field

from warnbroker.settings.section import Section


class Relay(Section):
    """Limits of what is taken in; sizes in bytes, times in seconds.

    An Alert that says what another said ``reissue_within`` so many seconds is withheld;
    0 means never.
    """

    largest_resource: int = Field(default=1 << 19, ge=0)
    reissue_within: float = Field(default=86400, ge=0)
