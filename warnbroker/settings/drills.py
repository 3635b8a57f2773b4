"""Drills, and the named lists that messages of limited scope go to."""

from warnbroker.settings.section import Section


class Drills(Section):
    """Who hears of an Exercise or a Test; ``public`` lets an announced drill go to everybody."""

    public: bool = False


class NamedList(Section):
    """The people of a list: by their roles, or by their own keys (``ref``)."""

    names: dict[str, str] = {}
    roles: list[str] = []
    refs: list[str] = []
