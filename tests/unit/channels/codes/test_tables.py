from pathlib import Path

import pytest

from channels._codes import CONFIG_PAUSE, RetryClass, load_codes
from warnbroker.errors import (
    ConfigError,
    PermanentSendError,
    SendError,
    TemporarySendError,
    UnknownOutcome,
)
from warnbroker.model.receipt import Reason, State
from warnbroker.resources import shipped

# Mail relays' rows say more than these, and have tests of their own.
FAMILIES = sorted({path.stem for path in (shipped("config") / "codes").glob("*.yaml")} - {"smtp"})
ROWS = [
    pytest.param(family, table, row, id=f"{family}-{table}-{row.codes[0]}")
    for family in FAMILIES
    for table, found in load_codes(family).items()
    for row in found.rows
]
# What the reference says of each class, apart from what the code says.
AGAIN = {RetryClass.THROTTLE, RetryClass.TRANSIENT, RetryClass.CONFIG}
NEVER = {RetryClass.RECIPIENT, RetryClass.CONTENT, RetryClass.POLICY, RetryClass.OPTED_OUT}


@pytest.mark.parametrize(("family", "table", "row"), ROWS)
def test_each_code_of_a_row_means_what_its_class_says(family, table, row):
    tables = load_codes(family)

    for code in row.codes:
        verdict = tables[table].of(code.replace("x", "1"))
        assert verdict.retry_class is row.retry_class
        assert row.reason in (None, verdict.reason)
        assert kind_of(verdict.state) == expected(row.retry_class)


def kind_of(state: State) -> str:
    kinds = {State.FAILED_TEMP: "again", State.FAILED_PERM: "never"}
    return kinds.get(state, state.value)


def expected(retry_class: RetryClass) -> str:
    if retry_class in AGAIN:
        return "again"
    return "never" if retry_class in NEVER else retry_class.value


@pytest.mark.parametrize(
    ("retry_class", "raised"),
    [
        (RetryClass.THROTTLE, TemporarySendError),
        (RetryClass.RECIPIENT, PermanentSendError),
        (RetryClass.EXPIRED, PermanentSendError),
        (RetryClass.UNKNOWN, UnknownOutcome),
    ],
)
def test_an_answer_of_a_class_raises_what_the_engine_acts_on(
    written, retry_class: RetryClass, raised: type[SendError]
):
    tables = load_codes("http", written(f"statuses: [{{codes: [499], class: {retry_class}}}]"))

    error = tables["statuses"].of("499").error("refused", "499", 7)

    assert (type(error), error.code) == (raised, "499")


@pytest.mark.parametrize(
    ("code", "again_after"), [("401", CONFIG_PAUSE), ("429", 7.0), ("400", 7.0)]
)
def test_the_longer_of_the_rows_pause_and_the_providers_counts(code, again_after):
    error = load_codes("http")["statuses"].of(code).error("refused", code, 7)

    assert isinstance(error, TemporarySendError)
    assert error.retry_after == again_after


def test_an_operators_row_goes_before_ours_and_leaves_the_others(written):
    own = written("statuses: [{codes: [429], class: CONTENT}, {codes: [41x], class: POLICY}]")

    statuses = load_codes("http", own)["statuses"]

    assert statuses.of("429").reason is Reason.CONTENT
    assert statuses.of("418").reason is Reason.POLICY
    assert statuses.of("413").reason is Reason.CONTENT  # an exact code goes before a pattern
    assert statuses.of("503").state is State.UNKNOWN


def test_of_several_codes_the_first_that_is_listed_counts(written):
    own = written(
        "statuses: [{codes: ['552 5.2.2'], class: TRANSIENT}, {codes: [5.2.x], class: CONTENT}]"
    )

    statuses = load_codes("http", own)["statuses"]

    assert statuses.of("552 5.2.2", "5.2.2", "552").retry_class is RetryClass.TRANSIENT
    assert statuses.of("552 5.2.3", "5.2.3", "552").retry_class is RetryClass.CONTENT
    assert statuses.of("552 5.9.9", "5.9.9", "552").retry_class is RetryClass.UNKNOWN


def test_a_code_that_no_row_names_is_tried_again():
    verdict = load_codes("twilio")["errors"].of("99999")

    assert (verdict.state, verdict.reason) == (State.FAILED_TEMP, Reason.REFUSED_FOR_NOW)


def test_a_number_may_be_written_in_hexadecimal(written):
    own = written("command_status: [{codes: ['0x0400'], class: CONTENT}]")

    assert load_codes("smpp", own)["command_status"].of("1024").reason is Reason.CONTENT


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("statuses: [{codes: [400]}]", "statuses.0.class: is missing"),
        ("statuses: [{codes: [], class: CONTENT}]", "statuses.0.codes"),
        ("statuses: [{codes: [400], class: AGAIN}]", "statuses.0.class"),
        ("statuses: [{codes: [400], class: CONTENT, reason: tired}]", "statuses.0.reason"),
        ("statuses: [{codes: [400], class: CONTENT, resaon: content}]", "statuses.0.resaon"),
        ("statuses: [{codes: [5.10], class: CONTENT}]", "statuses.0.codes: put codes"),
        ("statuses: [{codes: [no], class: CONTENT}]", "statuses.0.codes: put codes"),
        ("status: [{codes: [400], class: CONTENT}]", "status: there is no such table"),
        ("statuses: [", "line 1: is not valid YAML"),
        ("[]", "the file: must be a section"),
    ],
)
def test_a_wrong_file_is_refused_in_one_line_that_says_where(written, text, fault):
    file = written(text)

    with pytest.raises(ConfigError) as refused:
        load_codes("http", file)

    assert str(refused.value).startswith(f"{file}: {fault}")
    assert "\n" not in str(refused.value)


def test_a_missing_file_is_named(tmp_path: Path):
    with pytest.raises(ConfigError, match=r"none\.yaml: there is no such file"):
        load_codes("http", tmp_path / "none.yaml")


@pytest.fixture
def written(tmp_path: Path):
    def write(text: str) -> Path:
        file = tmp_path / "codes.yaml"
        file.write_text(text, encoding="utf-8")
        return file

    return write
