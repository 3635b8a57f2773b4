"""The settings of the channel for area orders."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from channels._gateway import GatewaySettings
from warnbroker.contracts.wording import shaped

CarrierName = Annotated[str, shaped(r"[a-z0-9][a-z0-9_-]{0,31}", "first-carrier_2")]


class Carrier(GatewaySettings):
    """A carrier or cell-broadcast centre that takes area orders; times are seconds.

    One that is for ``test`` gets drills and nothing else; the others get no drill.
    ``language`` is that of ``{text}``.
    """

    test: bool = False
    language: str = ""
    read_timeout: float = Field(60.0, gt=0)


class CellSettings(BaseModel):
    """Which carriers take area orders.

    ``tolerance`` is the share of the area by which what a carrier says it used may differ
    from what was ordered.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    carriers: dict[CarrierName, Carrier] = {}
    concurrency: int = Field(8, ge=1)
    receipt_timeout: float = Field(600.0, gt=0)
    tolerance: float = Field(0.1, ge=0, le=1)
