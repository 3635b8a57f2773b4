"""How the delivery engine works."""

from typing import Annotated

from pydantic import Field

from warnbroker.model.receipt import Reason
from warnbroker.settings.failover import Failover
from warnbroker.settings.section import Section


class Dispatch(Section):
    """Times and sizes of the delivery engine; times in seconds."""

    claim: int = Field(default=500, gt=0, le=1000)
    lease: float = Field(default=60, gt=0)
    unknown_after: float = Field(default=30, ge=0)
    sweep: float = Field(default=1, gt=0)
    retry_first: float = Field(default=2, gt=0)
    retry_cap: float = Field(default=900, gt=0)
    retry_cap_grave: float = Field(default=60, gt=0)
    retry_floors: dict[Reason, float] = {}
    retry_caps: dict[Reason, float] = {}
    retry_for: float = Field(default=0, ge=0)
    reserved: float = Field(default=0.1, ge=0, le=0.9)
    rate_reserve: float = Field(default=0.1, ge=0, le=0.9)
    rate_slice: float = Field(default=0.25, gt=0, le=10)
    failover: Failover = Failover()
    region_share: float = Field(default=0, ge=0, lt=1)
    override_suppression: list[str] = ["red"]
    at_any_hour: list[str] = ["red", "orange"]
    noisy: list[str] = ["sms", "voice", "push"]
    coalesce: list[str] = ["orange", "yellow", "blue"]
    update_interval: dict[str, Annotated[float, Field(ge=0, le=86_400)]] = {}
    suppress_after: int = Field(default=3, ge=0, le=100)
