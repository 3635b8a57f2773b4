"""GB/T 35965 to Alert, with the list of what was lost or had to be assumed."""

import mimetypes
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from warnbroker.cap.document import MEBIBYTE
from warnbroker.cap.gbt.faults import refusal
from warnbroker.cap.gbt.loss import Loss
from warnbroker.cap.gbt.methods import read_methods
from warnbroker.cap.gbt.places import read_area
from warnbroker.cap.gbt.reader import Data, Read, read_gbt
from warnbroker.cap.gbt.register import Register
from warnbroker.cap.gbt.words import (
    CERTAINTIES,
    COLOUR,
    EVENT_CODE,
    EXERCISE,
    HEADLINE,
    IDENTIFIER,
    SEVERITIES,
    category_of,
    headline,
    identifier_time,
    read_moment,
)
from warnbroker.errors import AlertError
from warnbroker.model.alert import Alert, Info, NamedValue, Reference, Resource
from warnbroker.model.enums import Category, Certainty, MsgType, Scope, Status, Urgency
from warnbroker.model.fan_out import INTERNAL

_SIZE = re.compile(r"([0-9]{1,12})\s*(k|kb)?", re.ASCII | re.IGNORECASE)
_TYPES = (MsgType.ALERT, MsgType.UPDATE, MsgType.CANCEL)
_STATUSES = (Status.ACTUAL, Status.TEST, Status.EXERCISE, Status.DRAFT)


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the issuer says where GB/T says Unknown, and how far a line reaches, in metres."""

    urgency: Urgency | None = None
    certainty: Certainty | None = None
    line_width: float | None = None


@dataclass(frozen=True, slots=True)
class Translation:
    """The alert that a message is in CAP, and what was lost on the way."""

    alert: Alert
    losses: tuple[Loss, ...]


def from_gbt(
    body: bytes,
    register: Register,
    *,
    references: Sequence[Reference] = (),
    wishes: Wishes = Wishes(),
    limit: int = MEBIBYTE,
) -> Translation:
    """Translate a GB/T 35965 message.

    ``references`` are all live messages of the warning that it changes; without them the
    first alone is referenced, as the message names it.

    Raises:
        TooLargeError: the body is longer than ``limit`` bytes.
        UnreadableError: it is not well-formed UTF-8 XML, or not safe to read.
        AlertError: it is no GB/T message, or cannot be told in CAP; holds the reasons.
    """
    return from_data(read_gbt(body, limit), register, references=references, wishes=wishes)


def from_data(
    read: Read,
    register: Register,
    *,
    references: Sequence[Reference] = (),
    wishes: Wishes = Wishes(),
) -> Translation:
    """Translate a message that was read; raises ``AlertError`` as ``from_gbt`` does."""
    # Late: each of the two directions checks itself against the other.
    from warnbroker.cap.gbt.originals import differences
    from warnbroker.cap.gbt.outward import written

    losses = list(read.losses)
    alert = told(read.data, register, references, wishes, losses)
    try:
        kept = differences(read.data, written(alert, register, []))
    except AlertError:  # it cannot go back, such as one in another language
        kept = ()
    info = replace(alert.infos[0], parameters=(*alert.infos[0].parameters, *kept))
    return Translation(replace(alert, infos=(info,)), tuple(losses))


def first_reference(data: Data, register: Register) -> Reference | None:
    """Return the first message of the warning that a message changes, None for an Alert.

    Raises:
        AlertError: an Update or Cancel names none, or none of an issuer that is known.
    """
    kind, identifier = data["msgType"], data.get("references", "")
    if not identifier:
        if kind != MsgType.ALERT:
            raise refusal("gbt.references.required", "alert/references", kind)
        return None
    sent = identifier_time(identifier)
    issuer = identifier[:14]
    sender = register.sender(issuer)
    if sender is None:
        raise refusal("gbt.sender.unknown", "alert/references", issuer)
    return Reference(sender, identifier, sent)


def told(
    data: Data,
    register: Register,
    references: Sequence[Reference],
    wishes: Wishes,
    losses: list[Loss],
) -> Alert:
    """Return what a message says in CAP, without what it said word for word."""
    status, note = _status(data)
    alert = Alert(
        identifier=_identifier(data, losses),
        sender=_sender(data, register),
        sent=read_moment(data["sendTime"], "alert/sendTime"),
        status=status,
        msg_type=_msg_type(data),
        scope=_scope(data),
        codes=(INTERNAL,) if _is_inner(data) else (),
        note=note,
    )
    if alert.msg_type is MsgType.CANCEL and not note:
        raise refusal("gbt.note.required", "alert/note")
    if data.get("phone"):
        losses.append(Loss("phone.private", "alert/phone"))
    first = first_reference(data, register)
    if first is not None and not references:
        losses.append(Loss("references.first", "alert/references", first.identifier))
    known = tuple(references) or ((first,) if first else ())
    info = _info(data, register, wishes, losses)
    return replace(alert, references=known, infos=(info,))


def _identifier(data: Data, losses: list[Loss]) -> str:
    identifier = str(data["identifier"])
    if not IDENTIFIER.fullmatch(identifier):
        raise refusal("gbt.identifier.form", "alert/identifier", identifier)
    identifier_time(identifier)
    if identifier[:14] != data["senderCode"]:
        losses.append(Loss("sender.code", "alert/senderCode", data["senderCode"]))
    return identifier


def _sender(data: Data, register: Register) -> str:
    sender = register.sender(data["senderCode"])
    if sender is None:
        raise refusal("gbt.sender.unknown", "alert/senderCode", data["senderCode"])
    return sender


def _status(data: Data) -> tuple[Status, str]:
    """Return the status and the note; a Test whose note says so is an exercise."""
    word, note = data["status"], data.get("note", "")
    if word not in _STATUSES:
        raise refusal("gbt.status", "alert/status", word)
    if word == Status.TEST and note.startswith(EXERCISE):
        return Status.EXERCISE, note.removeprefix(EXERCISE)
    return Status(word), note


def _msg_type(data: Data) -> MsgType:
    if data["msgType"] not in _TYPES:
        raise refusal("gbt.msg_type", "alert/msgType", data["msgType"])
    return MsgType(data["msgType"])


def _scope(data: Data) -> Scope:
    # Who belongs to a closed circle GB/T does not say, so nobody can be told.
    if data["scope"] != Scope.PUBLIC:
        raise refusal("gbt.scope", "alert/scope", data["scope"])
    return Scope.PUBLIC


def _is_inner(data: Data) -> bool:
    word = data.get("secClassification", "None")
    if word not in {"None", "Inner"}:
        raise refusal("gbt.value", "alert/secClassification", word)
    return bool(word == "Inner")


def _info(data: Data, register: Register, wishes: Wishes, losses: list[Loss]) -> Info:
    info = data["info"]
    order = read_methods(data.get("code", []), register, losses)
    return Info(
        event=_event(data, losses),
        categories=(_category(info, losses),),
        urgency=_urgency(info, wishes, losses),
        severity=SEVERITIES[_colour(info, losses)],
        certainty=_certainty(info, wishes, losses),
        language=info.get("language", "zh-CN"),
        event_codes=(NamedValue(EVENT_CODE, info["eventType"]),),
        effective=_moment(info, "effective"),
        onset=_moment(info, "onset"),
        expires=_moment(info, "expires"),
        sender_name=data["sender"],
        headline=info["headline"],
        description=info["description"],
        instruction=info.get("instruction", ""),
        web=info.get("web", ""),
        parameters=(*_stated_colour(info), *order),
        resources=_resources(info, losses),
        areas=tuple(
            read_area(item, f"info/area[{index}]", wishes.line_width, losses)
            for index, item in enumerate(info["area"])
        ),
    )


def _category(info: Data, losses: list[Loss]) -> Category:
    category = category_of(info["eventType"])
    losses.append(Loss("category.derived", "info/category", str(category)))
    return category


def _colour(info: Data, losses: list[Loss]) -> str:
    colour = str(info["severity"])
    if colour not in SEVERITIES:
        raise refusal("gbt.value", "info/severity", colour)
    if colour == "Unknown":
        losses.append(Loss("severity.unknown", "info/severity", colour))
    return colour


def _stated_colour(info: Data) -> tuple[NamedValue, ...]:
    colour = info["severity"]
    return (NamedValue(COLOUR, colour),) if colour != "Unknown" else ()


def _moment(info: Data, name: str) -> datetime | None:
    return read_moment(info[name], f"info/{name}") if info.get(name) else None


def _event(data: Data, losses: list[Loss]) -> str:
    """Return what the headline calls the event, else its code."""
    info = data["info"]
    text = info["headline"]
    own = text.removeprefix(data["sender"])
    found = HEADLINE.match(own)
    event = found["event"].strip() if found and not found["sender"] else ""
    wanted = headline(
        data["sender"], event, info["severity"], cancel=data["msgType"] == MsgType.CANCEL
    )
    if text != wanted:
        losses.append(Loss("headline.form", "info/headline", text[:80]))
    if not event:
        losses.append(Loss("event.derived", "info/eventType", info["eventType"]))
    return event or str(info["eventType"])


def _urgency(info: Data, wishes: Wishes, losses: list[Loss]) -> Urgency:
    word = info.get("urgency", "Unknown")
    if word not in list(Urgency):
        raise refusal("gbt.value", "info/urgency", word)
    if word == Urgency.UNKNOWN and wishes.urgency is None:
        losses.append(Loss("urgency.unknown", "info/urgency", word))
    return wishes.urgency if word == Urgency.UNKNOWN and wishes.urgency else Urgency(word)


def _certainty(info: Data, wishes: Wishes, losses: list[Loss]) -> Certainty:
    word = info.get("certainty", "Unknown")
    if word not in CERTAINTIES:
        raise refusal("gbt.value", "info/certainty", word)
    if word == "VeryLikely":
        losses.append(Loss("certainty.narrowed", "info/certainty", word))
    if word == "Unknown" and wishes.certainty is None:
        losses.append(Loss("certainty.unknown", "info/certainty", word))
    return wishes.certainty if word == "Unknown" and wishes.certainty else CERTAINTIES[word]


def _resources(info: Data, losses: list[Loss]) -> tuple[Resource, ...]:
    return tuple(
        _resource(item, f"info/resource[{index}]", losses)
        for index, item in enumerate(info.get("resource", []))
    )


def _resource(data: Data, path: str, losses: list[Loss]) -> Resource:
    name = data["resourceDesc"]
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    losses.append(Loss("resource.type", f"{path}/resourceDesc", name))
    losses.append(Loss("resource.content", path, name))
    return Resource(
        resource_desc=name,
        mime_type=kind,
        size=_size(data.get("size", ""), f"{path}/size", losses),
        digest=data.get("digest", ""),
    )


def _size(text: str, path: str, losses: list[Loss]) -> int | None:
    found = _SIZE.fullmatch(text)
    if text and (found is None or found[2]):
        losses.append(Loss("resource.size", path, text))
    if found is None:
        return None
    return int(found[1]) * (1024 if found[2] else 1)
