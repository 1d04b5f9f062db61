"""Vessels that come and go beside depots that stay, what moves, and runs that could not have shown any."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import ndimage

from spreadscan.settings import UptakeSettings
from spreadscan.stages.uptake import WEIGHTS, Maps, candidates, find_uptake, maps, measures
from spreadscan.values import BranchRegions, JudgingScale, TimeCourse
from tests.images import digest

SHAPE, FRAMES, NOISE = (80, 80), 14, 0.01
SCALE = JudgingScale(1.0, "drawn")
NOWHERE = BranchRegions((), (), (), "no landmarks")
TIMES = tuple(n / 3 for n in range(FRAMES))
RISE = np.clip((np.arange(FRAMES) - 2) / 3, 0, 1)
RUN_OFF = np.array([0, 0, 0, 0.6, 1, 1, 0.8, 0.5, 0.25, 0.1, 0.05, 0, 0, 0])


def depot():
    row, column = np.mgrid[: SHAPE[0], : SHAPE[1]]
    return ((row - 50) ** 2 + (column - 30) ** 2 < 8**2) * 0.25


def vessel():
    """A thin tree that leaves the depot."""
    tree = np.zeros(SHAPE)
    for step in range(30):
        tree[45 - step : 47 - step, 34 + step // 2 : 36 + step // 2] = 0.2
        if step > 12:
            tree[33:35, 40 + step - 12 : 42 + step - 12] = 0.2
    return tree


def course(*parts, seed=1):
    """Return a time course of the parts, each a picture with its curve, under noise."""
    added = np.random.default_rng(seed).normal(0, NOISE, (FRAMES, *SHAPE))
    for picture, curve in parts:
        added += np.asarray(curve)[:, None, None] * picture
    valid = np.ones(SHAPE, bool)
    return TimeCourse(tuple(range(FRAMES)), (0, 1, 2), 1, added.astype(np.float32), valid, NOISE, "ln")


def found(time_course, times_s=TIMES, **settings):
    return find_uptake(time_course, NOWHERE, times_s, SCALE, UptakeSettings(**settings))


def test_a_vessel_that_comes_and_goes_beside_a_depot_that_stays():
    uptake = found(course((depot(), RISE), (vessel(), RUN_OFF)))
    assert uptake.state == "seen"
    surest = uptake.passages[0]
    assert surest.washed > 0.8
    assert surest.confidence > 0.8
    assert surest.peak_frame in (4, 5)
    where = vessel() > 0
    assert uptake.where[where].mean() > 0.6
    assert uptake.where[depot() > 0].mean() < 0.1


def test_depots_that_stay_are_no_vessels():
    uptake = found(course((depot(), RISE)))
    assert (uptake.state, uptake.passages) == ("not seen", ())
    assert not uptake.where.any()
    assert "3 frames per second" in uptake.reason


def test_what_comes_and_goes_again_and_again_is_no_vessel():
    breathing = np.sin(np.arange(FRAMES) * 1.9) ** 2
    assert found(course((depot(), RISE), (vessel(), breathing))).state == "not seen"


def test_what_lies_far_from_all_injections_is_less_sure():
    beside, far = (
        found(course((depot(), RISE), (picture, RUN_OFF)), least_confidence=0.0).passages[0].confidence
        for picture in (vessel(), np.roll(vessel(), (0, 30), (0, 1)))
    )
    assert far < beside - 0.1


@pytest.mark.parametrize("turn", [lambda a: a[..., ::-1], lambda a: a[..., ::-1, :], np.array])
def test_mirroring_mirrors_the_finding_and_nothing_else(turn):
    plain = course((depot(), RISE), (vessel(), RUN_OFF))
    turned = replace(plain, added=np.ascontiguousarray(turn(plain.added)))
    one, other = found(plain), found(turned)
    assert [p.area_px for p in one.passages] == [p.area_px for p in other.passages]
    assert [p.confidence for p in one.passages] == pytest.approx(
        [p.confidence for p in other.passages], abs=0.05
    )
    assert np.array_equal(turn(one.where), other.where)


def test_a_stronger_signal_under_as_much_more_noise_is_the_same():
    plain = course((depot(), RISE), (vessel(), RUN_OFF))
    strong = replace(plain, added=plain.added * 4, noise_sd=plain.noise_sd * 4)
    assert digest(found(plain)) == digest(found(strong))


@pytest.mark.parametrize(
    ("times_s", "reason"),
    [
        (None, "times"),
        (tuple(n * 1.0 for n in range(FRAMES)), "too slow"),
        (tuple(n / 30 for n in range(FRAMES)), "ends too early"),
    ],
)
def test_a_run_that_could_not_have_shown_one_says_so(times_s, reason):
    uptake = found(course((depot(), RISE)), times_s)
    assert uptake.state == "not assessable"
    assert reason in uptake.reason
    assert found(course((depot(), RISE), (vessel(), RUN_OFF)), times_s).state == "seen"


def test_a_run_that_is_still_filling_when_it_ends_could_not_have_shown_one():
    filling = np.linspace(0, 1, FRAMES)
    uptake = found(course((depot(), filling)), tuple(n / 2 for n in range(FRAMES)))
    assert (uptake.state, uptake.adequate) == ("not assessable", False)
    assert "ends too early" in uptake.reason


def test_without_contrast_or_a_run_nothing_can_be_assessed():
    assert found(course()).state == "not assessable"
    still = found(None)
    assert (still.state, still.where.size) == ("not assessable", 0)


def test_measures_by_hand():
    time_course = replace(course((vessel(), RUN_OFF)), added=RUN_OFF[:, None, None] * vessel())
    time_course = replace(time_course, added=time_course.added.astype(np.float32))
    looked = maps(time_course, NOWHERE, SCALE, UptakeSettings())
    labels = candidates(looked, NOISE, UptakeSettings())
    assert labels.max() == 1
    told = measures(time_course, looked, labels == 1)
    assert told.washed == pytest.approx(1.0)
    assert told.unsteady == pytest.approx(0.0, abs=1e-6)
    assert told.signal == pytest.approx(np.log(0.2 / NOISE))
    assert told.apart == 1.0


def test_no_candidate_is_left_out_that_its_measures_would_have_kept():
    """How thin a candidate is, is told of few: passages must be those that all measures of all would give."""
    tried, kept = [], []
    for seed in range(12):
        rng = np.random.default_rng(seed)
        strength, curve = rng.uniform(0.2, 1.5), np.maximum(RUN_OFF, (seed / 11) * RISE)
        run = course((depot(), RISE), (strength * vessel(), curve), seed=seed)
        settings = UptakeSettings(least_confidence=0.7 + 0.02 * seed)
        seen = maps(run, NOWHERE, SCALE, settings)
        labels = candidates(seen, run.noise_sd, settings)
        sure = []
        for n in range(1, labels.max() + 1):
            odds = WEIGHTS["constant"] + sum(
                WEIGHTS[name] * m for name, m in measures(run, seen, labels == n)._asdict().items()
            )
            sure.append(1 / (1 + np.exp(-odds)))
        sure = sorted((c for c in sure if c >= settings.least_confidence), reverse=True)
        assert [p.confidence for p in found(run, least_confidence=settings.least_confidence).passages] == sure
        kept.append(len(sure))
        tried.append(int(labels.max()))
    assert 0 < sum(kept) < sum(tried)


def test_the_distance_from_anchors_is_exact():
    rng = np.random.default_rng(3)
    flat = np.ones((150, 170), np.float32)
    still = TimeCourse((0, 1), (0,), 1, np.stack([flat, flat]), flat > 0, 0.1, "ln")
    for share in (0.0005, 0.003, 0.02):
        anchors = rng.random((150, 170)) < share
        anchors[7, 150] = True
        settled = ndimage.distance_transform_edt(~anchors)
        for row, column in rng.integers(0, 150, (60, 2)):
            here = np.zeros(anchors.shape, bool)
            here[row, column] = here[min(row + 3, 149), column] = True
            told = measures(still, Maps(flat, flat, here, anchors, 1.0), here)
            assert told.apart == min(1.0, settled[here].min() / 30.0)
