"""The words of the pages: complete in every language, and where they come from."""

import re

import pytest
import yaml

from warnbroker.errors import FileError
from warnbroker.resources import shipped
from warnbroker.web.texts import Tongues

FOLDER = shipped("templates") / "web"
FILES = sorted(FOLDER.glob("texts.*.yaml"))
WORDS = {path.name: yaml.safe_load(path.read_text(encoding="utf-8")) for path in FILES}
BLANK = re.compile(r"\{\w+\}")


def test_every_language_has_the_same_texts():
    assert len(WORDS) >= 2
    keys = {name: set(words) for name, words in WORDS.items()}
    assert len({frozenset(found) for found in keys.values()}) == 1, keys


def test_every_text_is_a_text_and_fills_the_same_blanks():
    for key in next(iter(WORDS.values())):
        texts = [words[key] for words in WORDS.values()]
        assert all(isinstance(text, str) and text.strip() for text in texts), key
        assert len({frozenset(BLANK.findall(text)) for text in texts}) == 1, key


def test_every_text_is_used():
    templates = "".join(path.read_text(encoding="utf-8") for path in FOLDER.glob("*.j2"))
    made_up = ("urgency_", "severity_", "certainty_", "message_", "state_", "over_")
    made_up += ("missing_", "failed_", "no_list_", "door_", "role_")

    unused = {
        key
        for key in next(iter(WORDS.values()))
        if f't("{key}"' not in templates
        and f"t('{key}'" not in templates
        and not key.startswith(made_up)
    }

    assert unused == set()


def test_the_languages_come_in_the_municipalitys_order():
    assert Tongues([FOLDER], ("en", "zh-CN")).languages == ("en", "zh-CN")
    assert Tongues([FOLDER], ("fi", "zh")).languages == ("zh-CN",)


def test_a_municipality_of_unknown_languages_still_speaks():
    assert set(Tongues([FOLDER], ("fi",)).languages) == {"en", "zh-CN"}


def test_an_operators_language_goes_before_ours(tmp_path):
    (tmp_path / "texts.en.yaml").write_text("site: Our warnings")

    texts = Tongues([tmp_path, FOLDER], ("en",)).speak(["en-GB"])

    assert texts("site") == "Our warnings"


@pytest.mark.parametrize("content", [b"- a\n- b", b"a: [", b"\xff\xfe\x00"])
def test_a_broken_file_is_named(tmp_path, content):
    (tmp_path / "texts.en.yaml").write_bytes(content)

    with pytest.raises(FileError, match=r"texts\.en\.yaml"):
        Tongues([tmp_path], ("en",))
