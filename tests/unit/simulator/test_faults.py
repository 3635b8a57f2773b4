from pathlib import Path

import pytest

from warnbroker.errors import ConfigError, FileError
from warnbroker.resources import shipped
from warnbroker.simulator.faults import FaultScript, PlainFault, SmtpScript, Throttle, pick

THROTTLE = Throttle(fault="throttle", rate=0.2)
RESET = PlainFault(fault="reset_after_request", rate=0.3)


def written(folder: Path, text: str) -> Path:
    path = folder / "faults.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def refusal(folder: Path, text: str) -> str:
    with pytest.raises(ConfigError) as refused:
        FaultScript.read(written(folder, text))
    return str(refused.value)


def test_a_script_is_read_with_the_defaults_of_each_fault(tmp_path):
    script = FaultScript.read(
        written(
            tmp_path, "sms:\n- {fault: throttle, rate: 0.5}\nsmtp:\n  dot: [{fault: drop, rate: 1}]"
        )
    )

    assert script.sms == (Throttle(fault="throttle", rate=0.5, times=None, retry_after=1),)
    assert [rule.fault for rule in script.smtp.dot] == ["drop"]
    assert script.voice == script.callbacks == ()


def test_an_empty_file_is_a_script_without_faults(tmp_path):
    assert FaultScript.read(written(tmp_path, "# nothing\n")) == FaultScript.none()


def test_the_shipped_example_is_the_script_of_low_rates_and_shows_every_fault():
    low = FaultScript.low()

    assert low == FaultScript.read(shipped("config") / "faults.example.yaml")
    for rules, names in [
        (low.sms, SMS),
        (low.voice, SMS | {"busy", "no_answer", "hung_up", "fax"}),
        (low.callbacks, CALLBACKS),
        (low.smtp.dot, {"reply", "drop", "accept_then_drop"}),
    ]:
        assert {rule.fault for rule in rules} == names
        assert 0 < sum(rule.rate for rule in rules) < 0.12


SMS = {
    "throttle",
    "error_before_accepting",
    "error_after_accepting",
    "reset_before_accepting",
    "reset_after_request",
    "slow",
    "undeliverable",
    "bad_number",
    "unauthorized",
}
CALLBACKS = {"duplicate", "out_of_order", "before_response", "late", "never", "bad_signature"}


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("sms: [{fault: throttle, rate: 1.5}]", "sms[0].rate: Input should be less than or equal"),
        ("sms: [{fault: throttle}]", "sms[0].rate: Field required"),
        ("sms: [{fault: busy, rate: 1}]", "sms[0]: Input tag 'busy'"),
        ("voice: [{fault: throttle, rate: 1, second: 3}]", "voice[0].second: Extra inputs"),
        ("sms: [{fault: throttle, rate: 1, times: 0}]", "sms[0].times: "),
        ("smtp: {rcpt: [{fault: reply, rate: 1, text: 250 Ok}]}", "smtp.rcpt[0].text: "),
        ("smtp: {rcpt: [{fault: accept_then_drop, rate: 1}]}", "smtp.rcpt[0]: Input tag"),
        ("smtp: {helo: []}", "smtp.helo: Extra inputs"),
        ("email: []", "email: Extra inputs"),
        (
            "sms: [{fault: throttle, rate: 0.6}, {fault: slow, rate: 0.6}]",
            "sms: Value error, the rates",
        ),
        ("- sms", "the script: Input should be"),
    ],
)
def test_a_wrong_key_is_refused_by_file_and_name(tmp_path, text, named):
    message = refusal(tmp_path, text)

    assert message.startswith(f"{tmp_path / 'faults.yaml'}: ")
    assert named in message
    assert "\n" not in message


def test_all_wrong_keys_are_named_at_once(tmp_path):
    message = refusal(
        tmp_path, "sms: [{fault: throttle, rate: -1}]\nvoice: [{fault: slow, rate: 2}]"
    )

    assert "sms[0].rate" in message
    assert "voice[0].rate" in message


def test_what_is_not_yaml_is_refused_with_its_line(tmp_path):
    message = refusal(tmp_path, "sms: [\nvoice: ]:")

    assert "is not YAML" in message
    assert "line 2" in message
    assert "\n" not in message


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(FileError, match=r"none\.yaml: cannot be read"):
        FaultScript.read(tmp_path / "none.yaml")


def test_faults_hit_their_share_of_the_requests():
    hits = [pick((THROTTLE, RESET), 1, "sms", f"+1555000{n:04d}", 1) for n in range(10_000)]

    assert 0.18 < hits.count(THROTTLE) / len(hits) < 0.22
    assert 0.28 < hits.count(RESET) / len(hits) < 0.32


def test_what_is_hit_depends_on_seed_place_address_and_turn_alone():
    requests = [(f"+1555{n:07d}", nth) for n in range(200) for nth in (1, 2, 3)]

    first = {each: pick((THROTTLE, RESET), 5, "sms", *each) for each in requests}
    backwards = {each: pick((THROTTLE, RESET), 5, "sms", *each) for each in reversed(requests)}

    assert first == backwards
    assert first != {each: pick((THROTTLE, RESET), 6, "sms", *each) for each in requests}
    assert first != {each: pick((THROTTLE, RESET), 5, "call", *each) for each in requests}


def test_a_fault_with_times_lets_later_requests_pass():
    once = Throttle(fault="throttle", rate=1, times=2)

    hits = [pick((once,), 1, "sms", "+15550000001", nth) for nth in (1, 2, 3, 4)]

    assert hits == [once, once, None, None]


def test_a_spent_fault_does_not_hand_its_share_to_the_next_one():
    once = Throttle(fault="throttle", rate=1, times=1)

    assert pick((once, RESET.model_copy(update={"rate": 0})), 1, "sms", "+15550000001", 2) is None


def test_a_script_cannot_be_changed():
    with pytest.raises(ValueError, match="frozen"):
        FaultScript.none().smtp = SmtpScript()
