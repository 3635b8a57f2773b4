"""What an operator may say about the feeds."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, AnyHttpUrl, BaseModel, ConfigDict, Field

from warnbroker.model.drill import with_mark
from warnbroker.model.level import in_language

_TITLES = {"zh": "{name}预警信息", "en": "{name}: public warnings"}
_DESCRIPTIONS = {
    "zh": "目前生效的全部公众预警信息，每条均附CAP原文。",
    "en": "All public warnings now in force, each with its CAP message.",
}


_TEST_TITLES = {"zh": "{name}演练测试源", "en": "{name}: drills, for tests of readers"}
_TEST_DESCRIPTIONS = {
    "zh": "仅供阅读程序测试：全部为演练，均非真实预警。",
    "en": "For tests of feed readers: drills only, none of it a real warning.",
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


def drill_title(language: str, name: str) -> str:
    """Return the title of the feed of drills, marked as one."""
    return with_mark(_worded(_TEST_TITLES, language, name), language)


def drill_description(language: str) -> str:
    """Return the description of the feed of drills, marked as one."""
    return with_mark(_worded(_TEST_DESCRIPTIONS, language, ""), language)


def _worded(texts: Mapping[str, str], language: str, name: str) -> str:
    return in_language(texts, language).replace("{name}", name)
