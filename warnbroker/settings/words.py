"""The words that people may write back, and what they are answered, by language."""

from typing import Annotated

from pydantic import Field, StringConstraints, field_validator

from warnbroker.settings.section import Section

Word = Annotated[str, StringConstraints(min_length=1, max_length=40)]
Words = dict[str, Annotated[list[Word], Field(max_length=100)]]
Answer = dict[str, Annotated[str, StringConstraints(max_length=500)]]


class Answers(Section):
    """Texts by language; ``{name}`` stands for the municipality."""

    stop: Answer = {}
    grave: Answer = {}
    start: Answer = {}
    help: Answer = {}

    @field_validator("*")
    @classmethod
    def _fills(cls, texts: Answer) -> Answer:
        for language, text in texts.items():
            if set("{}") & set(text.replace("{name}", "")):
                raise ValueError(f"{language}: only {{name}} may stand in braces")
        return texts


class InboundWords(Section):
    """What ends warnings to an address, on its channel or on all, what brings them back, help."""

    stop: Words = {}
    stop_all: Words = {}
    start: Words = {}
    help: Words = {}
    answers: Answers = Answers()
