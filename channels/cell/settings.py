"""The settings of the channel for area orders."""

from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from channels._gateway.description import shipped_gateways
from channels._http import WEB_ADDRESS

_NAME = r"^[a-z0-9][a-z0-9_-]{0,31}$"


class Carrier(BaseModel):
    """A carrier or cell-broadcast centre that takes area orders; times are seconds.

    One that is for ``test`` gets drills and nothing else; the others get no drill. ``gateway``
    names a shipped description, ``gateway_file`` is one of your own; ``values`` are what it
    asks for. ``callback_secret`` proves callbacks. ``language`` is that of ``{text}``.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    test: bool = False
    gateway: str = ""
    gateway_file: Path | None = None
    base_url: str = Field("", pattern=rf"^$|{WEB_ADDRESS}")
    values: dict[str, SecretStr] = {}
    callback_secret: SecretStr = SecretStr("")
    callback_user: str = ""
    language: str = ""
    connect_timeout: float = Field(10.0, gt=0)
    read_timeout: float = Field(60.0, gt=0)
    codes: Path | None = None

    @model_validator(mode="after")
    def _has_a_description(self) -> "Carrier":
        if bool(self.gateway) == bool(self.gateway_file):
            raise ValueError("set one of gateway (a shipped one) and gateway_file")
        known = shipped_gateways()
        if self.gateway and self.gateway not in known:
            names = ", ".join(sorted(known))
            raise ValueError(f"gateway: there is no {self.gateway[:40]!r}, only {names}")
        return self

    @property
    def description(self) -> Path:
        """Return the file of the description."""
        return self.gateway_file or shipped_gateways()[self.gateway]


class CellSettings(BaseModel):
    """Which carriers take area orders.

    ``tolerance`` is the share of the area by which what a carrier says it used may differ
    from what was ordered.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    carriers: dict[Annotated[str, Field(pattern=_NAME)], Carrier] = {}
    concurrency: int = Field(8, ge=1)
    receipt_timeout: float = Field(600.0, gt=0)
    tolerance: float = Field(0.1, ge=0, le=1)
