"""Pictures within a mail: the level's icon, and a map of the area; small, and made once."""

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING

from channels.email.frame import Frame, frame_of, rings
from warnbroker.model.message import MessageKind
from warnbroker.model.region import Region

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw
    from PIL.ImageFont import FreeTypeFont
    from shapely.geometry.base import BaseGeometry

ICON, MAP = "icon", "map"
_SIDE = 96
_FINE = 2
_WATER, _LAND, _LINE, _WORD = "#dfe7ec", "#fbfaf7", "#7d8890", "#20262b"
_OVER = "#5a646c"
# The names of regions in every script; Debian's fonts-noto-cjk, then whatever is usual.
_FONTS = (("NotoSansCJK-Regular.ttc", 2), ("NotoSansSC-Regular.otf", 0), ("DejaVuSans.ttf", 0))
_FONT_SIZE = 21
_LABELS = 40


@dataclass(frozen=True, slots=True)
class Picture:
    """A PNG that the HTML shows as ``cid:NAME``."""

    name: str
    content: bytes


def icon(colour: str, kind: MessageKind) -> Picture:
    """Draw a triangle in the level's colour; a ring with a tick for a warning's end."""
    from PIL import Image, ImageDraw

    side = _SIDE * _FINE
    image = Image.new("RGBA", (side, side))
    draw = ImageDraw.Draw(image)
    if kind is MessageKind.CANCEL:
        draw.ellipse((8, 8, side - 8, side - 8), fill="#ffffff")
        tick = [(side * 0.28, side * 0.52), (side * 0.44, side * 0.68), (side * 0.73, side * 0.34)]
        draw.line(tick, fill="#1e6b3a", width=side // 9, joint="curve")
    else:
        _triangle(draw, side, 4, "#ffffff")
        _triangle(draw, side, 22, colour)
        ink = _ink(colour)
        draw.rounded_rectangle(
            (side * 0.46, side * 0.38, side * 0.54, side * 0.66), side * 0.04, fill=ink
        )
        draw.ellipse((side * 0.455, side * 0.71, side * 0.545, side * 0.80), fill=ink)
    small = image.resize((_SIDE, _SIDE), Image.Resampling.LANCZOS)
    return Picture(ICON, _png(small.quantize(16, method=Image.Quantize.FASTOCTREE)))


def area_map(
    area: "BaseGeometry", regions: Sequence[Region], colour: str, language: str, mark: str = ""
) -> Picture | None:
    """Draw an area over the regions; None where there is nothing to draw.

    ``mark`` is written across it, so that the picture of a drill alone still looks like one.
    """
    from PIL import Image, ImageDraw

    frame = frame_of(area)
    font = _font(f"{mark}{''.join(region.name(language) for region in regions)}")
    if frame is None or (mark and font is None):
        return None
    big = (frame.width * _FINE, frame.height * _FINE)
    image = Image.new("RGB", big, _WATER)
    draw = ImageDraw.Draw(image)
    placed = {region.code: frame.place(region.geometry, _FINE) for region in regions}
    for shape in placed.values():
        _fill(image, shape, _LAND)
    for shape in placed.values():
        _outline(draw, shape, _LINE, _FINE)
    zone = frame.place(area, _FINE)
    _fill(image, zone, colour, opacity=0.42)
    _outline(draw, zone, colour, 3 * _FINE)
    small = image.resize((frame.width, frame.height), Image.Resampling.LANCZOS)
    if font is not None:
        _write(ImageDraw.Draw(small), frame, regions, font, language, mark)
    few = small.quantize(16, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    return Picture(MAP, _png(few))


def map_colour(colour: str, kind: MessageKind) -> str:
    """Return what an area is painted in: no warning's colour where the warning is over."""
    return _OVER if kind in (MessageKind.CANCEL, MessageKind.OUTSIDE) else colour


def _triangle(draw: "ImageDraw", side: int, inset: int, colour: str) -> None:
    corners = [
        (side / 2, inset),
        (side - inset * 0.9, side - inset * 0.8),
        (inset * 0.9, side - inset * 0.8),
    ]
    draw.polygon(corners, fill=colour)


def _ink(colour: str) -> str:
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return "#000000" if 0.299 * red + 0.587 * green + 0.114 * blue > 140 else "#ffffff"


def _fill(image: "Image", shape: "BaseGeometry", colour: str, opacity: float = 1) -> None:
    from PIL import Image, ImageDraw

    mask = Image.new("L", image.size)
    draw = ImageDraw.Draw(mask)
    for outer, holes in rings(shape):
        draw.polygon(outer, fill=round(255 * opacity))
        for hole in holes:
            draw.polygon(hole, fill=0)
    image.paste(colour, (0, 0, *image.size), mask)


def _outline(draw: "ImageDraw", shape: "BaseGeometry", colour: str, width: int) -> None:
    for outer, holes in rings(shape):
        for ring in (outer, *holes):
            draw.line(ring, fill=colour, width=width, joint="curve")


def _write(
    draw: "ImageDraw",
    frame: Frame,
    regions: Sequence[Region],
    font: "FreeTypeFont",
    language: str,
    mark: str,
) -> None:
    """Write the names of the smallest regions, none over another, and the mark of a drill."""
    parents = {region.parent for region in regions}
    taken: list[tuple[float, float, float, float]] = []
    if mark:
        middle = (frame.width / 2, frame.height / 2)
        large = font.font_variant(size=_FONT_SIZE * 2)
        draw.text(middle, mark, _WORD, large, anchor="mm", stroke_width=4, stroke_fill=_LAND)
        taken.append(draw.textbbox(middle, mark, large, anchor="mm"))
    for region in [item for item in regions if item.code not in parents][:_LABELS]:
        spot = frame.middle(region.geometry)
        if spot is None:
            continue
        name = region.name(language)
        box = draw.textbbox(spot, name, font, anchor="mm", stroke_width=2)
        if frame.holds(box) and not any(_meet(box, other) for other in taken):
            taken.append(box)
            draw.text(spot, name, _WORD, font, anchor="mm", stroke_width=2, stroke_fill=_LAND)


def _meet(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    apart = one[2] < other[0] or other[2] < one[0] or one[3] < other[1] or other[3] < one[1]
    return not apart


def _font(words: str) -> "FreeTypeFont | None":
    """Return a font that has these words; none where the machine has none."""
    from PIL import ImageFont

    for name, index in _FONTS:
        if index or words.isascii():
            try:
                return ImageFont.truetype(name, _FONT_SIZE, index=index)
            except OSError:
                continue
    return None


def _png(image: "Image") -> bytes:
    out = BytesIO()
    image.save(out, "PNG", optimize=True)
    return out.getvalue()
