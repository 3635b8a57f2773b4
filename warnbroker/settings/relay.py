"""How messages of other platforms are taken."""

from pydantic import Field

from warnbroker.settings.section import Section


class Relay(Section):
    """Limits of what is taken in; sizes in bytes."""

    largest_resource: int = Field(default=1 << 19, ge=0)
