"""Find what stands still while the patient moves: letters and marks that a system burns into the pixels.

Registration brings the bones of two images together and thereby moves what stood still apart. Left in,
letters would show as contrast. They are told from bone by comparing the images as they are: fine structure
that is alike in the same pixels and no longer alike once the motion of the bones is undone. What is found
spoils two places of a difference: where it stands, and where it comes to lie when the other image is moved.
"""

from collections.abc import Iterable

import cv2
import numpy as np

from spreadscan.image.filters import as_bytes, dilated, enlarged, gaussian, robust_sd, sampled, shrunk
from spreadscan.image.warp import moved
from spreadscan.values import BoolArray, Image, Motion

FINE_PX, COARSE_PX = 0.7, 3.0
"""Widths of the Gaussians between which strokes of letters stand out; they are one to a few pixels wide."""
STRONG_SD = 3.5
"""Structure this many standard deviations above the typical one of the image is looked at."""
ALIKE_SHARE = 0.5
"""Where two images differ by less than this share of the structure, they are alike."""
LEAST_MOTION_PX = 0.8
"""Below this motion what stands still cannot be told from bone, and leaves little over."""
GAP_PX = 2
"""Pixels of a word lie within twice this of each other."""
LEAST_PIXELS = 15
"""Words have more pixels than this; chance, and the edges of needles, leave one here and one there."""
RIM_PX = 3
"""What is found is widened by this, for soft edges and what edge enhancement adds to them."""
LEAST_SHARE = 0.1
"""A pixel of which so much comes from what stands still is spoilt by it."""
MOST_SHARE = 0.1
"""Where more of the field than this seems to stand still, the motion is wrong."""


def find_still(image: Image, other: Image, motion: Motion, inside: BoolArray) -> BoolArray:
    """Return what stands still between two images whose bones moved, with its rim, (R, C).

    Definition: with B the difference of two Gaussians, b = B(image), o = B(other), m = B(other moved): where
    |b| exceeds ``STRONG_SD`` robust standard deviations of b, |b - o| < ``ALIKE_SHARE`` |b| and
    |b| < |b - m|, in groups of at least ``LEAST_PIXELS``; widened by ``RIM_PX``. None for motions below
    ``LEAST_MOTION_PX`` or beyond ``MOST_SHARE`` of the field.

    Args:
        image: (R, C) attenuation.
        other: (R, C) attenuation of another frame, as it was taken.
        motion: from the image to the other one.
        inside: (R, C) the field of both.
    """
    nothing = np.zeros(inside.shape, bool)
    if np.hypot(motion.rows_px, motion.columns_px) < LEAST_MOTION_PX or not inside.any():
        return nothing
    here, there = _fine(image), _fine(other)
    strength = np.abs(here)
    sd = robust_sd(sampled(here[inside]))
    alike = inside & (strength > STRONG_SD * sd) & (cv2.absdiff(here, there) < ALIKE_SHARE * strength)
    undone = _fine(moved(other, motion))
    found = _grouped(alike & (cv2.absdiff(here, undone) > strength))
    if np.count_nonzero(found) > MOST_SHARE * np.count_nonzero(inside):
        return nothing
    return dilated(found, RIM_PX)


def with_moved(still: BoolArray, motions: Iterable[Motion]) -> BoolArray:
    """Return what stands still, and where it comes to lie in images that are brought to this one, (R, C).

    Args:
        still: (R, C) of ``find_still``.
        motions: from this image to each of the others.
    """
    if not still.any():
        return still
    # to whole pixels and tenths of a degree: the rim is wider, and most of the motions are alike
    apart = {(round(m.rows_px), round(m.columns_px), round(m.rotation_deg, 1)): m for m in motions}
    spoilt, letters = still.copy(), still.astype(np.float32)
    for motion in apart.values():
        spoilt |= moved(letters, motion, order=1) > LEAST_SHARE
    return spoilt


def _grouped(pixels: BoolArray) -> BoolArray:
    """The pixels that have enough others near them."""
    count, groups = cv2.connectedComponents(as_bytes(dilated(pixels, GAP_PX)), connectivity=8)
    # only what was found is counted, not what joins it to its neighbours
    sizes = np.bincount(groups[pixels], minlength=count)
    kept: BoolArray = pixels & (sizes >= LEAST_PIXELS)[groups]
    return kept


def _fine(image: Image) -> Image:
    shape = (image.shape[0], image.shape[1])
    return gaussian(image, FINE_PX) - enlarged(gaussian(shrunk(image, 2), COARSE_PX / 2), shape, 2)
