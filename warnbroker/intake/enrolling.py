"""Take in who subscribes by themselves, once what they gave is sound."""

import re
from collections.abc import Container, Iterator
from dataclasses import dataclass

from warnbroker.contracts.clock import Clock
from warnbroker.contracts.enrolment import Enrolment
from warnbroker.contracts.store import RegionStore, SubscriberStore
from warnbroker.errors import EnrolmentError, Fault
from warnbroker.model.level import LevelScale
from warnbroker.targeting import cell_of

LONGEST_REF = 200
LONGEST_ADDRESS = 4_096
MOST_REGIONS = 200

_KIND = re.compile(r"[a-z][a-z0-9_]{0,31}")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,4}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


@dataclass(frozen=True, slots=True)
class Enrolling:
    """Writes subscriptions that come from a channel's own page."""

    subscribers: SubscriberStore
    regions: RegionStore
    scale: LevelScale
    clock: Clock

    async def enrol(self, enrolment: Enrolment) -> None:
        """Write somebody, or the address of that kind of somebody known; committed on return.

        Raises:
            EnrolmentError: it breaks rules; all of them are named.
            StoreError: the database refused; nothing was kept.
        """
        known = {region.code for region in await self.regions.all()}
        faults = [*_form(enrolment), *_place(enrolment, known)]
        if enrolment.min_level and enrolment.min_level not in self.scale:
            faults.append(_fault("level", "min_level", "is no level here", "不是本系统的等级"))
        if not faults and not (enrolment.regions or enrolment.position):
            faults += await self._nowhere(enrolment.ref)
        if faults:
            raise EnrolmentError(faults)
        cell = cell_of(*enrolment.position) if enrolment.position else None
        await self.subscribers.enrol(enrolment, cell, self.clock.now())

    async def forget(self, kind: str, address: str) -> None:
        """Remove an address from everybody who has it; an unknown one changes nothing.

        Raises:
            StoreError: the database refused; nothing was changed.
        """
        await self.subscribers.forget(kind, address, self.clock.now())

    async def _nowhere(self, ref: str) -> list[Fault]:
        """Fault somebody new who says no place: no warning would ever find them."""
        async for page in self.subscribers.by_refs([ref], 1):
            if page:
                return []
        return [_fault("place", "regions", "neither a region nor a position", "缺少地区或位置")]


def _form(enrolment: Enrolment) -> Iterator[Fault]:
    ref, address = enrolment.ref, enrolment.address
    if not 0 < len(ref) <= LONGEST_REF or _CONTROL.search(ref):
        yield _fault("ref", "ref", f"must be 1 to {LONGEST_REF} characters", "编号无效")
    if not _KIND.fullmatch(enrolment.kind):
        yield _fault("kind", "kind", "is no kind of address", "地址类型无效")
    if not 0 < len(address) <= LONGEST_ADDRESS or _CONTROL.search(address):
        text = f"must be 1 to {LONGEST_ADDRESS} characters"
        yield _fault("address", "address", text, "地址无效")
    if enrolment.language and not _LANGUAGE.fullmatch(enrolment.language):
        yield _fault("language", "language", "must look like zh-CN", "语言标记无效")


def _place(enrolment: Enrolment, known: Container[str]) -> Iterator[Fault]:
    if len(enrolment.regions) > MOST_REGIONS:
        yield _fault("regions", "regions", f"names more than {MOST_REGIONS}", "地区过多")
    elif any(code not in known for code in enrolment.regions):
        yield _fault("regions", "regions", "names a region that is not here", "地区不存在")
    lat, lon = enrolment.position or (0.0, 0.0)
    if not (-90 <= lat <= 90 and -180 <= lon <= 180):
        yield _fault("position", "position", "is nowhere on earth", "位置无效")


def _fault(rule: str, path: str, text: str, chinese: str) -> Fault:
    return Fault(f"enrolment.{rule}", text, path, chinese=chinese)
