"""An answer as it came."""

from collections.abc import Iterator, Mapping

from msgspec import Struct

RawFields = list[tuple[bytes, bytes]]


class Fields(Mapping[str, str]):
    """Header fields by their names in small letters; decoded when somebody looks."""

    __slots__ = ("_decoded", "_raw")

    def __init__(self, raw: RawFields) -> None:
        self._raw = raw
        self._decoded: dict[str, str] | None = None

    def __getitem__(self, name: str) -> str:
        return self._known()[name.lower()]

    def __iter__(self) -> Iterator[str]:
        return iter(self._known())

    def __len__(self) -> int:
        return len(self._known())

    def _known(self) -> dict[str, str]:
        if self._decoded is None:
            self._decoded = {}
            for name, value in self._raw:
                key, text = name.decode("latin-1").lower(), value.decode("utf-8", "replace")
                known = self._decoded.get(key)
                self._decoded[key] = text if known is None else f"{known}, {text}"
        return self._decoded


class Answer(Struct, frozen=True):
    """Status, header fields and body.

    Of a refusal's body that broke off nothing is kept: the status alone says enough.
    """

    status: int
    fields: Fields
    body: bytes
