"""What marks a drill, so that nobody who hears of one can take it for the real thing."""

from collections.abc import Mapping

# The mark in front of every text, and the sentence that is said with what is spoken.
# More languages than there are templates, since a drill must look like one to every reader.
DRILL_MARKS: Mapping[str, tuple[str, str]] = {
    "zh": ("【演练】", "这是演练，不是真实预警。"),
    "zh-Hant": ("【演練】", "這是演練，不是真實預警。"),
    "zh-TW": ("【演練】", "這是演練，不是真實預警。"),
    "zh-HK": ("【演練】", "這是演練，不是真實預警。"),
    "en": ("[EXERCISE]", "This is an exercise, not a real warning."),
    "fr": (
        "[EXERCICE]",  # codespell:ignore exercice
        "Ceci est un exercice, pas une alerte réelle.",  # codespell:ignore exercice
    ),
    "es": ("[SIMULACRO]", "Esto es un simulacro, no una alerta real."),
    "ru": ("[УЧЕНИЯ]", "Это учения, а не настоящее предупреждение."),
    "ar": ("[تمرين]", "هذا تمرين وليس إنذارا حقيقيا."),
}

_MARKS = tuple(dict.fromkeys(mark for mark, _ in DRILL_MARKS.values()))


def is_marked(text: str) -> bool:
    """Say whether a text begins with a drill's mark, or as HTML shows one."""
    plain = text.lstrip()
    if plain.startswith("<"):
        return any(mark in plain for mark in _MARKS)
    return plain.startswith(_MARKS)


def mark_of(language: str) -> str:
    """Return the mark for readers of a language: its own, else that of its primary subtag."""
    known = DRILL_MARKS.get(language) or DRILL_MARKS.get(language.partition("-")[0].lower())
    return (known or DRILL_MARKS["en"])[0]


def with_mark(text: str, language: str) -> str:
    """Return a text that begins with a drill's mark, put there unless it has one."""
    if not text or is_marked(text):
        return text
    mark = mark_of(language)
    return f"{mark}{text}" if mark.endswith("】") else f"{mark} {text}"
