from warnbroker.simulator.chance import chance


def test_the_same_name_has_the_same_chance_and_another_seed_another():
    assert chance(1, "sms", "+15550000001", 1) == chance(1, "sms", "+15550000001", 1)

    assert chance(1, "sms", "+15550000001", 1) != chance(2, "sms", "+15550000001", 1)


def test_a_known_name_keeps_its_chance_from_release_to_release():
    assert chance(7, "sms", "+15550000001", 1) == 0.709023787533135


def test_names_do_not_run_into_each_other():
    assert chance(1, "ab", "c") != chance(1, "a", "bc")


def test_chances_are_spread_evenly_below_one():
    chances = [chance(3, index) for index in range(10_000)]

    assert all(0 <= each < 1 for each in chances)
    for tenth in range(10):
        share = sum(tenth / 10 <= each < (tenth + 1) / 10 for each in chances) / len(chances)
        assert 0.08 < share < 0.12
