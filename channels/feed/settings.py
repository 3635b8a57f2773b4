"""What an operator may say about the feeds."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, AnyHttpUrl, BaseModel, ConfigDict, Field

from warnbroker.model.level import in_language

_TITLES = {"zh": "{name}预警信息", "en": "{name}: public warnings"}
_DESCRIPTIONS = {
    "zh": "目前生效的全部公众预警信息，每条均附CAP原文。",
    "en": "All public warnings now in force, each with its CAP message.",
}


class FeedSettings(BaseModel):
    """The section ``channels.feed``.

    ``title`` and ``description`` are by language; ``{name}`` in them stands for the
    municipality's name. ``hub`` is a WebSub hub that is told of each change.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    directory: Annotated[Path, AfterValidator(Path.expanduser)]
    title: dict[str, str] = {}
    description: dict[str, str] = {}
    hub: AnyHttpUrl | None = None
    max_entries: int = Field(default=500, ge=1, le=2000)

    def title_in(self, language: str, name: str) -> str:
        """Return the feeds' title in a language."""
        return _worded(self.title or _TITLES, language, name)

    def description_in(self, language: str, name: str) -> str:
        """Return the feeds' description in a language."""
        return _worded(self.description or _DESCRIPTIONS, language, name)


def _worded(texts: Mapping[str, str], language: str, name: str) -> str:
    return in_language(texts, language).replace("{name}", name)
