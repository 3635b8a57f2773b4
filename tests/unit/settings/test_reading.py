"""What settings files get wrong is said in plain words, with file and place, all at once."""

import pytest

from warnbroker.errors import ConfigError
from warnbroker.settings import load

STEP = "escalation: {ladders: {red: [%s]}}"
WRONG = {
    STEP % "{after: 3M, do: again}": "escalation.ladders.red.0.after: must look like PT3M",
    STEP % "{after: [1], do: again}": "escalation.ladders.red.0.after: must look like PT3M",
    STEP % "{after: P9D, do: again}": "escalation.ladders.red.0.after: must be at most 2 days",
    STEP % "{after: PT3M, do: pray}": "do: must be again, channels, contacts, vans or last_mile",
    STEP % "{do: again}": "escalation.ladders.red.0.after: is missing",
    "escalation: {night: 22-7}": "escalation.night: must look like 22:00-07:00",
    "dispatch: {retry_floors: {bussy: 1}}": "dispatch.retry_floors.bussy: must be connect, ",
    "dispatch: {noisy: sms}": "dispatch.noisy: must be a list such as [a, b]",
    "dispatch: {reserved: 2}": "dispatch.reserved: must be at most 0.9",
    "dispatch: {lease: 0}": "dispatch.lease: must be more than 0",
    "dispatch: {claim: 1.5}": "dispatch.claim: must be a whole number",
    "dispatch: {lease: soon}": "dispatch.lease: must be a number",
    "drills: {public: perhaps}": "drills.public: must be yes or no",
    "municipality: {languages: []}": "municipality.languages: must not be empty",
    "municipality: {authority: no}": "municipality.authority: must be a text; put it in quotes",
    "municipality: {authority: [a]}": "municipality.authority: must be one text, not a list",
    "store: {key_file: [a]}": "store.key_file: must be the name of a file or folder",
    "server: {prot: 1}": "server.prot: unknown setting",
    "server:": "server: must be a section: lines of KEY: VALUE below it",
    "release: {flows: {a: [{steps: [{name: ''}]}]}}": "steps.0.name: must not be empty",
    "words: {stop: {en: [%s]}}" % ("x" * 41): "stop.en.0: must have at most 40 characters",
    "log_level: loud": "log_level: must be debug, info, warning, error or critical",
}


@pytest.fixture
def said(tmp_path):
    def lines(text, environment=None):
        file = tmp_path / "w.yaml"
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        with pytest.raises(ConfigError) as raised:
            load(file, environment or {})
        found = str(raised.value).splitlines()
        assert all(line.startswith(f"{file}: ") for line in found)
        return [line.removeprefix(f"{file}: ") for line in found]

    return lines


@pytest.mark.parametrize("text", WRONG)
def test_a_wrong_value_is_told_in_plain_words(said, text):
    found = said(text)

    assert any(WRONG[text] in line for line in found), found
    assert "Input should" not in "".join(found)


def test_a_variable_that_is_not_set_is_told_with_its_key_beside_all_other_faults(said):
    found = said(
        'channels: {sms: {auth_token: "${NOPE}"}}\nserver: {port: "${NADA}", prot: 1}\n'
        "levels: nowhere.yaml\n"
    )

    assert len(found) == 4
    assert found[0].startswith("levels: ")
    assert "nowhere.yaml: there is no such file" in found[0]
    assert found[1].startswith("channels.sms.auth_token: the environment has no variable NOPE;")
    assert found[2].startswith("server.port: the environment has no variable NADA;")
    assert found[3] == "server.prot: unknown setting"


def test_a_variable_in_an_included_file_is_told_with_that_file(tmp_path):
    (tmp_path / "words.yaml").write_text("stop: {en: ['${NOPE}']}")
    (tmp_path / "w.yaml").write_text("words: words.yaml")

    with pytest.raises(ConfigError, match=r"/words\.yaml: words\.stop\.en\.0: .* NOPE"):
        load(tmp_path / "w.yaml", {})


def test_a_fault_in_an_included_file_is_told_with_that_file(tmp_path):
    (tmp_path / "own.yaml").write_text("night: 22-7")
    (tmp_path / "w.yaml").write_text("escalation: own.yaml")

    with pytest.raises(ConfigError, match=r"^\S*/own\.yaml: escalation\.night: must look"):
        load(tmp_path / "w.yaml", {})


def test_a_relative_path_in_an_included_file_starts_from_that_file(tmp_path):
    (tmp_path / "offices").mkdir()
    (tmp_path / "offices" / "all.yaml").write_text("a: {names: {en: A}, certificates: [a.pem]}")
    (tmp_path / "w.yaml").write_text("authorities: offices/all.yaml")

    found = load(tmp_path / "w.yaml", {})

    assert found.authorities["a"].certificates == [tmp_path / "offices" / "a.pem"]


def test_an_empty_path_is_no_path(tmp_path):
    (tmp_path / "w.yaml").write_text('store: {key_file: ""}\naudit: {key_file: "${KEY:-}"}\n')

    found = load(tmp_path / "w.yaml", {"WARNBROKER_TEMPLATES__DIRECTORY": ""})

    assert found.store.key_file is None
    assert found.audit.key_file is None
    assert found.templates.directory is None


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"server:\n\tport: 1", "line 2: is not valid YAML: a tab stands where blanks must be"),
        (b"server: {port: 1}\nserver: {port: 2}", "line 2: the key 'server' stands twice"),
        (b"a: [1\nb: 2", "line 2: is not valid YAML"),
        ("server: {host: a}".encode("utf-16"), "is UTF-16, not UTF-8 text; save it as UTF-8"),
        ("#\n# 北\n".encode("gbk"), "line 2: is not UTF-8 text; save it as UTF-8"),
    ],
)
def test_what_is_no_yaml_is_told_with_its_line(said, content, words):
    (line,) = said(content)

    assert line.startswith(words)


def test_a_mark_at_the_start_does_no_harm(tmp_path):
    (tmp_path / "w.yaml").write_bytes(b"\xef\xbb\xbfserver: {port: 9}\n")

    assert load(tmp_path / "w.yaml", {}).server.port == 9


def test_a_folder_in_place_of_a_file_is_told(tmp_path):
    with pytest.raises(ConfigError, match="is a directory; name a file"):
        load(tmp_path, {})


def test_who_writes_offices_of_their_own_has_none_of_the_examples_to_notify(tmp_path):
    file = tmp_path / "w.yaml"
    file.write_text(
        "authorities: {mine: {names: {en: Mine}}}\nhazards: {FLOOD: {notify: {red: [mine]}}}\n"
    )

    found = load(file, environment={}).hazards

    assert found["FLOOD"].notify == {"red": ["mine"]}
    assert not any(hazard.notify for code, hazard in found.items() if code != "FLOOD")
    assert len(found) == len(load(environment={}).hazards)
