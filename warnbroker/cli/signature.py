"""``warnbroker sign`` and ``warnbroker verify``: XML signatures of CAP files."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from warnbroker.cli.files import is_json, read_body
from warnbroker.cli.terminal import ConfigOption, complain, err, out, plain
from warnbroker.cli.words import word
from warnbroker.errors import (
    ConfigError,
    FileError,
    SignatureError,
    SigningError,
    TooLargeError,
    UnreadableError,
)

if TYPE_CHECKING:
    from warnbroker.cap.signature import Key
    from warnbroker.settings import Settings


def sign(
    file: Annotated[Path, typer.Argument(help="CAP 1.2 as XML or JSON.")],
    *,
    out_file: Annotated[
        Path | None, typer.Option("--out", help="Where to write it; default: stdout.")
    ] = None,
    key: Annotated[Path | None, typer.Option(help="A private key, PEM.")] = None,
    certificate: Annotated[Path | None, typer.Option(help="Its certificate, PEM.")] = None,
    config: ConfigOption = None,
) -> None:
    """Sign an alert with our key."""
    from warnbroker.cap.signature import sign as signed_by
    from warnbroker.cap.signature import subject

    document = _document(file)
    found = _key(key, certificate, config)
    try:
        signed = signed_by(document, found, datetime.now(UTC))
    except SigningError as error:
        raise ConfigError(str(error)) from error
    if out_file is None:
        typer.echo(signed.decode(), nl=False)
        return
    out_file.write_bytes(signed)
    told = f" {word('signed by')} {plain(subject(found.certificate))}"
    err.print(Text.assemble((plain(str(out_file)), "green"), told), soft_wrap=True)


def verify(
    file: Annotated[Path, typer.Argument(help="Signed CAP 1.2 XML.")],
    *,
    certificate: Annotated[
        list[Path] | None,
        typer.Option(help="Certificates to verify against; default: those of its sender."),
    ] = None,
    config: ConfigOption = None,
) -> None:
    """Verify the signature of an alert: exit 0 good, 1 not good, 2 unreadable."""
    from warnbroker.cap.signature import read_certificate
    from warnbroker.cap.signature import verify as verified_by

    body = _body(file)
    try:
        files = certificate or _registered(body, config)
        certificates = [read_certificate(item) for item in files]
        found = verified_by(body, certificates, datetime.now(UTC))
    except SignatureError as error:
        complain(f"{file}: {word('not good')}: {error}")
        raise typer.Exit(1) from error
    except (UnreadableError, TooLargeError) as error:
        raise FileError(f"{file}: {error}") from error
    told = f" {word('signed by')} {plain(found.subject)}"
    out.print(Text.assemble((word("good:"), "green"), told), soft_wrap=True)


def _body(file: Path) -> bytes:
    body = read_body(file)
    if is_json(body):
        raise FileError(f"{file}: JSON carries no signature; give XML")
    return body


def _document(file: Path) -> bytes:
    """Return the message as we write it, whatever form it came in."""
    from warnbroker.cap import parse_json, parse_xml, to_xml

    body = read_body(file)
    try:
        return to_xml(parse_json(body) if is_json(body) else parse_xml(body))
    except (UnreadableError, TooLargeError) as error:
        raise FileError(f"{file}: {error}") from error


def _key(key: Path | None, certificate: Path | None, config: Path | None) -> "Key":
    from warnbroker.cap.signature import read_key

    if key is None and certificate is None:
        signing = _settings(config).signing
        key, certificate = signing.key_file, signing.certificate
    if key is None or certificate is None:
        raise ConfigError("give --key and --certificate, or set signing.key_file and .certificate")
    return read_key(key, certificate)


def _registered(body: bytes, config: Path | None) -> list[Path]:
    from warnbroker.app.authorities import authorities_of
    from warnbroker.cap import parse_xml

    sender = parse_xml(body).sender
    authority = authorities_of(_settings(config).authorities).of_sender(sender)
    if authority is None or not authority.certificates:
        text = f"no certificate is registered for {plain(sender)}; give --certificate"
        raise ConfigError(text)
    return list(authority.certificates)


def _settings(config: Path | None) -> "Settings":
    from warnbroker.settings import load

    return load(config)
