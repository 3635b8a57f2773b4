"""What the settings say of the words that people write back."""

from warnbroker.intake.words import Meaning, Words, words_of
from warnbroker.settings import Settings


def inbound_words_of(settings: Settings) -> Words:
    """Return the words and the answers, with the municipality's name in them."""
    section, municipality = settings.words, settings.municipality
    grave = section.answers.grave if settings.dispatch.override_suppression else {}
    stop = {
        language: f"{text} {grave[language]}" if language in grave else text
        for language, text in section.answers.stop.items()
    }
    texts = {
        Meaning.STOP: stop,
        Meaning.STOP_ALL: stop,
        Meaning.START: section.answers.start,
        Meaning.HELP: section.answers.help,
    }
    names, first = municipality.names, municipality.languages[0]
    answers = {
        meaning: {
            language: text.replace("{name}", names.get(language) or names.get(first, ""))
            for language, text in by_language.items()
        }
        for meaning, by_language in texts.items()
    }
    words = {
        Meaning.STOP: section.stop,
        Meaning.STOP_ALL: section.stop_all,
        Meaning.START: section.start,
        Meaning.HELP: section.help,
    }
    return words_of(words, answers, tuple(municipality.languages))
