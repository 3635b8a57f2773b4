"""One described gateway with an operator's settings: ready to be asked, and to be heard."""

from collections.abc import Collection, Sequence

from channels._client import HttpClient
from channels._codes import load_codes
from channels._gateway.description import load_gateway
from channels._gateway.exchange import Exchange
from channels._gateway.reports import Judge, Reports, as_it_is
from channels._gateway.settings import GatewaySettings
from channels._http import Reconnecting
from warnbroker.contracts import ChannelContext
from warnbroker.errors import ConfigError


class Box:
    """Asks a gateway for what it is for (``order``) and to ``cancel`` that; reads its reports.

    ``blanks`` are the names that a request may ask for beside the operator's own; ``where``
    is the section of the settings.

    Raises:
        ConfigError: the description is wrong, or does not fit.
    """

    def __init__(
        self,
        name: str,
        settings: GatewaySettings,
        where: str,
        blanks: Collection[str],
        judged: Judge = as_it_is,
    ) -> None:
        self._settings, self._where = settings, where
        self._client: HttpClient | None = None
        self.gateway = gateway = load_gateway(settings.description)
        self._secret = secret = settings.callback_secret.get_secret_value()
        self._given = {k: v.get_secret_value() for k, v in settings.values.items()}
        values = dict.fromkeys(gateway.values, "") | self._given | {"secret": secret}
        base_url, cancel = settings.base_url, gateway.cancel or gateway.request
        try:
            self.order = Exchange(gateway, gateway.request, base_url, values)
            self.cancel = Exchange(gateway, cancel, base_url, values)
        except ValueError as error:
            raise ConfigError(f"{settings.description}: request: {error}") from error
        self.blanks = self.order.form.blanks | self.cancel.form.blanks
        self._refuse(set(blanks))
        self._statuses = load_codes("http", settings.codes)["statuses"]
        self.reports = Reports(name, gateway, secret, settings.callback_user, judged)

    def _refuse(self, known: set[str]) -> None:
        if unknown := sorted(self.blanks - known):
            raise ConfigError(
                f"{self._settings.description}: request: nothing is called {{{unknown[0]}}}; "
                f"name it in values, or use {', '.join(sorted(known))}"
            )
        if not self.gateway.takes(self._secret):
            raise ConfigError(
                f"{self._where}.callback_secret: stands in an address, so it may hold letters, "
                "digits and . _ ~ - only"
            )

    @property
    def by_ref(self) -> bool:
        """Tell whether reports may name nothing but the gateway's own id."""
        return bool(self.gateway.reports and self.gateway.reports.ref)

    def open(self, context: ChannelContext) -> None:
        """Make ready to send."""
        self._client = HttpClient(self._settings.connect_timeout, self._settings.read_timeout)
        for exchange in (self.order, self.cancel):
            again = Reconnecting(context.clock.sleep)
            exchange.open(self._client, again, self._statuses)

    async def close(self) -> None:
        """Close the connections; fine where there are none yet."""
        if self._client:
            await self._client.close()

    def faults(self) -> Sequence[str]:
        """Return one line for each setting that is missing."""
        settings, where = self._settings, self._where
        faults = [] if settings.base_url else [f"set {where}.base_url: where the gateway is"]
        faults += [
            f"set {where}.values.{name}: {settings.description.name} asks for it"
            for name in self.gateway.values
            if not self._given.get(name)
        ]
        if self.gateway.reports and not self._secret:
            faults.append(f"set {where}.callback_secret: reports are proved with it")
        return faults
