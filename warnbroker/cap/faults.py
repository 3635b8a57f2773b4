"""What pydantic found wrong with a form, in words for the person who must put it right."""

from collections.abc import Sequence
from typing import Any

from pydantic import ValidationError
from pydantic.alias_generators import to_snake

from warnbroker.cap.document import MAX_FAULTS, quote
from warnbroker.cap.shape import CHILDREN, child_path
from warnbroker.errors import Fault

_KINDS = {
    "string_type": "must be text",
    "model_type": "must be an object with CAP's elements",
}


def translate(error: ValidationError, data: object) -> list[Fault]:
    """Return a fault for each error, in the order of the message; ``data`` is what was validated.

    At most one more than ``MAX_FAULTS`` come back: a hostile message breaks thousands.
    """
    # Pydantic would copy the input into each error, which costs more than the validation.
    errors = error.errors(include_url=False, include_input=False)
    return [_fault(dict(item), data) for item in errors[: MAX_FAULTS + 1]]


def _fault(item: dict[str, Any], data: object) -> Fault:
    steps: tuple[str | int, ...] = item["loc"]
    if item["type"] == "enum":
        item["input"] = _at(data, steps)
    names = [step for step in steps if isinstance(step, str)]
    name = names[-1] if names else "alert"
    parent = names[-2] if len(names) > 1 else "alert"
    rule, message = _words(item, name, parent)
    return Fault(rule, message, path_of(steps), chinese=_chinese(item, name))


def _words(item: dict[str, Any], name: str, parent: str) -> tuple[str, str]:
    kind: str = item["type"]
    if kind.startswith("cap."):
        return kind, f"{name}: {item['msg']}"
    if kind == "extra_forbidden":
        return (
            f"cap.{to_snake(parent)}.unknown",
            f"CAP 1.2 has no {quote(name)} in {parent}; remove it",
        )
    element = f"cap.{to_snake(parent)}.{to_snake(name)}"
    if kind in {"missing", "too_short"}:
        return f"{element}.required", f"{name} is missing; every {parent} needs it"
    if kind == "enum":
        wanted = item["ctx"]["expected"].replace("'", "")
        message = f"{name} is {quote(item['input'])}; write one of {wanted}"
        return f"{element}.value", message
    return "cap.type", f"{name}: {_KINDS.get(kind, item['msg'])}"


def _chinese(item: dict[str, Any], name: str) -> str:
    """Return the Chinese text where the catalogue cannot know all of it."""
    if item["type"] != "enum":
        return ""
    wanted = item["ctx"]["expected"].replace("'", "").replace(" or ", "、").replace(", ", "、")
    return f"{name} 的取值为 {quote(item['input'])}；应为下列之一：{wanted}"


def _at(data: Any, steps: Sequence[str | int]) -> object:
    """Return the value at a path; a single value may stand where a list is expected."""
    for step in steps:
        is_single = isinstance(step, int) and not isinstance(data, list)
        data = data if is_single else data[step]
    return data


def path_of(steps: Sequence[str | int]) -> str:
    """Write where pydantic found something, as ``child_path`` does."""
    path = ""
    for position, step in enumerate(steps):
        if isinstance(step, int):
            continue
        after = steps[position + 1] if position + 1 < len(steps) else None
        known = any(step in names for names in CHILDREN.values())
        index = after if isinstance(after, int) else None
        path = child_path(path, step if known else quote(step), index)
    return path
