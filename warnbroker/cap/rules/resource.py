"""Rules of the ``<resource>`` element (CAP 1.2, 3.2.3)."""

import binascii
import hashlib
import re
from collections.abc import Iterator
from datetime import datetime

from warnbroker.cap.document import quote
from warnbroker.cap.rules.info import is_web_address
from warnbroker.cap.rules.rule import WARNING, Finding, Rule, at, resources
from warnbroker.model.alert import Alert, Resource

_SOURCE = "CAP 1.2, 3.2.3"
_MIME_TYPE = re.compile(r"[A-Za-z0-9][\w.+!#$&^-]*/[A-Za-z0-9][\w.+!#$&^-]*( *;.*)?", re.ASCII)
_RELATIVE = re.compile(r"([^\s<>\"{}|\\^`\[\]%#:]|%[0-9A-Fa-f]{2})+")
_SHA1 = re.compile(r"[0-9A-Fa-f]{40}")


def description_present(alert: Alert, now: datetime) -> Iterator[Finding]:
    """Require what the file is."""
    for path, resource in resources(alert):
        if not resource.resource_desc:
            yield at(f"{path}/resourceDesc")


def mime_type_form(alert: Alert, now: datetime) -> Iterator[Finding]:
    """Require a media type."""
    for path, resource in resources(alert):
        if not _MIME_TYPE.fullmatch(resource.mime_type):
            yield at(f"{path}/mimeType", shown=quote(resource.mime_type))


def file_present(alert: Alert, now: datetime) -> Iterator[Finding]:
    """Warn of a file that is neither here nor anywhere else."""
    for path, resource in resources(alert):
        if not resource.uri and not resource.deref_uri:
            yield at(path)


def uri_absolute(alert: Alert, now: datetime) -> Iterator[Finding]:
    """Require a whole web address, or the file itself in derefUri."""
    for path, resource in resources(alert):
        is_name = bool(resource.deref_uri) and _RELATIVE.fullmatch(resource.uri)
        if not resource.uri or is_name:
            continue
        if not is_web_address(resource.uri):
            yield at(f"{path}/uri", shown=quote(resource.uri))


def content_is_base64(alert: Alert, now: datetime) -> Iterator[Finding]:
    """Require base64 in derefUri."""
    for path, resource in resources(alert):
        if resource.deref_uri and _content(resource) is None:
            yield at(f"{path}/derefUri")


def size_is_true(alert: Alert, now: datetime) -> Iterator[Finding]:
    """Warn of a size that the file itself belies."""
    for path, resource in resources(alert):
        content = _content(resource)
        if content and resource.size is not None and resource.size != len(content):
            yield at(f"{path}/size", size=resource.size, count=len(content))


def digest_is_sha1(alert: Alert, now: datetime) -> Iterator[Finding]:
    """Warn of a digest that nobody can compare."""
    for path, resource in resources(alert):
        if resource.digest and not _SHA1.fullmatch(resource.digest):
            yield at(f"{path}/digest")


def digest_is_true(alert: Alert, now: datetime) -> Iterator[Finding]:
    """Warn of a digest that the file itself belies."""
    for path, resource in resources(alert):
        content = _content(resource)
        if not content or not _SHA1.fullmatch(resource.digest):
            continue
        # CAP prescribes SHA-1; it proves nothing about who made the file.
        if hashlib.sha1(content, usedforsecurity=False).hexdigest() != resource.digest.lower():
            yield at(f"{path}/digest")


def _content(resource: Resource) -> bytes | None:
    """Return the file in derefUri, None where it is no base64."""
    try:
        return binascii.a2b_base64("".join(resource.deref_uri.split()), strict_mode=True)
    except ValueError:
        return None


RULES = (
    Rule(
        "cap.resource.resource_desc.empty",
        description_present,
        f"{_SOURCE} resourceDesc",
        "resourceDesc is empty; say what the file shows",
        "resourceDesc 为空；须说明文件内容",
    ),
    Rule(
        "cap.resource.mime_type.form",
        mime_type_form,
        f"{_SOURCE} mimeType; RFC 2046",
        "{shown} is no media type; write such as image/png",
        "{shown} 不是媒体类型；应写作 image/png 等",
    ),
    Rule(
        "cap.resource.content.missing",
        file_present,
        f"{_SOURCE} uri, derefUri",
        "there is neither uri nor derefUri, so nobody can open it; add one",
        "uri 与 derefUri 均缺，无法打开；至少须填写一项",
        WARNING,
        needs=(
            "uri",
            "derefUri",
        ),
    ),
    Rule(
        "cap.resource.uri.absolute",
        uri_absolute,
        f"{_SOURCE} uri",
        "{shown} is no whole web address; a relative one needs the file in derefUri",
        "{shown} 不是完整的网址；只有 derefUri 含有文件内容时才可用相对地址",
        needs=("derefUri",),
    ),
    Rule(
        "cap.resource.deref_uri.base64",
        content_is_base64,
        f"{_SOURCE} derefUri",
        "derefUri is no base64; encode the file",
        "derefUri 不是 base64；请对文件编码",
    ),
    Rule(
        "cap.resource.size.differs",
        size_is_true,
        f"{_SOURCE} size",
        "size is {size}, but the file in derefUri has {count} bytes",
        "size 为 {size}，而 derefUri 中的文件有 {count} 字节",
        WARNING,
    ),
    Rule(
        "cap.resource.digest.sha1",
        digest_is_sha1,
        f"{_SOURCE} digest",
        "digest is no SHA-1; write 40 hexadecimal digits",
        "digest 不是 SHA-1；应为 40 位十六进制数字",
        WARNING,
    ),
    Rule(
        "cap.resource.digest.differs",
        digest_is_true,
        f"{_SOURCE} digest",
        "digest is not that of the file in derefUri",
        "digest 与 derefUri 中的文件不符",
        WARNING,
    ),
)
