"""The push channel: notifies browsers, and takes their word for what was shown and read."""

import os
from collections.abc import Iterable, Sequence
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import ClassVar

from aiohttp import web
from pydantic import BaseModel

from channels._codes import load_codes
from channels._http import time_limits
from channels._release import check_delivery, check_publication
from channels.push.desk import Desk
from channels.push.identity import Identity
from channels.push.notes import Notes
from channels.push.receipts import PROVIDER, read_report
from channels.push.service import Note, Services
from channels.push.settings import PushSettings
from channels.push.subscription import Subscription
from warnbroker.contracts import CONTRACT_VERSION, Callback, CallbackAnswer, ChannelContext
from warnbroker.errors import ConfigError, PermanentSendError, SignatureError, StoreError
from warnbroker.model.delivery import Delivery, Target
from warnbroker.model.publication import Publication
from warnbroker.model.receipt import Reason, Receipt, State

_LIBRARIES = ("http_ece", "py_vapid")


class PushChannel:
    """Shows the part ``txt`` in the browsers of those who subscribed on its page."""

    name: ClassVar[str] = "push"
    contract_version: ClassVar[int] = CONTRACT_VERSION
    address_kind: ClassVar[str | None] = "push"
    confirms: ClassVar[bool] = True
    receipt_prefix: ClassVar[str] = "push"
    Settings: ClassVar[type[BaseModel]] = PushSettings

    def __init__(self, settings: PushSettings) -> None:
        self._settings = settings
        self.concurrency: int = settings.concurrency
        self.receipt_timeout: float | None = settings.receipt_timeout
        self._codes = load_codes("push", settings.codes)
        self._identity: Identity | None = None
        self._desk = Desk(settings)

    async def open(self, context: ChannelContext) -> None:
        """Read the key, or make it; begin to take subscriptions.

        Raises:
            ConfigError: the key cannot be had.
        """
        settings = self._settings
        identity = Identity.load(settings.key_file, settings.subject)
        self._context, self._identity = context, identity
        self._notes = Notes(context.public_url, context.names)
        limits = time_limits(settings.connect_timeout, settings.read_timeout)
        self._services = Services(context.session, identity, self._codes, limits, context.clock)
        self._desk.open(context, identity, self._services, self._notes)

    async def close(self) -> None:
        """Take no subscriptions any more."""
        self._desk.close()

    def faults(self) -> Sequence[str]:
        """Return one line for each thing that keeps it from working."""
        if not all(map(find_spec, _LIBRARIES)):
            return ("install the extra: pip install 'warnbroker[push]'",)
        path = self._settings.key_file
        if not path.exists():
            return _unmakeable(path)
        try:
            Identity.load(path, self._settings.subject)
        except ConfigError as error:
            return (str(error),)
        return ()

    def level_names(self) -> Sequence[tuple[str, Iterable[str]]]:
        """Return the levels that the settings name."""
        settings, where = self._settings, "channels.push"
        urgency = settings.urgency.keys() - {"default"}
        return [(f"{where}.levels", settings.levels), (f"{where}.urgency", urgency)]

    def targets(self, publication: Publication) -> Sequence[Target]:
        """Return nothing: subscribers have browsers."""
        return ()

    async def prepare(self, publication: Publication) -> None:
        """Remember what the notes need.

        Raises:
            PermanentSendError: the alert may not leave.
        """
        check_publication(publication)
        self._notes.learn(publication)

    async def send(self, delivery: Delivery) -> Receipt:
        """Hand a note to the browser's push service; it is ACCEPTED, as far as services tell.

        Raises:
            SendError: refused, not sent, or nobody knows.
        """
        check_delivery(delivery)
        note, subscription = self._note(delivery), self._subscription(delivery.address)
        try:
            code = await self._services.post(subscription, note)
        except PermanentSendError as error:
            if error.reason is Reason.RECIPIENT:
                # What the ledger cannot forget now it will when the next warning is sent.
                with suppress(StoreError):
                    await self._context.forget(self.address_kind or "", delivery.address)
            raise
        return Receipt(State.ACCEPTED, PROVIDER, code=code)

    def _note(self, delivery: Delivery) -> Note:
        left = (delivery.expires - self._context.clock.now()).total_seconds()
        if left <= 0:
            raise PermanentSendError(Reason.EXPIRED)
        text = delivery.message.parts.get("txt", "").strip()
        if not text:
            raise PermanentSendError(Reason.CONTENT, "the message has no text")
        proof = self._known_identity().proof(delivery.key.path)
        return Note(
            self._notes.write(delivery, text, proof),
            max(1, int(left)),
            self._settings.urgency_of(delivery.level),
            self._notes.topic(delivery.key.alert),
        )

    def _subscription(self, address: str) -> Subscription:
        try:
            found = Subscription.read(address)
        except ValueError as error:
            raise PermanentSendError(Reason.RECIPIENT, str(error)) from None
        if not found.is_of(self._settings.services, allow_http=self._settings.allow_http):
            raise PermanentSendError(Reason.POLICY, "its host is not in channels.push.services")
        return found

    def parse_receipts(self, callback: Callback) -> CallbackAnswer:
        """Read a browser's report.

        Raises:
            SignatureError: no note of ours was sent to it.
            UnreadableError: it is no report.
        """
        return read_report(callback, self._known_identity())

    def routes(self) -> Sequence[web.RouteDef]:
        """Return the page for subscribing, and what it needs."""
        return self._desk.routes()

    def _known_identity(self) -> Identity:
        if self._identity is None:
            raise SignatureError("the channel is not open")
        return self._identity


def _unmakeable(path: Path) -> Sequence[str]:
    folder = next(above for above in path.absolute().parents if above.exists())
    if folder.is_dir() and os.access(folder, os.W_OK | os.X_OK):
        return ()
    return (f"channels.push.key_file: {path} cannot be made",)
