"""The openings of collimator and display shutter that a header declares."""

from spreadscan.read.attributes import Attributes
from spreadscan.values import Aperture

MOST_VERTICES = 1000
"""Corners of a polygon: drawn ones have a handful, and a damaged length must not make a million."""
_Point = tuple[float, float]


def apertures(attributes: Attributes) -> tuple[Aperture, ...]:
    """Return the openings of the collimator (0018,1700) and the display shutter (0018,1600), in that order.

    Several shapes may be combined; the opening is then what all of them leave open. A shape that encloses
    nothing, such as a polygon of one corner, is left out: the image itself shows what was exposed. DICOM
    counts rows and columns from 1, the values from 0.
    """
    found = []
    for name in ("Collimator", "Shutter"):
        for shape in attributes.texts(name + "Shape"):
            opening = {"RECTANGULAR": _rectangle, "CIRCULAR": _circle, "POLYGONAL": _polygon}.get(
                shape.upper()
            )
            found.append(opening(attributes, name) if opening else None)
    return tuple(aperture for aperture in found if aperture is not None)


def _rectangle(attributes: Attributes, name: str) -> Aperture | None:
    edges = [
        attributes.numbers(name + edge, slug=None)[:1]
        for edge in ("UpperHorizontalEdge", "LowerHorizontalEdge", "LeftVerticalEdge", "RightVerticalEdge")
    ]
    if not all(edges):
        return None
    top, bottom, left, right = (edge[0] - 1 for edge in edges)
    if top >= bottom or left >= right:
        return None
    return Aperture("rectangle", vertices=((top, left), (top, right), (bottom, right), (bottom, left)))


def _circle(attributes: Attributes, name: str) -> Aperture | None:
    centre = attributes.numbers("CenterOfCircular" + name, slug=None)
    radius = attributes.numbers("RadiusOfCircular" + name, slug=None)[:1]
    if len(centre) != 2 or not radius or radius[0] <= 0:
        return None
    return Aperture("circle", centre=(centre[0] - 1, centre[1] - 1), radius_px=radius[0])


def _polygon(attributes: Attributes, name: str) -> Aperture | None:
    numbers = attributes.numbers("VerticesOfThePolygonal" + name, slug=None)
    corners = [(row - 1, column - 1) for row, column in zip(numbers[::2], numbers[1::2], strict=False)]
    if not 3 <= len(corners) <= MOST_VERTICES or len(numbers) % 2 or _area(corners) == 0:
        return None
    return Aperture("polygon", vertices=tuple(corners))


def _area(corners: list[_Point]) -> float:
    """Twice the signed area."""
    following = [*corners[1:], corners[0]]
    return sum(r0 * c1 - r1 * c0 for (r0, c0), (r1, c1) in zip(corners, following, strict=True))
