"""A request with blanks: compiled once, filled once per message, spliced per recipient."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from yarl import URL

from channels._client.request import Origin, head_of, origin_of, whole
from channels._gateway.blanks import (
    HARMLESS,
    Blank,
    Pieces,
    Write,
    as_it_is,
    filled,
    in_address,
    in_header,
    in_json,
    in_markup,
    joined,
    names,
    parse,
    parse_json,
)
from channels._gateway.description import Request
from channels._http import in_form

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
_MARK = "\x01"


class Spliced:
    """A text with blanks, ready to be put together for one recipient."""

    def __init__(self, pieces: Pieces, write: Write) -> None:
        # One step of the interpreter's own puts all pieces together.
        self._whole = "".join(
            "%s" if isinstance(piece, Blank) else piece.replace("%", "%%") for piece in pieces
        )
        blanks = [piece for piece in pieces if isinstance(piece, Blank)]
        self._names = [blank.name for blank in blanks]
        self._writes = [as_it_is if blank.raw else write for blank in blanks]
        self._harmless = HARMLESS.get(write)

    def __call__(self, values: Mapping[str, str]) -> str:
        """Return the whole for one recipient."""
        given = [values[name] for name in self._names]
        if self._harmless is None or not self._harmless.fullmatch("".join(given)):
            given = [write(value) for write, value in zip(self._writes, given, strict=True)]
        return self._whole % tuple(given)


@dataclass(frozen=True, slots=True)
class Prepared:
    """A request for one message; everything but what is each recipient's own is in place."""

    method: str
    address: Spliced
    headers: tuple[tuple[str, Spliced], ...]
    body: Spliced | None
    origin: Origin | None = None
    head: Spliced | None = None

    def origin_of(self, own: Mapping[str, str]) -> Origin:
        """Return whom the request for one recipient goes to.

        Raises:
            ValueError: the address is none.
            TemporarySendError: nobody would have a web address.
        """
        return self.origin or origin_of(self._url(own))

    def request_of(self, own: Mapping[str, str]) -> bytes:
        """Return the request for one recipient, as it goes over the wire.

        Raises:
            ValueError: the address is none.
        """
        body = self.body(own).encode() if self.body else b""
        if self.head:
            return whole(self.head(own).encode(), body)
        headers = {name: splice(own) for name, splice in self.headers}
        return whole(head_of(self.method, self._url(own), headers), body)

    def _url(self, own: Mapping[str, str]) -> URL:
        return URL(self.address(own), encoded=True)


@dataclass(frozen=True, slots=True)
class RequestForm:
    """A described request whose blanks are known, with the operator's values in them."""

    method: str
    address: tuple[tuple[Pieces, Write], ...]
    headers: tuple[tuple[str, Pieces], ...]
    body: Pieces | None
    write_body: Write

    @classmethod
    def compile(cls, request: Request, base_url: str, values: Mapping[str, str]) -> "RequestForm":
        """Read a description.

        Raises:
            ValueError: a text's blanks are not written right.
        """
        body, write, media_type = _body(request)
        headers = {"Content-Type": media_type} if media_type else {}
        headers |= request.headers
        if request.idempotency_header:
            headers.setdefault(request.idempotency_header, "{once}")
        return cls(
            method=request.method,
            address=tuple(
                (filled(pieces, values, write), write)
                for pieces, write in _address(request, base_url)
            ),
            headers=tuple(
                (name, filled(parse(text), values, in_header)) for name, text in headers.items()
            ),
            body=None if body is None else filled(body, values, write),
            write_body=write,
        )

    @property
    def blanks(self) -> set[str]:
        """Return the names that messages and recipients must give values for."""
        found = names(self.body or ())
        for pieces in (*(p for p, _ in self.address), *(p for _, p in self.headers)):
            found |= names(pieces)
        return found

    def prepare(self, values: Mapping[str, str]) -> Prepared:
        """Write in what all recipients of a message share."""
        address = _one([(filled(pieces, values, write), write) for pieces, write in self.address])
        headers = [(name, filled(pieces, values, in_header)) for name, pieces in self.headers]
        body = None if self.body is None else filled(self.body, values, self.write_body)
        prepared = Prepared(
            method=self.method,
            address=Spliced(address, in_form),
            headers=tuple((name, Spliced(pieces, in_header)) for name, pieces in headers),
            body=None if body is None else Spliced(body, self.write_body),
        )
        return prepared if names(address) else _with_head(prepared, headers)


def _with_head(prepared: Prepared, headers: Sequence[tuple[str, Pieces]]) -> Prepared:
    """Return a request whose address is everybody's with its head written as far as it can be."""
    url = URL(prepared.address({}), encoded=True)
    # A header's blanks are kept where they stand by a mark that ``in_header`` lets no value hold.
    blanks: list[Blank] = []
    marked = {}
    for name, pieces in headers:
        texts = [piece if isinstance(piece, str) else _marked(piece, blanks) for piece in pieces]
        marked[name] = "".join(texts)
    texts = head_of(prepared.method, url, marked).decode().split(_MARK)
    # Between two marks stands a blank's number, for the order of the headers may be another.
    parts = [blanks[int(text)] if place % 2 else text for place, text in enumerate(texts)]
    return replace(prepared, origin=origin_of(url), head=Spliced(joined(iter(parts)), in_header))


def _marked(blank: Blank, blanks: list[Blank]) -> str:
    blanks.append(blank)
    return f"{_MARK}{len(blanks) - 1}{_MARK}"


def _one(parts: Sequence[tuple[Pieces, Write]]) -> Pieces:
    return joined(piece for pieces, _ in parts for piece in pieces)


def _address(request: Request, base_url: str) -> Sequence[tuple[Pieces, Write]]:
    root = base_url.rstrip("/")
    parts: list[tuple[Pieces, Write]] = [((root,), in_address), (parse(request.path), in_address)]
    for number, (name, text) in enumerate(request.query.items()):
        parts.append(((f"{'&' if number else '?'}{in_form(name)}=",), in_form))
        parts.append((parse(text, in_form), in_form))
    return parts


def _body(request: Request) -> tuple[Pieces | None, Write, str]:
    """Return the pieces of the body, how values are written into it, and its type."""
    if request.form is not None:
        fields = request.form.items()
        pieces = (
            piece
            for number, (name, text) in enumerate(fields)
            for piece in (f"{'&' if number else ''}{in_form(name)}=", *parse(text, in_form))
        )
        return joined(pieces), in_form, FORM
    if request.content is not None:
        return parse_json(request.content), in_json, request.content_type or JSON
    if request.body is not None:
        write = in_markup if "xml" in request.content_type else as_it_is
        return parse(request.body), write, request.content_type
    return None, as_it_is, ""
