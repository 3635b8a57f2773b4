"""A channel for sirens on roofs: each has a controller that takes orders over HTTP."""

from collections.abc import Sequence
from typing import ClassVar

from aiohttp import ClientConnectorError, ClientError, ClientTimeout
from pydantic import BaseModel, ConfigDict, Field

from warnbroker.contracts import CONTRACT_VERSION, ChannelContext
from warnbroker.errors import PermanentSendError, TemporarySendError, UnknownOutcome
from warnbroker.model.delivery import Delivery, Target
from warnbroker.model.message import MessageKind
from warnbroker.model.publication import Publication
from warnbroker.model.receipt import Reason, Receipt, State
from warnbroker.model.standing import Standing


class SirenSettings(BaseModel):
    """The section ``channels.siren``: controllers' addresses by siren, and how long to sound."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    sirens: dict[str, str]
    seconds: int = Field(60, ge=1, le=180)


class SirenChannel:
    """Sounds every siren; the recipients are the sirens."""

    name: ClassVar[str] = "siren"
    contract_version: ClassVar[int] = CONTRACT_VERSION
    address_kind: ClassVar[str | None] = None
    Settings: ClassVar[type[SirenSettings]] = SirenSettings

    def __init__(self, settings: SirenSettings) -> None:
        self._settings = settings
        self.concurrency: int = 8
        self.receipt_timeout: float | None = None

    async def open(self, context: ChannelContext) -> None:
        """Borrow the engine's connections."""
        self._session = context.session

    async def close(self) -> None:
        """Hold nothing, so release nothing."""

    def faults(self) -> Sequence[str]:
        """Say so if there is no siren."""
        return () if self._settings.sirens else ("channels.siren.sirens: names no siren",)

    def targets(self, publication: Publication) -> Sequence[Target]:
        """Return every siren, for a real, public alert; nobody may take a drill for one."""
        real = Standing.of(publication.alert).is_public
        return [Target(siren) for siren in self._settings.sirens] if real else []

    async def prepare(self, publication: Publication) -> None:
        """Make nothing: a siren has no words."""

    async def send(self, delivery: Delivery) -> Receipt:
        """Order one siren to sound; the same order twice is one, by its key.

        Raises:
            SendError: refused, not sent, or nobody knows.
        """
        if delivery.standing is None or not delivery.standing.is_public:
            raise PermanentSendError(Reason.POLICY, "sirens sound for real, public alerts alone")
        over = delivery.message.kind is MessageKind.CANCEL
        order = {
            "key": f"{delivery.key.alert}/{delivery.key.delivery}",
            "signal": "all-clear" if over else "alarm",
            "seconds": self._settings.seconds,
        }
        url = self._settings.sirens[delivery.address]
        try:
            async with self._session.put(url, json=order, timeout=ClientTimeout(10)) as answer:
                status = answer.status
        except ClientConnectorError as error:
            raise TemporarySendError(Reason.CONNECT) from error
        except (ClientError, TimeoutError) as error:
            raise UnknownOutcome(Reason.TIMEOUT) from error
        if status >= 500:
            raise UnknownOutcome(Reason.SERVER_ERROR, code=str(status))
        if status >= 400:
            raise PermanentSendError(Reason.CONFIG, code=str(status))
        return Receipt(State.HANDED_OFF, provider=self.name, code=str(status))
