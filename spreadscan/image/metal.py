"""Find metal: needles, hubs and wires that came between baseline and contrast image, and needles that stayed.

What lies in both images subtracts away. A needle that was put in later, or moved, does not, and is stronger
than any contrast: it has to be kept out by its shape.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import cv2
import numpy as np

from spreadscan.image.filters import (
    as_bytes,
    convex_hull,
    dilated,
    disc,
    distance_to,
    eroded,
    grey_opened,
    middle_and_sd,
    opened,
    smoothed_inside,
    some_places,
)
from spreadscan.image.lines import LENGTH_MM, find_lines, long_areas
from spreadscan.values import AlignedPair, BoolArray, Image, JudgingScale

TOLERANCE_MM = 1.5
"""A line within this distance of one in the baseline is the same needle."""
THINNER_MM = 2.0
"""What is broader than this is contrast, whatever its edge looks like."""
SHAFT_MM = 0.8
"""What changes along a needle that stayed lies within this distance of its line."""
RIM_MM = 0.4
"""Metal is widened by this, for the blur of its edge."""
TOUCHING_MM = 2.5
"""Hubs and the bends of a wire lie within this distance of the line that was found."""
WIRE_RADIUS_MM = 0.9
"""Nothing of a wire is further than this from its edge."""
FAINT_SD, STRONG_SD = 3.0, 5.0
"""Standard deviations of noise by which added attenuation stands out along a line, and anywhere else: what
has been found as a line has been averaged along it."""
HUB_SHARE = 0.7
"""A hub attenuates at least this share of what the shaft does: it is broader and as dense. A faint depot does
not."""
HUB_AREA_MM2 = (10.0, 80.0)
HUB_SOLIDITY = 0.9
HUB_LONGEST_MM = 14.0
"""Hubs are compact: 6 mm thick and up to 18 mm long, seen mostly from their end."""


class _MetalPart(NamedTuple):
    """A connected area of added attenuation."""

    place: tuple[slice, ...]
    shape: BoolArray
    area_mm2: float
    longest_mm: float
    solidity: float
    radius_mm: float


def new_metal(contrast: Image, baseline: Image, valid: BoolArray, scale: JudgingScale) -> BoolArray:
    """Return needles, hubs and wires of the contrast image that the baseline lacks or shows elsewhere.

    Args:
        contrast: (R, C) attenuation.
        baseline: (R, C) attenuation, registered with it.
        valid: (R, C) where both are known.
        scale: sizes the shapes.

    Returns:
        (R, C) true on metal.
    """
    if not valid.any():
        return np.zeros_like(valid)
    added = smoothed_inside(contrast - baseline, valid, max(0.5, scale.px(0.3)))
    middle, noise = middle_and_sd(added.take(some_places(valid)))
    # the two images may differ in tone by a constant that the registration does not see
    added -= np.float32(middle)
    faint, strong = (valid & (added > times * noise) for times in (FAINT_SD, STRONG_SD))
    # lines are looked for only where something long and thin has come, in the baseline only if there are any
    thin = faint & (grey_opened(added, max(3, round(scale.px(THINNER_MM)))) < 0.4 * added)
    shafts = long_areas(thin, scale.px(LENGTH_MM))
    if not shafts.any():
        return shafts
    shafts = long_areas(shafts & find_lines(contrast, valid, scale), scale.px(LENGTH_MM))
    if not shafts.any():
        return shafts
    before = dilated(find_lines(baseline, valid, scale), scale.px(TOLERANCE_MM))
    shafts = long_areas(shafts & ~before, scale.px(LENGTH_MM))
    if not shafts.any():
        return shafts
    return _with_hubs_and_wires(shafts, added, strong, valid, scale)


def along_old_shafts(above: BoolArray, pair: AlignedPair, valid: BoolArray, scale: JudgingScale) -> BoolArray:
    """Return change along needles that both images show, (R, C).

    A needle that stayed in its place changes all the same where one image is sharper than the other, as
    frames behind a recursive filter are. Definition: areas as thin as a shaft and at least ``LENGTH_MM``
    long, as far as they lie within ``SHAFT_MM`` of a line of the baseline that the contrast image shows too.

    Args:
        above: (R, C) change above the limit.
        pair: the aligned images.
        valid: (R, C) where the change is known.
        scale: sizes the shapes.
    """
    labels = cv2.connectedComponents(as_bytes(above), connectivity=8)[1]
    # a depot with a needle in it is one area with it, and stays
    broad = np.unique(labels[eroded(above, scale.px(1.5 * SHAFT_MM), frame_is_edge=False)])
    thin = long_areas(above & ~np.isin(labels, broad), scale.px(LENGTH_MM))
    if not thin.any():
        return thin
    after = dilated(find_lines(pair.contrast, valid, scale), scale.px(TOLERANCE_MM))
    stayed = find_lines(pair.baseline, valid, scale) & after
    return thin & dilated(stayed, scale.px(SHAFT_MM))


def _with_hubs_and_wires(
    shafts: BoolArray, added: Image, strong: BoolArray, valid: BoolArray, scale: JudgingScale
) -> BoolArray:
    """Shafts with the hubs at their ends and the bends of wires, widened by the blur of their edge."""
    metal = dilated(shafts, scale.px(RIM_MM))
    bodies = opened(strong & ~metal, disc(scale.px(WIRE_RADIUS_MM)))
    cut = ~eroded(valid, 1, frame_is_edge=True)
    dense = HUB_SHARE * float(np.median(added[shafts]))

    def is_hub(part: _MetalPart) -> bool:
        """Whether a part has the shape of a hub and is as dense as one."""
        as_dense = float(np.median(added[part.place][part.shape])) >= dense
        # so small a part at the end of a shaft, and as dense, is what is left of the shaft
        left_over = part.area_mm2 < HUB_AREA_MM2[0]
        cut_off = bool(cut[part.place][part.shape].any())
        return as_dense and _has_shape_of_hub(part, cut_off or left_over)

    metal |= _touching(bodies, metal, scale, is_hub)
    # without the rims that the opening leaves about bodies: they are as thin as a wire
    thin = strong & ~metal & ~dilated(bodies, scale.px(WIRE_RADIUS_MM))
    metal |= _touching(thin, metal, scale, _is_wire)
    return dilated(metal, scale.px(RIM_MM)) & valid


def _touching(
    strong: BoolArray, metal: BoolArray, scale: JudgingScale, wanted: Callable[[_MetalPart], bool]
) -> BoolArray:
    """Wanted areas of added attenuation that lie close to metal."""
    near = dilated(metal, scale.px(TOUCHING_MM))
    found = np.zeros_like(metal)
    for part in _parts(strong, near, scale):
        if wanted(part):
            found[part.place] |= part.shape
    return found


def _parts(strong: BoolArray, near: BoolArray, scale: JudgingScale) -> Iterator[_MetalPart]:
    """Connected areas of added attenuation that touch the surroundings of a shaft."""
    touched = strong & near
    if not touched.any():
        return
    depth_px = distance_to(~strong)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(as_bytes(strong), connectivity=4)
    for number in np.unique(labels[touched]):
        left, top, width, height, area = (int(n) for n in stats[number])
        place = (slice(top, top + height), slice(left, left + width))
        shape = labels[place] == number
        yield _MetalPart(
            place=place,
            shape=shape,
            area_mm2=area * scale.mm_per_px**2,
            longest_mm=_longest_px(shape) * scale.mm_per_px,
            solidity=area / convex_hull(shape).sum(),
            radius_mm=float(depth_px[place][shape].max()) * scale.mm_per_px,
        )


def _longest_px(shape: BoolArray) -> float:
    """Longer axis of the ellipse with the same second moments."""
    # not the box: a hub that lies aslant has a box longer than itself
    moments = np.atleast_2d(np.cov(np.stack(np.nonzero(shape)), bias=True))
    return 4 * float(np.sqrt(max(0.0, np.linalg.eigvalsh(moments)[-1])))


def _is_wire(part: _MetalPart) -> bool:
    """Whether a part is thin all along; contrast of which noise has made lace is not."""
    return part.radius_mm <= WIRE_RADIUS_MM and part.area_mm2 <= 2 * WIRE_RADIUS_MM * max(
        part.longest_mm, 1.0
    )


def _has_shape_of_hub(part: _MetalPart, cut: bool) -> bool:
    """Whether a part may be a hub; of one that the edge of the field cuts any share may be left."""
    compact = part.solidity >= HUB_SOLIDITY and part.longest_mm <= HUB_LONGEST_MM
    least, most = HUB_AREA_MM2
    return compact and (cut or part.area_mm2 >= least) and part.area_mm2 <= most
