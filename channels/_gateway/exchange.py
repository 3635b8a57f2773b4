"""Asks a described gateway: what a message has in common is made ready once."""

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable, Mapping

from channels._client import HttpClient
from channels._codes import Table
from channels._gateway.answer import Answers, Taken
from channels._gateway.description import Gateway, Request
from channels._gateway.form import Prepared, RequestForm
from channels._gateway.source import MAX_BODY, Source
from channels._http import Reconnecting
from warnbroker.errors import PermanentSendError
from warnbroker.model.delivery import Delivery
from warnbroker.model.receipt import Reason

_KEPT = 256

Values = Mapping[str, str]
"""What all recipients of a message share, by name."""


def once(delivery: Delivery) -> str:
    """Return the name under which a gateway may know a request again.

    A second send after an outcome that nobody knows bears the first one's name. A retry after
    a known failure does not: the gateway would answer it with what became of the first.
    """
    key = delivery.key
    return f"{key.alert}/{key.delivery}.{key.attempt - 1 if delivery.repeat else key.attempt}"


class Exchange:
    """Sends the requests of one gateway and reads its answers."""

    def __init__(
        self, gateway: Gateway, request: Request, base_url: str, values: Mapping[str, str]
    ) -> None:
        self.form = RequestForm.compile(request, base_url, values)
        self._gateway = gateway
        self._prepared: OrderedDict[Hashable, Prepared] = OrderedDict()

    def open(self, client: HttpClient, reconnecting: Reconnecting, statuses: Table) -> None:
        """Take what sending needs."""
        self._client, self._reconnecting = client, reconnecting
        self._answers = Answers(self._gateway.answer, Table(self._gateway.codes), statuses)

    def ask(
        self, message: Hashable, shared: Callable[[], Values], own: Mapping[str, str]
    ) -> Awaitable[Taken]:
        """Send one request; ``shared`` gives what is the ``message``'s, ``own`` the recipient's.

        Raises:
            SendError: refused, not sent, or nobody knows.
        """
        prepared = self._prepared.get(message) or self._prepare(message, shared())
        return self._reconnecting(self._exchange, prepared, own)

    def _prepare(self, message: Hashable, shared: Values) -> Prepared:
        prepared = self.form.prepare(shared)
        self._prepared[message] = prepared
        while len(self._prepared) > _KEPT:
            self._prepared.popitem(last=False)
        return prepared

    async def _exchange(self, prepared: Prepared, own: Mapping[str, str]) -> Taken:
        try:
            origin, request = prepared.origin_of(own), prepared.request_of(own)
        except ValueError:
            # The library's words would hold the number.
            raise PermanentSendError(Reason.RECIPIENT, "it makes no web address") from None
        answer = await self._client.send(origin, request)
        body = answer.body if len(answer.body) <= MAX_BODY else b""
        return self._answers.read(answer.status, Source(body, answer.fields))
