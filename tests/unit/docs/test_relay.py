"""The page on other platforms' alerts names every defect and every cause."""

from warnbroker.cap.relay import DEFECTS, Cause

PAGE = "docs/relay.md"


def test_every_defect_stands_in_the_table_in_its_very_words(page):
    rows = page(PAGE).splitlines()

    for rule, (level, english, chinese) in DEFECTS.items():
        texts = (text.replace("<", "&lt;") for text in (english, chinese))
        assert f"| `{rule}` | {level} | {' | '.join(texts)} |" in rows


def test_every_cause_is_explained(page):
    for cause in Cause:
        assert f"| `{cause}` |" in page(PAGE)
