"""The opening of the collimator as a header declares it.

References:
    [1] DICOM PS3.3, C.8.7.3 X-Ray Collimator, C.7.6.11 Display Shutter: rows and columns count from 1.
"""

from math import cos, radians, sin, sqrt
from typing import Literal

from spreadscan.phantom.dicom_syntax import Attributes
from spreadscan.phantom.scenario import Collimator
from spreadscan.values import Aperture

_Corner = tuple[float, float]


def declared_opening(collimator: Collimator, rows: int, columns: int) -> Aperture | None:
    """Return the opening of a collimator in pixels counted from 0; ``None`` where there is no collimator.

    It is centred in the image. A turned rectangle and an octagon are polygons; the octagon's corners are cut
    off at 45°, where |x| + |y| = (a + b) / √2 with the half sides a and b.

    Args:
        collimator: its shape and size as shares of the image.
        rows: of the image.
        columns: of the image.
    """
    if collimator.shape == "none":
        return None
    middle = ((rows - 1) / 2, (columns - 1) / 2)
    high, wide = collimator.height * rows / 2, collimator.width * columns / 2
    if collimator.shape == "circle":
        return Aperture("circle", centre=middle, radius_px=min(high, wide))
    if collimator.shape == "rectangle":
        corners: tuple[_Corner, ...] = ((-high, -wide), (-high, wide), (high, wide), (high, -wide))
        turn = radians(collimator.turn_deg)
        turned = tuple((y * cos(turn) + x * sin(turn), x * cos(turn) - y * sin(turn)) for y, x in corners)
        kind: Literal["polygon", "rectangle"] = "polygon" if collimator.turn_deg else "rectangle"
        return Aperture(kind, vertices=_about(turned, middle))
    return Aperture("polygon", vertices=_about(_octagon(high, wide), middle))


def whole_image(rows: int, columns: int) -> Aperture:
    """Return the opening that leaves all of an image of this size free."""
    bottom, right = rows - 1.0, columns - 1.0
    return Aperture("rectangle", vertices=((0.0, 0.0), (0.0, right), (bottom, right), (bottom, 0.0)))


def opening_attributes(opening: Aperture, name: str) -> Attributes:
    """Return an opening as DICOM has it.

    Args:
        opening: in pixels, counted from 0.
        name: ``Collimator`` or ``Shutter``.
    """
    if opening.kind == "circle" and opening.centre is not None and opening.radius_px is not None:
        return {
            f"{name}Shape": "CIRCULAR",
            f"CenterOfCircular{name}": [round(place) + 1 for place in opening.centre],
            f"RadiusOfCircular{name}": round(opening.radius_px),
        }
    corners = [(round(row) + 1, round(column) + 1) for row, column in opening.vertices]
    rows, columns = zip(*corners, strict=True)
    if opening.kind == "rectangle":
        return {
            f"{name}Shape": "RECTANGULAR",
            f"{name}UpperHorizontalEdge": min(rows),
            f"{name}LowerHorizontalEdge": max(rows),
            f"{name}LeftVerticalEdge": min(columns),
            f"{name}RightVerticalEdge": max(columns),
        }
    vertices = [place for corner in corners for place in corner]
    return {f"{name}Shape": "POLYGONAL", f"VerticesOfThePolygonal{name}": vertices}


def _octagon(high: float, wide: float) -> tuple[_Corner, ...]:
    cut = (high + wide) / sqrt(2)
    x, y = min(wide, cut - high), min(high, cut - wide)
    return ((-high, -x), (-high, x), (-y, wide), (y, wide), (high, x), (high, -x), (y, -wide), (-y, -wide))


def _about(corners: tuple[_Corner, ...], middle: _Corner) -> tuple[_Corner, ...]:
    return tuple((middle[0] + row, middle[1] + column) for row, column in corners)
