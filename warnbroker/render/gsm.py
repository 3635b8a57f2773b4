"""Keep a text message in the GSM-7 alphabet where only its punctuation stands in the way."""

import re

# GSM 03.38 basic table and extension, without the control characters.
GSM_7 = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡"
    "ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà^{}\\[~]|€"
)
USUAL_SEGMENTS = 3
"""The segments that a text message has room for where no budget says otherwise."""

_GSM_ROOM, _UCS_ROOM = 153, 67
_WIDE = frozenset({"zh", "ja", "ko", "ru", "uk", "ar", "fa", "he", "hi", "th", "bn", "ta", "el"})
_PLAIN = str.maketrans(
    {
        **dict.fromkeys("‘’‚‛′ʹʼ‹›´`", "'"),
        **dict.fromkeys("“”„‟″«»", '"'),
        **dict.fromkeys("‐‑‒–—―−•·‣◦", "-"),
        "…": "...",
        "⁄": "/",
        "×": "x",
        # Blanks of all widths; what has no width says nothing.
        **dict.fromkeys("\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006", " "),
        **dict.fromkeys("\u2007\u2008\u2009\u200a\u202f\u205f\u3000\t", " "),
        **dict.fromkeys("\u00ad\u200b\u200e\u200f\u2060\ufe0e\ufe0f", ""),
        "Ⅰ": "I",
        "Ⅱ": "II",
        "Ⅲ": "III",
        "Ⅳ": "IV",
        "°": " deg ",
    }
)


def gsm_plain(text: str) -> str:
    """Return the text with typographic punctuation made plain, if that puts all of it in GSM-7.

    One character outside GSM-7 more than halves what a segment holds; where letters need
    the wider alphabet anyway, the text stays as it is.
    """
    plain = re.sub(" {2,}", " ", text.translate(_PLAIN))
    return plain if GSM_7.issuperset(plain) else text


def room_of(segments: int, language: str) -> int:
    """Return about how many characters so many segments hold in a language.

    Of several segments each has 153 characters of GSM-7, or 67 of what needs Unicode.
    """
    wide = language.lower().partition("-")[0] in _WIDE
    return segments * (_UCS_ROOM if wide else _GSM_ROOM)
