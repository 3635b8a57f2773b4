"""Alert files as commands read them."""

from pathlib import Path

from warnbroker.cap import parse_json, parse_xml
from warnbroker.errors import FileError, UnreadableError
from warnbroker.model.alert import Alert


def read_alert(file: Path) -> Alert:
    """Read a CAP file, XML or JSON.

    Raises:
        FileError: it cannot be read.
        AlertError: it breaks rules of form.
    """
    try:
        body = file.read_bytes()
        return parse_json(body) if body.lstrip()[:1] == b"{" else parse_xml(body)
    except OSError as error:
        raise FileError(f"{file}: cannot be read: {error.strerror}") from error
    except UnreadableError as error:
        raise FileError(f"{file}: {error}") from error
