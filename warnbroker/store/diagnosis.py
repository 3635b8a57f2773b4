"""What happened to an entry that does not follow the one before."""

from dataclasses import dataclass

from warnbroker.store.breach import Breach, BreachKind
from warnbroker.store.chain import Row, State, pages
from warnbroker.store.database import Database
from warnbroker.store.signer import ENTRY, Keyring, Mark


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """Names a breach by what can still be found: ``state`` is the last entry that is whole.

    An entry's signature covers its place and the hash before it, so the true next entry can
    be told wherever it lies now, also if its number and hashes were written anew.
    """

    database: Database
    keys: Keyring
    state: State

    @property
    def expected(self) -> int:
        """Return the number that the next entry has."""
        return self.state.sequence + 1

    async def of(self, row: Row) -> Breach:
        """Say what was done at the place of a row."""
        if not isinstance(row.sequence, int) or row.sequence < self.expected:
            return self._stranger(row)
        true = await self._true_next()
        if row.sequence > self.expected:
            return self._gap(row.sequence, true)
        made_as = await self._made_as(row)
        if made_as is not None:
            if true is not None:
                return self._moved(true)
            lacking = f"in its place stands what was entry {made_as}"
            return Breach(BreachKind.REMOVED, self.expected, lacking)
        if true is not None:
            return await self._displaced(row, true)
        return self._changed(row)

    def _stranger(self, row: Row) -> Breach:
        number = row.sequence if isinstance(row.sequence, int) else self.expected
        return Breach(BreachKind.INSERTED, number, f"no entry has the number {row.sequence!r}")

    def _gap(self, found: int, true: Row | None) -> Breach:
        if true is not None:
            return self._moved(true)
        last = found - 1
        run = f"up to {last}" if last > self.expected else ""
        return Breach(BreachKind.REMOVED, self.expected, run)

    def _moved(self, true: Row) -> Breach:
        return Breach(BreachKind.REORDERED, self.expected, f"it stands as {true.sequence}")

    async def _displaced(self, row: Row, true: Row) -> Breach:
        """Tell an entry that changed places with the true one from one that was pushed in."""
        if await self._fits_at(row, true):
            return self._moved(true)
        return Breach(
            BreachKind.INSERTED, self.expected, f"the true entry stands as {true.sequence}"
        )

    def _changed(self, row: Row) -> Breach:
        """Name what is wrong with an entry at its own place."""
        own = row.hashed(self.expected, self.state.hash)
        if own is None or not isinstance(row.previous_hash, bytes):
            return Breach(BreachKind.ALTERED, self.expected)
        if own != row.hash:
            if row.hash == row.hashed(self.expected, row.previous_hash) and not self.state.signed:
                # Nothing signs old entries: the one before was altered and given a new hash.
                return Breach(BreachKind.ALTERED, max(1, self.state.sequence))
            return Breach(BreachKind.ALTERED, self.expected)
        if row.previous_hash != self.state.hash:
            return Breach(BreachKind.ALTERED, self.expected)
        if row.signature is None:
            return Breach(BreachKind.UNSIGNED, self.expected)
        other = self._mark(row, own) is Mark.OTHER_KEY
        return Breach(BreachKind.OTHER_KEY if other else BreachKind.WRONGLY_SIGNED, self.expected)

    def _mark(self, row: Row, own: bytes) -> Mark:
        if not isinstance(row.signature, bytes):
            return Mark.WRONG
        return self.keys.check(row.signature, ENTRY, own)

    def _is_next(self, row: Row) -> bool:
        own = row.hashed(self.expected, self.state.hash)
        if own is None or row.sequence == self.expected:
            return False
        if row.signature is None:
            return row.is_old and not self.state.signed and row.hash == own
        return self._mark(row, own) is Mark.GENUINE

    async def _true_next(self) -> Row | None:
        """Look for the true next entry at other places."""
        async for page in pages(self.database, self.state.sequence or None):
            for row in page:
                if self._is_next(row):
                    return row
        return None

    async def _made_as(self, row: Row) -> int | None:
        """Return the number that a row's own hash was made with, if it is another one."""
        if not isinstance(row.previous_hash, bytes):
            return None
        previous, last = row.previous_hash, self.expected
        if row.hash == row.hashed(self.expected, previous):
            return None
        async for page in pages(self.database):
            last = max([last, *(r.sequence for r in page if isinstance(r.sequence, int))])
        numbers = range(1, last + 2)
        return next((n for n in numbers if row.hashed(n, previous) == row.hash), None)

    async def _fits_at(self, row: Row, true: Row) -> bool:
        """Say whether a row is the true entry of the place where the true next one stands."""
        assert isinstance(true.sequence, int)  # noqa: S101  rows of other kinds are never next
        chained = true.hashed(self.expected, self.state.hash)
        if true.sequence < self.expected:
            return False
        async for page in pages(self.database, self.expected):
            for between in page:
                number = between.sequence
                if not isinstance(number, int) or chained is None:
                    return False
                if number == true.sequence:
                    own = row.hashed(number, chained)
                    return own is not None and self._mark(row, own) is Mark.GENUINE
                chained = between.hashed(number, chained)
        return False
