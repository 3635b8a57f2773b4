"""What an operator does about suppressed addresses."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from warnbroker.contracts.clock import Clock
from warnbroker.contracts.suppression import SuppressionStore
from warnbroker.errors import AlertError, Fault
from warnbroker.model.actor import Actor
from warnbroker.model.subscriber import AddressKind
from warnbroker.model.suppression import EVERY_CHANNEL, Suppression, SuppressionReason
from warnbroker.targeting import Direct, direct_of

LONGEST_ADDRESS = 4_096


@dataclass(frozen=True, slots=True)
class Suppressing:
    """Adds, finds and lifts suppressions.

    ``channels`` are the names that a scope may have, each with the kind of address it uses.
    """

    suppressions: SuppressionStore
    channels: Mapping[str, str | None]
    clock: Clock

    async def add(
        self, address: str, kind: str, scope: str, *, actor: Actor
    ) -> Sequence[Suppression]:
        """Suppress an address, on one channel or on all; return what stands now.

        Raises:
            AlertError: it is no address, there is no such channel, or it uses no such address.
        """
        found = addresses_of(address, kind)
        return await self.suppressions.add(
            self._used(found, scope) if scope else found,
            scope or EVERY_CHANNEL,
            SuppressionReason.OPERATOR,
            actor=actor,
            now=self.clock.now(),
        )

    async def find(self, address: str, kind: str) -> Sequence[Suppression]:
        """Return all that ever stood against an address.

        Raises:
            AlertError: it is no address.
        """
        found = addresses_of(address, kind)
        return await self.suppressions.page(0, 1000, standing=False, addresses=found)

    async def page(self, after: int, limit: int, *, standing: bool) -> Sequence[Suppression]:
        """Return suppressions in the order of their ids."""
        return await self.suppressions.page(after, limit, standing=standing)

    async def lift(self, suppression_id: int, *, actor: Actor) -> None:
        """Lift a suppression; one that is lifted stays as it is.

        Raises:
            NotFoundError: there is none of that id.
        """
        await self.suppressions.lift(suppression_id, actor=actor, now=self.clock.now())

    def _used(self, found: Sequence[Direct], channel: str) -> Sequence[Direct]:
        """Return what a channel could write to: no other row would ever hold."""
        if channel not in self.channels:
            known = ", ".join(sorted(self.channels))
            raise _no_scope(f"no channel is called {channel[:40]!r}; there are: {known}")
        used = [item for item in found if item[0] == self.channels[channel]]
        if not used:
            kind = self.channels[channel] or "none"
            raise _no_scope(f"{channel} uses no such address (its kind is {kind})")
        return used


def _no_scope(text: str) -> AlertError:
    return AlertError([Fault("suppression.scope", text, "scope")])


def addresses_of(address: str, kind: str) -> Sequence[Direct]:
    """Return an address by kind and text as the list writes it; a number is two, text and call.

    Raises:
        AlertError: it is none; its text is not repeated.
    """
    if kind and kind not in frozenset(AddressKind):
        found: Sequence[Direct] = [(kind, address)] if address and kind.isidentifier() else ()
    else:
        found = [item for item in direct_of(address) if kind in {"", item[0]}]
    if not found or len(address) > LONGEST_ADDRESS or len(kind) > 32:
        text = "it is no number such as +358401234567 and no mailbox, or not of that kind"
        raise AlertError([Fault("suppression.address", text, "address")])
    return found
