"""People by place: in runs of cells, or in regions; each of them once.

A place is a list of pieces of an index. Pieces that hold few people are read together, one
that holds many is read bit by bit, so the work grows with the people, not with their square.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Row,
    Select,
    String,
    bindparam,
    func,
    or_,
    select,
)

from warnbroker.store.candidates import candidates
from warnbroker.store.statements import given, packed
from warnbroker.store.tables import subscriber, subscriber_region

Piece = tuple[Any, ...]
"""What part of an index to read; its last item is the id after which to begin."""

_NOBODY = -1
"""Less than every id."""


class Place:
    """Statements that read the people of pieces; ``rest`` says what is left after a row."""

    def __init__(
        self,
        people: Select[Any],
        order: Sequence[ColumnElement[Any]],
        rest: Callable[[Piece, Row[Any]], Piece],
    ) -> None:
        limited = people.with_only_columns(subscriber.c.id).limit(bindparam("at_most"))
        self.count = select(func.count()).select_from(limited.subquery())
        self.whole = people
        self.some = people.order_by(*order).limit(bindparam("at_most"))
        self.rest = rest


class Walk:
    """The way through a place, page by page; ``pieces`` are those still to be read."""

    def __init__(
        self, place: Place, pieces: Sequence[Piece], parameters: Mapping[str, object] | None = None
    ) -> None:
        self.pieces = list(pieces)
        self._place = place
        self._parameters = parameters or {}
        self._width = len(self.pieces)

    def page(self, connection: Connection, size: int) -> Sequence[Row[Any]]:
        """Return people not returned before, at most ``size``."""
        width = min(self._width, len(self.pieces))
        while self._hold_more(connection, width, size):
            if width == 1:
                return self._bit(connection, size)
            width //= 2
        rows = connection.execute(self._place.whole, self._given(width)).all()
        del self.pieces[:width]
        self._width = 2 * width
        return rows

    def _hold_more(self, connection: Connection, width: int, size: int) -> bool:
        counted = {**self._given(width), "at_most": size + 1}
        return connection.execute(self._place.count, counted).scalar_one() > size

    def _bit(self, connection: Connection, size: int) -> Sequence[Row[Any]]:
        rows = connection.execute(self._place.some, {**self._given(1), "at_most": size}).all()
        self.pieces[0] = self._place.rest(self.pieces[0], rows[-1])
        self._width = 1
        return rows

    def _given(self, width: int) -> Mapping[str, object]:
        return {**packed(self.pieces[:width]), **self._parameters}


_RUN = given(low=BigInteger, high=BigInteger, after=BigInteger)
_CELLS = Place(
    candidates()
    .add_columns(subscriber.c.cell)
    .select_from(_RUN.join(subscriber, subscriber.c.cell.between(_RUN.c.low, _RUN.c.high)))
    .where(or_(subscriber.c.cell > _RUN.c.low, subscriber.c.id > _RUN.c.after)),
    order=(subscriber.c.cell, subscriber.c.id),
    rest=lambda piece, row: (row.cell, piece[1], row.subscriber_id),
)

_MEMBER, _OTHER = subscriber_region.alias(), subscriber_region.alias()
_REGION = given(code=String, after=BigInteger)
# Who belongs to several of the regions is found in the first of them alone.
_IN_ONE_BEFORE = (
    select(_OTHER.c.subscriber_id)
    .where(
        _OTHER.c.subscriber_id == _MEMBER.c.subscriber_id,
        _OTHER.c.region_code < _MEMBER.c.region_code,
        _OTHER.c.region_code.in_(bindparam("codes", expanding=True)),
    )
    .exists()
)
_REGIONS = Place(
    candidates()
    .select_from(
        _REGION.join(
            _MEMBER,
            (_MEMBER.c.region_code == _REGION.c.code) & (_MEMBER.c.subscriber_id > _REGION.c.after),
        ).join(subscriber, subscriber.c.id == _MEMBER.c.subscriber_id)
    )
    .where(subscriber.c.cell.is_(None), ~_IN_ONE_BEFORE),
    order=(_MEMBER.c.subscriber_id,),
    rest=lambda piece, row: (piece[0], row.subscriber_id),
)


def by_cells(spans: Sequence[tuple[int, int]]) -> Walk:
    """Return the way through runs of cells, the ends of each included."""
    return Walk(_CELLS, [(low, high, _NOBODY) for low, high in _merged(spans)])


def by_regions(codes: Sequence[str]) -> Walk:
    """Return the way through the people without a position who belong to regions."""
    wanted = sorted(set(codes))
    return Walk(_REGIONS, [(code, _NOBODY) for code in wanted], {"codes": wanted})


def _merged(spans: Sequence[tuple[int, int]]) -> Sequence[tuple[int, int]]:
    """Sort spans and join those that overlap or touch: nobody is to be found in two."""
    merged: list[tuple[int, int]] = []
    for low, high in sorted(spans):
        if merged and low <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(high, merged[-1][1]))
        else:
            merged.append((low, high))
    return merged
