import asyncio
import ssl
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from channels.sms import SmsChannel
from warnbroker.errors import TemporarySendError
from warnbroker.model.delivery import Delivery
from warnbroker.model.receipt import Reason

Open = Callable[..., Any]
Deliver = Callable[..., Delivery]


@pytest.fixture
def certificate(tmp_path: Path) -> ssl.SSLContext:
    """A server's certificate that nobody has signed but itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    today = datetime.now(UTC)
    signed = (
        builder.not_valid_before(today - timedelta(days=1))
        .not_valid_after(today + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    file = tmp_path / "peer.pem"
    file.write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain) + signed.public_bytes(pem)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context


async def test_an_untrusted_certificate_is_known_not_sent(
    opened: Open, delivery: Deliver, certificate: ssl.SSLContext
) -> None:
    reached = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        reached.set()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=certificate)
    port = server.sockets[0].getsockname()[1]
    async with server:
        channel = await opened(SmsChannel, base_url=f"https://127.0.0.1:{port}")

        with pytest.raises(TemporarySendError) as refused:
            await channel.send(delivery(txt="Storm surge"))

    assert (refused.value.reason, str(refused.value)) == (
        Reason.CONNECT,
        "connect: SSLCertVerificationError",
    )
    assert not reached.is_set()


@pytest.mark.parametrize(
    "text",
    ['风暴潮 & 100% + a=b\n"quoted"', "🌊 €5", "plain"],
)
async def test_a_text_arrives_as_it_was_written(
    opened: Open, delivery: Deliver, twilio: Any, text: str
) -> None:
    twilio.answers_with(201, {"sid": "SM1", "status": "queued"})
    channel = await opened(SmsChannel)

    await channel.send(delivery(txt=text))
    await channel.send(delivery(txt=text))

    assert [form["Body"] for _, _, form in twilio.requests] == [text, text]


async def test_the_environment_does_not_bend_the_base_url(
    opened: Open, delivery: Deliver, twilio: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TWILIO_REGION", "au1")
    monkeypatch.setenv("TWILIO_EDGE", "sydney")
    twilio.answers_with(201, {"sid": "SM1", "status": "queued"})
    channel = await opened(SmsChannel)

    assert (await channel.send(delivery(txt="Storm surge"))).provider_ref == "SM1"
