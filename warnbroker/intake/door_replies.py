"""Hear what holders of lists text us: ``OK 12``, ``NO 13``, ``12 好``."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from warnbroker.contracts.clock import Clock
from warnbroker.contracts.doorsteps import DoorstepStore
from warnbroker.contracts.inbound import Hearer, Said, Wish
from warnbroker.intake.door_words import Understood, understood
from warnbroker.intake.doorbook import Doorbook
from warnbroker.model.actor import Actor
from warnbroker.model.doorstep import Answer, Door, DoorList, Holder
from warnbroker.model.enums import MsgType

VIA = "sms"
LASTS = timedelta(hours=48)
"""How long a list can be answered by text message; its numbers mean it for as long."""

_SAID: Mapping[str, Mapping[Answer, str]] = {
    "zh": {
        Answer.REACHED: "已通知",
        Answer.NOT_AT_HOME: "不在家",
        Answer.REFUSES: "拒绝",
        Answer.NEEDS_HELP: "求助",
    },
    "en": {
        Answer.REACHED: "told",
        Answer.NOT_AT_HOME: "not at home",
        Answer.REFUSES: "refuses",
        Answer.NEEDS_HELP: "needs help",
    },
}
_RECORDED = {"zh": "已登记：{done}。", "en": "Recorded: {done}."}
_UNKNOWN = {"zh": "名单上没有{numbers}号。", "en": "There is no {numbers} on your list."}
_LEFT = {"zh": "还剩{left}人。", "en": "{left} left."}
_UNREAD = {
    "zh": "没有看懂：{rest}。请回复编号和结果，如：12 好、13 不在、14 拒绝、15 求助。",
    "en": "Not understood: {rest}. Text a word and a number: OK 12, NO 13, REFUSES 14, SOS 15.",
}
_OVER = {"zh": "预警已结束。", "en": "The warning is over."}
_UPDATED = {
    "zh": "预警已更新，请按更新后的内容执行。",
    "en": "The warning was updated. Go on only where the update says so.",
}


@dataclass(frozen=True, slots=True)
class DoorHearer:
    """Listens to holders of lists alone; ``tongue`` is the language of those who name none."""

    doorsteps: DoorstepStore
    book: Doorbook
    clock: Clock
    tongue: str = "en"

    async def hear(self, said: Sequence[Said]) -> Sequence[str]:
        """Return once it is committed; a repeat changes nothing.

        Raises:
            StoreError: the database refused; it may be said again.
        """
        return [await self._hear(one) for one in said]

    async def _hear(self, said: Said) -> str:
        if said.wish is not Wish.NONE or not said.text.strip() or not said.address:
            return ""
        for holder in await self.doorsteps.holders_at(said.address_kind, said.address):
            lists = await self.doorsteps.held(holder.subscriber_id, self.clock.now() - LASTS)
            if lists:
                return await self._answer(said, holder, lists)
        return ""

    async def _answer(self, said: Said, holder: Holder, lists: Sequence[DoorList]) -> str:
        read = understood(said.text)
        # The lists of one holder have no number in common for as long as both last.
        doors = {door.number: (found, door) for found in lists for door in await self._of(found)}
        actor = Actor(f"holder:{holder.ref}", VIA)
        now = self.clock.now()
        left = {n for n, (one, door) in doors.items() if door.is_open and not one.ending(now)}
        for number, answer in read.answers:
            if number in doors:
                found, door = doors[number]
                ref = f"{said.channel}:{said.ref}:{number}" if said.ref else ""
                await self.book.answer(
                    found.alert_id, [(door, answer)], via=VIA, actor=actor, ref=ref
                )
        left -= {number for number, answer in read.answers if answer.is_told}
        meant = [doors[number][0] for number, _ in read.answers if number in doors] or lists
        endings = {found.ending(now) for found in meant}
        return _words(self._language(holder), read, set(doors), len(left), endings)

    async def _of(self, found: DoorList) -> Sequence[Door]:
        return await self.doorsteps.doors([found])

    def _language(self, holder: Holder) -> str:
        return "zh" if (holder.language or self.tongue).lower().startswith("zh") else "en"


def _words(
    language: str, read: Understood, known: set[int], left: int, endings: Collection[str]
) -> str:
    comma, stop = ("、", "") if language == "zh" else (", ", " ")
    named: dict[Answer, list[str]] = {}
    for number, answer in read.answers:
        if number in known:
            named.setdefault(answer, []).append(str(number))
    parts = []
    if named:
        said = _SAID[language]
        text = comma.join(f"{comma.join(named[answer])} {said[answer]}" for answer in named)
        parts.append(_RECORDED[language].format(done=text))
    missing = [str(number) for number, _ in read.answers if number not in known]
    if missing:
        parts.append(_UNKNOWN[language].format(numbers=comma.join(missing)))
    if read.rest or not read.answers:
        parts.append(_UNREAD[language].format(rest=read.rest[:40] or "…"))
    else:
        parts.append(_LEFT[language].format(left=left))
    if endings and all(endings):
        parts.append((_UPDATED if set(endings) == {MsgType.UPDATE} else _OVER)[language])
    return stop.join(parts)


_: type[Hearer] = DoorHearer
