"""Real keys and certificates, made for each run."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from warnbroker.cap.signature import Key

NOW = datetime(2026, 11, 23, 2, 11, tzinfo=UTC)
CAP = """<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2">
<identifier>a-1</identifier>
<sender>duty@storm.example</sender>
<sent>2026-11-23T02:10:00-00:00</sent>
<status>Actual</status>
<msgType>Alert</msgType>
<scope>Public</scope>
<info>
<language>zh-CN</language>
<category>Met</category>
<event>风暴潮</event>
<urgency>Immediate</urgency>
<severity>Extreme</severity>
<certainty>Observed</certainty>
<expires>2026-11-23T08:00:00-00:00</expires>
<headline>立即撤离</headline>
<area>
<areaDesc>东港区</areaDesc>
<polygon>22,113 22,114 23,114 23,113 22,113</polygon>
</area>
</info>
</alert>""".encode()


class Pair(NamedTuple):
    """A key with its certificate, and the files that both lie in."""

    key: Key
    key_file: Path
    certificate_file: Path


def make_pair(folder: Path, name: str, *, private=None, days=(-1, 365), begins=NOW) -> Pair:
    private = private or ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins + timedelta(days=days[0]))
        .not_valid_after(begins + timedelta(days=days[1]))
        .sign(private, hashes.SHA256())
    )
    key_file, certificate_file = folder / f"{name}.key", folder / f"{name}.crt"
    key_file.write_bytes(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    certificate_file.write_bytes(certificate.public_bytes(Encoding.PEM))
    return Pair(Key(private, certificate), key_file, certificate_file)
