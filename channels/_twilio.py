"""What the two Twilio channels share: settings, the SDK's client, and how a send is asked for."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from aiohttp import encode_basic_auth
from pydantic import BaseModel, ConfigDict, Field, SecretStr
from twilio.base.exceptions import TwilioException

from channels._client import HttpClient
from channels._http import WebAddress
from channels._twilio_errors import BAD_CALLBACK, TwilioErrors
from warnbroker.contracts import ChannelContext, Clock
from warnbroker.errors import PermanentSendError, TemporarySendError, UnknownOutcome
from warnbroker.model.delivery import Delivery
from warnbroker.model.receipt import Reason

PROVIDER = "twilio"
LOOK_UP_LIMIT = 50
_CLOCK_SKEW = timedelta(seconds=5)


class TwilioSettings(BaseModel):
    """An account at Twilio and how to use it; times are seconds.

    ``base_url`` replaces https://api.twilio.com for sends and look-ups alike.
    ``callback_overrides`` is the fragment of callback addresses that tells Twilio how often
    to repeat a callback (https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides);
    a fragment never travels, so it takes no part in signatures. ``codes`` is a file of rows
    that go before those of ``config/codes/twilio.yaml``.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    provider: Literal["twilio"] = "twilio"
    base_url: WebAddress = "https://api.twilio.com"
    account_sid: str = ""
    auth_token: SecretStr = SecretStr("")
    sender: str = Field("", alias="from")
    concurrency: int = Field(50, ge=1)
    receipt_timeout: float = Field(180.0, gt=0)
    connect_timeout: float = Field(10.0, gt=0)
    read_timeout: float = Field(30.0, gt=0)
    callback_overrides: str = "rc=5&rp=all"
    codes: Path | None = None


def missing_account(settings: TwilioSettings, channel: str) -> list[str]:
    """Return one line for each credential that is not set."""
    values = {
        "account_sid": settings.account_sid,
        "auth_token": settings.auth_token.get_secret_value(),
    }
    return [
        f"set channels.{channel}.{name}: it is on the start page of the Twilio Console"
        for name, value in values.items()
        if not value
    ]


def connect(settings: TwilioSettings, context: ChannelContext, errors: TwilioErrors) -> Any:
    """Return the SDK's client, sending through a client of ours that ``hang_up`` closes."""
    from twilio.rest import Client

    from channels._twilio_http import DirectClient

    token = settings.auth_token.get_secret_value()
    http_client = DirectClient(
        HttpClient(settings.connect_timeout, settings.read_timeout),
        encode_basic_auth(settings.account_sid, token),
        context.clock.sleep,
        errors,
    )
    # Without an environment of its own the SDK reads TWILIO_REGION and bends the base URL.
    client = Client(
        settings.account_sid, token, http_client=http_client, environment={"TWILIO_REGION": ""}
    )
    client.api.base_url = settings.base_url
    return client


async def hang_up(client: Any) -> None:
    """Close the connections of a client of ``connect``; None is none."""
    if client is not None:
        await client.http_client.close()


def callback_address(context: ChannelContext, prefix: str, delivery: Delivery) -> str:
    """Return where Twilio is to report on an attempt; empty where we have no public address."""
    public_url = context.public_url.rstrip("/")
    return f"{public_url}/receipts/{prefix}/{delivery.key.path}" if public_url else ""


def seconds_left(delivery: Delivery, clock: Clock) -> int:
    """Return how many whole seconds a delivery may still take, at least one.

    Raises:
        PermanentSendError: none; it has expired.
    """
    left = (delivery.expires - clock.now()).total_seconds()
    if left <= 0:
        raise PermanentSendError(Reason.EXPIRED)
    return max(1, int(left))


def text_of(delivery: Delivery, part: str) -> str:
    """Return one part of a delivery's message without surrounding blanks.

    Raises:
        PermanentSendError: the message has no such part, or it is empty.
    """
    text = delivery.message.parts.get(part, "").strip()
    if not text:
        raise PermanentSendError(Reason.CONTENT, f"the message has no text in its part {part!r}")
    return text


async def create(send: Callable[..., Awaitable[Any]], fields: Mapping[str, Any]) -> Any:
    """Ask Twilio for a message or a call; return the SDK's record of it, which has a ``sid``.

    Raises:
        SendError: refused, not sent, or nobody knows.
    """
    try:
        return await _created(send(**fields))
    except TemporarySendError as error:
        if error.code != BAD_CALLBACK or "status_callback" not in fields:
            raise
    # Told without a receipt is better than not told; the refusal says that nothing was sent.
    return await _created(send(**{k: v for k, v in fields.items() if k != "status_callback"}))


async def _created(answer: Awaitable[Any]) -> Any:
    try:
        record = await answer
    # The SDK takes any 2xx body for Twilio's and stumbles over what is not.
    except (ValueError, AttributeError) as error:
        raise UnknownOutcome(Reason.SERVER_ERROR, "the answer is not Twilio's") from error
    if not record.sid:
        raise UnknownOutcome(Reason.SERVER_ERROR, "the answer holds no SID")
    return record


def allow_for_skew(since: datetime) -> datetime:
    """Return the instant from which a look-up must search, as Twilio's clock may differ."""
    return since.astimezone(UTC) - _CLOCK_SKEW


async def recent(answer: Awaitable[list[Any]], earliest: datetime) -> list[Any]:
    """Return the records of a look-up that Twilio made since then, newest first.

    Raises:
        SendError: Twilio could not be asked, or its answer is not readable.
    """
    try:
        records = await answer
    except (ValueError, TwilioException) as error:
        raise UnknownOutcome(Reason.SERVER_ERROR, "the answer is not Twilio's") from error
    dated = [r for r in records if r.date_created and r.date_created >= earliest]
    return sorted(dated, key=lambda record: record.date_created, reverse=True)
