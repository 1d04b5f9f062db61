"""The region map: both sides, L3 to L5, four regions each, drawn as the reference anatomy has them.

Shapes only, in millimetres of the drawing, x to the right and y down: the page draws them as SVG and the
printed report on paper. Each verdict has a pattern of its own, so that none rests on colour.
"""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import NamedTuple

from spreadscan.anatomy import (
    ASSESSED_LEVELS,
    JUNCTION_SPACING_MM,
    NERVE_AT,
    REFERENCE,
    REGIONS,
    Level,
    RegionName,
    Side,
    region_polygon_mm,
)
from spreadscan.values import CoverageReport, Verdict, sides_of

WIDTH_MM, HEIGHT_MM = 168.0, 124.0
LETTERS: Mapping[RegionName, str] = MappingProxyType(
    {"common": "C", "medial": "M", "intermediate": "I", "lateral": "L"}
)
_MIDDLE_MM, _TOP_MM = WIDTH_MM / 2, 22.0
_BODY_HEIGHT_MM, _JUNCTION_BELOW_PLATE_MM = 26.0, 5.0
_LETTER_AT_MM: Mapping[RegionName, tuple[float, float]] = MappingProxyType(
    {"common": (1, 3.5), "medial": (-2.0, -0.62), "intermediate": (0.24, -0.8), "lateral": (0.62, -0.55)}
)
"""Where the letter of a region stands, in the units of the anatomy: see ``_letter_mm``."""

Point = tuple[float, float]


class RegionPlace(NamedTuple):
    """Which region of which junction."""

    level: Level
    side: Side
    region: RegionName


class MapRegion(NamedTuple):
    """A region on the map: its corners, verdict and letter, where the letter stands, and its full name."""

    corners: tuple[Point, ...]
    verdict: Verdict
    letter: str
    at: Point
    name: str


class Name(NamedTuple):
    """The name of a junction beside the map: bone, nerve, where it stands and which end stands there."""

    bone: str
    nerve: str
    at: Point
    anchor: str


class RegionMap(NamedTuple):
    """What the map shows.

    Attributes:
        bones: outlines of bodies and transverse processes, for orientation only.
        shapes: the regions.
        names: of the junctions.
        heads: the sides in words, left and right on the drawing.
    """

    bones: tuple[tuple[Point, ...], ...]
    shapes: tuple[MapRegion, ...]
    names: tuple[Name, ...]
    heads: tuple[str, str]


def region_map(report: CoverageReport) -> RegionMap | None:
    """Return the map, the sides as they lie in the image; ``None`` where no region was assessed."""
    rows = {(row.level, row.side, row.region): row.verdict for row in report.coverage.regions}
    if all(verdict == "not assessed" for verdict in rows.values()):
        return None
    sides = sides_of(report.orientation.patient_left)
    shapes, names = [], []
    for outward, image_side in ((-1, "image left"), (1, "image right")):
        side = sides[image_side]
        for level in ASSESSED_LEVELS:
            for region in REGIONS:
                verdict = rows.get((level, side, region), "not assessed")
                shapes.append(_shape(RegionPlace(level, side, region), verdict, outward))
            at = (_MIDDLE_MM + outward * (_MIDDLE_MM - 1), _junction_y_mm(level) + 4)
            names.append(
                Name(f"{level} {side}", f"{NERVE_AT[level]} nerve", at, "start" if outward < 0 else "end")
            )
    heads = (_head("image left", sides), _head("image right", sides))
    return RegionMap(tuple(_bones()), tuple(shapes), tuple(names), heads)


def _head(image_side: str, sides: Mapping[str, Side]) -> str:
    side = sides[image_side]
    return f"patient {side}" if side in ("left", "right") else image_side


def _junction_y_mm(level: Level) -> float:
    below = {"L3": 0.0, "L4": JUNCTION_SPACING_MM["L3", "L4"]}
    below["L5"] = below["L4"] + JUNCTION_SPACING_MM["L4", "L5"]
    return _TOP_MM + below[level]


def _placed(level: Level, outward: int, points: tuple[Point, ...]) -> tuple[Point, ...]:
    """Return points of a junction's frame, lateral and cranial, on the drawing."""
    x_mm, y_mm = REFERENCE[level].junction_x_mm, _junction_y_mm(level)
    return tuple((round(_MIDDLE_MM + outward * (x_mm + x), 2), round(y_mm - y, 2)) for x, y in points)


def _shape(place: RegionPlace, verdict: Verdict, outward: int) -> MapRegion:
    level, side, region = place
    corners = _placed(level, outward, region_polygon_mm(level, region))
    (at,) = _placed(level, outward, (_letter_mm(level, region),))
    noun = "zone" if region == "common" else "branch"
    return MapRegion(
        corners,
        verdict,
        LETTERS[region],
        at,
        f"{level} {side} {region} {noun} ({NERVE_AT[level]}): {verdict}",
    )


def _letter_mm(level: Level, region: RegionName) -> Point:
    x, y = _LETTER_AT_MM[region]
    size = REFERENCE[level]
    if region == "common":
        return x, y
    if region == "medial":
        return x, y * size.root_height_mm
    return x * size.process_length_mm, y * size.root_height_mm


def _bones() -> Iterator[tuple[Point, ...]]:
    for level in ASSESSED_LEVELS:
        size, y = REFERENCE[level], _junction_y_mm(level)
        half, top = size.junction_x_mm - 2, y - _JUNCTION_BELOW_PLATE_MM
        waist, bottom = half - 2.5, top + _BODY_HEIGHT_MM
        middle = (top + bottom) / 2
        right = ((half, top), (waist, middle), (half, bottom))
        yield tuple((_MIDDLE_MM + x, v) for x, v in (*right, *((-x, v) for x, v in reversed(right))))
        end, root = size.junction_x_mm + size.process_length_mm, size.root_height_mm
        for outward in (-1, 1):
            tip = (
                (waist, y),
                (end, y + 0.15 * root),
                (end + 1, y + 0.5 * root),
                (end, y + 0.75 * root),
                (waist, y + root),
            )
            yield tuple((_MIDDLE_MM + outward * x, v) for x, v in tip)
