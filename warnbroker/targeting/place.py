"""Where a CAP area is: its polygons, circles and geocodes as one geometry.

Nothing is widened or narrowed: what cannot be placed exactly is refused. Geometries are
shapely's, in longitude and latitude (WGS 84); edges of polygons are straight in these.
A polygon that spans more than 180° of longitude is refused, since it may as well mean the
other way round the globe; a circle across the antimeridian is cut there.
"""

from collections.abc import Iterable, Iterator

from shapely import Polygon, get_coordinates, is_valid_reason, transform, union_all
from shapely.geometry.base import BaseGeometry

from warnbroker.errors import AlertError, Fault
from warnbroker.model.alert import Area, NamedValue, Position
from warnbroker.targeting.circle import POLE_LIMIT, SMALLEST_RADIUS, circle_polygon, reaches_pole
from warnbroker.targeting.tree import RegionTree


def place(area: Area, tree: RegionTree) -> BaseGeometry:
    """Return the union of an area's parts.

    The area must have passed ``warnbroker.cap.check``, which bounds what it may cost.

    Raises:
        AlertError: the area cannot be placed; holds all faults, with paths below the area.
    """
    faults = [*_polygon_faults(area), *_circle_faults(area), *_geocode_faults(area, tree)]
    if faults:
        raise AlertError(faults)
    whole = union_all(list(_pieces(area, tree)))
    if whole.area == 0:
        text = "no polygon, circle or known geocode of the area reaches anybody; add one"
        raise AlertError([Fault("area.unplaced", text)])
    if tree.regions and not tree.touching(whole):
        raise AlertError([_outside(whole, tree)])
    return whole


def _pieces(area: Area, tree: RegionTree) -> Iterator[BaseGeometry]:
    for polygon in dict.fromkeys(area.polygons):
        yield _polygon(polygon)
    for circle in dict.fromkeys(area.circles):
        if circle.radius > 0:
            yield circle_polygon(circle)
    for geocode in dict.fromkeys(area.geocodes):
        for region in tree.all_by_geocode(geocode.name, geocode.value):
            yield region.geometry


def _polygon(positions: Iterable[Position]) -> Polygon:
    return Polygon([(longitude, latitude) for latitude, longitude in positions])


def _polygon_faults(area: Area) -> Iterator[Fault]:
    for index, positions in enumerate(area.polygons):
        path = f"polygon[{index}]"
        longitudes = [longitude for _, longitude in positions]
        if len(positions) < 4 or positions[0] != positions[-1]:
            text = "the polygon is not closed; repeat its first position at the end"
            yield Fault("area.polygon.invalid", text, path)
        elif max(longitudes) - min(longitudes) > 180:
            text = "the polygon spans more than 180° of longitude; cut it in two at 180°"
            yield Fault("area.polygon.antimeridian", text, path)
        elif (reason := is_valid_reason(_polygon(positions))) != "Valid Geometry":
            yield Fault("area.polygon.invalid", f"correct the outline: {reason}", path)


def _circle_faults(area: Area) -> Iterator[Fault]:
    for index, circle in enumerate(area.circles):
        path = f"circle[{index}]"
        if circle.radius < 0:
            yield Fault("area.circle.invalid", "the radius is negative", path)
        elif 0 < circle.radius < SMALLEST_RADIUS:
            text = "the radius is less than a metre; give it in kilometres"
            yield Fault("area.circle.invalid", text, path)
        elif reaches_pole(circle):
            text = f"the circle reaches past {POLE_LIMIT}° of latitude; make it smaller"
            yield Fault("area.circle.pole", text, path)


def _geocode_faults(area: Area, tree: RegionTree) -> Iterator[Fault]:
    for index, geocode in enumerate(area.geocodes):
        known = tree.knows_system(geocode.name)
        if known and not tree.all_by_geocode(geocode.name, geocode.value):
            yield Fault("area.geocode.unknown", _unknown(geocode), f"geocode[{index}]")


def _unknown(geocode: NamedValue) -> str:
    return f"no region has the {geocode.name[:40]} code {geocode.value[:40]!r}; correct it"


def _outside(whole: BaseGeometry, tree: RegionTree) -> Fault:
    swapped = transform(whole, lambda points: points[:, ::-1])
    hint = ""
    if tree.touching(swapped):
        hint = "; latitude and longitude look swapped, latitude comes first"
    longitude, latitude = get_coordinates(whole.representative_point())[0]
    text = f"the area (around {latitude:.4f},{longitude:.4f}) lies outside all our regions{hint}"
    return Fault("area.outside", text)
