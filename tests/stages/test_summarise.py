"""Areas, extents and components of masks small enough to count."""

from dataclasses import replace

import numpy as np
import pytest

from spreadscan.stages.summarise import summarise
from spreadscan.values import BranchRegions, Calibration, JunctionFrame, Uncalibrated
from tests.images import contrast_map, digest, rectangle, spread_mask

UNKNOWN = Uncalibrated("nothing tells it", ("uncalibrated",))
OBLONG = Calibration(0.5, 0.25, "by hand", 0.02)
"""Pixels half a millimetre high and a quarter wide: an eighth of a square millimetre each."""
FIXED = 0.05
"""The second threshold."""
NOWHERE = BranchRegions((), (), (), "no landmarks", ("landmarks-missing",))


def drawn(picture):
    return np.array([[sign != "." for sign in line] for line in picture.split()])


def frame(level, side, row, column, lateral=(0.0, -1.0), cranial=(-1.0, 0.0), scale=2.0):
    return JunctionFrame(level, side, (row, column), lateral, cranial, scale, 1.0)


def spine():
    """Return the frames of a straight spine with its midline at column 50, junctions 20 px beside it."""
    return BranchRegions(
        tuple(
            frame(level, side, row, 50 + sign * 20, (0.0, float(sign)))
            for level, row in (("L3", 20.0), ("L4", 50.0), ("L5", 80.0))
            for side, sign in (("left", -1), ("right", 1))
        ),
        (),
        (),
        "",
    )


def summarised(sure, regions=NOWHERE, calibration=UNKNOWN, contrast=None):
    mask = spread_mask(sure)
    contrast = contrast_map(sure) if contrast is None else contrast
    return summarise(mask, contrast, regions, calibration, FIXED)


SHAPES = drawn("""
    .........
    .##....#.
    .##....#.
    ...#.....
    .......##
""")


def test_area_and_box():
    found = summarised(SHAPES, calibration=OBLONG)
    assert (found.found, found.area_px) == (True, 9)
    assert found.area_mm2 == pytest.approx(9 / 8)
    # rows 1 to 4 and columns 1 to 8
    assert (found.height_px, found.width_px) == (4, 8)
    assert (found.height_mm, found.width_mm) == (2.0, 2.0)


def test_possible_contrast_has_its_own_area():
    mask = spread_mask(SHAPES)
    mask = type(mask)(mask.sure, rectangle(0, 0, 5, 9, (5, 9)), mask.strength, 0.0, "given")
    found = summarise(mask, contrast_map(SHAPES), NOWHERE, OBLONG, FIXED)
    assert (found.area_px, found.possible_area_px) == (9, 45)
    assert found.possible_area_mm2 == pytest.approx(45 / 8)


def test_no_millimetre_without_a_calibration():
    found = summarised(SHAPES, spine())
    assert (found.area_mm2, found.possible_area_mm2, found.height_mm, found.width_mm) == (None,) * 4
    assert (found.sides[0].cranio_caudal_mm, found.sides[0].medio_lateral_mm) == (None, None)
    assert found.sides[0].cranio_caudal_reference_mm > 0


def test_nothing_is_nothing():
    found = summarised(np.zeros((5, 9), bool), spine(), OBLONG)
    assert (found.found, found.area_px, found.height_px, found.width_px) == (False, 0, 0, 0)
    assert (found.area_mm2, found.height_mm) == (0.0, 0.0)
    assert found.sides == ()


# the second threshold


def test_the_area_above_a_fixed_limit_does_not_depend_on_the_noise():
    signal = np.where(SHAPES, 0.04, 0).astype(np.float32)
    signal[1, 1:3] = 0.06
    for limit in (0.01, 0.03):
        contrast = contrast_map(signal, limit=np.full(signal.shape, limit, np.float32))
        found = summarised(SHAPES, calibration=OBLONG, contrast=contrast)
        assert (found.fixed_limit, found.fixed_area_px, found.fixed_area_mm2) == (
            FIXED,
            2,
            pytest.approx(2 / 8),
        )


def test_display_pixels_and_drawn_masks_have_no_fixed_limit():
    relative = summarised(SHAPES, calibration=OBLONG, contrast=contrast_map(SHAPES, unit="relative"))
    drawn_mask = replace(spread_mask(SHAPES), origin="given")
    given = summarise(drawn_mask, contrast_map(SHAPES), NOWHERE, OBLONG, FIXED)
    for found in (relative, given):
        assert (found.fixed_limit, found.fixed_area_px, found.fixed_area_mm2) == (None,) * 3


# the limit


def test_the_detection_limit_is_the_median_of_where_it_could_be_judged():
    limit = np.array([[0.1, 0.2, 0.9, np.inf, np.inf]], np.float32)
    contrast = contrast_map(np.zeros((1, 5)), limit=limit, valid=np.isfinite(limit))
    found = summarised(np.zeros((1, 5), bool), contrast=contrast)
    assert found.detection_limit == pytest.approx(0.2)
    assert (found.method, found.unit) == ("baseline", "ln")


@pytest.mark.parametrize(
    "changes", [{"method": "single image", "unit": "odds"}, {"valid": np.zeros((5, 9), bool)}]
)
def test_without_a_baseline_or_a_field_there_is_no_detection_limit(changes):
    assert summarised(SHAPES, contrast=contrast_map(SHAPES, **changes)).detection_limit is None


# extent of each side


def test_the_extent_of_each_side_by_hand():
    # left: rows 15 to 54, columns 20 to 39; right: rows 78 to 81, columns 70 to 79
    sure = rectangle(15, 20, 55, 40, (100, 100)) | rectangle(78, 70, 82, 80, (100, 100))
    left, right = summarised(sure, spine(), Calibration(0.5, 0.5, "by hand", 0.02)).sides
    assert (left.side, left.levels) == ("left", ("L3", "L4"))
    # 40 px at 2 px to the reference millimetre
    assert (left.cranio_caudal_reference_mm, left.medio_lateral_reference_mm) == (20.0, 10.0)
    assert (left.cranio_caudal_mm, left.medio_lateral_mm) == (20.0, 10.0)
    assert (right.side, right.levels) == ("right", ("L5",))
    assert (right.cranio_caudal_reference_mm, right.medio_lateral_reference_mm) == (2.0, 5.0)


@pytest.mark.parametrize(
    ("top", "bottom", "levels"),
    [
        (20, 21, ("L3",)),
        (21, 50, ()),
        (21, 51, ("L4",)),
        (20, 81, ("L3", "L4", "L5")),
        (90, 99, ()),
    ],
)
def test_a_level_is_touched_when_its_junction_lies_within_the_extent(top, bottom, levels):
    (left,) = summarised(rectangle(top, 25, bottom, 35, (100, 100)), spine()).sides
    assert left.levels == levels


def test_sides_without_contrast_are_left_out():
    found = summarised(rectangle(15, 20, 55, 40, (100, 100)), spine()).sides
    assert [side.side for side in found] == ["left"]


def test_contrast_across_the_midline_belongs_to_both_sides():
    left, right = summarised(rectangle(45, 40, 55, 60, (100, 100)), spine()).sides
    assert (left.medio_lateral_reference_mm, right.medio_lateral_reference_mm) == pytest.approx(
        (5, 5), abs=0.5
    )


def test_extent_is_measured_along_the_spine_not_along_the_image():
    # a spine that lies on its side: cranial is to the image's left, lateral up and down
    frames = tuple(
        frame(level, side, 50 + sign * 20, column, (float(sign), 0.0), (0.0, -1.0))
        for level, column in (("L3", 20.0), ("L4", 50.0), ("L5", 80.0))
        for side, sign in (("right", -1), ("left", 1))
    )
    (found,) = summarised(rectangle(65, 15, 75, 55, (100, 100)), BranchRegions(frames, (), (), "")).sides
    assert (found.side, found.levels) == ("left", ("L3", "L4"))
    assert (found.cranio_caudal_reference_mm, found.medio_lateral_reference_mm) == (20.0, 5.0)


def test_sides_of_the_image_where_the_patient_s_are_unknown():
    frames = (frame("L4", "image left", 50, 30), frame("L4", "image right", 50, 70, (0.0, 1.0)))
    (found,) = summarised(rectangle(45, 60, 55, 75, (100, 100)), BranchRegions(frames, (), (), "")).sides
    assert found.side == "image right"


def test_summarising_is_the_same_twice():
    assert digest(summarised(SHAPES, spine())) == digest(summarised(SHAPES, spine()))
