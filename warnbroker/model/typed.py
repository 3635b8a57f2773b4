"""Words as people type them: what looks the same is the same."""

import unicodedata


def plain(text: str) -> str:
    """Return a text without what the eye does not tell apart.

    Case, kinds of blanks, how letters with accents are put together, full-width letters
    (Unicode's form NFKC), and signs without a shape of their own such as marks of direction.
    """
    shaped = (c for c in unicodedata.normalize("NFKC", text) if unicodedata.category(c) != "Cf")
    folded = unicodedata.normalize("NFKC", "".join(shaped).casefold())
    return " ".join(folded.split())
