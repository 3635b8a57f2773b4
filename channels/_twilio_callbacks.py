"""Twilio's callbacks: proved to be Twilio's, then read."""

from collections.abc import Mapping
from urllib.parse import parse_qsl

from pydantic import SecretStr
from twilio.request_validator import RequestValidator

from warnbroker.contracts import Callback
from warnbroker.errors import SignatureError, UnreadableError
from warnbroker.model.receipt import AttemptKey

_FORM = "application/x-www-form-urlencoded"
_MAX_BODY = 64 * 1024
_MAX_FIELDS = 200


class Form(dict[str, list[str]]):
    """The fields of a callback, each with all of its values."""

    def getlist(self, name: str) -> list[str]:
        """Return a field's values; the SDK's validator asks for them by this name."""
        return self.get(name, [])

    def one(self, name: str) -> str:
        """Return a field's only value, or an empty text.

        Raises:
            UnreadableError: it has several that differ.
        """
        values = set(self.getlist(name))
        if len(values) > 1:
            raise UnreadableError(f"the callback gives several values of {name}")
        return next(iter(values), "")


def signed_form(callback: Callback, token: SecretStr) -> Form:
    """Return the fields of a callback that Twilio signed for our public address.

    Raises:
        SignatureError: it is not signed with our token.
        UnreadableError: it is no form, or too large.
    """
    signature, secret = _header(callback.headers, "X-Twilio-Signature"), token.get_secret_value()
    # Without a token of ours anybody could sign with the empty one.
    if not signature or not secret:
        raise SignatureError("the callback is not signed, or no auth_token is set")
    form = _form(callback)
    if not _is_signed(callback.url, form, signature, secret):
        raise SignatureError("the callback's signature is not Twilio's for this address")
    return form


def _is_signed(url: str, form: Form, signature: str, secret: str) -> bool:
    try:
        return bool(RequestValidator(secret).validate(url, form, signature))
    except UnicodeEncodeError:
        # Bytes in an address that are no UTF-8 come as surrogates; Twilio writes none.
        return False


def attempt_key(callback: Callback) -> AttemptKey:
    """Return the attempt that a callback's address names.

    Raises:
        UnreadableError: the address is not one of ours.
    """
    try:
        return AttemptKey.from_path(callback.path)
    except ValueError:
        raise UnreadableError("the callback's address names no attempt") from None


def _form(callback: Callback) -> Form:
    media_type = _header(callback.headers, "Content-Type").partition(";")[0].strip().lower()
    if media_type != _FORM:
        raise UnreadableError(f"a callback must be {_FORM}")
    if len(callback.body) > _MAX_BODY:
        raise UnreadableError(f"a callback may be {_MAX_BODY} bytes long at most")
    try:
        pairs = parse_qsl(
            callback.body.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=True,
            errors="strict",
            max_num_fields=_MAX_FIELDS,
        )
    except ValueError:
        raise UnreadableError("the callback's body is not a well-formed form") from None
    form = Form()
    for name, value in pairs:
        form.setdefault(name, []).append(value)
    return form


def _header(headers: Mapping[str, str], name: str) -> str:
    wanted = name.lower()
    return next((value for key, value in headers.items() if key.lower() == wanted), "")
