"""Whom an alert says it is for: what cannot be kept of that is named before it goes out."""

from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from warnbroker.contracts.store import SubscriberStore
from warnbroker.errors import AlertError, Fault
from warnbroker.intake.release.chain import ReleasePolicy
from warnbroker.model.alert import Alert
from warnbroker.model.authority import Authorities
from warnbroker.model.enums import MsgType, Scope
from warnbroker.model.fan_out import (
    AUDIENCE,
    AUDIENCE_ON,
    PUBLIC_DRILL_FLOW,
    asks_for_public_drill,
    fan_out_of,
)
from warnbroker.model.named_list import NamedLists
from warnbroker.model.record import AlertRecord, Candidate
from warnbroker.model.standing import Standing
from warnbroker.targeting import Addressees, Direct, RegionTree, addressees_of, direct_of

PAGE = 500
LONGEST_TEXT = 5000

_TEXTS: Mapping[str, tuple[str, str]] = {
    "scope.restriction.unknown": (
        "no list is called so; write one of: {known}",
        "名单不存在；请填写下列之一：{known}",
    ),
    "scope.addresses.unknown": (
        "it is no list, no subscriber's ref, no number such as +358401234567, no mailbox",
        "既不是名单、用户编号，也不是形如 +8613800000000 的号码或邮箱",
    ),
    "scope.addresses.unreachable": (
        "no channel in use here reaches this address; name another",
        "本系统在用的渠道均无法送达该地址；请另行指定",
    ),
    "scope.addresses.drill": (
        "a drill may reach only those who agreed to drills, and the sinks of drills",
        "演练只能发给同意接收演练的用户和预设的演练接收端",
    ),
    "scope.list.empty": (
        "nobody of the list can be reached; fill the list, or name another",
        "名单中没有可以送达的人；请补充名单或另行指定",
    ),
    "scope.channel": (
        "{known} reaches everybody; an alert of limited scope cannot take it",
        "{known} 面向所有人；限定范围的消息不能使用该渠道",
    ),
    "scope.internal.authority": (
        "no authority with people on duty has this sender; nobody would be told",
        "没有任何设有值班人员的单位使用该发送方标识；将无人收到",
    ),
    "scope.drill.public": (
        "an announced drill for everybody must be an Exercise or Test of scope Public, and not "
        "internal",
        "面向公众的预告演练须为 Exercise 或 Test，范围为 Public，且不得标为内部",
    ),
    "scope.drill.off": (
        "announced drills for everybody are switched off here (drills.public)",
        "本系统未启用面向公众的预告演练（drills.public）",
    ),
    "scope.drill.flow": (
        "an announced drill needs the flow of release {known!r} with two steps at least; add it",
        "面向公众的预告演练须有至少两个步骤的审批流程 {known!r}；请在 release 中配置",
    ),
    "fan_out.audience.blank": (
        "the role is empty, so nobody would be told; name a role, or remove the parameter",
        "人员类别为空，将无人收到；请填写类别或删除该参数",
    ),
    "fan_out.audience": (
        "no subscriber here has the role {known!r}; correct it if people of this role must hear",
        "本系统没有类别为 {known!r} 的用户；若须通知该类人员，请更正",
    ),
    "fan_out.text.length": (
        "the text has {known} characters; the limit is 5000",
        "文本有 {known} 个字符；上限为 5000",
    ),
    "fan_out.channel": (
        "there is no channel of this name in use here; there are: {known}",
        "本系统没有使用该名称的渠道；现有：{known}",
    ),
}


@dataclass(frozen=True, slots=True)
class ScopeRules:
    """What is settled here of lists, drills and channels.

    ``kinds`` are the channels in use with the address that each needs, None for those that
    everybody hears. ``sinks`` are the addresses that hear every drill.
    """

    subscribers: SubscriberStore
    kinds: Mapping[str, str | None]
    lists: NamedLists = field(default_factory=NamedLists)
    sinks: AbstractSet[Direct] = frozenset()
    authorities: Authorities = field(default_factory=Authorities)
    public_drills: bool = False

    async def judge(self, alert: Alert, tree: RegionTree) -> Sequence[Fault]:
        """Let an alert pass whose circle can be kept; return what should be looked at.

        Raises:
            AlertError: it cannot; all reasons are named.
        """
        standing = Standing.of(alert)
        if not standing.is_sent:
            return ()
        faults = [*self._orders(alert), *self._public_drill(alert), *self._office(alert)]
        if not standing.is_for_all and not standing.internal:
            faults += await self._addressees(alert, tree)
        if faults:
            raise AlertError(faults)
        return [fault async for fault in self._empty_roles(alert)]

    async def _empty_roles(self, alert: Alert) -> AsyncIterator[Fault]:
        """Find roles that the issuer names and that nobody here has."""
        for index, info in enumerate(alert.infos):
            order = fan_out_of(info)
            for role in sorted(order.roles.union(*order.audiences.values())):
                if role.strip() and not await self._has_anybody(role):
                    path = f"info[{index}]/parameter"
                    yield _fault("fan_out.audience", path, role, level="warning")

    async def _has_anybody(self, role: str) -> bool:
        async for page in self.subscribers.by_roles([role], 1):
            if page:
                return True
        return False

    def _orders(self, alert: Alert) -> Iterator[Fault]:
        """Find channels that the issuer names and nobody here has, or may not use."""
        closed = not Standing.of(alert).is_for_all
        for index, info in enumerate(alert.infos):
            order, path = fan_out_of(info), f"info[{index}]/parameter"
            for name in sorted({*order.channels, *order.texts}):
                if name not in self.kinds:
                    yield _fault("fan_out.channel", path, ", ".join(self.kinds))
                elif closed and self.kinds[name] is None and name in order.channels:
                    yield _fault("scope.channel", path, name)
            if any(not pair.value.strip() for pair in info.parameters if _is_audience(pair.name)):
                yield _fault("fan_out.audience.blank", path)
            longest = max(map(len, order.texts.values()), default=0)
            if longest > LONGEST_TEXT:
                yield _fault("fan_out.text.length", path, str(longest))

    def _public_drill(self, alert: Alert) -> Iterator[Fault]:
        if not asks_for_public_drill(alert):
            return
        standing = Standing.of(alert)
        if not (standing.is_drill and standing.is_for_all):
            yield _fault("scope.drill.public", "code")
        if not self.public_drills:
            yield _fault("scope.drill.off", "code")

    def _office(self, alert: Alert) -> Iterator[Fault]:
        own = self.authorities.of_sender(alert.sender)
        contacts = own.contacts if own else ()
        if Standing.of(alert).internal and not any(item.addresses for item in contacts):
            yield _fault("scope.internal.authority", "sender")

    async def _addressees(self, alert: Alert, tree: RegionTree) -> Sequence[Fault]:
        found = await addressees_of(alert, self.lists, self.subscribers, tree)
        known = ", ".join(self.lists.by_code) or "—"
        faults = [_fault(fault.rule, fault.path, known) for fault in found.faults]
        if alert.scope is Scope.PRIVATE:
            faults += await self._private(alert)
        if faults or await self._reaches_somebody(alert, found):
            return faults
        return [_fault("scope.list.empty", "scope")]

    async def _private(self, alert: Alert) -> Sequence[Fault]:
        """Judge each address by itself: nobody who is named is left out in silence."""
        named = [text for text in alert.addresses if self.lists.find(text) is None]
        pages = self.subscribers.by_refs(named, PAGE)
        people = {person.ref: person async for page in pages for person in page}
        faults = []
        for place, text in enumerate(alert.addresses):
            if self.lists.find(text) is None and (text in people or direct_of(text)):
                rule = self._why_not(alert, people.get(text), direct_of(text))
                faults += [_fault(rule, f"addresses[{place}]")] if rule else []
        return faults

    def _why_not(self, alert: Alert, person: Candidate | None, direct: Sequence[Direct]) -> str:
        is_drill = Standing.of(alert).is_drill
        if person is not None:
            agreed = person.drills or not is_drill
            reached = self._has_channel(person.addresses)
        else:
            agreed = not is_drill or any(item in self.sinks for item in direct)
            reached = self._has_channel(kind for kind, _ in direct)
        if not reached:
            return "scope.addresses.unreachable"
        return "" if agreed else "scope.addresses.drill"

    def _has_channel(self, kinds: Iterable[str]) -> bool:
        return not {*self.kinds.values()}.isdisjoint(kinds)

    async def _reaches_somebody(self, alert: Alert, found: Addressees) -> bool:
        if found.direct:
            return True
        is_drill = Standing.of(alert).is_drill
        async for page in found.pages(self.subscribers, PAGE):
            for person in page:
                if self._has_channel(person.addresses) and (person.drills or not is_drill):
                    return True
        return False


def require_two(record: AlertRecord, policy: ReleasePolicy) -> None:
    """Let an announced drill for everybody pass if two different people must agree to it.

    Raises:
        AlertError: the flow for it is not configured, or asks for fewer.
    """
    if record.flow != PUBLIC_DRILL_FLOW or record.msg_type is MsgType.CANCEL:
        return
    if PUBLIC_DRILL_FLOW not in policy.flows or len(policy.steps(record)) < 2:
        raise AlertError([_fault("scope.drill.flow", "code", PUBLIC_DRILL_FLOW)])


def _is_audience(name: str) -> bool:
    return name == AUDIENCE or name.startswith(AUDIENCE_ON)


def _fault(rule: str, path: str, known: str = "", level: str = "error") -> Fault:
    english, chinese = _TEXTS[rule]
    told, words = english.format(known=known), chinese.format(known=known)
    return Fault(rule, told, path, level, chinese=words)
