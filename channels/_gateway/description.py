"""The description of a gateway: what it is asked, how it answers, what it reports."""

import re
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    field_validator,
    model_validator,
)

from channels._codes import Row
from channels._files import read_model
from channels._gateway.blanks import names, parse
from warnbroker.resources import shipped

_FRAMES = {"content-length", "transfer-encoding"}
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_OF_REPLIES = {"coding", "segments", "unicode"}
_PLAIN = re.compile(r"[A-Za-z0-9._~-]*")


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _compiles(pattern: str) -> str:
    try:
        groups = re.compile(pattern).groups
    except re.error as error:
        raise ValueError(f"is no pattern: {error}") from error
    if groups != 1:
        raise ValueError("must mark what is meant with one pair of brackets ( )")
    return pattern


Pattern = Annotated[str, Field(max_length=200), AfterValidator(_compiles)]


class Place(_Part):
    """Where something stands: at a path in JSON, in a field of a form or query, or by pattern.

    A path is of names and numbers with points between. Of several places the first that
    holds something counts.
    """

    json_path: str = Field("", alias="json")
    form: str = ""
    query: str = ""
    header: str = ""
    regex: Pattern | None = None

    @model_validator(mode="after")
    def _is_somewhere(self) -> "Place":
        if not any((self.json_path, self.form, self.query, self.header, self.regex)):
            raise ValueError("say where: json, form, query, header or regex")
        return self


def _frames_nothing(headers: dict[str, str]) -> dict[str, str]:
    if named := {name.lower() for name in headers} & _FRAMES:
        raise ValueError(f"must not set {min(named)}: it says where the body ends")
    if any(_CONTROL.search(text) for pair in headers.items() for text in pair):
        raise ValueError("must hold no control characters")
    return headers


Headers = Annotated[dict[str, str], AfterValidator(_frames_nothing)]


class Request(_Part):
    """What one send asks for; ``{NAME}`` in any text is filled in, as its place wants it written.

    One of ``form``, ``content`` (JSON) and ``body`` (with ``content_type``) is the body.
    """

    method: Literal["GET", "POST", "PUT"] = "POST"
    path: str = ""
    query: dict[str, str] = {}
    headers: Headers = {}
    form: dict[str, str] | None = None
    content: Any = Field(None, alias="json")
    body: str | None = None
    content_type: str = ""
    idempotency_header: str = "Idempotency-Key"

    @model_validator(mode="after")
    def _has_one_body(self) -> "Request":
        bodies = [body for body in (self.form, self.content, self.body) if body is not None]
        if len(bodies) > 1:
            raise ValueError("has several bodies; keep one of form, json and body")
        if self.method == "GET" and bodies:
            raise ValueError("a GET has no body; use query")
        return self


class AnswerForm(_Part):
    """How an answer is read.

    A 2xx answer is acceptance unless its ``code`` is there and not one of ``ok``; the word of
    ``status``, by the rows of ``states``, may say more. A code that is not described leaves a
    2xx open, and so does a word, unless an id stands beside it. ``counts`` are numbers that are
    kept in the receipt under their names, ``area`` is the GeoJSON of the area that is used.
    """

    ref: Place | None = None
    status: Place | None = None
    states: tuple[Row, ...] = ()
    code: Place | None = None
    ok: tuple[str, ...] = ()
    counts: dict[str, Place] = {}
    area: Place | None = None

    @field_validator("ok", mode="before")
    @classmethod
    def _as_texts(cls, value: Any) -> Any:
        return [str(item) for item in value] if isinstance(value, list) else value


class Hmac(_Part):
    """A signature over the body with the shared secret, in a header."""

    header: str
    algorithm: Literal["sha256", "sha512", "sha1"] = "sha256"
    encoding: Literal["hex", "base64"] = "hex"
    prefix: str = ""


class Proof(_Part):
    """How a callback proves whose it is: with the secret in a field, by HTTP, or a signature."""

    query: str = ""
    header: str = ""
    basic: bool = False
    hmac: Hmac | None = None

    @model_validator(mode="after")
    def _is_one(self) -> "Proof":
        if sum(map(bool, (self.query, self.header, self.basic, self.hmac))) != 1:
            raise ValueError("say one of query, header, basic and hmac")
        return self


class ReportForm(_Part):
    """How reports on what was sent are read.

    ``each`` is where a list of them stands in JSON. What a report is about is said by the
    address it comes to (``{callback}``), else by ``ref``. ``states`` are rows for the words
    of ``status``, others say no more than that it is on its way; a failure whose ``code``
    stands in the description's ``codes`` is judged so. ``cancel_states`` go before them where
    what was sent is a Cancel.
    """

    proof: Proof
    each: str = ""
    ref: Place | None = None
    status: Place
    states: tuple[Row, ...] = Field(min_length=1)
    cancel_states: tuple[Row, ...] = ()
    code: Place | None = None
    counts: dict[str, Place] = {}
    area: Place | None = None
    answer: str = ""


class InboundForm(_Part):
    """How texts that people send are read; ``reply`` says that the answer's body goes back.

    ``reply_headers`` are headers of such an answer, with ``{coding}``, ``{unicode}`` and
    ``{segments}`` filled in.
    """

    proof: Proof
    sender: Place = Field(alias="from")
    text: Place
    ref: Place | None = None
    reply: bool = False
    reply_headers: Headers = {}
    answer: str = ""

    @field_validator("reply_headers")
    @classmethod
    def _asks_for_what_a_reply_has(cls, headers: dict[str, str]) -> dict[str, str]:
        if any(name.lower() == "content-type" for name in headers):
            raise ValueError("must not set content-type: it is text/plain, UTF-8")
        asked = {name for text in headers.values() for name in names(parse(text))}
        if unknown := sorted(asked - _OF_REPLIES):
            known = ", ".join(sorted(_OF_REPLIES))
            raise ValueError(f"nothing is called {{{unknown[0]}}}, only {known}")
        return headers


class Gateway(_Part):
    """One kind of gateway. ``values`` are the names that an operator must give values for."""

    values: tuple[str, ...] = ()
    request: Request
    cancel: Request | None = None
    answer: AnswerForm = AnswerForm()
    codes: tuple[Row, ...] = ()
    reports: ReportForm | None = None
    inbound: InboundForm | None = None

    def takes(self, secret: str) -> bool:
        """Tell whether a secret can stand where callbacks are to bear it."""
        forms = (form for form in (self.reports, self.inbound) if form)
        return not any(form.proof.query for form in forms) or bool(_PLAIN.fullmatch(secret))


def load_gateway(path: Path) -> Gateway:
    """Read a gateway's description.

    Raises:
        ConfigError: it cannot be read or is wrong; one line for each fault.
    """
    return read_model(path, Gateway)


def shipped_gateways() -> dict[str, Path]:
    """Return the descriptions that come with the product, by name."""
    return {path.stem: path for path in (shipped("config") / "gateways").glob("*.yaml")}
