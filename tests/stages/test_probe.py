"""The zone of the L5 ramus at S1, on contrast drawn by hand."""

from dataclasses import replace

import numpy as np
import pytest

from spreadscan.settings import CoverSettings
from spreadscan.stages.cover import Scene, cover
from spreadscan.stages.place import place
from spreadscan.stages.probe import probe
from spreadscan.stages.segment import from_given
from spreadscan.uncertainty.picture_doubt import doubt_about
from spreadscan.values import GivenMask, Landmark, Landmarks, Orientation, SpreadMask
from tests.reports import make_landmarks, place_regions

REGIONS = place_regions()
SHAPE = (420, 256)
S1_ROW = 300.0
L5_LEFT = next(f for f in REGIONS.junctions if (f.level, f.side) == ("L5", "left"))
SCALE = L5_LEFT.px_per_reference_mm


def marked(sd_px=None, side="left"):
    column = L5_LEFT.origin[1]
    points = make_landmarks(REGIONS.junctions).points
    return Landmarks("given", (*points, Landmark("S1", side, "sap_tp_junction", S1_ROW, column, sd_px)))


SETTINGS = CoverSettings()


def rest_of(mask, settings=SETTINGS, single_image=False):
    return doubt_about(mask, single_image, settings), settings


def found(contrast, sd_px=None, metal=None, field=None, **settings):
    mask = from_given(GivenMask(contrast, contrast))
    seen = (
        np.ones(SHAPE, bool) if field is None else field,
        np.zeros(SHAPE, bool) if metal is None else metal,
        "",
    )
    return probe(marked(sd_px), REGIONS, mask, seen, rest_of(mask, CoverSettings(**settings)))[0]


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
    # the nerve itself is known to 1.5 mm: now and then part of its course leaves the contrast
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


def test_without_s1_there_is_nothing_to_probe():
    mask = from_given(GivenMask(np.ones(SHAPE, bool), np.ones(SHAPE, bool)))
    seen = (np.ones(SHAPE, bool), np.zeros(SHAPE, bool), "")
    assert probe(make_landmarks(REGIONS.junctions), REGIONS, mask, seen, rest_of(mask)) == ()
    refused = probe(marked(), REGIONS, mask, (*seen[:2], "the view is not frontal"), rest_of(mask))
    assert refused[0].reason == "the view is not frontal"
    alone = replace(REGIONS, junctions=(), reason="no level has both junctions marked")
    assert probe(marked(), alone, mask, seen, rest_of(mask))[0].reason == "no level has both junctions marked"


def test_threshold_and_picture_are_off_in_the_same_draws_as_those_of_the_regions():
    # everywhere as strong as where contrast is taken to end: reached where the threshold is low, at L5 and S1
    settings = CoverSettings(shared_doubt=1.0, given_sd_reference_mm=0.01)
    strength = np.full(SHAPE, settings.baseline_limit, np.float32)
    mask = SpreadMask(strength > 2, strength > 0, strength, 0.2, "measured")
    seen = (np.ones(SHAPE, bool), np.zeros(SHAPE, bool), "")
    zone = probe(marked(0.01), REGIONS, mask, seen, rest_of(mask, settings))[0]
    regions = place(marked(0.01), Orientation("image left", "drawn", True, True), settings)
    coverage = cover(regions, Scene(mask, *seen), settings)
    for row, reached in zip(coverage.regions, coverage.reached, strict=True):
        if row.level == "L5":
            assert (reached == zone.reached).mean() > 0.98


def test_a_single_image_may_be_wrong_as_a_whole_at_s1_too():
    settings = CoverSettings()
    seen = (np.ones(SHAPE, bool), np.zeros(SHAPE, bool), "")
    for strength, share in ((0.0, settings.single_missed), (100.0, 1 - settings.single_false)):
        values = np.full(SHAPE, strength, np.float32)
        mask = SpreadMask(values > 1, values > 0, values, 1.0, "measured")
        reached = probe(marked(0.1), REGIONS, mask, seen, rest_of(mask, single_image=True))[0].reached
        assert reached.mean() == pytest.approx(share, abs=1 / settings.draws)
