"""A gateway's callbacks: proved to be its own, then read as receipts and as what people say."""

import base64
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from channels._codes import RetryClass, Table, Verdict
from channels._gateway.answer import area_in, counts_in
from channels._gateway.description import Gateway, Hmac, InboundForm, Proof, ReportForm
from channels._gateway.replies import reply_headers
from channels._gateway.source import Source
from channels._numbers import international
from warnbroker.contracts import Callback, CallbackAnswer, Said
from warnbroker.errors import SignatureError, UnreadableError
from warnbroker.model.receipt import FAILED, AttemptKey, Evidence, Reason, Receipt, State

_LONGEST_TEXT = 2_000
# A word that nobody has described says too little to fail, and send again, what was taken.
_UNHEARD_OF = Verdict(RetryClass.HANDED_OFF, State.HANDED_OFF, None)


Judge = Callable[[Receipt, AttemptKey | None, Any], Receipt]
"""Looks at a receipt once more, with the area that a gateway says it used."""


def as_it_is(receipt: Receipt, _key: AttemptKey | None, _area: Any) -> Receipt:
    """Return the receipt."""
    return receipt


@dataclass(frozen=True, slots=True)
class Reports:
    """Reads the callbacks of one provider, ``name``; ``secret`` is what they are proved with."""

    name: str
    gateway: Gateway
    secret: str
    user: str = ""
    judged: Judge = as_it_is

    def report(
        self, callback: Callback, path: str, *, is_of_cancel: bool = False
    ) -> CallbackAnswer:
        """Return the receipts in a callback; ``path`` names the attempt, where it does.

        Raises:
            SignatureError: it is not the gateway's.
            UnreadableError: it makes no sense.
        """
        form = self.gateway.reports
        if form is None:
            raise UnreadableError("this gateway's description has no reports")
        source = self._proved(callback, form.proof)
        key = _key(path) if path else None
        states = Table((*form.cancel_states, *form.states) if is_of_cancel else form.states)
        evidence = (self._evidence(form, states, item, key) for item in source.each(form.each))
        return CallbackAnswer(tuple(evidence), body=form.answer)

    def _evidence(
        self, form: ReportForm, states: Table, source: Source, key: AttemptKey | None
    ) -> Evidence:
        status, ref = source.at(form.status)[:40], source.at(form.ref)[:200]
        if not status or not (key or ref):
            raise UnreadableError("a report must say its status and what it is about")
        code = source.at(form.code)[:40]
        verdict = self._verdict(states, status, code)
        said = counted(code or status, counts_in(form.counts, source))
        word = status if verdict is _UNHEARD_OF else said
        receipt = Receipt(verdict.state, self.name, ref, _reason(verdict), word)
        return Evidence(key, self.judged(receipt, key, area_in(form.area, source)))

    def _verdict(self, states: Table, status: str, code: str) -> Verdict:
        verdict = states.of(status, unlisted=_UNHEARD_OF)
        may_have_failed = verdict.state in FAILED or verdict is _UNHEARD_OF
        named = Table(self.gateway.codes).listed(code) if may_have_failed else None
        return named if named and named.state in FAILED else verdict

    def inbound(
        self, callback: Callback, channel: str, address_kind: str, country: str = ""
    ) -> CallbackAnswer:
        """Return what somebody wrote to us; ``country`` is that of numbers in a national form.

        Raises:
            SignatureError: it is not the gateway's.
            UnreadableError: it makes no sense.
        """
        form = self.gateway.inbound
        if form is None:
            raise UnreadableError("this gateway's description takes no texts")
        source = self._proved(callback, form.proof)
        number, ref = international(source.at(form.sender), country), source.at(form.ref)[:200]
        if not number:
            raise UnreadableError("the text says no number that it comes from")
        text = source.at(form.text)[:_LONGEST_TEXT]
        known_as = f"{self.name}:{ref}" if ref else ""
        return _answered(form, Said(channel, address_kind, number, text, ref=known_as))

    def _proved(self, callback: Callback, proof: Proof) -> Source:
        source = Source(callback.body, callback.headers, urlsplit(callback.url).query)
        # Without a secret of ours anybody could prove to know the empty one.
        if not self.secret:
            raise SignatureError("no callback_secret is set for this provider")
        given, wanted = self._words(proof, source, callback.body)
        # Bytes that are no UTF-8 come as surrogates.
        given_bytes = given.encode("utf-8", "surrogatepass")
        if not given or not hmac.compare_digest(given_bytes, wanted.encode()):
            raise SignatureError("the callback does not prove to be this provider's")
        return source

    def _words(self, proof: Proof, source: Source, body: bytes) -> tuple[str, str]:
        """Return what the callback says and what it would have to say."""
        if proof.query:
            return source.query(proof.query), self.secret
        if proof.header:
            return source.header(proof.header).removeprefix("Bearer "), self.secret
        if proof.hmac:
            return source.header(proof.hmac.header), _signature(proof.hmac, self.secret, body)
        pair = base64.b64encode(f"{self.user}:{self.secret}".encode()).decode()
        return source.header("Authorization"), f"Basic {pair}"


def _answered(form: InboundForm, said: Said) -> CallbackAnswer:
    if not form.reply:
        return CallbackAnswer(said=(said,), body=form.answer)
    # A gateway that takes the body for a reply may take any status but 200 for a failure.
    return CallbackAnswer(
        said=(said,),
        body=form.answer,
        reply="\n".join,
        headers=partial(reply_headers, form.reply_headers),
        bodiless=200,
    )


def counted(code: str, counts: Mapping[str, str]) -> str:
    """Return a receipt's code with the numbers that came along."""
    return " ".join(f"{name}={value}" for name, value in counts.items()) or code


def _reason(verdict: Verdict) -> Reason | None:
    # A report does not say whose number it is about, and a fault of one country or sender
    # must not stop all of them.
    return Reason.REFUSED_FOR_NOW if verdict.scope else verdict.reason


def _key(path: str) -> AttemptKey:
    try:
        return AttemptKey.from_path(path)
    except ValueError:
        raise UnreadableError("the callback's address names no attempt") from None


def _signature(form: Hmac, secret: str, body: bytes) -> str:
    digest = hmac.new(secret.encode(), body, form.algorithm)
    written = (
        digest.hexdigest() if form.encoding == "hex" else base64.b64encode(digest.digest()).decode()
    )
    return form.prefix + written
