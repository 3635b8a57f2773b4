"""A van's map as SVG, drawn from the plan alone: no tiles, readable in black and white."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

import numpy as np
from shapely.geometry import LineString, MultiLineString, Polygon
from shapely.geometry import box as rectangle
from shapely.ops import linemerge, unary_union

from channels.van.board import Board, beside, box, covering, label, spot_on, stroke, write
from channels.van.geometry import Points
from channels.van.model import Plan, VanPlan

_UNIT = 10.0
"""Drawing units for one millimetre of paper."""

_FONT = "Noto Sans CJK SC"
_DISC = 26.0
_MAJOR = {"motorway", "trunk", "primary", "secondary", "tertiary"}
_WHITE = 'fill="#fff"'


def draw(plan: Plan, part: VanPlan, *, width_mm: float, height_mm: float) -> str:
    """Return the SVG of one van's way, north up, to be shown at that size on paper."""
    start = (part.van.start.lon, part.van.start.lat)
    spots = [start, *(spot for row in part.rows for spot in row.line)]
    board = Board.around(spots, width_mm * _UNIT, height_mm * _UNIT)
    sheet = (board.width, board.height)
    # The scale bar and the north arrow.
    board.taken += [(x, board.height - 40, 60.0) for x in (60.0, 150.0, 240.0, 330.0)]
    board.taken += [(board.width - 60, y, 60.0) for y in (60.0, 120.0)]
    body = [
        box((0, 0), sheet, _WHITE),
        *_area(board, plan),
        *_streets(board, plan),
        *_silent(board, part),
        *_announced(board, part),
        *_discs(board, part),
        *_start(board, part),
        *_names(board, plan, part),
        *_scale_bar(board),
        *_north(board),
        box((0, 0), sheet, 'fill="none" stroke="#000" stroke-width="6"'),
    ]
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {sheet[0]:.0f} {sheet[1]:.0f}" '
        f'width="{width_mm}mm" height="{height_mm}mm" font-family="{_FONT}">'
    )
    return "\n".join([head, *body, "</svg>"])


def _area(board: Board, plan: Plan) -> Iterator[str]:
    """Hatch the warning's area and dash its edge."""
    paper = rectangle(0, 0, board.width, board.height)
    outlines = [Polygon(board.place(ring)).buffer(0) for ring in plan.area]
    area = unary_union(outlines).intersection(paper)
    ends = np.arange(0.0, board.width + board.height, 45.0)
    lines = [((x, 0.0), (x - board.height, board.height)) for x in ends]
    for line in _lines(area.intersection(MultiLineString(lines))):
        yield stroke(line, "#dcdcdc", 2)
    for outline in outlines:
        for line in _lines(outline.boundary.intersection(paper.buffer(-4))):
            yield stroke(line, "#000", 5, ' stroke-dasharray="26 14"')


def _lines(shape: object) -> Iterator[Points]:
    for line in getattr(shape, "geoms", [shape]):
        if isinstance(line, LineString) and not line.is_empty:
            yield np.array(line.coords)


def _streets(board: Board, plan: Plan) -> Iterator[str]:
    for major, colour, width in ((False, "#bdbdbd", 9), (True, "#9c9c9c", 15)):
        for street in plan.streets:
            if (street.highway.removesuffix("_link") in _MAJOR) is major:
                yield stroke(board.place(street.line), colour, width)


def _silent(board: Board, part: VanPlan) -> Iterator[str]:
    for row in part.rows:
        if row.number is None:
            line = board.place(row.line)
            yield stroke(line, "#fff", 11)
            yield stroke(line, "#000", 6, ' stroke-dasharray="4 13"')
            yield from _arrows(line, 16)


def _announced(board: Board, part: VanPlan) -> Iterator[str]:
    lines = [board.place(row.line) for row in part.announced]
    for line in lines:
        yield stroke(line, "#000", 30)
    for line in lines:
        yield stroke(line, "#ffb000", 19)
        yield from _arrows(line, 17)


def _arrows(line: Points, size: float) -> Iterator[str]:
    """Put arrowheads along a line, about every two centimetres, at least one."""
    shape = LineString(line)
    count = max(1, round(shape.length / 200))
    back, tip = -size / 2, size * 0.7
    for number in range(count):
        x, y, angle = spot_on(shape, shape.length * (number + 0.5) / count)
        yield (
            f'<path d="M{back:g} {back:g}L{tip:g} 0L{back:g} {-back:g}Z" '
            f'transform="translate({x:.0f} {y:.0f}) rotate({angle:.0f})"/>'
        )


def _discs(board: Board, part: VanPlan) -> Iterator[str]:
    for row in part.announced:
        x, y = _disc_spot(board, LineString(board.place(row.line)))
        board.taken.append((x, y, _DISC + 2))
        edge = 'stroke="#fff" stroke-width="5"'
        yield f'<circle cx="{x:.0f}" cy="{y:.0f}" r="{_DISC:g}" {edge}/>'
        yield write(str(row.number), (x, y + 12), 34, style=_WHITE)


def _disc_spot(board: Board, line: LineString) -> tuple[float, float]:
    """Return a free spot on the first part of a line, or beside it."""
    spots = []
    for share in (0.0, 0.12, 0.25, 0.4, 0.55):
        x, y, angle = spot_on(line, line.length * share)
        spots += [beside((x, y), angle, away) for away in (0.0, 48.0, -48.0)]
    return next((spot for spot in spots if board.is_free([(*spot, _DISC)])), spots[0])


def _start(board: Board, part: VanPlan) -> Iterator[str]:
    """Mark the spot itself, and put its sign where it hides nothing."""
    x, y = board.place([(part.van.start.lon, part.van.start.lat)])[0]
    yield box((x - 13, y - 13), (26, 26), 'stroke="#fff" stroke-width="4"')
    signs = [beside((x, y), angle, 62.0) for angle in (0, 180, 90, 270, 45, 135, 225, 315)]
    a, b = next((spot for spot in signs if board.is_free([(*spot, 40.0)])), signs[0])
    board.taken += [(x, y, 20.0), (a, b, 42.0)]
    yield stroke(np.array([(x, y), (a, b)]), "#000", 5)
    yield box((a - 34, b - 24), (68, 48), 'fill="#fff" stroke="#000" stroke-width="7"')
    yield write("起 S", (a, b + 10), 28)


def _names(board: Board, plan: Plan, part: VanPlan) -> Iterator[str]:
    """Name the streets once each: announced ones first, those that are driven larger."""
    announced = dict.fromkeys(row.moves[-1].street for row in part.announced)
    driven = {move.street for row in part.rows for move in row.moves}
    lines: dict[str, list[Points]] = defaultdict(list)
    for street in plan.streets:
        lines[street.name].append(board.place(street.line))
    others = sorted(lines, key=lambda name: (name not in driven, name))
    for name in dict.fromkeys([*announced, *others]):
        if name and name in lines:
            yield from _name(board, name, lines[name], name in driven)


def _name(board: Board, name: str, pieces: Sequence[Points], bold: bool) -> Iterator[str]:
    size = 32.0 if bold else 25.0
    width = size * 0.58 * len(name)
    offsets, least = ((-30.0, 44.0, -52.0, 66.0), 0.3 * width) if bold else ((0.0,), 0.5 * width)
    for spot, angle in _name_spots(pieces, offsets, least):
        circles = covering(spot, angle, width, size)
        if board.is_free(circles):
            board.taken += circles
            yield label(name, spot, size, bold=bold, angle=angle)
            return


def _name_spots(
    pieces: Sequence[Points], offsets: Sequence[float], least: float
) -> Iterator[tuple[tuple[float, float], float]]:
    """Yield spots and reading angles along a street, on its longest stretch first."""
    merged = linemerge(MultiLineString(list(pieces)))
    stretches = sorted(getattr(merged, "geoms", [merged]), key=lambda line: -line.length)
    for line in stretches:
        for share in (0.5, 0.3, 0.7, 0.15, 0.85) if line.length > least else ():
            x, y, angle = spot_on(line, line.length * share)
            upright = (angle + 90) % 180 - 90
            for away in offsets:
                yield beside((x, y), upright, away), upright


def _scale_bar(board: Board) -> Iterator[str]:
    steps = [step * 10**power for power in range(1, 6) for step in (1, 2, 5)]
    metres = max((step for step in steps if step * board.scale <= 350), default=10)
    end, y = 30 + metres * board.scale, board.height - 34
    yield box((14, y - 52), (end + 10, 74), _WHITE)
    bar = np.array([(30, y - 14), (30, y), (end, y), (end, y - 14)], dtype=np.float64)
    yield stroke(bar, "#000", 5)
    text = f"{metres} m" if metres < 1000 else f"{metres // 1000} km"
    yield write(text, ((30 + end) / 2, y - 18), 28)


def _north(board: Board) -> Iterator[str]:
    x = board.width - 62
    yield box((x - 46, 12), (92, 150), _WHITE)
    yield f'<path d="M{x:.0f} 24L{x + 26:.0f} 108L{x:.0f} 88L{x - 26:.0f} 108Z"/>'
    yield write("北 N", (x, 148), 30)
