"""Check templates before they are needed: do they render, and do they state the facts?"""

import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import product

from warnbroker.errors import TemplateError
from warnbroker.model.message import MessageKind
from warnbroker.render.catalogue import TemplateFile
from warnbroker.render.facts import ERROR, LIFTED, Facts, Occasion, Setting
from warnbroker.render.layout import one_line
from warnbroker.render.parts import Form, Part, kinds_of
from warnbroker.render.samples import sample
from warnbroker.render.shorten import shorten
from warnbroker.render.speech import speakable
from warnbroker.render.templateset import TemplateSet

_IN_FORCE = (MessageKind.ALERT, MessageKind.UPDATE)
_NEWS = (("alert", LIFTED), ("update", LIFTED), ("cancel", LIFTED), ("cancel", ERROR))
_OCCASIONS = (
    (MessageKind.ALERT, *_NEWS[0]),
    (MessageKind.UPDATE, *_NEWS[1]),
    (MessageKind.CANCEL, *_NEWS[2]),
    (MessageKind.CANCEL, *_NEWS[3]),
    (MessageKind.OUTSIDE, *_NEWS[1]),
    *((MessageKind.NOTICE, *news) for news in _NEWS),
    (MessageKind.REMINDER, *_NEWS[0]),
    (MessageKind.UNSIGNED, *_NEWS[0]),
    (MessageKind.UNREACHED, *_NEWS[0]),
)


def faults(sets: Sequence[TemplateSet], setting: Setting) -> list[str]:
    """Return one line for each fault of the templates, each fault once."""
    lines: list[str] = []
    for templates in sets:
        lines += templates.catalogue.strays
        lines += (
            line for file in _sorted(templates) for line in _file_faults(templates, file, setting)
        )
        lines += _missing(templates)
        lines += _mix_ups(templates, setting)
    return list(dict.fromkeys(lines))


def left_out(facts: Facts, part: Part, text: str) -> list[str]:
    """Return the names of the facts that a whole part must state and does not.

    Who, when issued, what hazard, which level and where are told always; what to do and
    until when are the issuer's to say only while the warning stands.
    """
    if part.form is Form.HTML:
        text = html.unescape(re.sub(r"<[^>]+>", " ", text))
    seen = one_line(text)
    said = partial(speakable, language=facts.language) if part.spoken else str
    wanted: dict[str, Sequence[str]] = {
        "issuer": (facts.issuer,),
        "issued": (facts.issued.text, facts.issued.spoken),
        "event": (facts.event,),
        "level": (facts.level.name,),
        "place": (facts.places or ("",))[:1],
    }
    if facts.kind in _IN_FORCE:
        wanted["action"] = (one_line(shorten(facts.action)),)
        wanted["expires"] = (facts.expires.text, facts.expires.spoken)
    return [name for name, forms in wanted.items() if not any(said(form) in seen for form in forms)]


def _sorted(templates: TemplateSet) -> list[TemplateFile]:
    return sorted(templates.catalogue.files, key=lambda file: file.name)


def _file_faults(templates: TemplateSet, file: TemplateFile, setting: Setting) -> Iterator[str]:
    occasions = [news for kind, *news in _OCCASIONS if kind is file.kind]
    for (news, reason), full in product(occasions, (True, False)):
        occasion = Occasion(file.kind, "sample", reason)
        facts = replace(sample(file.language, occasion, setting, full=full), news=news)
        try:
            text = templates.part(file, facts)
        except TemplateError as error:
            yield str(error)
            continue
        if not text:
            yield f"{templates.path(file)}: says nothing"
        elif file.part.whole and (names := left_out(facts, file.part, text)):
            yield f"{templates.path(file)}: leaves out {', '.join(names)}"


def _missing(templates: TemplateSet) -> Iterator[str]:
    for channel, parts in templates.parts.items():
        for kind, part in product(kinds_of(channel), parts):
            if not templates.catalogue.languages(channel, kind, part):
                yield f"{channel}: there is no template {kind}.LANGUAGE.{part.name}.j2"


def _mix_ups(templates: TemplateSet, setting: Setting) -> Iterator[str]:
    """Yield a line for each template that says what another kind says, in the same words.

    A frame of an operator's without its blocks would make a Cancel read like the Alert.
    """
    for alert in _sorted(templates):
        if alert.kind is not MessageKind.ALERT or not alert.part.whole:
            continue
        occasion = Occasion(MessageKind.ALERT, "sample")
        facts = sample(alert.language, occasion, setting, full=True)
        told: dict[str, str] = {}
        for kind, news, reason in _OCCASIONS:
            other = replace(facts, kind=kind, news=news, reason_kind=reason)
            try:
                file = templates.choose(alert.channel, alert.part, other)
                text = templates.part(file, other)
            except TemplateError:
                continue
            if text in told:
                yield f"{templates.path(file)}: says the same as {told[text]}"
            told.setdefault(text, f"{file.name} ({reason})" if news == "cancel" else file.name)
