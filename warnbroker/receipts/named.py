"""Evidence that names an address: it counts for the deliveries that went to that very one."""

from collections.abc import Collection, Sequence

from warnbroker.contracts.store import DeliveryStore
from warnbroker.model.receipt import AttemptKey, Evidence
from warnbroker.targeting import direct_of

Pair = tuple[AttemptKey, str]


async def proven(evidence: Sequence[Evidence], deliveries: DeliveryStore) -> Sequence[Evidence]:
    """Return what is proven of the deliveries themselves, naming no address.

    Raises:
        StoreError: the database refused.
    """
    asked = [(item.key, _listed(item.about)) for item in evidence if item.key and item.about]
    if not asked:
        return evidence
    answers = zip(asked, await deliveries.went_to(asked), strict=True)
    own = {pair for pair, is_own in answers if is_own}
    return [found for item in evidence if (found := _settled(item, own)) is not None]


def _settled(item: Evidence, own: Collection[Pair]) -> Evidence | None:
    if not item.about:
        return item
    is_own = item.key is not None and (item.key, _listed(item.about)) in own
    receipt = item.receipt if is_own else item.otherwise
    return None if receipt is None else Evidence(item.key, receipt)


def _listed(text: str) -> str:
    """Return an address as the list writes it: servers write the domain in another script."""
    return next((found for _, found in direct_of(text)), text)
