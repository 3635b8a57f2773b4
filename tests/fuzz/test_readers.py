from tests.fuzz.trial import attempt, message

CASES = 2000
SEED = 7


def test_broken_messages_bring_out_nothing_but_errors_of_our_own():
    ends = {end for number in range(CASES) for end in attempt(*message(SEED, number))}

    # The cases are worth something only if all that can happen does.
    assert {
        "strict xml read", "strict xml AlertError", "strict xml UnreadableError",
        "strict json read", "strict json AlertError", "strict json UnreadableError",
        "relay read", "relay not_xml", "relay no_sender", "relay no_sent",
    } <= ends  # fmt: skip
