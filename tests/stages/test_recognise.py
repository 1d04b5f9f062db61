"""Recognising contrast among changes: what the network sees, where it is asked, what its answer may do."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spreadscan.marks.file import DrawnOn
from spreadscan.marks.landmarks import read_landmarks
from spreadscan.networks.change import CHANNELS, GRID_MM, STRENGTH_UNIT, STRENGTHS, change_input
from spreadscan.read.dicom import list_study, read_fluorogram
from spreadscan.settings import SegmentSettings
from spreadscan.stages import recognise as stage
from spreadscan.stages.confine import confine
from spreadscan.stages.recognise import recognise
from spreadscan.stages.segment import segment
from spreadscan.values import JudgingScale
from tests.images import (
    SCALE,
    Blob,
    Needle,
    aligned_pair,
    chain,
    contrast_map,
    digest,
    noisy,
    nothing,
    rectangle,
    scene,
    whole,
)

SAMPLES = Path(__file__).parents[2] / "dicom_samples"
WHOLE = (slice(0, 96), slice(0, 96))
few = settings(max_examples=25, deadline=None, derandomize=True)


@pytest.fixture
def pair():
    return aligned_pair(noisy(scene(blobs=[Blob(41, 25, 0.35, 6)]), 1), noisy(scene(), 2))


def changed(area, strength=4.0, **more):
    return contrast_map(np.where(area, strength, 0), **{"difference_sd": 2**0.5, **more})


# what the network is shown


def test_channels_are_change_image_baseline_known_and_metal(pair):
    metal, valid = rectangle(50, 50, 60, 60), ~rectangle(50, 50, 60, 60)
    contrast = changed(rectangle(10, 10, 20, 30), metal=metal, valid=valid)
    seen = change_input(pair, contrast, WHOLE, 1 / GRID_MM)
    assert seen.shape == (CHANNELS, 96, 96)
    np.testing.assert_allclose(seen[0], contrast.signal / STRENGTH_UNIT, atol=1e-6)
    assert (seen[5].astype(bool) == valid).all()
    assert (seen[6].astype(bool) == metal).all()


def test_image_and_baseline_change_places_when_they_are_exchanged(pair):
    contrast = changed(rectangle(10, 10, 20, 30))
    one = change_input(pair, contrast, WHOLE, 1.0)
    other = change_input(replace(pair, contrast=pair.baseline, baseline=pair.contrast), contrast, WHOLE, 1.0)
    np.testing.assert_array_equal(one[1:3], other[3:5])
    np.testing.assert_array_equal(one[3:5], other[1:3])
    assert np.abs(one[1] - one[3]).max() > 1


@pytest.mark.parametrize("strength", [-40.0, 40.0])
def test_strength_is_cut_at_both_ends(pair, strength):
    seen = change_input(pair, changed(whole(), strength), WHOLE, 1.0)
    end = STRENGTHS[0 if strength < 0 else 1]
    np.testing.assert_allclose(seen[0], end / STRENGTH_UNIT)


@pytest.mark.parametrize(("zoom", "side"), [(0.25, 24), (0.5, 48), (1.0, 96), (2.0, 192)])
def test_the_grid_follows_the_scale_and_keeps_the_mean(pair, zoom, side):
    contrast = changed(rectangle(32, 32, 64, 64))
    seen = change_input(pair, contrast, WHOLE, zoom)
    assert seen.shape[1:] == (side, side)
    assert seen[0].mean() * STRENGTH_UNIT == pytest.approx(contrast.signal.mean(), rel=0.02)


def test_a_gain_and_an_offset_of_the_images_do_not_show(pair):
    contrast = changed(rectangle(10, 10, 20, 30))
    brighter = replace(pair, contrast=3 * pair.contrast + 7, baseline=3 * pair.baseline + 7)
    one, other = (change_input(p, contrast, WHOLE, 1.0) for p in (pair, brighter))
    np.testing.assert_allclose(one, other, atol=2e-3)


def test_flat_images_have_flat_channels():
    flat = aligned_pair(np.full((96, 96), 2, np.float32), np.full((96, 96), 2, np.float32))
    seen = change_input(flat, changed(rectangle(10, 10, 20, 30)), WHOLE, 1.0)
    assert np.isfinite(seen).all()
    assert not seen[1:5].any()


# where it is asked


@pytest.fixture
def asked(monkeypatch):
    """The shapes of what the network was asked, which always answers a quarter."""
    shapes = []

    def answer(channels):
        shapes.append(channels.shape[1:])
        return np.full(channels.shape[1:], 0.25, np.float32)

    monkeypatch.setattr(stage, "change_probability", answer)
    return shapes


def test_nothing_is_asked_where_nothing_exceeds_the_limit(pair, asked):
    contrast = changed(whole(), 1.0)
    assert recognise(pair, contrast, SCALE) is contrast
    assert asked == []


def test_nothing_is_asked_of_runs(pair, asked):
    contrast = changed(rectangle(2, 2, 6, 8), difference_sd=1.1)
    assert recognise(pair, contrast, SCALE) is contrast
    assert asked == []


@pytest.mark.parametrize("difference_sd", [1.1, 2**0.5], ids=["run", "pair"])
def test_thin_change_along_a_needle_that_stayed_is_possible_not_sure(difference_sd):
    needle = Needle((30, 5), (50, 28))
    shaft = scene(needles=[needle]) - scene() > 0.3 * needle.amount
    stayed = aligned_pair(noisy(scene(needles=[needle]), 1), noisy(scene(needles=[needle]), 2))
    strength = np.where(shaft, 1.6, 0)
    strength[38:43][shaft[38:43]] = 2.7  # where the seed is reached
    contrast = contrast_map(strength, difference_sd=difference_sd)
    found = recognise(stayed, contrast, SCALE)
    mask = segment(found, SCALE, SegmentSettings())
    assert found.recognised[shaft].mean() < 0.1
    assert not mask.sure.any()
    assert mask.possible[shaft].all()
    assert "not-recognised" in mask.flags
    # the same change in a run where no needle is counts as before
    if difference_sd < stage.LEAST_APART:
        bare = aligned_pair(noisy(scene(), 1), noisy(scene(), 2))
        assert segment(recognise(bare, contrast, SCALE), SCALE, SegmentSettings()).sure[shaft].all()


def test_what_lies_within_the_margin_is_asked_and_the_rest_counts_as_recognised(pair, asked):
    contrast = changed(rectangle(2, 2, 6, 8))
    found = recognise(pair, contrast, SCALE).recognised
    reach = int(stage.MARGIN_MM)
    assert asked == [(6 + reach, 8 + reach)]
    assert (found == 0.25).sum() == (6 + reach) * (8 + reach)
    assert (found[6 + reach :] == 1).all()
    assert (found[:, 8 + reach :] == 1).all()


def test_the_answer_comes_back_at_the_size_of_the_image(pair, asked):
    fine = JudgingScale(0.4, "by hand")
    found = recognise(pair, changed(rectangle(40, 40, 50, 50)), fine).recognised
    assert found.shape == (96, 96)
    assert asked == [(38, 38)]


def test_the_stage_leaves_its_input_alone_and_is_the_same_twice(pair):
    contrast = changed(rectangle(30, 20, 50, 32))
    before = digest((pair, contrast))
    first, second = recognise(pair, contrast, SCALE), recognise(pair, contrast, SCALE)
    assert digest(first) == digest(second)
    assert digest((pair, contrast)) == before
    assert ((first.recognised >= 0) & (first.recognised <= 1)).all()


# what its answer does


AREAS = rectangle(10, 10, 20, 30) | rectangle(60, 60, 75, 70)
LEAST = SegmentSettings().least_recognised


def segmented(recognised, **changes):
    return segment(changed(AREAS, recognised=recognised), SCALE, SegmentSettings(**changes))


def test_an_area_that_is_not_recognised_is_possible_and_says_so():
    recognised = np.where(rectangle(10, 10, 20, 30), LEAST - 0.01, LEAST + 0.01).astype(np.float32)
    found = segmented(recognised)
    assert (found.sure == rectangle(60, 60, 75, 70)).all()
    assert (found.possible == AREAS).all()
    assert "not-recognised" in found.flags
    assert found.strength[12, 12] < 1 < found.strength[65, 65]


def test_all_recognised_is_as_if_nothing_had_been_asked():
    assert digest(segmented(np.ones((96, 96), np.float32))) == digest(segmented(None))


def test_the_mean_over_an_area_decides():
    half = np.where(rectangle(10, 10, 15, 30), 2.1 * LEAST, 0).astype(np.float32)
    assert segmented(half).sure[12, 12]
    assert not segmented(half * 0.9).sure[12, 12]


FAINT, METAL = SegmentSettings().least_recognised_faint, SegmentSettings().least_recognised_metal
BESIDE = rectangle(21, 10, 23, 30)
"""Metal two millimetres below the first area."""


@pytest.mark.parametrize(
    ("strength", "metal", "least"),
    [(4.0, nothing(), LEAST), (1.7, nothing(), FAINT), (4.0, BESIDE, METAL), (1.7, BESIDE, METAL)],
    ids=["clear", "faint", "at metal", "faint and at metal"],
)
@pytest.mark.parametrize("more", [-0.01, 0.01])
def test_faint_areas_and_those_at_metal_have_to_look_more_like_contrast(strength, metal, least, more):
    signal = np.where(rectangle(10, 10, 20, 30), strength, 0)
    signal[14:16, 14:16] = 4
    recognised = np.full((96, 96), least + more, np.float32)
    contrast = contrast_map(signal, recognised=recognised, metal=metal, difference_sd=2**0.5)
    assert segment(contrast, SCALE, SegmentSettings()).sure[12, 12] == (more > 0)


@pytest.mark.parametrize(
    ("strength", "columns", "metal", "left"),
    [
        (5.1, 13, nothing(), True),
        (4.9, 13, nothing(), False),
        (5.1, 12, nothing(), False),
        # two hubs side by side are as large
        (5.1, 13, BESIDE, False),
    ],
)
def test_what_is_clear_beyond_gas_and_larger_than_a_hub_is_contrast(strength, columns, metal, left):
    area = rectangle(10, 10, 20, 10 + columns)
    contrast = changed(area, strength, recognised=np.zeros((96, 96), np.float32), metal=metal)
    found = segment(contrast, SCALE, SegmentSettings())
    assert found.sure[12, 12] == left
    assert ("not-recognised" in found.flags) == (not left)


def test_metal_further_away_is_no_reason():
    far = rectangle(24, 10, 26, 30)
    recognised = np.full((96, 96), (LEAST + METAL) / 2, np.float32)
    contrast = changed(rectangle(10, 10, 20, 30), recognised=recognised, metal=far)
    assert segment(contrast, SCALE, SegmentSettings()).sure[12, 12]


@few
@given(st.integers(0, 99), st.floats(0.05, 0.9))
def test_recognising_never_adds_contrast(seed, least):
    rng = np.random.default_rng(seed)
    signal = rng.normal(0, 1.2, (24, 24)).astype(np.float32) + 2 * (rng.random((24, 24)) < 0.2)
    recognised = rng.random((24, 24)).astype(np.float32)
    asked, unasked = (
        segment(
            contrast_map(signal, recognised=r, difference_sd=1.5),
            SCALE,
            SegmentSettings(least_recognised=least),
        )
        for r in (recognised, None)
    )
    assert not (asked.sure & ~unasked.sure).any()
    assert (asked.possible == unasked.possible).all()
    assert (asked.strength <= unasked.strength).all()


@few
@given(st.integers(0, 99), st.floats(0.05, 0.5), st.floats(0.05, 0.5))
def test_asking_for_more_leaves_less(seed, least, more):
    recognised = np.random.default_rng(seed).random((96, 96)).astype(np.float32)
    strict, lax = (segmented(recognised, least_recognised=x) for x in (least + more, least))
    assert not (strict.sure & ~lax.sure).any()


def test_inside_a_loop_a_person_has_recognised_it(pair):
    contrast = changed(AREAS, recognised=np.zeros((96, 96), np.float32))
    inside = confine(contrast, pair.contrast, rectangle(5, 5, 25, 35), SCALE)
    assert segment(inside, SCALE, SegmentSettings()).sure[12, 12]
    assert not segment(contrast, SCALE, SegmentSettings()).sure.any()


# the network that is shipped


@pytest.fixture(scope="module", params=["pair_right_l3_l4", "cine_left_l3_l5"])
def sample(request):
    study = SAMPLES / request.param
    images = [read_fluorogram(header) for header in list_study(study)]
    image, baseline = images[-1], images[0] if len(images) > 1 else None
    marks = read_landmarks(study / "landmarks.json", DrawnOn(image.header.rows, image.header.columns))
    return chain(image, marks, baseline, mm_per_px=None)


def as_a_pair(contrast):
    """The network learned from runs as well, though it is not asked about them."""
    return replace(contrast, difference_sd=2**0.5)


def test_it_recognises_the_contrast_of_the_samples(sample):
    found = recognise(sample.aligned, as_a_pair(sample.contrast), sample.scale)
    assert found.recognised[sample.mask.sure].mean() > 0.8
    asked = segment(found, sample.scale, SegmentSettings())
    assert asked.sure.sum() > 0.97 * sample.mask.sure.sum()


def test_it_recognises_no_contrast_where_something_lighter_went(sample):
    """The same change, but with the depot's shadow as light as it was dark, in the baseline."""
    pair = sample.aligned
    lighter = replace(pair, contrast=pair.baseline, baseline=2 * pair.baseline - pair.contrast)
    found = recognise(lighter, as_a_pair(sample.contrast), sample.scale)
    assert found.recognised[sample.mask.sure].mean() < 0.5


def test_it_does_not_take_noise_for_contrast(sample):
    rng = np.random.default_rng(3)
    contrast = sample.contrast
    noise = np.where(contrast.valid, rng.normal(0, 0.6, contrast.signal.shape) * contrast.limit, 0)
    still = replace(sample.aligned, contrast=sample.aligned.baseline)
    noisy_map = replace(as_a_pair(contrast), signal=noise.astype(np.float32))
    found = recognise(still, noisy_map, sample.scale)
    above = noise > contrast.limit
    assert above.any()
    assert found.recognised[above].mean() < 0.1
