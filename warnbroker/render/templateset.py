"""A set of templates that renders: which there are, and the sandbox that they run in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any

from markupsafe import escape

from warnbroker.errors import TemplateError
from warnbroker.render.catalogue import Catalogue, TemplateFile
from warnbroker.render.facts import Facts
from warnbroker.render.parts import Form, Part, finished, marked
from warnbroker.render.sandbox import Sandbox, path_of, rendered

PLAIN = "sms"
"""The channel whose texts those speak that name no parts of their own."""


@dataclass(frozen=True, slots=True)
class TemplateSet:
    """Templates, the parts that they make up, and the languages to fall back to."""

    catalogue: Catalogue
    sandbox: Sandbox
    parts: Mapping[str, Sequence[Part]]
    fallback_languages: Sequence[str]

    def render(self, channel: str, facts: Facts) -> Mapping[str, str]:
        """Return all parts of a channel's message.

        Raises:
            TemplateError: a template is missing or does not render.
        """
        # A channel that somebody added has no templates of ours: it speaks as a text message does.
        channel = channel if channel in self.parts else PLAIN
        return {
            part.name: self.part(self.choose(channel, part, facts), facts)
            for part in self.parts[channel]
        }

    def part(self, file: TemplateFile, facts: Facts) -> str:
        """Return one part, in its form and, in a drill, with the drill's mark.

        Raises:
            TemplateError: the template does not render.
        """
        output = rendered(
            self.sandbox, file.name, _context(facts, html=file.part.form is Form.HTML)
        )
        text = finished(output, file.part, facts.language)
        if not facts.drill:
            return text
        return marked(text, file.part, facts.language, self.fallback_languages)

    def choose(self, channel: str, part: Part, facts: Facts) -> TemplateFile:
        """Return the template of a part in the language nearest to the facts'.

        Raises:
            TemplateError: there is none in any language.
        """
        languages = (facts.language, *self.fallback_languages)
        file = self.catalogue.choose(channel, facts.kind, part, languages)
        if not file:
            raise TemplateError(
                f"{channel}: there is no template {facts.kind}.LANGUAGE.{part.name}.j2"
            )
        return file

    def path(self, file: TemplateFile) -> str:
        """Return where a template lies."""
        return path_of(self.sandbox, file.name)


def _context(facts: Facts, *, html: bool) -> dict[str, Any]:
    context = {field.name: getattr(facts, field.name) for field in fields(facts)}
    # Autoescaping does not reach into a macro of a text file that an HTML template calls.
    return {name: _escaped(value) for name, value in context.items()} if html else context


def _escaped(value: Any) -> Any:
    if isinstance(value, str):
        return escape(value)
    if isinstance(value, tuple):
        return tuple(map(_escaped, value))
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{f.name: _escaped(getattr(value, f.name)) for f in fields(value)})
    return value
