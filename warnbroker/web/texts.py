"""The pages' own words: one YAML file of key and text per language, all with the same keys."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from warnbroker.errors import FileError
from warnbroker.render.languages import nearest

_FILE = re.compile(r"texts\.([A-Za-z0-9-]+)\.yaml")


@dataclass(frozen=True, slots=True)
class Texts:
    """The words of one language."""

    language: str
    words: Mapping[str, str]

    def __call__(self, key: str, **values: object) -> str:
        """Return a text with ``{name}`` filled in.

        Raises:
            KeyError: there is no such text; a test keeps the files complete.
        """
        text = self.words[key]
        for name, value in values.items():
            text = text.replace(f"{{{name}}}", str(value))
        return text

    def get(self, key: str) -> str:
        """Return a text, empty if there is none."""
        return self.words.get(key, "")


class Tongues:
    """The languages that the pages speak."""

    def __init__(self, folders: Iterable[Path], order: tuple[str, ...]) -> None:
        """Read the folders, the first before the later ones.

        ``order`` says which languages are offered, and in which order; one that has no
        file is left out. If none has, all that have a file are offered.
        """
        found: dict[str, Texts] = {}
        for folder in folders:
            for path in sorted(folder.glob("texts.*.yaml")):
                match = _FILE.fullmatch(path.name)
                if match:
                    found.setdefault(match[1], Texts(match[1], _read(path)))
        wanted = [tag for tag in (nearest(found, language) for language in order) if tag]
        self._texts = {tag: found[tag] for tag in wanted} or found

    @property
    def languages(self) -> tuple[str, ...]:
        """Return the languages, the first one being the default."""
        return tuple(self._texts)

    def speak(self, wanted: Iterable[str]) -> Texts:
        """Return the words for a reader, who names languages in order of liking."""
        tags = (nearest(self._texts, language) for language in wanted)
        tag = next((tag for tag in tags if tag), self.languages[0])
        return self._texts[tag]


def _read(path: Path) -> dict[str, str]:
    try:
        words = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise FileError(f"{path}: {' '.join(str(error).split())}") from error
    if not isinstance(words, dict):
        raise FileError(f"{path}: is not a list of keys and texts")
    return {str(key): str(text) for key, text in words.items()}
