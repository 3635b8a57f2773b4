"""Keep a text message in the GSM-7 alphabet where only its punctuation stands in the way."""

# GSM 03.38 basic table and extension, without the control characters.
GSM_7 = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡"
    "ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà^{}\\[~]|€"
)
_PLAIN = str.maketrans(
    {
        "‘": "'",
        "’": "'",
        "“": '"',
        "”": '"',
        "–": "-",
        "—": "-",
        "‑": "-",
        "−": "-",
        "…": "...",
        "•": "-",
        "·": "-",
        "\u00a0": " ",
        "\u202f": " ",
        "\t": " ",
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
    plain = text.translate(_PLAIN)
    return plain if GSM_7.issuperset(plain) else text
