from collections.abc import Callable
from dataclasses import replace

import pytest
from pydantic import SecretStr
from twilio.request_validator import RequestValidator

from channels._twilio_callbacks import attempt_key, signed_form
from warnbroker.contracts import Callback
from warnbroker.errors import SignatureError, UnreadableError
from warnbroker.model.receipt import AttemptKey

TOKEN = SecretStr("a-secret-token")
Build = Callable[..., Callback]


def signed(callback: Callback, **changes: object) -> Callback:
    return replace(callback, **changes)  # type: ignore[arg-type]  # each field's own type


def test_twilios_own_example_is_accepted() -> None:
    body = (
        b"CallSid=CA1234567890ABCDE&Caller=%2B14158675309&Digits=1234"
        b"&From=%2B14158675309&To=%2B18005551212"
    )
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "X-Twilio-Signature": "RSOYDt4T1cUTdK1PDd93/VVr8B8=",
    }
    url = "https://mycompany.com/myapp.php?foo=1&bar=2"

    form = signed_form(Callback("POST", "", url, headers, body), SecretStr("12345"))

    assert form.one("Digits") == "1234"


def test_a_changed_field_is_refused(callback: Build) -> None:
    honest = callback("twilio/sms", MessageStatus="sent", MessageSid="SM1")

    with pytest.raises(SignatureError):
        signed_form(signed(honest, body=honest.body.replace(b"sent", b"read")), TOKEN)


def test_a_callback_for_another_address_is_refused(callback: Build) -> None:
    honest = callback("twilio/sms", MessageStatus="sent")

    with pytest.raises(SignatureError):
        signed_form(signed(honest, url=honest.url.replace("/7.2", "/8.2")), TOKEN)


def test_an_address_with_bytes_that_are_no_text_is_refused(callback: Build) -> None:
    honest = callback("twilio/sms", MessageStatus="sent")

    with pytest.raises(SignatureError):
        signed_form(signed(honest, url=honest.url + "?\udcff"), TOKEN)


def test_a_callback_without_a_signature_is_refused(callback: Build) -> None:
    honest = callback("twilio/sms", MessageStatus="sent")

    with pytest.raises(SignatureError):
        signed_form(signed(honest, headers={}), TOKEN)


def test_without_a_token_of_ours_nothing_is_believed(callback: Build) -> None:
    forged = callback("twilio/sms", token="", MessageStatus="delivered")

    with pytest.raises(SignatureError):
        signed_form(forged, SecretStr(""))


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"MessageStatus", id="no equals sign"),
        pytest.param(b"a=%ff", id="not UTF-8"),
        pytest.param("a=é".encode(), id="bare bytes"),
        pytest.param(b"a=" + b"x" * 65_536, id="too long"),
        pytest.param(b"&".join(b"a=1" for _ in range(201)), id="too many fields"),
    ],
)
def test_what_is_no_form_is_unreadable(callback: Build, body: bytes) -> None:
    with pytest.raises(UnreadableError):
        signed_form(signed(callback("twilio/sms", a="1"), body=body), TOKEN)


def test_another_content_type_is_unreadable(callback: Build) -> None:
    honest = callback("twilio/sms", a="1")
    headers = {**honest.headers, "content-type": "application/json"}

    with pytest.raises(UnreadableError, match="form"):
        signed_form(signed(honest, headers=headers), TOKEN)


def repeated(callback: Callback, *values: str) -> Callback:
    text = callback.url + "".join(f"a{value}" for value in sorted(set(values)))
    signature = RequestValidator(TOKEN.get_secret_value()).compute_signature(text, {})
    headers = {**callback.headers, "x-twilio-signature": signature}
    body = "&".join(f"a={value}" for value in values).encode()
    return signed(callback, headers=headers, body=body)


def test_a_name_repeated_with_one_value_is_that_value(callback: Build) -> None:
    form = signed_form(repeated(callback("twilio/sms"), "1", "1"), TOKEN)

    assert form.one("a") == "1"


def test_a_name_repeated_with_several_values_is_unreadable(callback: Build) -> None:
    form = signed_form(repeated(callback("twilio/sms"), "1", "2"), TOKEN)

    with pytest.raises(UnreadableError, match="several values of a"):
        form.one("a")


def test_the_address_names_the_attempt(callback: Build) -> None:
    key = attempt_key(callback("twilio/sms"))

    assert key == AttemptKey("abcdefghijklmnopqrstuvwxyz", 7, 2)


@pytest.mark.parametrize("path", ["", "abc", "abc/x.1", "abc/1", "abc/1.2/3"])
def test_an_address_that_names_no_attempt_is_unreadable(callback: Build, path: str) -> None:
    with pytest.raises(UnreadableError):
        attempt_key(signed(callback("twilio/sms"), path=path))
