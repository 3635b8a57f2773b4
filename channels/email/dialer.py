"""Opens sessions with the relay: connect, greet, secure, log in; all of it before any message."""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import cast

from aiosmtplib import SMTP, SMTPException, SMTPHeloError, SMTPResponseException
from tenacity import (
    AsyncRetrying,
    retry_if_exception,
    stop_after_attempt,
    stop_after_delay,
    wait_exponential_jitter,
)

from channels.email.addresses import is_domain
from channels.email.refusals import CONFIG, Refusals
from channels.email.reply import Reply, Stage
from channels.email.session import Features, Patience, Session
from channels.email.settings import EmailSettings
from channels.email.wire import Wire
from warnbroker.errors import ConfigError, SendError, TemporarySendError
from warnbroker.model.receipt import Reason

_ATTEMPTS = 3
# A relay that cannot log us in "for now" this often in a row is set up wrongly (table 4.2).
_HELD_IS_CONFIG = 3


class Dialer:
    """Opens sessions as the settings say."""

    def __init__(
        self,
        settings: EmailSettings,
        refusals: Refusals,
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        self._settings = settings
        self._refusals = refusals
        self._patience = Patience(settings.reply_timeout, settings.final_timeout)
        self._sleep = sleep
        self._tls: ssl.SSLContext | None = None
        self._held = 0

    async def load(self) -> None:
        """Read the trusted authorities.

        Raises:
            ConfigError: ``ca_file`` cannot be used.
        """
        if self._settings.tls == "none":
            return
        try:
            self._tls = await asyncio.to_thread(
                ssl.create_default_context, cafile=self._settings.ca_file
            )
        except OSError as error:
            fault = error.strerror or error
            raise ConfigError(f"channels.email.ca_file {self._settings.ca_file}: {fault}") from None

    async def dial(self) -> Session:
        """Return a session that is ready for its first message.

        A connection that fails is tried again at once and shortly after; for the long
        run the engine has its own schedule.

        Raises:
            TemporarySendError: there is none for now; ``Reason.CONFIG`` where only the operator
                can mend it.
        """
        retrying = AsyncRetrying(
            stop=stop_after_attempt(_ATTEMPTS) | stop_after_delay(self._settings.connect_timeout),
            wait=wait_exponential_jitter(multiplier=0.1, max=1, jitter=0.1),
            retry=retry_if_exception(_is_unreachable),
            sleep=self._sleep,
            reraise=True,
        )
        return await retrying(self._attempt)

    async def _attempt(self) -> Session:
        client = self._client()
        try:
            await self._set_up(client)
        except BaseException:  # Cancelled or failed: either way the connection must go.
            _hang_up(client)
            raise
        self._held = 0
        return self._session(client)

    def _session(self, client: SMTP) -> Session:
        features = Features(
            size=client.supports_extension("size"),
            utf8=client.supports_extension("smtputf8"),
            pipelining=client.supports_extension("pipelining"),
            dsn=self._settings.dsn != "none" and client.supports_extension("dsn"),
        )
        wire = Wire(cast(asyncio.Transport, client.transport))
        return Session(wire, features, self._patience, self._refusals)

    def _client(self) -> SMTP:
        return SMTP(
            hostname=self._settings.host,
            port=self._settings.port,
            timeout=self._settings.reply_timeout,
            use_tls=self._settings.tls == "implicit",
            start_tls=False,
            tls_context=self._tls,
            # Left out, aiosmtplib would ask the DNS for our name, which may be down.
            local_hostname=self._settings.hello_name or _machine_name() or "localhost",
        )

    async def _set_up(self, client: SMTP) -> None:
        settings = self._settings
        with self._at(Stage.CONNECT):
            await client.connect(timeout=settings.connect_timeout)
        if client.local_hostname == "localhost":
            client.local_hostname = _address_literal(client)
        with self._at(Stage.HELLO):
            await _greet(client)
        if settings.tls == "starttls":
            with self._at(Stage.TLS):
                await client.starttls(timeout=settings.connect_timeout)
            with self._at(Stage.HELLO):
                await _greet(client)
        if settings.username:
            with self._at(Stage.AUTH):
                await client.login(settings.username, settings.secret)

    @contextmanager
    def _at(self, stage: Stage) -> Iterator[None]:
        """Turn what fails at a stage into what it means; nothing has been sent yet."""
        try:
            yield
        except SMTPResponseException as error:
            raise self._refused(Reply(error.code, error.message), stage) from None
        except (SMTPException, OSError, UnicodeError) as error:
            raise _fault(error, stage) from None

    def _refused(self, reply: Reply, stage: Stage) -> SendError:
        verdict = self._refusals.verdict(reply, stage)
        if verdict.held and stage in (Stage.TLS, Stage.AUTH):
            self._held += 1
            if self._held >= _HELD_IS_CONFIG:
                verdict = CONFIG
        return verdict.error(reply, stage)


async def _greet(client: SMTP) -> None:
    """Say EHLO, or HELO to a relay that knows no better."""
    try:
        await client.ehlo()
    except SMTPHeloError as error:
        if error.code < 500 or not client.is_connected:
            raise
        await client.helo()


def _hang_up(client: SMTP) -> None:
    """Drop a client's connection, whatever is still under way on it."""
    transport = client.transport
    client.close()
    if transport is not None:
        cast(asyncio.WriteTransport, transport).abort()


def _fault(error: Exception, stage: Stage) -> TemporarySendError:
    cause = error.__cause__ if isinstance(error, ConnectionError) else error
    if isinstance(cause, ssl.SSLError) and not isinstance(cause, ssl.SSLEOFError):
        return _misconfigured(f"no trusted TLS connection at {stage}: {cause.reason}")
    if isinstance(error, OSError):
        return TemporarySendError(Reason.CONNECT, f"the relay was not reached at {stage}")
    if isinstance(error, UnicodeError):
        return _misconfigured("channels.email.host is not a host name")
    # What is left is aiosmtplib's own: an extension that the relay does not offer.
    return _misconfigured(f"the relay does not offer {stage} as channels.email wants it")


def _misconfigured(detail: str) -> TemporarySendError:
    return TemporarySendError(CONFIG.reason, detail, retry_after=CONFIG.retry_after)


def _is_unreachable(error: BaseException) -> bool:
    return isinstance(error, SendError) and error.reason is Reason.CONNECT


def _machine_name() -> str:
    """Return the machine's name where it is a full one."""
    name = socket.gethostname()
    return name if "." in name and is_domain(name) else ""


def _address_literal(client: SMTP) -> str:
    """Return our own address as EHLO takes it (RFC 5321, section 4.1.3)."""
    address = str(client.get_transport_info("sockname")[0]).partition("%")[0]
    return f"[IPv6:{address}]" if ":" in address else f"[{address}]"
