"""GB/T's methods and the order of a fan-out: channels, texts of their own, audience groups."""

import re
from collections.abc import Iterator, Sequence

from warnbroker.cap.gbt.faults import refusal
from warnbroker.cap.gbt.loss import Loss
from warnbroker.cap.gbt.reader import Data
from warnbroker.cap.gbt.register import Register
from warnbroker.cap.gbt.words import CHANNELS, METHODS, USUAL_METHODS
from warnbroker.model.alert import Info, NamedValue
from warnbroker.model.fan_out import AUDIENCE, AUDIENCE_ON, CHANNEL, TEXT, fan_out_of


def read_methods(
    methods: Sequence[Data], register: Register, losses: list[Loss]
) -> tuple[NamedValue, ...]:
    """Return the parameters of the order.

    A method for single persons alone is left out, since it must not become one for all.

    Raises:
        AlertError: methods are named and none of them can be served.
    """
    if not methods:
        losses.append(Loss("method.missing", "code"))
        return ()
    served: dict[str, list[Data]] = {}
    for index, method in enumerate(methods):
        channel = _channel(method, f"code/method[{index}]", losses)
        if channel:
            served.setdefault(channel, []).append(method)
    if not served:
        names = ", ".join(method["methodName"] for method in methods)
        raise refusal("gbt.method.none", "code", names)
    return tuple(
        pair
        for channel, found in served.items()
        for pair in _order(channel, found, register, losses)
    )


def write_methods(info: Info, register: Register, losses: list[Loss]) -> list[Data]:
    """Return the methods of an info's order."""
    order = fan_out_of(info)
    named = [pair.value for pair in info.parameters if pair.name == CHANNEL]
    channels = list(dict.fromkeys(named))
    if not channels:
        losses.append(Loss("method.assumed", "info/parameter"))
        return [_method(name, info, register) for name in USUAL_METHODS]
    for channel in channels:
        if channel not in METHODS:
            losses.append(Loss("element.uncarried", "info/parameter", f"{CHANNEL} {channel}"))
    for channel in order.texts.keys() - set(channels):
        losses.append(Loss("element.uncarried", "info/parameter", f"{TEXT}{channel}"))
    return [_method(METHODS[item], info, register) for item in channels if item in METHODS]


def _channel(method: Data, path: str, losses: list[Loss]) -> str:
    name = method["methodName"]
    channel = CHANNELS.get(name.upper(), "")
    persons = _ids(method.get("audiencePrt", ""))
    if persons:
        # Their numbers stand nowhere but in the message as it came.
        losses.append(Loss("audience.persons", f"{path}/audiencePrt", str(len(persons))))
    if not channel:
        losses.append(Loss("method.unserved", f"{path}/methodName", name))
    elif persons and not _ids(method.get("audienceGrp", "")):
        return ""
    elif name.upper() == "SPEAKER":
        losses.append(Loss("method.loudspeaker", f"{path}/methodName", name))
    return channel


def _order(
    channel: str, methods: Sequence[Data], register: Register, losses: list[Loss]
) -> Iterator[NamedValue]:
    yield NamedValue(CHANNEL, channel)
    texts = list(dict.fromkeys(method.get("message", "") for method in methods))
    if texts[0]:
        yield NamedValue(f"{TEXT}{channel}", texts[0])
    for other in texts[1:]:
        losses.append(Loss("method.text", "code/method/message", other[:80]))
    groups = [_ids(method.get("audienceGrp", "")) for method in methods]
    # One method of the channel without a group is for everybody.
    if all(groups):
        for group in dict.fromkeys(item for found in groups for item in found):
            yield NamedValue(f"{AUDIENCE_ON}{channel}", register.groups.get(group, group))


def _method(name: str, info: Info, register: Register) -> Data:
    channel = CHANNELS[name]
    order = fan_out_of(info)
    roles = [
        pair.value for pair in info.parameters if pair.name in {AUDIENCE, f"{AUDIENCE_ON}{channel}"}
    ]
    group_of = {role: group for group, role in register.groups.items()}
    found = {
        "methodName": name,
        "message": order.texts.get(channel, ""),
        "audienceGrp": ",".join(group_of.get(role, role) for role in dict.fromkeys(roles)),
    }
    return {key: value for key, value in found.items() if value}


def _ids(text: str) -> list[str]:
    return [item for item in re.split(r"[,，;\s]+", text) if item]
