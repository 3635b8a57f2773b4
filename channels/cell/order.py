"""What is ordered of a carrier: an alert with its area, and the texts in all languages."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from shapely import make_valid
from shapely.errors import ShapelyError
from shapely.geometry import mapping, shape
from shapely.geometry.base import BaseGeometry

from warnbroker.model.publication import Publication

SHARED = frozenset(
    {"id", "warning", "msg_type", "status", "level", "expires", "area", "cap", "texts", "text"}
    | {"supersedes", "language"}
)


@dataclass(frozen=True, slots=True)
class Order:
    """One alert as it is ordered of every carrier."""

    area: BaseGeometry
    values: Mapping[str, str]
    texts: Mapping[str, str]
    is_cancel: bool

    @classmethod
    def of(cls, publication: Publication) -> "Order":
        """Return the order for an alert."""
        alert = publication.alert
        texts = {language: publication.text(language, "txt") for language in publication.languages}
        values = {
            "id": publication.id,
            "warning": publication.warning_id,
            "msg_type": alert.msg_type.value,
            "status": alert.status.value,
            "level": publication.level.code,
            "expires": publication.expires.isoformat(),
            "area": orjson.dumps(mapping(publication.area)).decode(),
            "cap": publication.cap.decode(),
            "texts": orjson.dumps(texts).decode(),
            "supersedes": orjson.dumps(publication.supersedes).decode(),
        }
        return cls(publication.area, values, texts, alert.msg_type.value == "Cancel")

    def in_language(self, language: str) -> Mapping[str, str]:
        """Return everything that a description may ask for; ``text`` is in one language."""
        chosen = language if language in self.texts else next(iter(self.texts), "")
        return {**self.values, "language": chosen, "text": self.texts.get(chosen, "")}


def differs(ordered: BaseGeometry, used: Any, tolerance: float) -> bool:
    """Tell whether the area that a carrier used is another one than was ordered.

    What cannot be read as an area is another one.
    """
    try:
        found = make_valid(shape(used))
        off = ordered.symmetric_difference(found).area
    except (ShapelyError, ValueError, TypeError, KeyError, AttributeError, IndexError):
        return True
    return bool(off > tolerance * ordered.area)
