"""The gates that a municipality sets before its levels and hazards, and the profiles it keeps.

They are asked of an Alert or an Update that people may get. The standing instruction of the
hazard register counts as an instruction at every level, for it is what people are then
told; that the issuer gave none of their own stays a warning (``cap.info.instruction.missing``).
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import product

from warnbroker.cap.document import quote
from warnbroker.cap.profiles import Profile
from warnbroker.cap.rules.catalogue import gate
from warnbroker.cap.rules.rule import infos
from warnbroker.errors import Fault
from warnbroker.model.alert import Alert, Info
from warnbroker.model.enums import Certainty, MsgType, Severity, Status, Urgency
from warnbroker.model.hazard import Hazard, hazard_of
from warnbroker.model.level import Level, LevelScale
from warnbroker.model.publication import Group

_ASKED = frozenset({MsgType.ALERT, MsgType.UPDATE})
_KEPT = frozenset({Status.DRAFT, Status.SYSTEM})
_ENTRIES = {"instruction": gate.INSTRUCTION, "onset": gate.ONSET, "expires": gate.EXPIRES}
# What tells the level and the hazard of an info, and whether it is asked at all.
_DECISIVE = frozenset(
    {"msgType", "status", "severity", "urgency", "certainty", "parameter", "eventCode"}
    | {"valueName", "value", "event", "language"}
)


@dataclass(frozen=True, slots=True)
class Gates:
    """What the settings ask; ``requires`` maps a level's code to the names of its gates."""

    scale: LevelScale
    requires: Mapping[str, Collection[str]] = field(default_factory=dict)
    languages: Sequence[str] = ()
    hazards: Sequence[Hazard] = ()
    profiles: Sequence[Profile] = ()

    def faults(self, alert: Alert, unread: Collection[str] = ()) -> Iterator[Fault]:
        """Yield what does not pass; ``unread`` names elements that could not be read."""
        for profile in self.profiles:
            yield from profile.faults(alert, unread)
        if not _is_asked(alert) or _DECISIVE & set(unread):
            return
        for path, info in infos(alert):
            level = self.scale.of(info)
            yield from self._of_hazard(path, info, level)
            yield from self._of_severity(path, info)
            yield from self._of_level(path, info, level, unread)

    def untold(self, alert: Alert, groups: Sequence[Group]) -> Iterator[Fault]:
        """Yield the languages that a group's people would not be told in."""
        if not _is_asked(alert):
            return
        for group in groups:
            if "languages" not in self.requires.get(group.level.code, ()):
                continue
            spoken = [info.language for info in group.infos]
            path = f"info[{alert.infos.index(group.infos[0])}]/language"
            for language in self.languages:
                if not any(_is_same(language, other) for other in spoken):
                    yield gate.LANGUAGES.fault(path, level=group.level.names, language=language)

    def _of_level(
        self, path: str, info: Info, level: Level, unread: Collection[str]
    ) -> Iterator[Fault]:
        has = {
            "instruction": bool(info.instruction or self._standing(info)),
            "onset": bool(info.onset) or info.urgency is Urgency.IMMEDIATE,
            "expires": info.expires is not None,
        }
        required = self.requires.get(level.code, ())
        for name, entry in _ENTRIES.items():
            if name in required and not has[name] and name not in unread:
                yield entry.fault(f"{path}/{name}", level=level.names)

    def _of_hazard(self, path: str, info: Info, level: Level) -> Iterator[Fault]:
        if not self.hazards:
            return
        hazard = hazard_of(info, self.hazards)
        if hazard is None:
            yield gate.HAZARD_UNKNOWN.fault(f"{path}/event", shown=quote(info.event))
        elif level.code not in hazard.levels:
            yield gate.HAZARD_LEVEL.fault(
                f"{path}/event",
                level=level.names,
                hazard=hazard.names,
                known=self._names(hazard.levels),
            )

    def _of_severity(self, path: str, info: Info) -> Iterator[Fault]:
        """Warn of a level that the table gives to no alert of this severity."""
        stated = self.scale.stated(info)
        if stated is None or info.severity is Severity.UNKNOWN:
            return
        usual = {
            self.scale.graded(replace(info, urgency=urgency, certainty=certainty)).code
            for urgency, certainty in product(Urgency, Certainty)
        }
        if stated.code not in usual:
            yield gate.LEVEL_SEVERITY.fault(
                f"{path}/severity",
                level=stated.names,
                severity=info.severity,
                known=self._names(usual),
            )

    def _names(self, codes: Collection[str]) -> Mapping[str, str]:
        """Return the names of levels as one text for each language."""
        levels = [level for level in self.scale.levels if level.code in codes]
        return {
            "en": ", ".join(level.name("en") for level in levels),
            "zh-CN": "、".join(level.name("zh-CN") for level in levels),
        }

    def _standing(self, info: Info) -> bool:
        hazard = hazard_of(info, self.hazards)
        texts = hazard.instructions if hazard else {}
        return any(text and _is_same(tag, info.language) for tag, text in texts.items())


def _is_asked(alert: Alert) -> bool:
    return alert.msg_type in _ASKED and alert.status not in _KEPT


def _is_same(wanted: str, spoken: str) -> bool:
    """Say whether who wants one language is told in another: en is told by en-US."""
    one, other = wanted.lower(), spoken.lower()
    return one == other or one.startswith(f"{other}-") or other.startswith(f"{one}-")
