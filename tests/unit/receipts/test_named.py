"""A report that names an address counts for whom it went to, however the name is written."""

import pytest

from warnbroker.model.receipt import AttemptKey, Evidence, Receipt, State
from warnbroker.receipts.named import proven

KEY = AttemptKey("a", 1, 1)
FAILED = Receipt(State.FAILED_PERM, "smtp")
PASSED_ON = Receipt(State.HANDED_OFF, "smtp")


class Ledger:
    """Knows of one delivery."""

    def __init__(self, address):
        self.address = address

    async def went_to(self, asked):
        return [pair == (KEY, self.address) for pair in asked]


@pytest.mark.parametrize(
    ("address", "about"),
    [("li@home.example", "li@home.example"), ("li@例子.example", "li@xn--fsqu00a.example")],
)
async def test_what_names_the_address_that_it_went_to_counts(address, about):
    found = await proven([Evidence(KEY, FAILED, about, PASSED_ON)], Ledger(address))

    assert found == [Evidence(KEY, FAILED)]


@pytest.mark.parametrize("about", ["teacher7@home.example", "li", "@", "\udcff@x", "a" * 320])
@pytest.mark.parametrize(
    ("otherwise", "left"), [(PASSED_ON, [Evidence(KEY, PASSED_ON)]), (None, [])]
)
async def test_what_names_another_counts_for_what_it_proves_otherwise(about, otherwise, left):
    found = await proven([Evidence(KEY, FAILED, about, otherwise)], Ledger("li@home.example"))

    assert found == left


async def test_what_names_nobody_is_not_looked_up():
    given = [Evidence(KEY, FAILED), Evidence(None, FAILED)]

    assert await proven(given, None) is given
