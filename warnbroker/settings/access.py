"""How much one caller may ask of the API."""

from pydantic import Field

from warnbroker.settings.section import Section


class Access(Section):
    """Requests a minute and the length of a burst, for each issuer that has no rate of its own."""

    rate: float = Field(default=600, gt=0)
    burst: int = Field(default=100, ge=1)
