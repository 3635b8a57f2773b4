"""Walk through the record and find the first entry that somebody bent."""

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from warnbroker.model.event import Event
from warnbroker.store.anchors import Anchor
from warnbroker.store.breach import Breach, BreachKind, Verification
from warnbroker.store.chain import Row, State, pages
from warnbroker.store.database import Database
from warnbroker.store.diagnosis import Diagnosis
from warnbroker.store.signer import ENTRY, Keyring, Mark


async def verify(
    database: Database,
    keys: Keyring,
    anchors: Sequence[Anchor] = (),
    told: Callable[[int], None] = lambda _number: None,
) -> Verification:
    """Read the record from its first entry on, a page at a time, and stop at a breach.

    ``anchors`` come in the order of their entries; ``told`` is called with the number of
    entries after each page.
    """
    walk = Walk(keys, anchors)
    breach = walk.false_anchor()
    if breach is None:
        async for page in pages(database):
            wrong = next((row for row in page if not walk.takes(row)), None)
            if wrong is not None:
                breach = walk.breach or await Diagnosis(database, keys, walk.state).of(wrong)
                break
            told(walk.entries)
        else:
            breach = walk.truncated()
    return walk.outcome(breach)


@dataclass(slots=True)
class Walk:
    """Takes entries one after the other for as long as each is whole."""

    keys: Keyring
    anchors: Sequence[Anchor]
    state: State = field(default_factory=State)
    breach: Breach | None = None
    entries: int = 0
    unsigned: int = 0
    agreed: int = 0
    _restores: list[tuple[int, int, datetime]] = field(default_factory=list)
    _next: int = 0

    def false_anchor(self) -> Breach | None:
        """Return the first anchor that none of the keys signed."""
        for anchor in self.anchors:
            mark = anchor.check(self.keys)
            if mark is Mark.WRONG:
                where = f"line {anchor.line} of the anchors"
                return Breach(BreachKind.FALSE_ANCHOR, anchor.sequence, where)
        return None

    def takes(self, row: Row) -> bool:
        """Go on by one entry if it follows; ``breach`` is set where it is clear what is wrong."""
        own = row.hashed(self.state.sequence + 1, self.state.hash)
        if row.sequence != self.state.sequence + 1 or own is None or own != row.hash:
            return False
        if row.previous_hash != self.state.hash or not self._is_signed_well(row):
            return False
        assert row.at is not None  # noqa: S101  an entry without an instant has no hash
        signed = row.signature is not None
        if signed and row.at < self.state.at and self.state.signed:
            self.breach = Breach(BreachKind.BACKWARDS, self.state.sequence + 1)
            return False
        self.state = State(self.state.sequence + 1, own, row.at, signed)
        self.entries += 1
        self.unsigned += not signed
        self._learn(row)
        self.breach = self._contradicted()
        return self.breach is None

    def _is_signed_well(self, row: Row) -> bool:
        if row.signature is None:
            return row.is_old and not self.state.signed
        if not isinstance(row.signature, bytes) or not isinstance(row.hash, bytes) or row.is_old:
            return False
        return self.keys.check(row.signature, ENTRY, row.hash) is Mark.GENUINE

    def _learn(self, row: Row) -> None:
        """Take note of what a genuine entry says about keys and restores."""
        if row.signature is None or row.words is None or row.at is None:
            return
        event, detail = row.words[1], row.words[3]
        if event == Event.AUDIT_KEY_CHANGED:
            key = _public_key(orjson.loads(detail))
            if key is not None:
                self.keys.add(key)
        elif event == Event.RECORD_RESTORED:
            anchored = orjson.loads(detail).get("anchored")
            if isinstance(anchored, int) and anchored >= self.state.sequence:
                self._restores.append((self.state.sequence, anchored, row.at))

    def _contradicted(self) -> Breach | None:
        while self._next < len(self.anchors):
            anchor = self.anchors[self._next]
            if anchor.sequence > self.state.sequence:
                break
            self._next += 1
            breach = self._judged(anchor)
            if breach is not None:
                return breach
        return None

    def _judged(self, anchor: Anchor) -> Breach | None:
        where = f"line {anchor.line} of the anchors"
        if anchor.check(self.keys) is not Mark.GENUINE:
            return Breach(BreachKind.OTHER_KEY, anchor.sequence, where)
        if anchor.sequence == self.state.sequence and anchor.hash == self.state.hash:
            self.agreed += 1
        elif not self._given_up(anchor):
            return Breach(BreachKind.REWRITTEN, anchor.sequence, f"{where} knows another entry")
        return None

    def truncated(self) -> Breach | None:
        """Return what is missing at the end, as the anchors know it."""
        for anchor in self.anchors[self._next :]:
            if not self._given_up(anchor):
                first = self.state.sequence + 1
                where = f"line {anchor.line} of the anchors knows entry {anchor.sequence}"
                return Breach(BreachKind.TRUNCATED, first, where)
        return None

    def _given_up(self, anchor: Anchor) -> bool:
        """Say whether a restore that is on record gave up the entry that an anchor knows."""
        return any(
            first <= anchor.sequence <= last and anchor.at <= at
            for first, last, at in self._restores
        )

    def outcome(self, breach: Breach | None) -> Verification:
        """Return what came of it."""
        lost = tuple((first, last) for first, last, _ in self._restores)
        return Verification(
            entries=self.entries,
            unsigned=self.unsigned,
            anchors=self.agreed,
            head=self.state.hash,
            lost=lost,
            breach=breach,
        )


def _public_key(detail: object) -> Ed25519PublicKey | None:
    try:
        told = detail["public_key"] if isinstance(detail, dict) else ""
        return Ed25519PublicKey.from_public_bytes(base64.b64decode(told, validate=True))
    except (KeyError, ValueError, TypeError, binascii.Error):
        return None
