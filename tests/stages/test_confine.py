"""Inside the loops that a person drew, and nowhere else."""

from dataclasses import replace

import numpy as np
import pytest

from spreadscan.settings import EstimateSettings, SegmentSettings
from spreadscan.stages.confine import WEIGHTS, confine, loop_evidence
from spreadscan.stages.estimate import estimate
from spreadscan.stages.segment import segment
from spreadscan.values import JudgingScale
from tests.images import SCALE, Blob, attenuation_run, digest, noisy, rectangle, scene, whole

BLOB = Blob(40, 30, 0.5, 4)
IMAGE = noisy(scene(blobs=[BLOB]), 1)
LOOP = np.hypot(*(np.mgrid[:96, :96] - np.array([40, 30])[:, None, None])) < 12


@pytest.fixture
def undecided(monkeypatch):
    """A map of a network that says the same everywhere: it cannot judge the image."""
    monkeypatch.setattr(
        "spreadscan.stages.estimate.contrast_scores", lambda c: np.full((1, *c.shape[1:]), -0.85, np.float32)
    )
    return estimate(IMAGE, attenuation_run([IMAGE]), SCALE, EstimateSettings())


def test_a_loop_lets_an_image_be_judged_that_could_not_be(undecided):
    assert not undecided.judgeable
    found = confine(undecided, IMAGE, LOOP, SCALE)
    assert found.judgeable
    mask = segment(found, SCALE, SegmentSettings())
    true = scene(blobs=[BLOB]) - scene() > 0.05
    assert 2 * (mask.sure & true).sum() / (mask.sure.sum() + true.sum()) > 0.8


def test_outside_the_loops_there_is_none(undecided):
    certain = replace(undecided, signal=np.full_like(undecided.signal, 50))
    found = confine(certain, IMAGE, LOOP, SCALE)
    assert not found.signal[~LOOP].any()
    # a loop is drawn outside of the contrast: its rim is none, whatever the network says; deeper it is
    depth = loop_evidence(certain.signal, IMAGE, LOOP, SCALE)[1]
    assert (found.signal[depth >= 3] > 1).all()


def test_with_a_baseline_a_loop_only_restricts(undecided):
    by_baseline = replace(undecided, method="baseline", unit="ln", judgeable=True)
    found = confine(by_baseline, IMAGE, LOOP, SCALE)
    np.testing.assert_array_equal(found.signal, np.where(LOOP, by_baseline.signal, 0))
    assert digest(replace(found, signal=by_baseline.signal)) == digest(by_baseline)


def test_a_loop_beyond_the_field_allows_no_judgement(undecided):
    field = rectangle(0, 0, 96, 10)
    found = confine(replace(undecided, valid=field), IMAGE, LOOP & ~field, SCALE)
    assert not found.judgeable
    assert not found.signal.any()


def test_every_piece_of_evidence_speaks_for_contrast(undecided):
    assert min(WEIGHTS[1:]) > 0
    plain = confine(undecided, IMAGE, LOOP, SCALE).signal
    convinced = confine(replace(undecided, signal=2 * undecided.signal), IMAGE, LOOP, SCALE).signal
    assert (convinced[LOOP] >= plain[LOOP]).all()
    assert (convinced[LOOP] > plain[LOOP]).mean() > 0.5


@pytest.mark.parametrize("mm_per_px", [0.5, 1.0])
def test_depth_is_counted_in_millimetres_from_the_edge_of_the_loop(undecided, mm_per_px):
    square = rectangle(20, 20, 61, 61)
    depth = loop_evidence(undecided.signal, IMAGE, square, JudgingScale(mm_per_px, "drawn"))[1]
    assert depth[20, 40] == pytest.approx(mm_per_px)
    assert depth[22, 40] == pytest.approx(3 * mm_per_px)
    assert depth[40, 40] == 4.0
    assert not depth[~square].any()


def test_the_frame_of_the_image_is_an_edge_of_the_loop(undecided):
    depth = loop_evidence(undecided.signal, IMAGE, whole(), SCALE)[1]
    assert depth[0, 40] == 1


def test_each_loop_has_a_rim_of_its_own(undecided):
    two = rectangle(20, 10, 40, 30) | rectangle(20, 50, 40, 70)
    image = noisy(np.zeros((96, 96), np.float32), 1)
    brighter = image + np.where(np.arange(96) >= 40, np.float32(3), np.float32(0))
    plain = loop_evidence(undecided.signal, image, two, SCALE)[2]
    shifted = loop_evidence(undecided.signal, brighter, two, SCALE)[2]
    np.testing.assert_allclose(shifted, plain, atol=1e-3)


def test_it_is_the_same_twice_and_leaves_what_it_is_given_alone(undecided):
    before = digest((undecided, IMAGE, LOOP))
    made = [digest(confine(undecided, IMAGE, LOOP, SCALE)) for _ in range(2)]
    assert made[0] == made[1]
    assert digest((undecided, IMAGE, LOOP)) == before
