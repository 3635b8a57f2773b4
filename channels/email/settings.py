"""Settings of the email channel, and what keeps it from working."""

from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

from channels.email.addresses import author, is_domain

_URL_SCHEMES = ("https://", "http://", "mailto:")


class DkimSettings(BaseModel):
    """How mails are signed (RFC 6376)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    selector: str = Field(description="The record is at SELECTOR._domainkey.DOMAIN.")
    key_file: Path = Field(description="A private key in PEM: RSA, or Ed25519.")
    domain: str = Field(default="", description="Empty: that of `from`.")

    @field_validator("selector", "domain")
    @classmethod
    def _is_domain(cls, text: str) -> str:
        if text and not is_domain(text):
            raise ValueError("is not a domain name")
        return text


class ListenerSettings(BaseModel):
    """Where a mail server hands over what comes back: bounces, complaints, answers."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    host: str = "127.0.0.1"
    port: int = Field(ge=0, le=65535, description="0 takes any free one.")
    protocol: Literal["smtp", "lmtp"] = "smtp"
    mailboxes: tuple[str, ...] = Field(
        default=(), description="What is taken besides bounce+… at `bounce_domain`."
    )
    largest: int = Field(
        default=10 << 20, ge=64 << 10, le=50 << 20, description="Bytes of a mail, at most."
    )
    per_minute: int = Field(
        default=6000, ge=1, description="Mails a minute; more are asked to come later."
    )
    connections: int = Field(default=20, ge=1, description="How many at once.")


class EmailSettings(BaseModel):
    """The section ``channels.email``; times are in seconds."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    host: str = Field(default="", description="The relay that takes our mail.")
    port: int = Field(default=587, ge=1, le=65535)
    sender: str = Field(
        default="", alias="from", description="`name@domain`, or `Name <name@domain>`."
    )
    reply_to: str = Field(default="", description="Where answers go; empty: to `from`.")
    username: str = ""
    password: SecretStr = SecretStr("")
    tls: Literal["none", "starttls", "implicit"] = "starttls"
    ca_file: Path | None = Field(
        default=None, description="Trust only the authorities in this PEM file."
    )
    hello_name: str = Field(
        default="", description="Our name in EHLO; empty: the machine's, else its IP address."
    )
    connections: int = Field(
        default=32, ge=1, le=200, description="Sessions with the relay at once."
    )
    max_per_connection: int = Field(
        default=500, ge=1, description="Messages after which a session is replaced."
    )
    idle_timeout: float = Field(
        default=20, gt=0, description="How long an unused session is kept open."
    )
    connect_timeout: float = Field(default=10, gt=0)
    reply_timeout: float = Field(
        default=60, gt=0, description="How long each reply before the message's end may take."
    )
    final_timeout: float = Field(
        default=600,
        gt=0,
        description="How long the reply to a whole message may take (RFC 5321, 4.5.3.2.6).",
    )
    recipients_per_message: int = Field(
        default=1,
        ge=1,
        le=100,
        description="More than one: the same mail for so many, without anything of their own.",
    )
    unsubscribe: bool = Field(
        default=True, description="Whether mails say how to get no more (List-Unsubscribe)."
    )
    unsubscribe_url: str = Field(
        default="",
        description="`https:`, `http:` or `mailto:`; {alert} and {delivery} are filled in.",
    )
    key_file: Path | None = Field(
        default=None, description="The key that seals our links and return paths."
    )
    dkim: DkimSettings | None = None
    listener: ListenerSettings | None = None
    bounce_domain: str = Field(
        default="", description="Bounces go to bounce+ALERT.DELIVERY.ATTEMPT at this domain."
    )
    dsn: Literal["none", "failures", "all"] = Field(
        default="none",
        description="Which reports (RFC 3461) a relay that offers DSN is asked for.",
    )
    codes: Path | None = Field(
        default=None, description="A file of rows that go before those of config/codes/smtp.yaml."
    )
    receipt_timeout: float | None = Field(default=None, gt=0)

    @field_validator("sender", "reply_to")
    @classmethod
    def _is_author(cls, text: str) -> str:
        if text:
            author(text)
        return text

    @field_validator("host")
    @classmethod
    def _is_host(cls, text: str) -> str:
        # A name in any script or an IP address; which of them exists is for the DNS to say.
        if any(character.isspace() or not character.isprintable() for character in text):
            raise ValueError("is not a host name")
        return text

    @field_validator("bounce_domain", "hello_name")
    @classmethod
    def _is_domain(cls, text: str) -> str:
        if text and not is_domain(text):
            raise ValueError("is not a domain name")
        return text

    @field_validator("unsubscribe_url")
    @classmethod
    def _is_url(cls, text: str) -> str:
        filled = text.replace("{alert}", "").replace("{delivery}", "")
        if any(not "!" <= character <= "~" or character in "<>,{}" for character in filled):
            raise ValueError("only {alert} and {delivery} may stand in braces, and no spaces")
        if text and not text.startswith(_URL_SCHEMES):
            raise ValueError(f"must start with one of {', '.join(_URL_SCHEMES)}")
        return text

    @model_validator(mode="after")
    def _shares_or_not(self) -> Self:
        own = bool(self.bounce_domain or self.unsubscribe)
        if self.recipients_per_message > 1 and own:
            raise ValueError(
                "recipients_per_message above 1 leaves no room for anybody's own return path or "
                "link: set unsubscribe: no, and no bounce_domain"
            )
        return self

    @property
    def secret(self) -> str:
        """Return the password in clear, for the one call that needs it."""
        return self.password.get_secret_value()


def faults_of(settings: EmailSettings) -> list[str]:
    """Return one line for each setting that keeps email from being sent."""
    insecure = settings.tls == "none"
    listener = settings.listener
    ca_file = settings.ca_file
    checks = (
        (not settings.host, "host is not set: name the mail relay"),
        (not settings.sender, "from is not set: name the mailbox that warnings come from"),
        (
            insecure and bool(settings.secret),
            "tls is none, so the password would travel in clear: use starttls or implicit",
        ),
        (bool(settings.secret) != bool(settings.username), "username and password go together"),
        (
            ca_file is not None and not ca_file.is_file(),
            f"ca_file {ca_file} does not exist",
        ),
        (
            listener is not None and settings.key_file is None,
            "listener needs key_file: without a seal anybody could make up bounces",
        ),
        (
            listener is not None and not (settings.bounce_domain or listener.mailboxes),
            "listener takes nothing: set bounce_domain or listener.mailboxes",
        ),
    )
    return [f"channels.email.{text}" for wrong, text in checks if wrong]
