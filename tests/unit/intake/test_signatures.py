"""What is asked of a signature depends on whose sender the alert claims."""

from dataclasses import replace

import pytest

from tests.unit.cap.signature.pairs import CAP, NOW, make_pair
from warnbroker.cap import parse_xml, to_xml
from warnbroker.cap.signature import read_key, sign
from warnbroker.errors import SigningError, UnsignedError
from warnbroker.intake.signatures import Signatures
from warnbroker.model.authority import Authorities, Authority, SignaturePolicy

ALERT = parse_xml(CAP)
XML = "application/cap+xml"
REQUIRE, VERIFY, IGNORE = SignaturePolicy.REQUIRE, SignaturePolicy.VERIFY, SignaturePolicy.IGNORE


@pytest.fixture(scope="module")
def theirs(tmp_path_factory):
    return make_pair(tmp_path_factory.mktemp("keys"), "theirs")


@pytest.fixture(scope="module")
def stranger(tmp_path_factory):
    return make_pair(tmp_path_factory.mktemp("keys"), "stranger")


def judge_of(policy, *pairs):
    authority = Authority(
        code="storm",
        names={},
        senders=(ALERT.sender,),
        signature=policy,
        certificates=tuple(pair.certificate_file for pair in pairs),
    )
    return Signatures(Authorities({"storm": authority}))


@pytest.mark.parametrize(
    ("policy", "registered", "signer", "text", "rule"),
    [
        (REQUIRE, True, "theirs", "verified: CN=theirs", None),
        (REQUIRE, True, "stranger", "invalid: ", "signature.invalid"),
        (REQUIRE, True, None, "absent", "signature.required"),
        (REQUIRE, False, "theirs", "invalid: ", "signature.invalid"),
        (VERIFY, True, "theirs", "verified: CN=theirs", None),
        (VERIFY, True, "stranger", "invalid: ", "signature.invalid"),
        (VERIFY, True, None, "absent", None),
        (VERIFY, False, "theirs", "not verified: no certificate is registered", None),
        (IGNORE, True, "theirs", "ignored", None),
        (IGNORE, True, "stranger", "ignored", None),
        (IGNORE, True, None, "absent", None),
    ],
)
async def test_each_policy_asks_what_it_says(request, policy, registered, signer, text, rule):
    theirs = request.getfixturevalue("theirs")
    judge = judge_of(policy, *([theirs] if registered else []))
    body = sign(CAP, request.getfixturevalue(signer).key, NOW) if signer else CAP

    found = await judge.judge(ALERT, body, XML, NOW)

    assert found.text.startswith(text)
    assert (found.fault.rule if found.fault else None) == rule
    if rule:
        assert found.fault.chinese
        with pytest.raises(UnsignedError):
            found.enforce()
    else:
        found.enforce()


async def test_a_sender_of_nobody_is_neither_believed_nor_refused(theirs):
    found = await Signatures().judge(ALERT, sign(CAP, theirs.key, NOW), XML, NOW)

    assert found.fault is None
    assert found.text == "not verified: no certificate is registered for 'duty@storm.example'"


@pytest.mark.parametrize("kind", ["application/json", "application/gbt35965+xml"])
async def test_what_cannot_carry_a_signature_lacks_one(theirs, kind):
    body = sign(CAP, theirs.key, NOW)

    found = await judge_of(REQUIRE, theirs).judge(ALERT, body, kind, NOW)

    assert found.fault.rule == "signature.required"


async def test_what_is_signed_must_be_what_is_acted_on(theirs):
    body = sign(CAP, theirs.key, NOW)
    other = replace(ALERT, identifier="a-2")

    found = await judge_of(VERIFY, theirs).judge(other, body, XML, NOW)

    assert found.fault.rule == "signature.invalid"


async def test_a_certificate_that_cannot_be_read_lets_nothing_pass(theirs, tmp_path):
    gone = theirs._replace(certificate_file=tmp_path / "gone.crt")

    found = await judge_of(VERIFY, gone).judge(ALERT, sign(CAP, theirs.key, NOW), XML, NOW)

    assert found.fault.rule == "signature.invalid"


async def test_a_new_certificate_counts_without_a_restart(theirs, stranger, tmp_path):
    file = tmp_path / "now.crt"
    file.write_bytes(stranger.certificate_file.read_bytes())
    judge = judge_of(VERIFY, theirs._replace(certificate_file=file))
    body = sign(CAP, theirs.key, NOW)
    assert (await judge.judge(ALERT, body, XML, NOW)).fault

    file.write_bytes(theirs.certificate_file.read_bytes())

    assert (await judge.judge(ALERT, body, XML, NOW)).text == "verified: CN=theirs"


async def test_signed_bytes_go_out_as_they_came(theirs):
    body = sign(CAP, theirs.key, NOW)
    for judge in (Signatures(), judge_of(VERIFY, theirs), judge_of(IGNORE)):
        judgement = await judge.judge(ALERT, body, XML, NOW)

        assert await judge.outgoing(judgement, body, to_xml(ALERT), NOW) == body


async def test_a_signature_out_of_shape_does_not_go_out(theirs):
    body = sign(CAP, theirs.key, NOW) + b"<!-- hidden -->"
    judgement = await Signatures().judge(ALERT, body, XML, NOW)

    assert await Signatures().outgoing(judgement, body, to_xml(ALERT), NOW) == to_xml(ALERT)


async def test_with_a_key_what_came_unsigned_goes_out_signed(theirs):
    ours = Signatures(key=lambda: read_key(theirs.key_file, theirs.certificate_file))
    judgement = await ours.judge(ALERT, CAP, XML, NOW)

    document = await ours.outgoing(judgement, CAP, to_xml(ALERT), NOW)

    assert b"SignatureValue" in document
    assert parse_xml(document) == ALERT


async def test_what_cannot_be_signed_does_not_go_out(theirs, tmp_path):
    broken = Signatures(key=lambda: read_key(tmp_path / "none.key", theirs.certificate_file))
    judgement = await broken.judge(ALERT, CAP, XML, NOW)

    with pytest.raises(SigningError, match="could not be signed"):
        await broken.outgoing(judgement, CAP, to_xml(ALERT), NOW)


async def test_our_own_message_for_a_sender_that_must_sign_passes_with_our_certificate(theirs):
    judge = replace(
        judge_of(REQUIRE, theirs), key=lambda: read_key(theirs.key_file, theirs.certificate_file)
    )

    made = await judge.own(ALERT, to_xml(ALERT), NOW)

    assert (await judge.judge(ALERT, made, XML, NOW)).text == "verified: CN=theirs"


async def test_our_own_message_for_another_sender_is_left_as_it_is(theirs):
    judge = replace(
        judge_of(VERIFY, theirs), key=lambda: read_key(theirs.key_file, theirs.certificate_file)
    )

    assert await judge.own(ALERT, to_xml(ALERT), NOW) == to_xml(ALERT)
