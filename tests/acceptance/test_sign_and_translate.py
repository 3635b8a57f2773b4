"""The commands that sign, verify and translate files."""

from datetime import UTC, datetime

import pytest

from tests.unit.cap.gbt.samples import CODE, IDENTIFIER, SENDER, cancel, full
from tests.unit.cap.signature.pairs import CAP, make_pair
from warnbroker.cap import parse_xml

AS = f"{CODE}={SENDER}"


@pytest.fixture
def pair(tmp_path):
    return make_pair(tmp_path, "warn.example.org", begins=datetime.now(UTC))


def sign(command, pair, **how):
    file = command.write("alert.xml", CAP)
    keys = ("--key", pair.key_file, "--certificate", pair.certificate_file)
    return command("sign", file, *keys, "--out", command.folder / "signed.xml", **how)


def test_what_is_signed_verifies_and_what_was_changed_does_not(command, pair):
    assert sign(command, pair).status == 0
    signed = command.folder / "signed.xml"

    good = command("verify", signed, "--certificate", pair.certificate_file)
    changed = command.write("changed.xml", signed.read_bytes().replace(b"Extreme", b"Minor"))
    bad = command("verify", changed, "--certificate", pair.certificate_file)

    assert (good.status, good.out) == (0, "good: signed by CN=warn.example.org\n")
    assert bad.status == 1
    assert "altered after it was signed" in bad.err


def test_the_keys_and_certificates_of_the_settings_are_used(command, pair):
    config = command.write(
        "w.yaml",
        f"signing: {{key_file: {pair.key_file}, certificate: {pair.certificate_file}}}\n"
        "authorities:\n  storm:\n    names: {en: Storm}\n    senders: [duty@storm.example]\n"
        f"    certificates: [{pair.certificate_file}]\n",
    )
    file = command.write("alert.xml", CAP)

    signed = command("sign", file, "--config", config)
    checked = command("verify", command.write("s.xml", signed.out), "--config", config)

    assert signed.status == checked.status == 0
    assert parse_xml(signed.out.encode()) == parse_xml(CAP)


def test_without_a_key_or_a_certificate_the_command_says_what_to_give(command, pair):
    file = command.write("alert.xml", CAP)

    unsigned = command("sign", file)
    assert (unsigned.status, "give --key and --certificate" in unsigned.err) == (2, True)
    sign(command, pair)
    unknown = command("verify", command.folder / "signed.xml")
    assert unknown.status == 2
    assert "no certificate is registered for duty@storm.example" in unknown.err


@pytest.mark.parametrize(
    ("content", "status", "said"),
    [
        (CAP, 1, "it must hold one"),
        (b"{}", 2, "JSON carries no signature"),
        (b"<alert", 2, "not well-formed"),
    ],
)
def test_what_cannot_be_verified_is_said_in_one_line(command, pair, content, status, said):
    file = command.write("x.xml", content)

    done = command("verify", file, "--certificate", pair.certificate_file)

    assert (done.status, said in done.err, done.err.count("\n")) == (status, True, 1)


def test_check_says_in_one_line_that_nothing_signs(command):
    done = command("check")

    assert done.out.count("signing: no key is configured; what we publish is not signed") == 1


def test_check_names_what_keeps_messages_from_being_signed(command, pair, tmp_path):
    other = make_pair(tmp_path, "other")
    late = make_pair(tmp_path, "late", days=(-9, -8))

    def faults(key, certificate) -> str:
        text = f"signing: {{key_file: {key}, certificate: {certificate}}}\n"
        done = command("check", "--config", command.write("w.yaml", text))
        assert done.status == 2
        return done.err

    assert "is not the key of" in faults(pair.key_file, other.certificate_file)
    assert "cannot be read" in faults(tmp_path / "none", pair.certificate_file)
    assert "is not valid now" in faults(late.key_file, late.certificate_file)
    half = command.write("w.yaml", f"signing: {{key_file: {pair.key_file}}}\n")
    assert "signing.certificate: is missing" in command("check", "--config", half).err


def test_check_names_a_sender_whom_nobody_could_ever_verify(command):
    config = command.write(
        "w.yaml", "authorities: {storm: {names: {en: Storm}, signature: require}}\n"
    )

    assert "require refuses everything" in command("check", "--config", config).err


def test_a_message_goes_to_cap_and_back_with_its_losses(command):
    file = command.write("a.xml", full())

    there = command("gbt", "to-cap", file, "--sender", AS, "--out", command.folder / "a.cap.xml")
    back = command("gbt", "from-cap", command.folder / "a.cap.xml", "--sender", AS, "--out", "out")

    assert there.status == back.status == 0
    assert "phone.private" in there.err
    assert "resource.content" in back.err
    assert [path.name for path in (command.folder / "out").iterdir()] == [
        f"{IDENTIFIER}_11B01_RED_ALERT.xml"
    ]


def test_losses_are_told_in_chinese_where_the_terminal_is(command):
    file = command.write("a.xml", full())

    done = command("gbt", "to-cap", file, "--sender", AS, LANG="zh_CN.UTF-8")

    assert "损失" in done.err
    assert "宣传车" not in done.err
    assert parse_xml(done.out.encode()).identifier == IDENTIFIER


def test_what_cannot_be_translated_is_refused_with_each_reason(command):
    file = command.write("c.xml", cancel(("<note>台风已过</note>", "<note/>")))

    done = command("gbt", "to-cap", file, "--sender", AS)
    stranger = command("gbt", "to-cap", file)
    wrong = command("gbt", "to-cap", file, "--sender", "12=x")

    assert (done.status, "gbt.note.required" in done.err) == (1, True)
    assert (stranger.status, "gbt.sender.unknown" in stranger.err) == (1, True)
    assert (wrong.status, "14 digits" in wrong.err) == (2, True)


def test_urgency_and_certainty_may_be_stated(command):
    file = command.write("a.xml", full(("VeryLikely", "Unknown")))

    done = command(
        "gbt", "to-cap", file, "--sender", AS, "--urgency", "Immediate", "--certainty", "Observed"
    )

    assert "<urgency>Immediate</urgency>" in done.out
    assert "<certainty>Observed</certainty>" in done.out
