"""What comes in from people goes to everyone who may have to act on it."""

from collections.abc import Sequence
from dataclasses import dataclass

from warnbroker.contracts.inbound import Hearer, Said


@dataclass(frozen=True, slots=True)
class Hearing:
    """Asks hearers one after the other; the first one that has an answer gives it."""

    hearers: tuple[Hearer, ...] = ()

    async def hear(self, said: Sequence[Said]) -> Sequence[str]:
        """Return once each hearer has committed it.

        Raises:
            StoreError: the database refused; hearing it again changes nothing twice.
        """
        answers = [""] * len(said)
        for hearer in self.hearers if said else ():
            given = await hearer.hear(said)
            answers = [old or new for old, new in zip(answers, given, strict=True)]
        return answers
