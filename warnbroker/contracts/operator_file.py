"""Files that an operator writes, read strictly: whatever is wrong is said with its line."""

import codecs
from pathlib import Path
from typing import Any

import yaml

from warnbroker.errors import FileError

_MERGE = "tag:yaml.org,2002:merge"
_REFUSALS = {
    FileNotFoundError: "there is no such file",
    IsADirectoryError: "is a directory; name a file",
    PermissionError: "may not be read by you; change its owner or mode",
}
_WIDE = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def read_text(path: Path) -> str:
    """Read a text file.

    Raises:
        FileError: it cannot be read, or is not UTF-8.
    """
    try:
        content = path.read_bytes()
    except (OSError, ValueError) as error:
        raise unreadable(path, error) from error
    return _decoded(path, content)


def unreadable(path: Path, error: Exception) -> FileError:
    """Return why a file could not be read, and what to do about it."""
    told = next((words for kind, words in _REFUSALS.items() if isinstance(error, kind)), "")
    why = getattr(error, "strerror", None) or error
    return FileError(f"{path}: {told or f'cannot be read: {why}'}")


def _decoded(path: Path, content: bytes) -> str:
    if content.startswith(_WIDE):
        raise FileError(f"{path}: is UTF-16, not UTF-8 text; save it as UTF-8")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise FileError(f"{path}: line {line}: is not UTF-8 text; save it as UTF-8") from error


def read_yaml(path: Path) -> Any:
    """Read a YAML file.

    Raises:
        FileError: it cannot be read, or is not YAML.
    """
    text = read_text(path)
    try:
        # Not yaml.safe_load: this loader is the safe one, and stricter.
        return yaml.load(text, Loader=_Loader)  # noqa: S506  the loader is the safe one
    except yaml.MarkedYAMLError as error:
        raise FileError(f"{path}: {_problem(error)}") from error
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise FileError(f"{path}: is not valid YAML: {' '.join(str(error).split())}") from error


def _problem(error: yaml.MarkedYAMLError) -> str:
    mark = error.problem_mark or error.context_mark
    line = f"line {mark.line + 1}: " if mark else ""
    if isinstance(error, _TwiceError):
        return f"{line}{error.problem}"
    if "'\\t'" in str(error.problem):
        return f"{line}is not valid YAML: a tab stands where blanks must be"
    context = f"{error.context}: " if error.context else ""
    return f"{line}is not valid YAML: {context}{error.problem}"


class _TwiceError(yaml.constructor.ConstructorError):
    """A key stands twice."""


class _Loader(yaml.SafeLoader):
    """Refuses a key that stands twice: which of the two was meant?"""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[object] = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode) and key.tag != _MERGE:
                if key.value in seen:
                    text = f"the key {key.value!r} stands twice; keep one"
                    raise _TwiceError(None, None, text, key.start_mark)
                seen.add(key.value)
        return super().construct_mapping(node, deep=deep)
