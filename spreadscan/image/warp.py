"""Bring an image into the geometry of another one: shifts and small rotations by a windowed sinc.

OpenCV's warps round positions to 1/32 pixel, and its cubic kernel displaces edges by up to 0.04 pixel; spline
interpolation is exact enough but takes five to fifty times as long. A shift is a separable filter; a small
rotation is three shears [1], each of which shifts whole lines.

References:
    [1] Paeth. A fast algorithm for general raster rotation. Graphics Interface 1986:77.
    [2] Duchon. Lanczos filtering in one and two dimensions. J Appl Meteorol 1979;18:1016.
"""

from itertools import pairwise
from typing import Any, TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from spreadscan.frozen import Vector
from spreadscan.image.filters import from_middle
from spreadscan.values import BoolArray, Image, Motion

REACH = 4
"""The kernel reaches so many pixels to either side [2]."""
NEGLIGIBLE_PX = 1e-3
"""A rotation that moves no pixel further than this is none."""
SMALL_DEG = 10.0
"""Rotations up to this are three shears; larger ones would need wide margins and are left to splines."""
MOST_OUTSIDE = 0.01
"""So much of a pixel may come from outside a mask."""
TINY = 1e-20
"""Stands for no distance, at which the kernel is no number by its formula."""
LINES = 32
"""Lines that are shifted together, so that they stay in the processor's cache."""

_Kind = TypeVar("_Kind", bound=np.generic)


def moved(image: Image, motion: Motion, order: int = 3) -> Image:
    """Return the moving image brought into the geometry of the reference, (R, C).

    Pixels from outside the image repeat its edge; ``moved_inside`` says which.

    Args:
        image: (R, C) the moving image.
        motion: from the reference to it.
        order: 1 for linear interpolation, which blurs; else a windowed sinc.
    """
    image = np.ascontiguousarray(image, dtype=np.float32)
    if order == 1:
        return _linear(image, motion, cv2.BORDER_REPLICATE)
    if not is_turned(motion, image.shape):
        return shifted(image, motion.rows_px, motion.columns_px)
    if abs(motion.rotation_deg) > SMALL_DEG:
        # imported here, so that only images that turned by far wait for it
        from scipy import ndimage

        matrix, offset = _affine(image.shape, motion)
        turned: Image = ndimage.affine_transform(image, matrix, offset, mode="nearest", output=np.float32)
        return turned
    return _sheared(image, motion)


def is_turned(motion: Motion, shape: tuple[int, ...]) -> bool:
    """Return whether a motion turns an image of this shape, or only shifts it."""
    return abs(float(np.radians(motion.rotation_deg))) * max(shape) / 2 >= NEGLIGIBLE_PX


def moved_inside(inside: BoolArray, motion: Motion) -> BoolArray:
    """Return where a mask of the moving image lies in the geometry of the reference, (R, C).

    A pixel lies in it if no more than a hundredth of it, by linear interpolation, comes from elsewhere.
    """
    if not is_turned(motion, inside.shape):
        for axis, shift in enumerate((motion.rows_px, motion.columns_px)):
            inside = _shifted_inside(inside, shift, axis)
        return inside
    lies: BoolArray = _linear(inside.astype(np.float32), motion, cv2.BORDER_CONSTANT) > 1 - MOST_OUTSIDE
    return lies


def footprint(motion: Motion, shape: tuple[int, ...]) -> tuple[tuple[int, ...] | Motion, ...]:
    """Return what ``moved_inside`` depends on: motions of one footprint show the same part of a mask.

    Of a shift the whole steps down and to the right to the pixels that a pixel is made of; else the motion.
    """
    return (motion,) if is_turned(motion, shape) else (_steps(motion.rows_px), _steps(motion.columns_px))


def _steps(shift_px: float) -> tuple[int, ...]:
    """Whole steps to the one or two pixels that a pixel shifted along an axis is made of."""
    whole = int(np.floor(shift_px))
    part = shift_px - whole
    return tuple(whole + step for step, weight in ((0, 1 - part), (1, part)) if weight > MOST_OUTSIDE)


def _shifted_inside(inside: BoolArray, shift_px: float, axis: int) -> BoolArray:
    """Where all of the one or two pixels that a shifted pixel is made of are inside."""
    steps = _steps(shift_px)
    length, lies = inside.shape[axis], inside.copy()
    for number, step in enumerate(steps):
        # what would come from beyond the frame is not inside
        first, end = max(0, -step), max(0, length - max(0, step))
        here, there = (_along(axis, first, end), _along(axis, first + step, max(0, end + step)))
        if number == 0:
            lies[here] = inside[there]
        else:
            lies[here] &= inside[there]
        lies[_along(axis, 0, first)] = False
        lies[_along(axis, end, length)] = False
    return lies


def _along(axis: int, first: int, end: int) -> tuple[slice, ...]:
    """The part of an image between two places of an axis."""
    return (slice(None),) * axis + (slice(first, end),)


def reversed_motion(motion: Motion) -> Motion:
    """Return the motion from the moving image to the reference, with the same quality of fit."""
    # the shift follows the rotation: turned back, it points another way
    shift = -rotation(-np.radians(motion.rotation_deg)) @ [motion.rows_px, motion.columns_px]
    return Motion(
        rows_px=float(shift[0]),
        columns_px=float(shift[1]),
        rotation_deg=-motion.rotation_deg,
        agreement=motion.agreement,
        residual_px=motion.residual_px,
        sd_px=motion.sd_px,
    )


def composed(first: Motion, second: Motion) -> Motion:
    """Return one motion for two, the second from where the first leads; errors add as independent ones."""
    turned = rotation(np.radians(second.rotation_deg)) @ [first.rows_px, first.columns_px]
    return Motion(
        rows_px=float(turned[0]) + second.rows_px,
        columns_px=float(turned[1]) + second.columns_px,
        rotation_deg=first.rotation_deg + second.rotation_deg,
        agreement=min(first.agreement, second.agreement),
        residual_px=float(np.hypot(first.residual_px, second.residual_px)),
        sd_px=float(np.hypot(first.sd_px, second.sd_px)),
    )


def shifted(image: Image, rows_px: float, columns_px: float) -> Image:
    """Return what lies ``rows_px`` further down and ``columns_px`` to the right, (R, C); the edge repeats."""
    shifts = (rows_px, columns_px)
    whole = [int(np.floor(shift)) for shift in shifts]
    image = shifted_by_pixels(image, *whole)
    # the kernel at a whole pixel is 1 but for rounding: pixels stay as they were stored
    if whole == list(shifts):
        return image
    down, across = _kernel(np.array(shifts) - whole)
    anchor = (REACH - 1, REACH - 1)
    border = cv2.BORDER_REPLICATE
    return np.asarray(cv2.sepFilter2D(image, -1, across, down, anchor=anchor, borderType=border), np.float32)


def shifted_by_pixels(image: NDArray[_Kind], rows: int, columns: int) -> NDArray[_Kind]:
    """Return what lies whole pixels further down and to the right, (R, C), of any kind; the edge repeats."""
    if not (rows or columns):
        return image
    (top, bottom), (left, right) = ((max(0, -n), max(0, n)) for n in (rows, columns))
    wide = cv2.copyMakeBorder(image, top, bottom, left, right, cv2.BORDER_REPLICATE)
    down, across = (
        slice(max(0, n), max(0, n) + m) for n, m in zip((rows, columns), image.shape, strict=True)
    )
    return np.ascontiguousarray(wide[down, across], image.dtype)


def rotation(angle_rad: float) -> Vector:
    """Return the matrix that turns (row, column) from the row axis to the column axis."""
    cos, sin = np.cos(angle_rad), np.sin(angle_rad)
    return np.array([[cos, -sin], [sin, cos]])


def places_seen(places: NDArray[np.intp], motion: Vector, shape: tuple[int, ...]) -> Vector:
    """Return where the moving image shows places of the reference, (2, N).

    ``motion``: (3,) rows and columns in pixels, angle in radians.
    """
    middle = (np.array(shape)[:, None] - 1) / 2
    seen: Vector = rotation(motion[2]) @ from_middle(places, shape) + middle + motion[:2, None]
    return seen


def _affine(shape: tuple[int, ...], motion: Motion) -> tuple[Vector, Vector]:
    """Matrix and offset that lead from a pixel of the reference to where the moving image shows it."""
    matrix = rotation(np.radians(motion.rotation_deg))
    centre = (np.array(shape) - 1) / 2
    shift = np.array([motion.rows_px, motion.columns_px])
    return matrix, centre + shift - matrix @ centre


def _linear(image: Image, motion: Motion, border: int) -> Image:
    matrix, offset = _affine(image.shape, motion)
    # OpenCV counts x before y, everything here rows before columns
    swapped = np.hstack([matrix[::-1, ::-1], offset[::-1, None]])
    how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    size = (image.shape[1], image.shape[0])
    return np.asarray(cv2.warpAffine(image, swapped, size, flags=how, borderMode=border), np.float32)


def _sheared(image: Image, motion: Motion) -> Image:
    """Turned by θ as rows by -tan(θ/2), columns by sin θ, rows by -tan(θ/2) [1], on a wider image."""
    angle = float(np.radians(motion.rotation_deg))
    by_column, by_row = -np.tan(angle / 2), np.sin(angle)
    margin = int(np.ceil(abs(by_row) * max(image.shape) / 2)) + REACH
    wide = cv2.copyMakeBorder(image, margin, margin, margin, margin, cv2.BORDER_REPLICATE)
    y, x = (np.arange(length) - (length - 1) / 2 for length in wide.shape)
    # what the second shear adds to the columns this one would turn into rows: taken back here
    first = motion.rows_px - by_column * motion.columns_px
    part = _rows_shifted(_transposed(wide), by_column * x + first)
    part = _rows_shifted(_transposed(part), by_row * y + motion.columns_px)
    part = _transposed(_rows_shifted(_transposed(part), by_column * x))
    return np.ascontiguousarray(part[margin:-margin, margin:-margin])


def _transposed(image: NDArray[Any]) -> Image:
    transposed: Image = np.asarray(cv2.transpose(image), np.float32)
    return transposed


def _rows_shifted(image: Image, shifts: Vector) -> Image:
    """What lies further right in each row, by a shift for each, (R, C)."""
    whole = np.floor(shifts).astype(int)
    weights = _kernel(shifts - whole)
    margin = int(np.abs(whole).max()) + REACH
    wide = cv2.copyMakeBorder(image, 0, 0, margin, margin, cv2.BORDER_REPLICATE)
    result = np.empty_like(image)
    starts = [0, *(np.flatnonzero(np.diff(whole)) + 1).tolist(), len(whole)]
    for begin, end in pairwise(starts):
        for first in range(begin, end, LINES):
            lines = slice(first, min(first + LINES, end))
            left = margin + int(whole[first]) - REACH + 1
            part = weights[lines, :1] * wide[lines, left : left + image.shape[1]]
            for tap in range(1, 2 * REACH):
                at = left + tap
                part += weights[lines, tap : tap + 1] * wide[lines, at : at + image.shape[1]]
            result[lines] = part
    return result


def _kernel(fractions: Vector) -> Image:
    """Weights (N, 2 · REACH) of the pixels around points that lie a fraction beyond the one at REACH - 1."""
    distance = np.arange(1 - REACH, REACH + 1) - fractions[:, None]
    angle = np.pi * np.where(distance == 0, TINY, distance)
    weights = np.sin(angle) * np.sin(angle / REACH) / np.square(angle)
    # cut off at REACH the weights do not add up to 1: flat areas would ripple with the fraction
    normalised: Image = (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32)
    return normalised
