"""Our signing key and the certificates of others, as the settings name them."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from warnbroker.app.authorities import authorities_of
from warnbroker.errors import ConfigError
from warnbroker.intake.signatures import Signatures
from warnbroker.model.authority import Authority, SignaturePolicy
from warnbroker.settings import Settings

SOON = timedelta(days=30)
"""How long before its end a certificate is asked to be renewed."""


def signatures_of(settings: Settings) -> Signatures:
    """Return the judge and signer of the settings; half a configuration signs nothing at all."""
    from warnbroker.cap.signature import read_key

    signing = settings.signing
    authorities = authorities_of(settings.authorities)
    if signing.key_file is None and signing.certificate is None:
        return Signatures(authorities)
    # An empty path is refused when it is read: what cannot be signed does not go out.
    files = (signing.key_file or Path(), signing.certificate or Path())
    return Signatures(authorities, partial(read_key, *files))


def signing_faults(settings: Settings, now: datetime) -> Iterator[str]:
    """Yield why messages could not be signed, or those of an authority not be verified."""
    yield from _own_faults(settings, now)
    for authority in authorities_of(settings.authorities):
        place = f"authorities.{authority.code}"
        yield from (f"{place}.certificates: {line}" for line in _their_faults(authority, now))
        if authority.signature is SignaturePolicy.REQUIRE and not authority.certificates:
            yield f"{place}.signature: require refuses everything without certificates; name one"


def signing_notes(settings: Settings, now: datetime) -> Iterator[str]:
    """Yield what the operator should know of signing, though it stops nothing."""
    from warnbroker.cap.signature import read_certificate

    signing = settings.signing
    if signing.key_file is None and signing.certificate is None:
        yield "signing: no key is configured; what we publish is not signed"
        return
    try:
        ends = read_certificate(signing.certificate or Path()).not_valid_after_utc
    except ConfigError:
        return  # it stands among the faults
    if now < ends < now + SOON:
        yield f"signing.certificate: ends {ends:%Y-%m-%d}; renew it, for nothing goes out after"


def _own_faults(settings: Settings, now: datetime) -> Iterator[str]:
    from warnbroker.cap.signature import is_valid, read_key

    signing = settings.signing
    if signing.key_file is None and signing.certificate is None:
        return
    if signing.key_file is None or signing.certificate is None:
        missing = "key_file" if signing.key_file is None else "certificate"
        yield f"signing.{missing}: is missing; alerts are refused until both are named"
        return
    try:
        key = read_key(signing.key_file, signing.certificate)
    except ConfigError as error:
        yield f"signing: {error}; alerts are refused until it is mended"
        return
    if not is_valid(key.certificate, now):
        yield f"signing.certificate: {signing.certificate} is not valid now; alerts are refused"


def _their_faults(authority: Authority, now: datetime) -> Iterator[str]:
    from warnbroker.cap.signature import is_valid, read_certificate

    valid = 0
    for file in authority.certificates:
        try:
            valid += is_valid(read_certificate(file), now)
        except ConfigError as error:
            yield str(error)
            return
    if authority.certificates and not valid:
        yield "none of them is valid now"
