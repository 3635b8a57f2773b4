"""Which mailboxes are taken, and that none can carry more than itself."""

import pytest

from channels.email.addresses import Mailbox, author, mailbox
from warnbroker.errors import PermanentSendError
from warnbroker.model.receipt import Reason


@pytest.mark.parametrize("address", ["a@b.example", "o'neil+storm@mail.b.example", "li@localhost"])
def test_a_plain_mailbox_stays_as_it_is(address):
    assert mailbox(address) == Mailbox(address)


def test_a_domain_in_another_script_becomes_ascii():
    assert mailbox("li@例子.中国") == Mailbox("li@xn--fsqu00a.xn--fiqs8s")


def test_only_a_local_part_in_another_script_needs_smtputf8():
    assert mailbox("李@例子.example") == Mailbox("李@xn--fsqu00a.example", international=True)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "li",
        "@b.example",
        "li@",
        "a b@c.example",
        "li@c.example\r\nBcc: all@c.example",
        "li@c.example\n",
        "li@c.example> NOTIFY=SUCCESS",
        "li\x00@c.example",
        "<li@c.example>",
        "Li <li@c.example>",
        "li@c.example,wu@c.example",
        "li@-c.example",
        ".li@c.example",
        "l..i@c.example",
        "李\r\n@c.example",
        "李\u2028@c.example",
        "李@",
        "a" * 65 + "@c.example",
        "li@" + "a" * 64 + ".example",
        "li@" + "a.example" * 60,
    ],
)
def test_what_is_no_mailbox_is_refused_without_being_named(address):
    with pytest.raises(PermanentSendError) as caught:
        mailbox(address)

    assert caught.value.reason is Reason.RECIPIENT
    assert str(caught.value) == "recipient: the address is not a mailbox"


def test_an_author_may_have_a_name():
    address = author('"Emergency Office, City" <warn@city.example>')

    assert address.display_name == "Emergency Office, City"
    assert address.addr_spec == "warn@city.example"


@pytest.mark.parametrize(
    "text",
    ["", "City", "a@b.example, c@d.example", "a@b.example\r\nBcc: x@y.example", "李@b.example"],
)
def test_an_author_is_exactly_one_ascii_mailbox(text):
    with pytest.raises(ValueError, match="name@domain"):
        author(text)
