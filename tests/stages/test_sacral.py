"""The zone of the L5 ramus at S1, on contrast drawn by hand."""

from dataclasses import replace

import numpy as np
import pytest

from spreadscan.settings import CoverSettings
from spreadscan.stages.cover import Scene, cover, cover_zones
from spreadscan.stages.place import place, place_sacral
from spreadscan.stages.segment import from_given
from spreadscan.values import GivenMask, Landmark, Landmarks, Orientation, SpreadMask
from tests.reports import make_landmarks, place_regions

REGIONS = place_regions()
SHAPE = (420, 256)
S1_ROW = 300.0
L5_LEFT = next(f for f in REGIONS.junctions if (f.level, f.side) == ("L5", "left"))
SCALE = L5_LEFT.px_per_reference_mm


def marked(sd_px=None, side="left"):
    column = L5_LEFT.origin[1]
    points = [replace(p, sd_px=sd_px) for p in make_landmarks(REGIONS.junctions).points]
    return Landmarks("given", (*points, Landmark("S1", side, "sap_tp_junction", S1_ROW, column, sd_px)))


SETTINGS = CoverSettings()
ORIENTATION = Orientation("image left", "drawn", True, True)
EVERYWHERE, NOWHERE = np.ones(SHAPE, bool), np.zeros(SHAPE, bool)


def zones_on(scene, landmarks, settings=SETTINGS):
    return cover_zones(place_sacral(landmarks, ORIENTATION, settings), scene, settings)


def found(contrast, sd_px=None, metal=NOWHERE, field=EVERYWHERE, **settings):
    scene = Scene(from_given(GivenMask(contrast, contrast)), field, metal, "")
    return zones_on(scene, marked(sd_px), CoverSettings(**settings))[0]


def box(top_mm, bottom_mm, half_width_mm=20.0):
    """Contrast from so far above the junction to so far below it."""
    rows, columns = np.mgrid[: SHAPE[0], : SHAPE[1]]
    cranial_mm = (S1_ROW - rows) / SCALE
    return (
        (cranial_mm <= top_mm)
        & (cranial_mm >= bottom_mm)
        & (abs(columns - L5_LEFT.origin[1]) <= half_width_mm * SCALE)
    )


@pytest.mark.parametrize(
    ("contrast", "share"),
    [
        (box(10, -20), 1), (box(1e3, 200), 0), (np.zeros(SHAPE, bool), 0), (np.ones(SHAPE, bool), 1),
        (box(40, 30), 0), (box(-40, -50), 0),
    ],
)  # fmt: skip
def test_contrast_on_the_groove_and_off_it(contrast, share):
    reached = found(contrast, sd_px=0.1).reached
    assert reached is not None
    assert reached.mean() == share


def test_five_millimetres_are_the_line():
    long, short = (found(box(-2, -2 - mm), sd_px=0.01).reached.mean() for mm in (6, 4))
    assert long > 0.95
    assert short == 0


def test_a_worse_junction_makes_it_less_sure():
    contrast = box(5, -8, half_width_mm=4)
    shares = [found(contrast, sd_px=sd).reached.mean() for sd in (0.1, 6 * SCALE)]
    assert shares[0] > shares[1] > 0


def test_the_same_every_time():
    contrast = box(0, -6, half_width_mm=3)
    assert (found(contrast).reached == found(contrast).reached).all()


def test_outside_the_field_and_under_metal_nothing_is_said():
    contrast, half = np.ones(SHAPE, bool), np.ones(SHAPE, bool)
    half[280:] = False
    assert found(contrast, field=half).flags == ("region-outside-field",)
    assert found(contrast, metal=~half).flags == ("region-under-metal",)
    assert found(contrast, field=half).reached is None


def test_without_s1_or_a_level_above_it_nothing_is_said():
    scene = Scene(from_given(GivenMask(EVERYWHERE, EVERYWHERE)), EVERYWHERE, NOWHERE, "")
    assert zones_on(scene, make_landmarks(REGIONS.junctions)) == ()
    refused = zones_on(scene._replace(refusal="the view is not frontal"), marked())
    assert refused[0].reason == "the view is not frontal"
    points = marked().points
    alone = zones_on(scene, Landmarks("given", points[-1:]))
    assert alone[0].reason == "no level has both junctions marked"
    above = tuple(p for p in points if (p.level, p.side) in {("L4", "left"), ("L4", "right"), ("S1", "left")})
    assert zones_on(scene, Landmarks("given", above))[0].reached.all()
    beside = Landmark("S1", "image left", "sap_tp_junction", 300, 90)
    apart = Landmarks("given", (*(p for p in points if p.level == "L4"), beside))
    assert zones_on(scene, apart)[0].reason == "no level above is marked"


def test_threshold_and_picture_are_off_in_the_same_draws_as_those_of_the_regions():
    # everywhere as strong as where contrast is taken to end: reached where the threshold is low, at L5 and S1
    settings = CoverSettings(shared_doubt=1.0, given_sd_reference_mm=0.01)
    strength = np.full(SHAPE, settings.baseline_limit, np.float32)
    scene = Scene(SpreadMask(strength > 2, strength > 0, strength, 0.2, "measured"), EVERYWHERE, NOWHERE, "")
    zone = zones_on(scene, marked(0.01), settings)[0]
    coverage = cover(place(marked(0.01), ORIENTATION, settings), scene, settings)
    for row, reached in zip(coverage.regions, coverage.reached, strict=True):
        if row.level == "L5":
            assert (reached == zone.reached).mean() > 0.98


def test_a_single_image_may_be_wrong_as_a_whole_at_s1_too():
    settings = CoverSettings()
    for strength, share in ((0.0, settings.single_missed), (100.0, 1 - settings.single_false)):
        values = np.full(SHAPE, strength, np.float32)
        mask = SpreadMask(values > 1, values > 0, values, 1.0, "measured")
        reached = zones_on(Scene(mask, EVERYWHERE, NOWHERE, "", True), marked(0.1))[0].reached
        assert reached.mean() == pytest.approx(share, abs=1 / settings.draws)


def test_s1_moves_with_the_junctions_that_it_errs_with():
    # all junctions err together: the picture of the spine is shifted, and no distance between them changes
    points, sd_px = marked().points, 3.0
    together = np.kron(np.ones((len(points), len(points))), sd_px**2 * np.eye(2))
    landmarks = Landmarks("detected", points, covariance_px=together)
    above, zones = (
        where(landmarks, ORIENTATION, SETTINGS).drawn.astype(float) for where in (place, place_sacral)
    )
    lowest = next(n for n, f in enumerate(REGIONS.junctions) if (f.level, f.side) == ("L5", "left"))
    apart = zones[0, :, 0] - above[lowest, :, 0]
    assert zones[0, :, 0].std(axis=0) == pytest.approx(sd_px, rel=0.1)
    np.testing.assert_allclose(apart, apart[:1].repeat(len(apart), axis=0), atol=1e-3)
    np.testing.assert_array_equal(zones[0, :, 1:], above[lowest, :, 1:])


def test_the_doubt_of_the_zone_is_told_as_that_of_a_region():
    zone = found(box(5, -8, half_width_mm=4), sd_px=3 * SCALE)
    assert zone.cause == "landmark"
    assert 0 < zone.varied_probability < 1
