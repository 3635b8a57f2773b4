"""Signatures, as another program verifies them that knows the public key alone."""

import base64

import dkim
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from channels.email import EmailChannel, EmailSettings
from warnbroker.errors import ConfigError
from warnbroker.model.receipt import AttemptKey

ALERT = "abcdefghijklmnopqrstuvwxyz"


def pem(key):
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


@pytest.fixture(scope="module")
def keys():
    return {
        "rsa": rsa.generate_private_key(public_exponent=65537, key_size=2048),
        "ed25519": Ed25519PrivateKey.generate(),
    }


def record(kind, key):
    public = key.public_key()
    if kind == "rsa":
        raw = public.public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
    else:
        raw = public.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    return f"v=DKIM1; k={kind}; p={base64.b64encode(raw).decode()}".encode()


def verified(mail, kind, key):
    def txt(name, timeout=5):
        assert name == b"w2026._domainkey.city.example."
        return record(kind, key)

    return dkim.verify(mail, dnsfunc=txt)


@pytest.fixture
async def signed_mails(start_server, open_channel, make_delivery, tmp_path, keys):
    async def send(kind, *addresses, **changes):
        file = tmp_path / "dkim.pem"
        file.write_bytes(pem(keys[kind]))
        server = await start_server()
        changes = {"dkim": {"selector": "w2026", "key_file": file}} | changes
        channel = await open_channel(server.port, key_file=tmp_path / "email.key", **changes)
        for number, address in enumerate(addresses, 1):
            await channel.send(make_delivery(address, key=AttemptKey(ALERT, number, 1)))
        return [mail.replace(b"\r\n..", b"\r\n.") for mail in server.mails]

    return send


@pytest.mark.parametrize("kind", ["rsa", "ed25519"])
async def test_each_recipients_mail_is_signed(signed_mails, keys, kind):
    first, second = await signed_mails(kind, "li@home.example", "wu@home.example")

    assert verified(first, kind, keys[kind])
    assert verified(second, kind, keys[kind])
    assert first.split(b"\r\nTo:")[0] != second.split(b"\r\nTo:")[0]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"To: li@home.example", b"To: wu@home.example"),
        (b"List-Unsubscribe: <https://warn.example", b"List-Unsubscribe: <https://evil.example"),
        (b"List-Unsubscribe-Post: List-Unsubscribe=One-Click", b"List-Unsubscribe-Post: x"),
        (b"From: ", b"From: evil@evil.example\r\nFrom: "),
        (b"Subject: ", b"Subject: other\r\nSubject: "),
        (b"Auto-Submitted: auto-generated", b"Auto-Submitted: no"),
        (b"\r\n\r\n", b"\r\n\r\nmore\r\n"),
    ],
)
async def test_a_changed_mail_is_no_longer_signed(signed_mails, keys, old, new):
    (mail,) = await signed_mails("ed25519", "li@home.example")

    assert old in mail
    assert not verified(mail.replace(old, new, 1), "ed25519", keys["ed25519"])


async def test_blanks_that_a_relay_may_change_do_not_break_the_signature(signed_mails, keys):
    (mail,) = await signed_mails("ed25519", "li@home.example")

    refolded = mail.replace(b"To: li", b"To:\r\n\t  li").replace(b"Date: ", b"DATE:   ")

    assert refolded != mail
    assert verified(refolded, "ed25519", keys["ed25519"])


async def test_a_mailbox_in_another_script_is_signed_too(signed_mails, keys):
    (mail,) = await signed_mails("rsa", "李@home.example")

    assert verified(mail, "rsa", keys["rsa"])


async def test_one_mail_for_several_is_signed(
    start_server, open_channel, make_delivery, tmp_path, keys
):
    file = tmp_path / "dkim.pem"
    file.write_bytes(pem(keys["rsa"]))
    server = await start_server()
    channel = await open_channel(
        server.port,
        dkim={"selector": "w2026", "key_file": file},
        recipients_per_message=5,
        unsubscribe=False,
    )

    await channel.send_batch([make_delivery("li@home.example"), make_delivery("wu@home.example")])

    assert verified(server.mails[0].replace(b"\r\n..", b"\r\n."), "rsa", keys["rsa"])


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (None, "No such file"),
        (b"not a key", "must hold a private key"),
        (pem(ec.generate_private_key(ec.SECP256R1())), "must be an RSA or Ed25519 key"),
    ],
)
def test_a_key_that_cannot_be_used_is_named(tmp_path, content, fault):
    file = tmp_path / "dkim.pem"
    if content is not None:
        file.write_bytes(content)
    settings = {"host": "relay", "from": "warn@city.example", "tls": "none"}

    faults = EmailChannel(
        EmailSettings.model_validate(
            settings | {"dkim": {"selector": "w2026", "key_file": str(file)}}
        )
    ).faults()

    assert [line for line in faults if "dkim.key_file" in line and fault in line] == faults
    assert len(faults) == 1


async def test_a_channel_whose_key_is_gone_does_not_open(open_channel, tmp_path):
    with pytest.raises(ConfigError, match="dkim"):
        await open_channel(25, dkim={"selector": "w", "key_file": tmp_path / "none.pem"})
