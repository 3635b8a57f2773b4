"""The settings that every described gateway has."""

from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from channels._gateway.description import shipped_gateways
from channels._http import OptionalAddress


class GatewaySettings(BaseModel):
    """Where a gateway is, and what its description asks for; times are seconds.

    ``gateway`` names a shipped description, ``gateway_file`` is one of your own; ``values``
    are what it asks for, such as user names. ``callback_secret`` proves callbacks.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    gateway: str = ""
    gateway_file: Path | None = None
    base_url: OptionalAddress = ""
    values: dict[str, SecretStr] = {}
    callback_secret: SecretStr = SecretStr("")
    callback_user: str = ""
    connect_timeout: float = Field(10.0, gt=0)
    read_timeout: float = Field(30.0, gt=0)
    codes: Path | None = None

    @model_validator(mode="after")
    def _has_a_description(self) -> Self:
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
