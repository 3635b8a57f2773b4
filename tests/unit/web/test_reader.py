"""What a request says of its reader."""

import pytest

from warnbroker.web.reader import preferences


@pytest.mark.parametrize(
    ("header", "tags"),
    [
        ("", ()),
        ("en", ("en",)),
        ("fr;q=0.3, zh-CN, en;q=0.8", ("zh-CN", "en", "fr")),
        ("en;q=0, *, de;q=0.1", ("de",)),
        ("en;q=x, fi", ("fi",)),
        (",,;q=1,", ()),
    ],
)
def test_languages_come_in_order_of_liking(header, tags):
    assert preferences(header) == tags


def test_a_hostile_header_is_cut():
    tags = preferences(",".join(["x" * 1000] * 1000))

    assert len(tags) <= 8
    assert max(map(len, tags)) <= 40
