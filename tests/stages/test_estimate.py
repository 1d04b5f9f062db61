"""The single image: what the network is shown and what its answer becomes; others answer in its place."""

import numpy as np
import pytest

from spreadscan.networks.grid import LIMITS
from spreadscan.networks.single_image import GRID_MM, network_input
from spreadscan.settings import EstimateSettings, SegmentSettings
from spreadscan.stages.estimate import estimate
from spreadscan.stages.segment import segment
from spreadscan.values import JudgingScale
from tests.images import (
    SCALE,
    Blob,
    Needle,
    attenuation_run,
    collimated,
    digest,
    noisy,
    rectangle,
    scene,
    whole,
)

SETTINGS = EstimateSettings()
ON_GRID = JudgingScale(GRID_MM, "the grid of the network")


def answer_with(monkeypatch, probability, taken=1.0):
    """Let the networks answer: with a constant, or with what a function makes of channels or views."""

    def scores(channels):
        made = probability(channels) if callable(probability) else np.full(channels.shape[1:], probability)
        bounded = np.clip(made, 1e-6, 1 - 1e-6).astype(np.float32)
        return np.log(bounded / (1 - bounded))[None]

    second = taken if callable(taken) else lambda view: taken
    monkeypatch.setattr("spreadscan.stages.estimate.contrast_scores", scores)
    monkeypatch.setattr("spreadscan.stages.estimate.candidate_probability", second)


def estimated(image, inside=None, scale=ON_GRID, settings=SETTINGS):
    return estimate(image, attenuation_run([image], inside), scale, settings)


IMAGE = noisy(scene(), 1)
DISC = (np.add.outer((np.arange(96) - 40) ** 2, (np.arange(96) - 30) ** 2) <= 100).astype(float)


# from probability to signal


@pytest.mark.parametrize(
    ("probability", "signal"),
    [(0.5, 1.0), (0.8, 2.0), (0.2, 0.5), (0.9, 3.0), (0.99, 99**0.5), (0.0, 0.01), (1.0, 100.0)],
)
def test_the_signal_is_the_square_root_of_the_odds(monkeypatch, probability, signal):
    answer_with(monkeypatch, probability)
    found = estimated(IMAGE, settings=EstimateSettings(asked_probability=0.4))
    np.testing.assert_allclose(found.signal, signal, rtol=2e-3)


def test_the_map_says_that_it_is_an_estimate(monkeypatch):
    answer_with(monkeypatch, 0.5)
    found = estimated(IMAGE)
    assert (found.method, found.unit) == ("single image", "odds")
    assert found.limit_relative_sd == SETTINGS.limit_relative_sd
    assert found.flags == ("no-baseline", "vascular-not-assessable")
    assert not found.noise_sd.any()
    even = SETTINGS.limit_probability
    np.testing.assert_allclose(found.limit, (even / (1 - even)) ** 0.5, rtol=1e-6)


def test_contrast_counts_from_the_probability_of_the_limit_on(monkeypatch):
    answer_with(monkeypatch, lambda channels: np.linspace(0.3, 0.99, 96)[None].repeat(96, 0))
    for even in (0.35, 0.5, 0.7):
        found = estimated(IMAGE, settings=EstimateSettings(limit_probability=even))
        marked = (found.signal > found.limit)[50]
        np.testing.assert_array_equal(marked, np.linspace(0.3, 0.99, 96) > even)


def test_outside_the_field_nothing_is_estimated(monkeypatch):
    answer_with(monkeypatch, 0.99)
    inside = rectangle(20, 15, 80, 90)
    found = estimated(collimated(IMAGE, inside), inside)
    assert not found.signal[~inside].any()
    assert np.isinf(found.limit[~inside]).all()
    np.testing.assert_array_equal(found.valid, inside)
    np.testing.assert_allclose(found.signal[rectangle(24, 19, 76, 86)], 99**0.5, rtol=1e-3)


@pytest.mark.parametrize("mm_per_px", [0.4, 0.8, 1.6])
def test_the_answer_lies_where_the_network_saw_it(monkeypatch, mm_per_px):
    # contrast is where the wide channel is highest; the depot stays in place whatever the size of the pixels
    answer_with(monkeypatch, lambda channels: np.where(channels[0] > 4, 0.95, 0.02))
    flat = np.random.default_rng(1).normal(1, 0.01, (96, 96)).astype(np.float32)
    image, scale = flat + np.float32(0.4) * DISC.astype(np.float32), JudgingScale(mm_per_px, "drawn")
    found = estimated(image, scale=scale)
    rows, columns = np.nonzero(found.signal > 1)
    assert (rows.mean(), columns.mean()) == pytest.approx((40, 30), abs=0.6)
    assert len(rows) == pytest.approx(DISC.sum(), rel=0.15)


# whether it can be judged at all


def square(places, probability=0.99, among=0.1):
    """An answer with squares of ten points, and something else among them."""

    def answer(channels):
        found = np.full(channels.shape[1:], among)
        for row, column in places:
            found[row : row + 10, column : column + 10] = probability
        return found

    return answer


@pytest.mark.parametrize(
    ("reached", "taken", "judgeable"),
    [
        # what the first network asks, what the second one says
        (0.99, 0.96, True),
        (0.61, 0.96, True),
        (0.99, 0.94, False),
        (0.59, 0.96, False),
        (0.3, 1.0, False),
    ],
)
def test_an_image_can_be_judged_from_an_area_that_both_take_for_contrast(
    monkeypatch, reached, taken, judgeable
):
    answer_with(monkeypatch, square([(20, 20)], reached), taken)
    settings = EstimateSettings(asked_probability=0.6, convinced_probability=0.95)
    found = estimated(IMAGE, settings=settings)
    assert found.judgeable is judgeable
    flags = segment(found, ON_GRID, SegmentSettings()).flags
    assert ("cannot-judge" in flags) is not judgeable


def test_an_area_that_is_not_taken_for_contrast_is_at_most_even(monkeypatch):
    # the second network takes the lower one, above which the wide view shows the score of the other
    def lower(view):
        return 1.0 if view[7, :25].max() > 0.3 else 0.0

    answer_with(monkeypatch, square([(20, 20), (60, 20)], 0.8), lower)
    found = estimated(IMAGE)
    np.testing.assert_allclose(found.signal[20:30, 20:30], found.limit[20:30, 20:30], rtol=1e-5)
    np.testing.assert_allclose(found.signal[68, 28], 2, rtol=1e-3)
    mask = segment(found, ON_GRID, SegmentSettings())
    assert mask.possible[20:30, 20:30].all()
    assert not mask.sure[20:30, 20:30].any()
    assert mask.sure[60:70, 20:30].all()


def test_nothing_is_asked_where_the_first_network_sees_nothing(monkeypatch):
    def asked(view):
        raise AssertionError("asked")

    answer_with(monkeypatch, 0.3, asked)
    assert not estimated(IMAGE).judgeable


def test_the_second_network_is_asked_once_of_every_area(monkeypatch):
    seen = []
    answer_with(monkeypatch, square([(20, 20), (60, 60), (60, 20)]), lambda view: seen.append(view) or 0.0)
    assert not estimated(IMAGE).judgeable
    assert [view.shape for view in seen] == [(9, 64, 64)] * 3
    # near channel of the area: the square lies about the middle
    assert all(view[4, 28:38, 28:38].sum() == view[4].sum() == 100 for view in seen)


def test_an_area_outside_the_field_convinces_nobody(monkeypatch):
    answer_with(monkeypatch, lambda channels: np.where(channels[2] > 0, 0.1, 0.99))
    assert not estimated(IMAGE, rectangle(0, 0, 96, 50)).judgeable


# metal


def test_needles_are_told_apart(monkeypatch):
    answer_with(monkeypatch, 0.5)
    needle = Needle((30, 5), (55, 30))
    found = estimated(noisy(scene(needles=[needle]), 1), scale=SCALE)
    assert found.metal[scene(needles=[needle]) - scene() > 0.2].all()
    assert found.metal.sum() < 300
    assert not estimated(IMAGE, scale=SCALE).metal.any()
    # they stay within what can be judged: a region under them says so
    assert found.valid[found.metal].all()


# what the network is shown


def test_the_channels_are_detail_and_field_on_the_grid():
    inside = rectangle(10, 10, 86, 90)
    found = network_input(collimated(noisy(scene(blobs=[Blob(40, 30, 0.6, 5)]), 1), inside), inside, 0.5)
    assert found.channels.shape == (3, 48, 48)
    assert found.channels.dtype == np.float32
    np.testing.assert_array_equal(found.channels[2] > 0, found.inside)
    assert set(np.unique(found.channels[2])) == {0.0, 1.0}
    assert not found.channels[:, ~found.inside].any()
    assert found.channels[0, 20, 15] > 3
    assert found.channels.min() >= LIMITS[0]
    assert found.channels.max() <= LIMITS[1]


def test_channels_are_counted_in_robust_standard_deviations():
    image = np.random.default_rng(1).normal(3, 0.2, (96, 96)).astype(np.float32)
    found = network_input(image, whole(), 1.0)
    for channel in found.channels[:2]:
        assert channel.std() == pytest.approx(1, abs=0.05)


@pytest.mark.parametrize(("gain", "offset"), [(3.0, 0.0), (1.0, -2.0), (0.1, 5.0)])
def test_gain_and_offset_of_the_image_do_not_show(gain, offset):
    inside = rectangle(10, 10, 86, 90)
    plain = network_input(IMAGE, inside, 0.7)
    changed = network_input(np.float32(gain) * IMAGE + np.float32(offset), inside, 0.7)
    np.testing.assert_allclose(changed.channels, plain.channels, atol=5e-3)


def test_what_lies_outside_the_field_does_not_show():
    inside = rectangle(10, 10, 86, 90)
    one, other = (network_input(collimated(IMAGE, inside, shade), inside, 0.8) for shade in (0.0, 5.0))
    np.testing.assert_allclose(one.channels, other.channels, atol=1e-5)


@pytest.mark.parametrize("zoom", [1.0, 0.5, 1.25])
def test_a_mirrored_image_has_mirrored_channels(zoom):
    inside = rectangle(10, 12, 86, 84)
    plain = network_input(IMAGE, inside, zoom)
    mirrored = network_input(IMAGE[:, ::-1], inside[:, ::-1], zoom)
    # the grid of the wide background begins at the first column: a rest of it lies on the other side
    np.testing.assert_allclose(mirrored.channels[:, :, ::-1], plain.channels, atol=0.1)


def test_a_flat_image_has_flat_channels():
    found = network_input(np.ones((96, 96), np.float32), whole(), 1.0)
    np.testing.assert_allclose(found.channels[:2], 0, atol=1e-3)


# house rules


def test_estimating_leaves_the_run_alone_and_is_the_same_twice(monkeypatch):
    answer_with(monkeypatch, lambda channels: np.where(channels[0] > 2, 0.9, 0.1))
    run = attenuation_run([IMAGE])
    before = digest((IMAGE, run))
    made = [digest(estimate(IMAGE, run, ON_GRID, SETTINGS)) for _ in range(2)]
    assert made[0] == made[1]
    assert digest((IMAGE, run)) == before
