"""The templates there are: read from file names ``channel/kind.language.part.j2``."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from warnbroker.model.message import MessageKind
from warnbroker.render.languages import nearest
from warnbroker.render.parts import Part, kinds_of

# Folders beside the channels' own: the public page is no message.
_OTHER_FOLDERS = frozenset({"web"})
_NAME = re.compile(
    r"(?P<kind>[^.]+)\.(?P<language>[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*)\.(?P<part>[^.]+)\.j2"
)


@dataclass(frozen=True, slots=True)
class TemplateFile:
    """One template by the parts of its name."""

    channel: str
    kind: MessageKind
    language: str
    part: Part

    @property
    def name(self) -> str:
        """Return its path below the templates' folder."""
        return f"{self.channel}/{self.kind}.{self.language}.{self.part.name}.j2"


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The templates of one folder, and a line for each file that cannot be one."""

    files: frozenset[TemplateFile] = frozenset()
    strays: tuple[str, ...] = ()

    def __or__(self, other: "Catalogue") -> "Catalogue":
        return Catalogue(self.files | other.files, self.strays + other.strays)

    def languages(self, channel: str, kind: MessageKind, part: Part) -> set[str]:
        """Return the languages that a part of a message exists in."""
        wanted = (channel, kind, part)
        return {f.language for f in self.files if (f.channel, f.kind, f.part) == wanted}

    def choose(
        self, channel: str, kind: MessageKind, part: Part, languages: Sequence[str]
    ) -> TemplateFile | None:
        """Return the template for the first of the languages that one comes near, else any."""
        there = self.languages(channel, kind, part)
        language = nearest(there, languages[0], languages[1:]) or min(there, default=None)
        return TemplateFile(channel, kind, language, part) if language else None


def catalogue(folder: Path, parts: Mapping[str, Sequence[Part]]) -> Catalogue:
    """Read the templates below a folder.

    Files and folders that begin with ``_`` hold what templates share; hidden ones count
    for nothing.
    """
    files, strays = set(), []
    for path in sorted(_visible(folder)):
        found = _read(path.relative_to(folder), parts)
        if isinstance(found, TemplateFile):
            files.add(found)
        else:
            strays.append(f"{path}: {found}")
    return Catalogue(frozenset(files), tuple(strays))


def _visible(folder: Path) -> Iterator[Path]:
    for path in folder.rglob("*"):
        steps = path.relative_to(folder).parts
        hidden = any(step.startswith((".", "_")) for step in steps)
        if path.is_file() and not hidden and steps[0] not in _OTHER_FOLDERS:
            yield path


def _read(path: Path, parts: Mapping[str, Sequence[Part]]) -> TemplateFile | str:
    """Return the template that a file is, or what keeps it from being one."""
    channel = path.parent.as_posix()
    if channel not in parts:
        return f"no channel is called {channel!r}; there are {', '.join(parts)}"
    named = _NAME.fullmatch(path.name)
    if not named:
        return "a template is called KIND.LANGUAGE.PART.j2"
    if named["kind"] not in set(MessageKind):
        return f"no message is of kind {named['kind']!r}; there are {', '.join(MessageKind)}"
    if named["kind"] not in kinds_of(channel):
        return f"{channel} has no message of kind {named['kind']!r}: it reaches no single people"
    part = next((part for part in parts[channel] if part.name == named["part"]), None)
    if not part:
        names = ", ".join(part.name for part in parts[channel])
        return f"{channel} has no part {named['part']!r}; there are {names}"
    return TemplateFile(channel, MessageKind(named["kind"]), named["language"], part)
