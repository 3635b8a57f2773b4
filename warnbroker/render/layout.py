"""Tidy texts: blanks, line breaks, characters that nobody should see."""

import re
import unicodedata

from warnbroker.model.sentences import HAN

# A line break beside a Chinese character or sign is layout, not a blank between words.
_LAYOUT_BREAK = re.compile(rf"(?<=[{HAN}])[ \t]*\n\s*|(?<![.,;:!?])[ \t]*\n\s*(?=[{HAN}])")
_ITEM_BREAK = re.compile(
    rf"(?<=[{HAN}])(?<!\W)\s*\n\s*(?![1一①]\D|[(（][1一])"
    r"(?=\d{1,2}[、.．]\D|[①-⑳]|[(（]?[一二三四五六七八九十]{1,2}[、)）])"
)
_RULE = re.compile(r"^\s*[!-/:-@\[-`{-~]{2,}\s*$")
_ADDRESS = re.compile(r"https?://[!-~]+")
_ITEM = re.compile(r"\W|\w{1,2}[.)）、．]")
_WRAPPED = 40
"""Columns from which on a line may have been broken because it was full."""
# Control characters, and marks that would turn the direction of the text around them.
_UNPRINTABLE = re.compile(
    r"[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\ufeff]"
)
_BREAKS = re.compile(r"\r\n?|[\u2028\u2029\u0085\u000b\u000c]")
_ENDS = tuple(".!?…:。｡！？：।॥؟۔།።")
_CLOSERS = "”’」』»）)\"'】]"
_TRAILING = " .,;:。，；：、"
_JOINER = "\u200d"
# Signs of presentation, and the vowels of Thai and Lao that Unicode counts as letters.
_JOINING = frozenset({_JOINER, "\ufe0e", "\ufe0f", "\u0e33", "\u0eb3"})
_FLAG_LETTERS = "".join(map(chr, range(0x1F1E6, 0x1F200)))
LIST_SIGNS = ",;，；、"
_GAPS = (re.compile(rf"\s*[{LIST_SIGNS}]\s*"), re.compile(r"\s+"))
MAX_TEXT = 8_000
MAX_PHRASE = 200


def clean(text: str) -> str:
    """Return a text of an issuer's without control characters and surplus blanks.

    Accents are one character with their letter where Unicode has one, as text messages want.
    Line breaks stay, with at most one empty line between two lines; a line of signs alone,
    such as ``&&``, is an empty one. What goes on beyond
    8,000 characters is no text for a message and is cut.
    """
    # Composed last: a mark that goes may have kept a letter and its accent apart.
    printable = unicodedata.normalize("NFC", _UNPRINTABLE.sub("", _BREAKS.sub("\n", text)))
    lines = (" ".join(_RULE.sub("", line).split()) for line in printable.split("\n"))
    return cut(re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip(), MAX_TEXT)


def one_line(text: str) -> str:
    """Return a text as one line; breaks become blanks, or nothing in Chinese.

    In Chinese lists a semicolon stands for the break before the next number.
    """
    return " ".join(_LAYOUT_BREAK.sub("", _ITEM_BREAK.sub("；", text.strip())).split())


def unwrapped(text: str) -> str:
    """Return a text without the line breaks that only kept its lines short.

    Read aloud, a line ends as a sentence does.
    """
    first, *others = text.split("\n")
    paragraphs = [[first]]
    for line in others:
        if _goes_on(paragraphs[-1][-1], line):
            paragraphs[-1].append(line)
        else:
            paragraphs.append([line])
    return "\n".join(one_line("\n".join(lines)) for lines in paragraphs)


def _goes_on(before: str, line: str) -> bool:
    if not before or not line or _ITEM.match(line):
        return False
    columns = sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in before)
    is_full = columns >= _WRAPPED and not is_ended(before)
    return is_full or line[0].islower() or before.endswith(tuple(LIST_SIGNS))


def phrase(text: str, limit: int = MAX_PHRASE) -> str:
    """Return a text as a phrase to be built into a sentence: one line with no end of its own."""
    return cut(one_line(clean(text)).rstrip(_TRAILING), limit)


def cut(text: str, limit: int, more: str = "…") -> str:
    """Return a text of ``limit`` characters at most, before ``more``, which marks a cut.

    The cut lies between two items of a list, else between two words; only where none end
    in time, anywhere.
    """
    if len(text) <= limit:
        return text
    for gap in _GAPS:
        ends = [found.start() for found in gap.finditer(text[: limit + 1]) if found.start()]
        if ends:
            return text[: ends[-1]] + more
    return text[: _between_characters(text, limit)] + more


def _between_characters(text: str, at: int) -> int:
    """Return the last place up to ``at`` where no character that people see is split."""
    end = at
    while end > 0 and _is_within(text, end):
        end -= 1
    return end or at


def _is_within(text: str, at: int) -> bool:
    before, after = text[at - 1], text[at : at + 1]
    if not after:
        return False
    joins = after in _JOINING or unicodedata.category(after) in {"Mn", "Mc", "Me"}
    if joins or before == _JOINER or "\U0001f3fb" <= after <= "\U0001f3ff":
        return True
    # Flags are pairs of letters of their own.
    flags = len(text[:at]) - len(text[:at].rstrip(_FLAG_LETTERS))
    return after in _FLAG_LETTERS and flags % 2 == 1


def ended(text: str) -> str:
    """Return a text that ends as a sentence does; an open list ends with a full stop."""
    if not text or is_ended(text):
        return text
    body = text.rstrip(",;，；、")
    said = _ADDRESS.sub("", body[-MAX_PHRASE:])
    last = next(filter(str.isalpha, reversed(said)), "")
    return body + ("。" if re.match(f"[{HAN}]", last) else ".")


def is_ended(text: str) -> bool:
    """Say whether a text ends as a sentence does, be it within quotes or brackets."""
    return text.rstrip(_CLOSERS).endswith(_ENDS)
