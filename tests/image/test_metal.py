"""Needles, hubs and wires that came after the baseline, and contrast that only lies beside them."""

import numpy as np
import pytest

from spreadscan.image.lines import find_lines
from spreadscan.image.metal import RIM_MM, along_old_shafts, new_metal
from spreadscan.values import JudgingScale
from tests.images import SCALE, Blob, Needle, aligned_pair, digest, noisy, rectangle, scene, whole

NEEDLE = Needle((30, 5), (50, 28))


def disc(row, column, radius):
    rows, columns = np.ogrid[:96, :96]
    return (rows - row) ** 2 + (columns - column) ** 2 <= radius**2


def drawn(needle):
    return scene(needles=[needle]) - scene() > 0.3 * needle.amount


def found(contrast, baseline=None, valid=None):
    baseline = noisy(scene(), 2) if baseline is None else baseline
    return new_metal(contrast, baseline, whole() if valid is None else valid, SCALE)


def seen(needles=(), blobs=()):
    return noisy(scene(needles=needles, blobs=blobs), 1)


@pytest.mark.parametrize(
    "needle",
    [NEEDLE, Needle((20, 60), (70, 62)), Needle((60, 90), (60, 60)), Needle((80, 10), (60, 40), 0.4)],
)
def test_a_needle_that_was_put_in_is_found_and_little_beside_it(needle):
    metal = found(seen([needle]))
    assert metal[drawn(needle)].all()
    assert metal.sum() < 4 * drawn(needle).sum()


def test_it_is_widened_for_the_blur_of_its_edge():
    # on fine pixels, where the rim is wider than one of them
    contrast, baseline = (
        np.kron(image, np.ones((3, 3), np.float32)) for image in (seen([NEEDLE]), noisy(scene(), 2))
    )
    fine = JudgingScale(1 / 3, "finer")
    metal = new_metal(contrast, baseline, whole(contrast.shape), fine)
    assert fine.px(RIM_MM) > 1
    core = np.kron(drawn(NEEDLE), np.ones((3, 3), bool))
    assert metal[core].all()
    assert metal.sum() > 1.5 * core.sum()


@pytest.mark.parametrize(
    ("contrast", "baseline"),
    [
        (seen(), noisy(scene(), 2)),
        (seen([NEEDLE]), noisy(scene(needles=[NEEDLE]), 2)),
        (seen(), noisy(scene(needles=[NEEDLE]), 2)),
        (seen([], [Blob(40, 30, 0.6, 5)]), noisy(scene(), 2)),
        # a vessel is broader than any needle
        (seen([Needle((40, 30), (40, 60), 0.3, 1.6)]), noisy(scene(), 2)),
        # a line shorter than any needle
        (seen([Needle((40, 30), (40, 34))]), noisy(scene(), 2)),
        (np.ones((96, 96), np.float32), np.ones((96, 96), np.float32)),
    ],
    ids=["bone", "still needle", "needle drawn out", "contrast", "vessel", "speck", "flat"],
)
def test_what_is_no_new_metal(contrast, baseline):
    assert not found(contrast, baseline).any()


@pytest.mark.parametrize(("away_mm", "new"), [(1, False), (6, True)])
def test_a_needle_that_moved_by_more_than_the_motion_left_over_is_new(away_mm, new):
    before = Needle((NEEDLE.start[0] + away_mm, NEEDLE.start[1]), (NEEDLE.end[0] + away_mm, NEEDLE.end[1]))
    metal = found(seen([NEEDLE]), noisy(scene(needles=[before]), 2))
    assert metal[drawn(NEEDLE)].mean() > 0.9 if new else not metal.any()


@pytest.mark.parametrize("sd_px", [3, 4, 6])
def test_contrast_at_the_tip_is_not_taken_for_metal(sd_px):
    metal = found(seen([NEEDLE], [Blob(52, 30, 0.4, sd_px)]))
    assert metal[disc(52, 30, 2 * sd_px) & ~drawn(NEEDLE)].mean() < 0.1
    assert metal[drawn(NEEDLE) & ~disc(52, 30, 2.5 * sd_px)].all()


def test_a_sharp_depot_larger_than_a_hub_is_not_taken_for_one():
    depot = disc(54, 34, 6)
    metal = found(seen([NEEDLE]) + np.float32(0.4) * depot)
    assert metal[depot].mean() < 0.1


@pytest.mark.parametrize("amount", [0.4, 0.9, 1.5])
@pytest.mark.parametrize("radius_mm", [2.5, 3.0, 4.0])
def test_a_hub_that_touches_the_needle_belongs_to_it_and_one_that_lies_alone_does_not(radius_mm, amount):
    # on fine pixels: on coarse ones a small disc is not round
    fine = JudgingScale(1 / 3, "finer")
    contrast, baseline = (
        np.kron(image, np.ones((3, 3), np.float32)) for image in (seen([NEEDLE]), noisy(scene(), 2))
    )
    rows, columns = (np.mgrid[:288, :288] - 1) / 3
    for row, column, metal in ((52, 30, 1.0), (20, 70, 0.0)):
        hub = (rows - row) ** 2 + (columns - column) ** 2 <= radius_mm**2
        image = contrast + np.float32(amount) * hub
        assert new_metal(image, baseline, whole(image.shape), fine)[hub].mean() == pytest.approx(
            metal, abs=0.01
        )


def test_outside_of_what_both_show_there_is_none():
    valid = rectangle(36, 0, 96, 96)
    metal = found(seen([NEEDLE]), valid=valid)
    assert metal.any()
    assert not (metal & ~valid).any()
    assert not found(seen([NEEDLE]), valid=rectangle(60, 0, 96, 96)).any()


def test_without_lines_nothing_is_looked_for():
    image = seen([], [Blob(40, 30, 0.6, 5)])
    assert not find_lines(image, whole(), SCALE).any()
    assert not found(image).any()


def test_a_change_of_exposure_changes_nothing():
    plain = found(seen([NEEDLE]))
    np.testing.assert_array_equal(found(seen([NEEDLE]) + np.float32(0.5)), plain)


def test_mirrored_images_have_mirrored_metal():
    contrast, baseline = seen([NEEDLE], [Blob(52, 30, 0.4, 5)]), noisy(scene(), 2)
    mirrored = found(contrast[:, ::-1], baseline[:, ::-1])[:, ::-1]
    assert (mirrored != found(contrast, baseline)).sum() <= 3


def test_looking_for_metal_leaves_the_images_alone_and_is_the_same_twice():
    images = (seen([NEEDLE]), noisy(scene(), 2), whole())
    before = digest(images)
    assert digest(new_metal(*images, SCALE)) == digest(new_metal(*images, SCALE))
    assert digest(images) == before


def test_a_faint_needle_in_noise_is_followed_without_gaps():
    # along it the added attenuation falls below five standard deviations of the noise again and again
    needle = Needle((15, 60), (80, 64), 0.3)
    contrast, baseline = (noisy(scene(needles=n), seed, 0.03) for n, seed in (([needle], 1), ([], 2)))
    assert found(contrast, baseline)[drawn(needle)].mean() > 0.75


def test_a_faint_depot_at_a_strong_needle_is_no_hub():
    baseline = noisy(scene(), 2)
    for amount, is_hub in ((0.15, False), (1.5, True)):
        body = disc(50, 30, 3.2)
        contrast = seen([Needle((30, 5), (50, 28), 0.8)]) + np.float32(amount) * body
        assert (found(contrast, baseline)[body].mean() > 0.6) == is_hub, amount


def test_contrast_that_noise_has_made_lace_of_is_no_wire():
    lace = disc(50, 34, 7) & (np.indices((96, 96)).sum(0) % 4 < 3)
    contrast = seen([NEEDLE]) + np.float32(0.25) * lace
    assert found(contrast)[disc(50, 36, 4)].mean() < 0.3


# needles that stayed


def along(above, after=(NEEDLE,), before=(NEEDLE,)):
    pair = aligned_pair(seen(after), noisy(scene(needles=before), 2))
    return along_old_shafts(above, pair, whole(), SCALE)


def test_thin_change_along_a_needle_that_stayed_is_the_needle():
    shaft = drawn(NEEDLE)
    found = along(shaft)
    assert (found & shaft).sum() > 0.9 * shaft.sum()
    assert not (found & ~shaft).any()


@pytest.mark.parametrize(
    ("after", "before"), [((NEEDLE,), ()), ((), (NEEDLE,)), ((), ())], ids=["came", "went", "never was"]
)
def test_where_both_images_do_not_show_a_needle_nothing_is_one_that_stayed(after, before):
    assert not along(drawn(NEEDLE), after, before).any()


@pytest.mark.parametrize(
    "above",
    [
        pytest.param(disc(50, 28, 6), id="a depot at the tip"),
        pytest.param(drawn(NEEDLE) | disc(50, 28, 6), id="a depot at the tip and along the shaft"),
        pytest.param(drawn(NEEDLE) & rectangle(36, 0, 41, 96), id="a drop on the shaft"),
        pytest.param(drawn(Needle((70, 5), (90, 28))), id="a strip elsewhere"),
        pytest.param(~whole(), id="nothing"),
    ],
)
def test_what_is_broader_shorter_or_elsewhere_is_not_the_needle(above):
    assert not along(above).any()


def test_what_only_crosses_a_needle_is_the_needle_where_they_cross():
    across = drawn(Needle((30, 28), (50, 5)))
    assert along(across).sum() < 0.4 * across.sum()
