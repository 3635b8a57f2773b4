"""Alert files as commands read them."""

from pathlib import Path

from warnbroker.errors import FileError, TooLargeError, UnreadableError
from warnbroker.model.alert import Alert

_LARGEST = 1 << 20
_MARK = b"\xef\xbb\xbf"


def read_body(file: Path) -> bytes:
    """Read a file, of one that is too large only so much that it is seen to be.

    Raises:
        FileError: it cannot be read.
    """
    try:
        with file.open("rb") as source:
            return source.read(_LARGEST + 1)
    except OSError as error:
        raise FileError(f"{file}: cannot be read: {error.strerror}") from error


def is_json(body: bytes) -> bool:
    """Tell JSON from XML by the first character."""
    return body.removeprefix(_MARK).lstrip()[:1] in {b"{", b"["}


def read_alert(file: Path) -> Alert:
    """Read a CAP file, XML or JSON.

    Raises:
        FileError: it cannot be read.
        AlertError: it breaks rules of form.
    """
    from warnbroker.cap import parse_json, parse_xml

    body = read_body(file)
    try:
        return parse_json(body) if is_json(body) else parse_xml(body)
    except (UnreadableError, TooLargeError) as error:
        raise FileError(f"{file}: {error}") from error
