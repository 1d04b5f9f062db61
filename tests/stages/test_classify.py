"""Drawn shapes beside drawn junctions: each kind by hand, and what must not change it."""

from dataclasses import replace

import numpy as np
import pytest

from spreadscan.settings import ClassifySettings
from spreadscan.stages.classify import Look, classify, shape_of
from spreadscan.values import BranchRegions, JudgingScale, JunctionFrame, Passage, Uptake
from tests.images import digest, spread_mask

SIZE = 160
NO_RUN = Uptake("not assessable", "a still image", False, (), np.zeros((0, 0), bool))
SEEN_NOTHING = Uptake("not seen", "3 frames per second", True, (), np.zeros((SIZE, SIZE), bool))
NOWHERE = BranchRegions((), (), (), "no landmarks", ("landmarks-missing",))
SETTINGS = ClassifySettings()


def spine(zoom=1.0, mirrored=False):
    """Return junctions 25 mm beside a midline at column 80, 36 mm apart; the patient's left on image left."""
    sides = (("left", 1), ("right", -1)) if mirrored else (("left", -1), ("right", 1))
    frames = tuple(
        JunctionFrame(
            level, side, (row * zoom, (79.5 + sign * 25) * zoom), (0.0, float(sign)), (-1.0, 0.0), zoom, 1.0
        )
        for level, row in (("L3", 44.0), ("L4", 80.0), ("L5", 116.0))
        for side, sign in sides
    )
    return BranchRegions(frames, (), (), "")


def ellipse(x, y, long, short, angle_deg=90.0):
    """Return an ellipse beside the left L4 junction: x lateral, y cranial; half axes; turn."""
    row, column = np.mgrid[:SIZE, :SIZE]
    right, up = (54.5 - column) - x, (80 - row) - y
    cos, sin = np.cos(np.radians(angle_deg)), np.sin(np.radians(angle_deg))
    along, across = right * cos + up * sin, -right * sin + up * cos
    return (along / long) ** 2 + (across / short) ** 2 <= 1


SHAPES = {
    "depot": ellipse(1, -1, 8, 5),
    "over_facet": ellipse(-10, 5, 7, 4),
    "medial_track": ellipse(-5, 12, 14, 4, 135),
    "too_medial": ellipse(-13, -9, 6, 5),
    "too_lateral": ellipse(17, -2, 9, 6),
    "unclassified": ellipse(0, 17.5, 3, 3),
}
CANAL = ellipse(-14, 3, 22, 7)


def looked(image=None, mm_per_px=1.0):
    image = np.zeros((SIZE, SIZE), np.float32) if image is None else image
    return Look(image, np.ones(image.shape, bool), JudgingScale(mm_per_px, "drawn"))


def told(sure, regions=None, uptake=NO_RUN, look=None):
    regions = spine() if regions is None else regions
    return classify(spread_mask(sure), regions, uptake, looked() if look is None else look, SETTINGS)


@pytest.mark.parametrize("kind", SHAPES)
def test_each_kind_by_hand(kind):
    (component,) = told(SHAPES[kind]).components
    assert (component.kind, component.nearest_junction) == (kind, ("L4", "left"))
    assert (
        (component.kind_confidence is None) == (component.kind_settled_by == "") == (kind == "unclassified")
    )


def test_a_column_in_the_canal_is_a_medial_track():
    assert told(CANAL).components[0].kind == "medial_track"


@pytest.mark.parametrize("kind", SHAPES)
def test_without_landmarks_no_kind_that_rests_on_position_is_claimed(kind):
    (component,) = told(SHAPES[kind], NOWHERE).components
    assert (component.kind, component.nearest_junction) == ("unclassified", None)


@pytest.mark.parametrize("kind", SHAPES)
def test_mirroring_changes_nothing_but_the_side(kind):
    plain, mirrored = told(SHAPES[kind]), told(SHAPES[kind][:, ::-1])
    # the junctions lie evenly about the middle: the mirrored image is that of the other side
    assert mirrored.components[0].nearest_junction == ("L4", "right")
    assert mirrored.components[0].kind == plain.components[0].kind
    assert mirrored.flags == plain.flags
    named = told(SHAPES[kind][:, ::-1], spine(mirrored=True)).components[0]
    assert (named.kind, named.nearest_junction) == (plain.components[0].kind, ("L4", "left"))


@pytest.mark.parametrize("kind", SHAPES)
def test_kinds_do_not_depend_on_the_size_of_a_pixel(kind):
    large = np.kron(SHAPES[kind], np.ones((2, 2), bool))
    look = looked(np.zeros(large.shape, np.float32), 0.5)
    assert told(large, spine(2.0), look=look).components[0].kind == kind


def test_contrast_that_ran_off_is_vascular_and_takes_the_confidence_of_the_run():
    passage = Passage(50, 80.0, 55.0, 3, 4, 0.9, 0.93)
    uptake = Uptake("seen", "3 frames per second", True, (passage,), SHAPES["depot"])
    kinds = told(SHAPES["depot"] | SHAPES["too_lateral"], uptake=uptake)
    assert {c.kind for c in kinds.components} == {"vascular", "too_lateral"}
    vascular = next(c for c in kinds.components if c.kind == "vascular")
    assert vascular.kind_confidence == 0.93
    assert kinds.flags == ("lateral-only", "vascular-pattern")


def needle(start, end):
    """Return a straight needle half a millimetre thick."""
    row, column = np.mgrid[:SIZE, :SIZE].astype(float)
    (r0, c0), (r1, c1) = start, end
    length = np.hypot(r1 - r0, c1 - c0)
    part = np.clip(((row - r0) * (r1 - r0) + (column - c0) * (c1 - c0)) / length, 0, length)
    off = np.hypot(row - r0 - part * (r1 - r0) / length, column - c0 - part * (c1 - c0) / length)
    return np.exp(-(off**2) / (2 * 0.5**2)).astype(np.float32)


def textured(image):
    rng = np.random.default_rng(3)
    return image + rng.normal(0, 0.02, image.shape).astype(np.float32)


TRACK = ellipse(12, 12, 12, 1.6, 45)


def test_a_track_lies_along_a_needle_that_reaches_beyond_it():
    # from the junction outwards and up, as the ellipse lies, and far beyond it
    image = textured(needle((80, 54.5), (30, 4.5)))
    kinds = told(TRACK, look=looked(image))
    assert kinds.components[0].kind == "along_needle"
    assert kinds.flags == ("along-needle", "vascular-not-assessable")


def test_a_straight_thin_track_without_a_needle_is_not_along_one():
    assert told(TRACK, look=looked(textured(np.zeros((SIZE, SIZE), np.float32)))).components[0].kind != (
        "along_needle"
    )
    # the contrast itself is a line: nothing reaches beyond it
    alone = textured(needle((76, 50.5), (60, 34.5)))
    assert told(TRACK, look=looked(alone)).components[0].kind != "along_needle"


def test_the_largest_comes_first_and_corners_touch():
    sure = np.zeros((SIZE, SIZE), bool)
    sure[10:12, 10:12] = sure[12, 12] = sure[30, 30] = True
    assert [c.area_px for c in told(sure).components] == [5, 1]


@pytest.mark.parametrize(("row", "column", "nearest"), [(44, 30, ("L3", "left")), (99, 130, ("L5", "right"))])
def test_each_area_knows_its_nearest_junction(row, column, nearest):
    sure = np.zeros((SIZE, SIZE), bool)
    sure[row, column] = True
    assert told(sure).components[0].nearest_junction == nearest


@pytest.mark.parametrize(
    ("uptake", "flag"),
    [
        (NO_RUN, "vascular-not-assessable"),
        (replace(SEEN_NOTHING, state="not assessable"), "vascular-run-limits"),
        (SEEN_NOTHING, None),
    ],
)
def test_what_could_not_be_seen_is_said(uptake, flag):
    assert told(SHAPES["depot"], uptake=uptake).flags == (() if flag is None else (flag,))


def test_a_shape_by_hand():
    frame = spine().junctions[2]
    # 3 rows x 9 columns, lateral of the junction
    pixels = np.argwhere(np.ones((3, 9))) + np.array([79, 40])
    shape = shape_of(pixels.astype(float), frame, 1.0)
    assert (shape.x, shape.y) == (54.5 - 44, 0.0)
    assert shape.elongation == pytest.approx(3.0)
    assert shape.width == pytest.approx(2 * 3 / np.sqrt(12))
    assert shape.angle_deg % 180 == pytest.approx(0.0)


def test_nothing_has_no_kind():
    assert told(np.zeros((SIZE, SIZE), bool)).components == ()


def test_classifying_is_the_same_twice():
    sure = SHAPES["depot"] | SHAPES["too_medial"]
    assert digest(told(sure)) == digest(told(sure))
