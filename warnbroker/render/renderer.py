"""Render the messages of an alert: every part, for every channel, group and language."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, tzinfo
from pathlib import Path

from warnbroker.contracts import Budgeted
from warnbroker.errors import FileError, TemplateError
from warnbroker.log import log
from warnbroker.model.alert import Alert, Info
from warnbroker.model.message import Message, MessageKind
from warnbroker.model.publication import Group
from warnbroker.render.budget import Budget, within
from warnbroker.render.catalogue import Catalogue, catalogue
from warnbroker.render.changes import Changes
from warnbroker.render.check import faults
from warnbroker.render.facts import (
    LIFTED,
    NO_CHANGES,
    REASON_KINDS,
    Facts,
    Occasion,
    Setting,
    facts,
    in_own_words,
    no_instruction,
)
from warnbroker.render.parts import PARTS, Part
from warnbroker.render.sandbox import environment
from warnbroker.render.templateset import TemplateSet


class Renderer:
    """Renders messages from an operator's templates, and from the shipped ones behind them."""

    def __init__(  # noqa: PLR0913  each is one setting of the broker's
        self,
        templates: Path,
        overrides: Path | None,
        *,
        fallback_languages: Sequence[str],
        time_zone: tzinfo,
        municipality: Mapping[str, str],
        link: Callable[[str], str],
        standing: Callable[[Info], str] = no_instruction,
        parts: Mapping[str, Sequence[Part]] = PARTS,
        budgets: Mapping[str, Budgeted] | None = None,
    ) -> None:
        """Read which templates there are.

        ``municipality`` is its name by language, ``link`` gives the public page of a warning
        id, ``standing`` the hazard register's instruction for an info (its language,
        empty where there is none), ``parts`` the parts of each channel's messages, ``budgets``
        those channels that bound what a message may take.

        Raises:
            FileError: a folder of templates does not exist.
        """
        for folder in filter(None, (templates, overrides)):
            if not folder.is_dir():
                raise FileError(f"{folder}: there is no such folder of templates")
        shipped = catalogue(templates, parts)
        own = catalogue(overrides, parts) if overrides else Catalogue()
        languages = tuple(fallback_languages)
        self.setting = Setting(time_zone, municipality, languages, link, standing)
        self._budgets = budgets or {}
        self._overridden = overrides is not None
        self._shipped = TemplateSet(shipped, environment(templates), parts, languages)
        self._all = TemplateSet(shipped | own, environment(templates, overrides), parts, languages)

    def render(self, channel: str, facts: Facts) -> Mapping[str, str]:
        """Return all parts of a channel's message.

        Raises:
            TemplateError: a template is missing or does not render.
        """
        return self._all.render(channel, facts)

    def messages(  # noqa: PLR0913  each names one thing that the planner alone knows
        self,
        alert: Alert,
        groups: Iterable[Group],
        channels: Iterable[str],
        kind: MessageKind,
        *,
        warning_id: str,
        next_id: Iterator[int],
        alert_id: str = "",
        reason: str = "",
        expires: datetime | None = None,
        waiting: datetime | None = None,
        unreached: int = 0,
        list_link: str = "",
        since: str = "",
        changes: Changes = NO_CHANGES,
    ) -> list[Message]:
        """Return one message for each channel, group and language of that group.

        ``reason`` is ``error`` or ``lifted`` for a Cancel; anything else counts as lifted.
        ``expires`` is when the alert ends where an info does not say, ``alert_id`` its public
        id, ``waiting`` since when it waits for people, for reminders; ``unreached``
        and ``list_link`` are of the list of whom it is written to; ``changes`` is what differs
        since the alert of the public id ``since``. Of two infos of a
        group in one language the first counts (ECIG CAP-to-EAS guide 1.0). An operator's
        template that does not render is logged, and the shipped one speaks instead.

        Raises:
            TemplateError: a shipped template is missing or does not render.
        """
        why = reason if reason in REASON_KINDS else LIFTED
        occasion = Occasion(
            kind, warning_id, why, expires, alert_id, waiting, unreached, list_link, changes
        )
        stated = [
            (group.index, facts(group, info, alert, occasion=occasion, setting=self.setting), info)
            for group in groups
            for info in _one_per_language(group)
        ]
        return [
            self._message(
                Message(next(next_id), channel, fact.language, kind, index, {}, since),
                in_own_words(fact, info, channel),
            )
            for channel in channels
            for index, fact, info in stated
        ]

    def check(self) -> list[str]:
        """Render every template with full and with minimal samples; one line for each fault."""
        # Behind an operator's templates the shipped ones must still be able to speak.
        sets = (self._all, self._shipped) if self._overridden else (self._all,)
        return faults(sets, self.setting)

    def _message(self, blank: Message, facts: Facts) -> Message:
        """Return a message with its parts, within its channel's budget."""
        channel = self._budgets.get(blank.channel)

        def render(facts: Facts) -> Mapping[str, str]:
            return self._render_at_any_rate(blank.channel, facts)

        if channel is None:
            return replace(blank, parts=render(facts))
        budget = Budget(
            channel.budget(facts.level.code),
            lambda parts: channel.units(replace(blank, parts=parts)),
        )
        return replace(blank, parts=within(budget, facts, render))

    def _render_at_any_rate(self, channel: str, facts: Facts) -> Mapping[str, str]:
        try:
            return self._all.render(channel, facts)
        except TemplateError as error:
            log.warning("template_failed", channel=channel, problem=str(error))
            return self._shipped.render(channel, facts)


def _one_per_language(group: Group) -> Iterable[Info]:
    first: dict[str, Info] = {}
    for info in group.infos:
        first.setdefault(info.language.lower(), info)
    return first.values()
