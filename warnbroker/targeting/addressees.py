"""Whom an alert of limited scope is for: lists, subscribers by their key, plain addresses."""

import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import shapely
from numpy.typing import NDArray

from warnbroker.contracts.store import SubscriberStore
from warnbroker.errors import Fault
from warnbroker.model.alert import Alert
from warnbroker.model.enums import Scope
from warnbroker.model.named_list import NamedList, NamedLists
from warnbroker.model.record import Candidate
from warnbroker.model.subscriber import AddressKind
from warnbroker.targeting.cells import contains
from warnbroker.targeting.tree import RegionTree

Direct = tuple[str, str]
"""An address that is no subscriber's, or not as such: its kind and text."""

_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_NOBODY = "it is no list, no subscriber's ref, no number such as +358401234567, no mailbox"
_PUNCTUATION = re.compile(r"[\s().-]")


@dataclass(frozen=True, slots=True)
class Addressees:
    """Those that an alert names."""

    tree: RegionTree
    lists: tuple[NamedList, ...] = ()
    refs: frozenset[str] = frozenset()
    direct: tuple[Direct, ...] = ()
    faults: tuple[Fault, ...] = field(default=())

    async def pages(
        self, subscribers: SubscriberStore, size: int
    ) -> AsyncIterator[Sequence[Candidate]]:
        """Stream the subscribers among them, each once."""
        refs = self.refs.union(*(item.refs for item in self.lists))
        roles = frozenset().union(*(item.roles for item in self.lists))
        async for page in subscribers.by_refs(sorted(refs), size):
            yield page
        async for page in subscribers.by_roles(sorted(roles), size):
            mine = self.hold(page)
            yield [
                person
                for person, wanted in zip(page, mine, strict=True)
                if wanted and person.ref not in refs
            ]

    def hold(self, page: Sequence[Candidate]) -> NDArray[np.bool_]:
        """Tell for each person whether they are among them."""
        named = self.refs.union(*(item.refs for item in self.lists))
        held = np.fromiter((person.ref in named for person in page), dtype=bool, count=len(page))
        for item in self.lists:
            held |= self._of_roles(item, page)
        return held

    def _of_roles(self, item: NamedList, page: Sequence[Candidate]) -> NDArray[np.bool_]:
        mine = np.fromiter((p.role in item.roles for p in page), dtype=bool, count=len(page))
        if not item.regions or not mine.any():
            return mine
        return mine & self._within(item.regions, page)

    def _within(self, regions: frozenset[str], page: Sequence[Candidate]) -> NDArray[np.bool_]:
        below = [region for code in regions for region in self.tree.descendants(code)]
        own = [found for code in regions if (found := self.tree.get(code))]
        codes = {region.code for region in (*below, *own)}
        outline = shapely.union_all([region.geometry for region in own])
        placed = [person.position for person in page if person.position is not None]
        lats, lons = (np.array([p[i] for p in placed], dtype=float) for i in (0, 1))
        inside = iter(contains(outline, lats, lons))
        return np.fromiter(
            (
                bool(next(inside) if person.position is not None else person.regions & codes)
                for person in page
            ),
            dtype=bool,
            count=len(page),
        )


async def addressees_of(
    alert: Alert, lists: NamedLists, subscribers: SubscriberStore, tree: RegionTree
) -> Addressees:
    """Return those that a Restricted or Private alert names, and a fault for each it cannot."""
    if alert.scope is Scope.RESTRICTED:
        return _restricted(alert, lists, tree)
    if alert.scope is Scope.PRIVATE:
        return await _private(alert, lists, subscribers, tree)
    return Addressees(tree)


def _restricted(alert: Alert, lists: NamedLists, tree: RegionTree) -> Addressees:
    found = lists.find(alert.restriction)
    if found:
        return Addressees(tree, lists=(found,))
    known = ", ".join(lists.by_code) or "none"
    text = f"no list is called {alert.restriction[:40]!r}; there are: {known}"
    return Addressees(tree, faults=(Fault("scope.restriction.unknown", text, "restriction"),))


async def _private(
    alert: Alert, lists: NamedLists, subscribers: SubscriberStore, tree: RegionTree
) -> Addressees:
    named: list[NamedList] = []
    rest: list[str] = []
    direct: list[Direct] = []
    faults: list[Fault] = []
    for text in dict.fromkeys(alert.addresses):
        item = lists.find(text)
        if item:
            named.append(item)
        else:
            rest.append(text)
    known = await _known(rest, subscribers)
    for place, text in enumerate(alert.addresses):
        if lists.find(text) or text in known:
            continue
        if found := direct_of(text):
            direct += found
        else:
            # Its text is not repeated: it may be somebody's number, mistyped.
            faults.append(Fault("scope.addresses.unknown", _NOBODY, f"addresses[{place}]"))
    return Addressees(
        tree,
        tuple({item.code: item for item in named}.values()),
        known,
        tuple(dict.fromkeys(direct)),
        tuple(faults),
    )


async def _known(refs: Sequence[str], subscribers: SubscriberStore) -> frozenset[str]:
    return frozenset(
        [person.ref async for page in subscribers.by_refs(refs, 500) for person in page]
    )


def direct_of(text: str) -> Sequence[Direct]:
    """Return the addresses that a text is: a number counts for texts and calls; none if neither."""
    bare = text.strip().removeprefix("tel:").removeprefix("mailto:")
    number = _PUNCTUATION.sub("", bare)
    if _E164.fullmatch(number):
        return (AddressKind.PHONE, number), (AddressKind.VOICE, number)
    from email_validator import EmailNotValidError, validate_email

    try:
        found = validate_email(bare, check_deliverability=False, globally_deliverable=False)
    except EmailNotValidError:
        return ()
    return ((AddressKind.EMAIL, found.normalized),)
