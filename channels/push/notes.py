"""What a notification says: the facts of the text message, under a title."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from warnbroker.model.delivery import Delivery
from warnbroker.model.drill import with_mark
from warnbroker.model.level import in_language
from warnbroker.model.message import Message, MessageKind
from warnbroker.model.publication import Group, Publication

LARGEST = 3_900
"""Bytes of a note: services take 4,096 encrypted, and keys and padding belong to them."""

_KEPT_ALERTS = 128
_TITLES: Mapping[MessageKind, Mapping[str, str]] = {
    MessageKind.ALERT: {"zh": "{level}预警：{event}", "en": "{level} warning: {event}"},
    MessageKind.UPDATE: {
        "zh": "{level}预警更新：{event}",
        "en": "{level} warning, updated: {event}",
    },
    MessageKind.CANCEL: {"zh": "预警已终止：{event}", "en": "Warning ended: {event}"},
    MessageKind.OUTSIDE: {"zh": "预警范围变更：{event}", "en": "Change of area: {event}"},
}
_HEARD = {"zh": "我已知悉", "en": "I have read it"}
_OPEN = {"zh": "查看详情", "en": "Read more"}
_WELCOME = {
    "zh": ("预警通知已开启", "今后的预警将显示在这里。这不是预警。"),
    "en": ("Notifications are on", "Warnings will appear here. This is not a warning."),
}


@dataclass(frozen=True, slots=True)
class Known:
    """What a notification needs of an alert beside its text."""

    warning_id: str
    sent: datetime
    groups: Sequence[Group]


class Notes:
    """Writes notes; of an alert that was not prepared they have a plainer title."""

    def __init__(self, public_url: str, names: Mapping[str, str]) -> None:
        self._root = public_url.rstrip("/")
        self._names = names
        self._known: dict[str, Known] = {}

    def learn(self, publication: Publication) -> None:
        """Remember what the notes of an alert need."""
        while len(self._known) >= _KEPT_ALERTS:
            self._known.pop(next(iter(self._known)))
        self._known[publication.id] = Known(
            publication.warning_id, publication.alert.sent, publication.groups
        )

    def topic(self, alert: str) -> str:
        """Return what a newer note replaces the older by: the warning."""
        known = self._known.get(alert)
        return known.warning_id if known else alert

    def write(self, delivery: Delivery, body: str, proof: str) -> bytes:
        """Return the note of a delivery, no longer than services take."""
        message, alert = delivery.message, delivery.key.alert
        known, standing = self._known.get(alert), delivery.standing
        public = standing is not None and standing.is_public
        note: dict[str, Any] = {
            "title": self._title(message, known, drill=bool(standing and standing.is_drill)),
            "tag": self.topic(alert),
            "lang": message.language,
            "level": delivery.level,
            "expires": _milliseconds(delivery.expires),
            "sent": _milliseconds(known.sent) if known else 0,
            "url": f"{self._root}/warnings/{self.topic(alert)}" if public else "",
            "report": f"{self._root}/receipts/push/{delivery.key.path}/{proof}",
            "heard": in_language(_HEARD, message.language),
            "open": in_language(_OPEN, message.language),
        }
        return _fitted(note, body)

    def welcome(self, language: str) -> bytes:
        """Return the note that shows a new subscriber that it works."""
        title, body = in_language_pair(language)
        return _fitted({"title": title, "tag": "welcome", "lang": language}, body)

    def _title(self, message: Message, known: Known | None, *, drill: bool) -> str:
        language = message.language
        titles = _TITLES.get(message.kind)
        group = _group(known.groups, message.group) if known else None
        if titles is None or group is None:
            title = in_language(self._names, language)
        else:
            title = in_language(titles, language).format(
                level=group.level.name(language), event=_event(group, language)
            )
        return with_mark(title, language) if drill else title


def in_language_pair(language: str) -> tuple[str, str]:
    """Return title and text of the welcome in a language."""
    return _WELCOME["zh" if language.lower().startswith("zh") else "en"]


def _group(groups: Sequence[Group], index: int) -> Group | None:
    return next((group for group in groups if group.index == index), None)


def _event(group: Group, language: str) -> str:
    return in_language({info.language: info.event for info in group.infos}, language)


def _fitted(note: Mapping[str, Any], body: str) -> bytes:
    whole = _coded({**note, "body": body})
    # The page has the whole text; a note that the service refuses would tell nobody anything.
    while len(whole) > LARGEST and body:
        over = len(whole) - LARGEST
        body = body[: max(0, len(body) - max(1, over // 4) - 1)].rstrip()
        whole = _coded({**note, "body": f"{body}…"})
    return whole


def _coded(note: Mapping[str, Any]) -> bytes:
    return json.dumps(note, ensure_ascii=False, separators=(",", ":")).encode()


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
