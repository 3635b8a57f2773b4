"""The elements of CAP 1.2: which stand in which, in what order, and which may repeat."""

NAMESPACE = "urn:oasis:names:tc:emergency:cap:1.2"

_PAIR = "valueName value"

# A star marks what may repeat. Names and order are those of the OASIS schema.
_OUTLINE = {
    "alert": "identifier sender sent status msgType source scope restriction addresses code* note "
    "references incidents info*",
    "info": "language category* event responseType* urgency severity certainty audience eventCode* "
    "effective onset expires senderName headline description instruction web contact parameter* "
    "resource* area*",
    "eventCode": _PAIR,
    "parameter": _PAIR,
    "resource": "resourceDesc mimeType size uri derefUri digest",
    "area": "areaDesc polygon* circle* geocode* altitude ceiling",
    "geocode": _PAIR,
}

CHILDREN: dict[str, tuple[str, ...]] = {
    parent: tuple(name.rstrip("*") for name in names.split()) for parent, names in _OUTLINE.items()
}
"""The elements that an element holds, in their order; an element that is no key holds text."""

REPEATABLE: frozenset[str] = frozenset(
    name.rstrip("*") for names in _OUTLINE.values() for name in names.split() if name.endswith("*")
)
"""The elements that may stand several times in their parent."""


def child_path(parent: str, name: str, index: int | None = None) -> str:
    """Write where an element stands, such as ``info[0]/area[1]``; the alert itself is ``""``."""
    step = name if index is None else f"{name}[{index}]"
    return f"{parent}/{step}" if parent else step
