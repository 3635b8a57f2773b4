"""Rules of the ``<resource>`` element (CAP 1.2, 3.2.3)."""

import binascii
import re
from collections.abc import Iterator
from datetime import datetime

from warnbroker.cap.document import quote
from warnbroker.cap.rules.info import is_web_address
from warnbroker.cap.rules.rule import Finding, Rule, resources
from warnbroker.model.alert import Alert

_SOURCE = "CAP 1.2, 3.2.3"
_MIME_TYPE = re.compile(r"[A-Za-z0-9][\w.+!#$&^-]*/[A-Za-z0-9][\w.+!#$&^-]*( *;.*)?", re.ASCII)
_RELATIVE = re.compile(r"([^\s<>\"{}|\\^`\[\]%#:]|%[0-9A-Fa-f]{2})+")
_SHA1 = re.compile(r"[0-9A-Fa-f]{40}")


def description_present(alert: Alert, now: datetime) -> Iterator[Finding]:
    """Require what the file is."""
    for path, resource in resources(alert):
        if not resource.resource_desc:
            yield f"{path}/resourceDesc", "resourceDesc is empty; say what the file shows"


def mime_type_form(alert: Alert, now: datetime) -> Iterator[Finding]:
    """Require a media type."""
    for path, resource in resources(alert):
        if not _MIME_TYPE.fullmatch(resource.mime_type):
            text = f"{quote(resource.mime_type)} is no media type; write such as image/png"
            yield f"{path}/mimeType", text


def uri_absolute(alert: Alert, now: datetime) -> Iterator[Finding]:
    """Require a whole web address, or the file itself in derefUri."""
    for path, resource in resources(alert):
        is_name = bool(resource.deref_uri) and _RELATIVE.fullmatch(resource.uri)
        if not resource.uri or is_name:
            continue
        if not is_web_address(resource.uri):
            yield f"{path}/uri", f"{quote(resource.uri)} is no whole web address"


def content_is_base64(alert: Alert, now: datetime) -> Iterator[Finding]:
    """Require base64 in derefUri."""
    for path, resource in resources(alert):
        try:
            binascii.a2b_base64("".join(resource.deref_uri.split()), strict_mode=True)
        except ValueError:
            yield f"{path}/derefUri", "derefUri is no base64; encode the file"


def digest_is_sha1(alert: Alert, now: datetime) -> Iterator[Finding]:
    """Warn of a digest that nobody can compare."""
    for path, resource in resources(alert):
        if resource.digest and not _SHA1.fullmatch(resource.digest):
            yield f"{path}/digest", "digest is no SHA-1; write 40 hexadecimal digits"


RULES = (
    Rule("cap.resource.resource_desc.empty", description_present, _SOURCE),
    Rule("cap.resource.mime_type.form", mime_type_form, _SOURCE),
    Rule("cap.resource.uri.absolute", uri_absolute, _SOURCE),
    Rule("cap.resource.deref_uri.base64", content_is_base64, _SOURCE),
    Rule("cap.resource.digest.sha1", digest_is_sha1, _SOURCE, "warning"),
)
