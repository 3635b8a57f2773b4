"""What can still be judged of a message that breaks rules of form.

The elements that could not be read are left out, or something harmless stands for them,
so that the rules can look at the rest and the issuer learns of everything at once. What
comes of it is judged and thrown away: it must never be taken for the issuer's alert.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from pydantic import ValidationError

from warnbroker.cap.document import MAX_FAULTS
from warnbroker.cap.faults import path_of
from warnbroker.cap.forms import AlertForm
from warnbroker.errors import Fault
from warnbroker.model.alert import Alert

_ROUNDS = 3

# What stands for an element that CAP requires, or for one of a list whose places must stay.
_STAND_INS = {
    "identifier": "unread",
    "sender": "unread.invalid",
    "sent": "1970-01-01T00:00:00-00:00",
    "status": "Actual",
    "msgType": "Alert",
    "scope": "Public",
    "category": "Other",
    "event": "unread",
    "urgency": "Immediate",
    "severity": "Minor",
    "certainty": "Likely",
    "responseType": "None",
    "valueName": "unread",
    "value": "unread",
    "resourceDesc": "unread",
    "mimeType": "text/plain",
    "areaDesc": "unread",
    "polygon": "0,0 0,1 1,1 0,0",
    "circle": "0,0 1",
    "code": "unread",
}

_Steps = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Salvaged:
    """The rest of a broken message; ``paths`` says where something else stands in it."""

    alert: Alert
    paths: frozenset[str]

    @property
    def unread(self) -> frozenset[str]:
        """Return the names of the elements that could not be read."""
        return frozenset(path.rpartition("/")[2].partition("[")[0] for path in self.paths)

    def own(self, faults: Iterable[Fault]) -> Iterator[Fault]:
        """Yield the faults that are the message's own, not those of what stands in it."""
        for fault in faults:
            if not any(_touches(fault.path, path) for path in self.paths):
                yield fault


def salvage(data: object, error: ValidationError) -> Salvaged | None:
    """Return the rest of a message, or None where too much of it is broken."""
    if not isinstance(data, dict):
        return None
    data, paths = orjson.loads(orjson.dumps(data)), set()
    for _ in range(_ROUNDS):
        if error.error_count() > MAX_FAULTS:
            return None
        for item in error.errors(include_url=False, include_input=False, include_context=False):
            if item["type"] == "model_type" or not item["loc"]:
                return None
            paths.add(path_of(item["loc"]))
            _mend(data, item["loc"], extra=item["type"] == "extra_forbidden")
        try:
            return Salvaged(AlertForm.model_validate(data).build(), frozenset(paths))
        except ValidationError as further:
            error = further
    return None


def _mend(data: Any, steps: _Steps, *, extra: bool) -> None:
    """Put a stand-in where an element could not be read, or leave it out."""
    holder, key = _place(data, steps)
    name = next(step for step in reversed(steps) if isinstance(step, str))
    if isinstance(holder, dict) and (extra or name not in _STAND_INS):
        holder.pop(key, None)
    else:
        holder[key] = _STAND_INS.get(name, "")


def _place(data: Any, steps: Sequence[Any]) -> tuple[Any, Any]:
    """Return the object or list that holds an element, and its key there.

    A single value may stand where a list is expected; it becomes one.
    """
    holder: Any = None
    key: Any = ""
    for step in steps:
        if isinstance(step, int) and not isinstance(data, list):
            data = [data]
            holder[key] = data
        holder, key = data, step
        data = data[step] if isinstance(data, list) else data.get(step)
    return holder, key


def _touches(found: str, unread: str) -> bool:
    return found == unread or found.startswith((f"{unread}/", f"{unread}["))
