"""The settings of the SMS channel."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

from phonenumbers import SUPPORTED_REGIONS
from pydantic import AfterValidator, Field, SecretStr, field_validator, model_validator

from channels._gateway import GatewaySettings
from channels._routing import ProviderName, Routing
from channels._twilio import TwilioSettings

_ASCII = r"^[\x20-\x7e]*$"


def _is_country(code: str) -> str:
    if code and code not in SUPPORTED_REGIONS:
        raise ValueError(f"{code[:20]!r} is no country; write a code such as FI")
    return code


Country = Annotated[str, AfterValidator(_is_country)]


class TwilioAccount(Routing, TwilioSettings):
    """An account at Twilio, as one of several providers."""

    type: Literal["twilio"]
    messaging_service_sid: str = ""


class GatewayAccount(Routing, GatewaySettings):
    """A gateway over HTTP that a description says how to speak to; times are seconds.

    ``country`` is that of the people who write from a number without a country's code.
    """

    type: Literal["http"]
    sender: str = Field("", alias="from")
    country: Country = ""
    concurrency: int = Field(50, ge=1)
    receipt_timeout: float = Field(180.0, gt=0)


class SmppAccount(Routing):
    """A bind at an SMPP 3.4 centre; times are seconds.

    ``binds`` are how many connections are held, each with up to ``window`` unanswered
    requests. ``long`` says how a text of several segments goes: in parts with a header
    (``udh``) or whole (``payload``). ``default_alphabet`` is what the centre makes of
    data coding 0. ``hexadecimal_ids``: its answers give ids in hexadecimal, its receipts in
    decimal. ``source_ton`` and ``source_npi`` go before what a sender looks like. ``country``
    is that of the people who write from a number without a country's code.
    """

    type: Literal["smpp"]
    host: str = ""
    port: int = Field(2775, ge=1, le=65_535)
    tls: bool = False
    system_id: str = Field("", max_length=15, pattern=_ASCII)
    password: SecretStr = Field(SecretStr(""), max_length=8)
    system_type: str = Field("", max_length=12, pattern=_ASCII)
    service_type: str = Field("", max_length=5, pattern=_ASCII)
    sender: str = Field("", alias="from")
    country: Country = ""
    source_ton: int | None = Field(None, ge=0, le=6)
    source_npi: Literal[0, 1, 3, 4, 6, 8, 9, 10, 14, 18] | None = None
    binds: int = Field(1, ge=1, le=16)
    window: int = Field(10, ge=1, le=1000)
    long: Literal["udh", "payload"] = "udh"
    default_alphabet: Literal["gsm", "latin-1", "ascii"] = "gsm"
    hexadecimal_ids: bool = False
    enquire_link: float = Field(30.0, gt=0)
    receipt_timeout: float = Field(180.0, gt=0)
    connect_timeout: float = Field(10.0, gt=0)
    read_timeout: float = Field(30.0, gt=0)
    codes: Path | None = None

    @field_validator("password")
    @classmethod
    def _is_ascii(cls, password: SecretStr) -> SecretStr:
        if not password.get_secret_value().isascii():
            raise ValueError("may hold ASCII only")
        return password

    @model_validator(mode="after")
    def _has_fitting_senders(self) -> "SmppAccount":
        for sender in (self.sender, *self.senders.values()):
            if len(sender) > 20 or not sender.isascii():
                raise ValueError(
                    f"a sender has at most 20 characters of ASCII, not {sender[:40]!r}"
                )
        return self


Account = Annotated[TwilioAccount | GatewayAccount | SmppAccount, Field(discriminator="type")]


class SmsSettings(TwilioSettings):
    """How to send text messages.

    With ``messaging_service_sid`` Twilio picks the sender, else ``from`` is it. The default
    of ``max_segments`` is what Twilio's own limit of 1,600 characters comes to in Chinese.
    ``segments`` are by level what a text should take at most, ``default`` for all others.
    ``providers`` take the place of the one account that stands beside them.
    """

    messaging_service_sid: str = ""
    max_segments: int = Field(24, ge=1)
    segments: dict[str, Annotated[int, Field(ge=1, le=24)]] = {"default": 3}
    providers: dict[ProviderName, Account] = {}

    @property
    def accounts(self) -> Mapping[str, Account]:
        """Return the providers by name; without any, the one account that is set here."""
        return self.providers or {"twilio": self.own_account}

    @property
    def own_account(self) -> TwilioAccount:
        """Return the account that is set beside the providers."""
        own = {
            name: getattr(self, name)
            for name in (*TwilioSettings.model_fields, "messaging_service_sid")
        }
        return TwilioAccount(type="twilio", **own)
