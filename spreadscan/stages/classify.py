"""Say what each connected area of contrast looks like, and which further view would settle it.

A frontal projection has no depth: a kind is a resemblance. It is told by position and shape in the frame of
the nearest junction (reference millimetres), by the needles, and in a run by what ran off. The rules below
were set on simulated cases; the confidence of a kind is the share of them in which it was right.

References:
    [1] Sagir et al. Interv Pain Med 2025;4:100634 (epidural or not on frontal views: κ 0.15, ten readers).
    [2] Greher et al. Anesthesiology 2004 and Dreyfuss et al. Spine 1997;22:895 (foraminal, epidural flow in
        10 to 16 % of lumbar medial branch injections, tracks along the needle).
"""

from collections.abc import Callable, Mapping
from functools import cache
from types import MappingProxyType
from typing import NamedTuple

import cv2
import numpy as np

from spreadscan.image.filters import as_bytes, convex_hull, dilated, distance_to, enlarged
from spreadscan.image.lines import find_lines
from spreadscan.settings import ClassifySettings
from spreadscan.values import (
    BoolArray,
    BranchRegions,
    Component,
    Image,
    JudgingScale,
    JunctionFrame,
    Kind,
    Kinds,
    SpreadMask,
    Uptake,
    Vector,
)

SETTLED_BY: Mapping[Kind, str] = MappingProxyType(
    {
        "depot": "a lateral view, for its depth",
        "along_needle": "a view with the needle turned aside",
        "vascular": "the live run, or digital subtraction",
        "medial_track": "a lateral and a contralateral oblique view",
        "over_facet": "a lateral or an ipsilateral oblique view",
        "too_lateral": "a lateral view",
        "too_medial": "a contralateral oblique view",
        "unclassified": "",
    }
)
FLAG_OF: Mapping[Kind, str] = MappingProxyType(
    {
        "along_needle": "along-needle",
        "medial_track": "medial-track",
        "over_facet": "facet-shape",
        "too_lateral": "lateral-only",
        "too_medial": "medial-only",
    }
)
BEYOND_MM = 9.0
"""A needle reaches at least so far beyond the contrast along it; otherwise the contrast is the line."""
NEAR_NEEDLE_MM = 1.5


class Look(NamedTuple):
    """The described frame: (R, C) attenuation, (R, C) the field, and the scale of its filters."""

    image: Image
    inside: BoolArray
    scale: JudgingScale


class _ConnectedArea(NamedTuple):
    """A connected area of contrast.

    Attributes:
        part: (r, c) the area in the upright rectangle that holds it.
        row, column: where the rectangle begins in the image.
    """

    part: BoolArray
    row: int
    column: int

    def box(self, reach_px: float, shape: tuple[int, ...]) -> tuple[slice, slice]:
        """Return the rectangle and what of the image lies within reach of it."""
        rim = int(np.ceil(reach_px))
        ends = zip((self.row, self.column), self.part.shape, shape, strict=True)
        rows, columns = (slice(max(0, at - rim), min(size, at + long + rim)) for at, long, size in ends)
        return rows, columns

    def within(self, box: tuple[slice, slice]) -> BoolArray:
        """Return the area in a rectangle that holds it."""
        wide = np.zeros([side.stop - side.start for side in box], bool)
        rows, columns = self.part.shape
        row, column = self.row - box[0].start, self.column - box[1].start
        wide[row : row + rows, column : column + columns] = self.part
        return wide


class _Needles(NamedTuple):
    """The needles of the described frame, found once and only if they are asked for."""

    find: Callable[[], BoolArray]
    scale: JudgingScale


class Shape(NamedTuple):
    """An area in the frame of its nearest junction, x lateral and y cranial, reference millimetres.

    Attributes:
        x, y: its centre.
        x_low, x_high, y_low, y_high: 5th and 95th percentiles.
        elongation: ratio of its longer to its shorter standard deviation.
        width: twice its shorter standard deviation.
        angle_deg: of its longer axis, from lateral to cranial, 0 to 180; 90 runs along the spine, 135 from
            caudal and lateral to cranial and medial, as the roots do.
        solidity: area over that of its convex hull.
    """

    x: float
    y: float
    x_low: float
    x_high: float
    y_low: float
    y_high: float
    elongation: float
    width: float
    angle_deg: float
    solidity: float


def classify(
    mask: SpreadMask, regions: BranchRegions, uptake: Uptake, look: Look, settings: ClassifySettings
) -> Kinds:
    """Return the connected areas of sure contrast with their kinds, the largest first.

    Kinds, first that fits: ``vascular`` (mostly where contrast ran off; runs only), ``along_needle`` (long,
    thin, along a needle that reaches beyond it), and, where junctions are known: ``over_facet`` (compact,
    over the joint), ``medial_track`` (along the root, or along the canal: the foramen and the epidural space
    are not told apart), ``too_medial``, ``too_lateral``, ``depot`` (about a junction). Else ``unclassified``.

    Args:
        mask: where the contrast is.
        regions: the junction frames; without them kinds that rest on position are not claimed.
        uptake: what ran off in vessels.
        look: the described frame.
        settings: the rules and the confidences.

    Returns:
        The areas. Flags: ``along-needle``, ``medial-track``, ``facet-shape``, ``lateral-only``,
        ``medial-only``, ``vascular-pattern``, ``vascular-not-assessable``, ``vascular-run-limits``.
    """
    vessels = _on_image(uptake.where, mask.sure.shape)
    needles = _Needles(cache(lambda: find_lines(*look)), look.scale)
    found = []
    for area in _areas(mask.sure):
        pixels = (np.argwhere(area.part) + np.array([area.row, area.column])).astype(float)
        centroid = pixels.mean(axis=0)
        frame = _nearest((float(centroid[0]), float(centroid[1])), regions.junctions)
        shape = None if frame is None else shape_of(pixels, frame, _solidity(area.part))
        veined = np.count_nonzero(
            vessels[area.box(0, vessels.shape)] & area.part
        ) > settings.vascular_share * len(pixels)
        kind = "vascular" if veined else _kind(area, pixels, shape, needles, settings)
        found.append(
            Component(
                len(pixels),
                float(centroid[0]),
                float(centroid[1]),
                None if frame is None else (frame.level, frame.side),
                kind,
                _confidence(kind, uptake, settings),
                SETTLED_BY[kind],
            )
        )
    found.sort(key=lambda c: (-c.area_px, c.centroid_row, c.centroid_column))
    return Kinds(tuple(found), _flags(found, uptake))


def shape_of(pixels: Vector, frame: JunctionFrame, solidity: float) -> Shape:
    """Return the shape of an area, (N, 2) pixels (row, column), in the frame of a junction."""
    away = (pixels - frame.origin) / frame.px_per_reference_mm
    local = np.stack([away @ np.array(frame.lateral), away @ np.array(frame.cranial)])
    # a pixel is a square: it spreads by a twelfth of its side squared
    spread = np.cov(local, bias=True) + np.eye(2) / (12 * frame.px_per_reference_mm**2)
    variances, axes = np.linalg.eigh(spread)
    (x_low, y_low), (x_high, y_high) = np.percentile(local, [5, 95], axis=1)
    x, y = local.mean(axis=1)
    return Shape(
        x=float(x),
        y=float(y),
        x_low=float(x_low),
        x_high=float(x_high),
        y_low=float(y_low),
        y_high=float(y_high),
        elongation=float(np.sqrt(variances[1] / variances[0])),
        width=float(2 * np.sqrt(variances[0])),
        # an axis has no direction: eigenvectors come with either sign
        angle_deg=float(np.degrees(np.arctan2(axes[1, 1], axes[0, 1])) % 180),
        solidity=float(solidity),
    )


def _areas(sure: BoolArray) -> list[_ConnectedArea]:
    """The connected areas, sought in the rectangle that holds them all."""
    left, top, width, height = cv2.boundingRect(as_bytes(sure))
    if not width:
        return []
    box = sure[top : top + height, left : left + width]
    _, labels, stats, _ = cv2.connectedComponentsWithStats(as_bytes(box), connectivity=8)
    found = []
    for number, (across, down, columns, rows, _) in enumerate(stats[1:].tolist(), 1):
        part = labels[down : down + rows, across : across + columns] == number
        found.append(_ConnectedArea(part, top + down, left + across))
    return found


def _solidity(area: BoolArray) -> float:
    """Share of its convex hull that an area fills."""
    return float(area.sum() / convex_hull(area).sum())


def _nearest(centroid: tuple[float, ...], frames: tuple[JunctionFrame, ...]) -> JunctionFrame | None:
    if not frames:
        return None
    return min(frames, key=lambda f: np.hypot(f.origin[0] - centroid[0], f.origin[1] - centroid[1]))


def _kind(
    area: _ConnectedArea, pixels: Vector, shape: Shape | None, needles: _Needles, settings: ClassifySettings
) -> Kind:
    """The kind of an area, (N, 2) pixels, that does not lie in vessels."""
    if _is_long(pixels, settings) and _is_along_needle(area, needles, settings):
        return "along_needle"
    if shape is None:
        return "unclassified"
    if _is_over_facet(shape, settings):
        return "over_facet"
    if _is_medial_track(shape, settings):
        return "medial_track"
    if shape.x < -settings.beside_mm and shape.x_high < 0:
        return "too_medial"
    if shape.x > settings.lateral_mm or shape.x_low > settings.lateral_edge_mm:
        return "too_lateral"
    near = shape.x_low < settings.beside_mm and shape.x_high > -settings.beside_mm
    return "depot" if near and shape.y_low < settings.above_mm else "unclassified"


def _is_over_facet(shape: Shape, settings: ClassifySettings) -> bool:
    """An ovoid over the joint: medial and cranial of the junction, beside the course of the branches."""
    over = shape.x < -settings.facet_mm and shape.x_high < 0 and 0 < shape.y < settings.facet_high_mm
    return over and shape.elongation < settings.ovoid and shape.solidity > settings.solid


def _is_medial_track(shape: Shape, settings: ClassifySettings) -> bool:
    """Along a root (oblique, narrow, from caudal and lateral to cranial and medial), or along the canal."""
    low, high = settings.root_low_deg, settings.root_high_deg
    narrow = shape.elongation > settings.track and shape.width < settings.root_wide_mm
    along_root = narrow and low < shape.angle_deg < high
    long = shape.y_high - shape.y_low > settings.canal_long_mm
    return along_root or (long and shape.x_low < -settings.canal_mm and shape.x < -settings.beside_mm / 2)


def _is_long(pixels: Vector, settings: ClassifySettings) -> bool:
    """Whether an area is as long and thin as what lies along a needle."""
    if len(pixels) < 2:
        return False
    # a pixel spreads by a twelfth: without it a line of single pixels has no width to divide by
    variances = np.linalg.eigvalsh(np.cov(pixels.T, bias=True) + np.eye(2) / 12)
    return bool(np.sqrt(variances[1] / variances[0]) >= settings.needle_track)


def _is_along_needle(area: _ConnectedArea, known: _Needles, settings: ClassifySettings) -> bool:
    """Whether most of a long, thin area lies along a needle that reaches far beyond it."""
    needles, scale = known.find(), known.scale
    reach = scale.px(BEYOND_MM)
    near = area.box(reach + 2, needles.shape)
    part = area.within(near)
    axis = dilated(part, scale.px(1.0)) & needles[near]
    along = dilated(axis, scale.px(NEAR_NEEDLE_MM)) & part
    # told without the distances below, which cost most
    if along.sum() <= settings.needle_share * part.sum():
        return False
    away = distance_to(part)
    apart = needles.copy()
    apart[near] &= away > scale.px(1.0)
    count, beyond = cv2.connectedComponents(as_bytes(apart), connectivity=8)
    far = apart.copy()
    far[near] &= away > reach
    long = np.bincount(beyond[far], minlength=count) > 0
    touching = dilated(long[beyond[near]], scale.px(2.0)) & axis
    return bool(touching.any())


def _on_image(where: BoolArray, shape: tuple[int, ...]) -> BoolArray:
    """The vessels of the coarse grid on the image, a little widened: they were found on smoothed frames."""
    if not where.any():
        return np.zeros(shape, bool)
    factor = max(1, round(shape[0] / where.shape[0]))
    wide = dilated(where, 1.0).astype(np.float32)
    on_image: BoolArray = enlarged(wide, (shape[0], shape[1]), factor) > 0.5
    return on_image


def _confidence(kind: Kind, uptake: Uptake, settings: ClassifySettings) -> float | None:
    if kind == "unclassified":
        return None
    if kind == "vascular":
        return max(passage.confidence for passage in uptake.passages)
    return float(getattr(settings, f"confidence_{kind}"))


def _flags(found: list[Component], uptake: Uptake) -> tuple[str, ...]:
    flags = {FLAG_OF[c.kind] for c in found if c.kind in FLAG_OF}
    if uptake.state == "not assessable":
        flags.add("vascular-not-assessable" if not uptake.where.size else "vascular-run-limits")
    if uptake.state == "seen":
        flags.add("vascular-pattern")
    return tuple(sorted(flags))
