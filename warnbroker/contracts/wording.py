"""What is wrong with a value that an operator wrote, in one plain line each."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from pydantic import AfterValidator, ValidationError
from pydantic_core import ErrorDetails

_SECTION = "must be a section: lines of KEY: VALUE below it"
_LIST = "must be a list such as [a, b]"
_WHOLE = "must be a whole number"
_NUMBER = "must be a number"
_SWITCH = "must be yes or no"
_TIME = "must look like PT3M (PT30S seconds, PT3M minutes, PT12H hours, P7D days)"
_WORDS = {
    "extra_forbidden": "unknown setting",
    "missing": "is missing; give it a value",
    "dict_type": _SECTION,
    "mapping_type": _SECTION,
    "model_type": _SECTION,
    "model_attributes_type": _SECTION,
    "list_type": _LIST,
    "tuple_type": _LIST,
    "int_type": _WHOLE,
    "int_parsing": _WHOLE,
    "int_parsing_size": _WHOLE,
    "int_from_float": _WHOLE,
    "float_type": _NUMBER,
    "float_parsing": _NUMBER,
    "finite_number": _NUMBER,
    "bool_type": _SWITCH,
    "bool_parsing": _SWITCH,
    "time_delta_type": _TIME,
    "time_delta_parsing": _TIME,
    "path_type": "must be the name of a file or folder",
    "union_tag_not_found": "lacks its {discriminator}; give it one",
    "union_tag_invalid": "has the {discriminator} {tag}; it must be one of {expected_tags}",
    "greater_than": "must be more than {gt}",
    "greater_than_equal": "must be at least {ge}",
    "less_than": "must be less than {lt}",
    "less_than_equal": "must be at most {le}",
    "too_short": "must hold at least {min_length}",
    "too_long": "must hold at most {max_length}",
    "string_too_long": "must have at most {max_length} characters",
    "string_pattern_mismatch": "holds characters, or has a form, that it may not have",
    "enum": "must be {expected}",
    "literal_error": "must be {expected}",
}


def faults_of(error: ValidationError, given: Any = None, under: str = "") -> list[str]:
    """Return one line for each broken setting, naming its dotted path and what is wrong.

    ``given`` is what was read: steps of a path that only we know are left out by it. ``under``
    is the path that all of them lie below.
    """
    lines = []
    faults = error.errors(include_url=False)
    for fault in faults:
        # A list whose only item is wrong counts as too short as well.
        if fault["type"] == "too_short" and _has_more_below(fault["loc"], faults):
            continue
        place = ".".join(filter(None, (under, *_path(fault["loc"], given))))
        lines.append(f"{place or 'the file'}: {_words(dict(fault))}")
    return lines


def _has_more_below(steps: tuple[int | str, ...], faults: Sequence[ErrorDetails]) -> bool:
    below = (fault["loc"] for fault in faults if len(fault["loc"]) > len(steps))
    return any(found[: len(steps)] == steps for found in below)


def shaped(pattern: str, example: str) -> AfterValidator:
    """Return what lets only texts of a form pass, and says of others what they must look like."""
    fits: Callable[[str], object] = re.compile(pattern).fullmatch

    def checked(text: str) -> str:
        if not fits(text):
            raise ValueError(f"must look like {example}")
        return text

    return AfterValidator(checked)


def _path(steps: Sequence[int | str], given: Any) -> Iterator[str]:
    """Yield the steps that the operator wrote; of a choice, pydantic names the branch too."""
    *before, last = (step for step in steps if step != "[key]") if steps else ("",)
    for step in before:
        if isinstance(given, Mapping) and step not in given:
            continue
        yield str(step)
        given = _below(given, step)
    yield str(last)


def _below(given: Any, step: int | str) -> Any:
    if isinstance(given, Mapping):
        return given.get(step)
    known = isinstance(given, Sequence) and isinstance(step, int) and step < len(given)
    return given[step] if known else None


def _words(fault: Mapping[str, Any]) -> str:
    kind, context = fault["type"], fault.get("ctx", {})
    if kind == "string_type":
        return _text(fault["input"])
    if kind == "string_too_short":
        least = context["min_length"]
        return "must not be empty" if least == 1 else f"must have at least {least} characters"
    if kind == "too_short" and context.get("actual_length") == 0:
        return "must not be empty"
    if kind not in _WORDS:
        return str(fault["msg"]).removeprefix("Value error, ")
    return _WORDS[kind].format_map({name: _shown(value) for name, value in context.items()})


def _text(given: object) -> str:
    if given is None or isinstance(given, (list, tuple, dict)):
        return "must be one text, not a list or a section" if given else "must be a text"
    # YAML makes a truth of no and on, and a number of 0800.
    return "must be a text; put it in quotes"


def _shown(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value).replace("'", "")
