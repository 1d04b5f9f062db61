"""Frames in one geometry: known motions undone, intensities averaged, strangers refused."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import ndimage

from spreadscan.image.filters import eroded
from spreadscan.stages.align import LEAST_AGREEMENT, align
from tests.images import (
    NOISE_LN,
    SIZE_PX,
    Blob,
    Needle,
    attenuation_run,
    collimated,
    digest,
    frame_pair,
    motion,
    noisy,
    rectangle,
    scene,
    whole,
)

DEPOT = (Blob(40, 26, 0.4, 5),)
FAINT = (Blob(40, 26, 0.2, 4),)
INNER = (slice(16, -16),) * 2


def test_the_baseline_is_brought_into_the_geometry_of_the_analysed_frame():
    # the patient lies at rest in the analysed frame and elsewhere in the baseline
    run = attenuation_run([noisy(scene(motion(3, -2, 0.8)), 1), noisy(scene(blobs=DEPOT), 2)])
    found = align(run, run, frame_pair(1, (0,)))
    np.testing.assert_allclose(found.contrast, run.frame(1), atol=1e-6)
    left = (found.contrast - found.baseline)[INNER] - (scene(blobs=DEPOT) - scene())[INNER]
    assert left.std() < 2 * NOISE_LN
    assert abs(left.mean()) < NOISE_LN / 5
    (moved,) = found.motions
    assert (moved.rows_px, moved.columns_px) == pytest.approx((3, -2), abs=0.1)
    assert moved.rotation_deg == pytest.approx(0.8, abs=0.2)
    assert (found.contrast_count, found.baseline_count, found.unit, found.flags) == (1, 1, "ln", ())


def test_frames_are_averaged_in_intensity_not_in_attenuation():
    # two frames of attenuation 1.1 and 2.1 at a place
    still = noisy(scene(), 1)
    first, second = still.copy(), still.copy()
    first[40:44, 40:44], second[40:44, 40:44] = 1.1, 2.1
    run = attenuation_run([first, second, still])
    found = align(run, run, frame_pair(2, (0, 1)))
    assert found.baseline[42, 42] == pytest.approx(-np.log((np.exp(-1.1) + np.exp(-2.1)) / 2), abs=0.02)


def test_display_values_are_averaged_as_they_are():
    still = noisy(scene(), 1)
    first, second = still.copy(), still.copy()
    first[40:44, 40:44], second[40:44, 40:44] = 1.1, 2.1
    run = attenuation_run([first, second, still], unit="relative")
    found = align(run, run, frame_pair(2, (0, 1)))
    assert found.baseline[42, 42] == pytest.approx(1.6, abs=0.02)
    assert found.unit == "relative"


def test_averaging_lowers_the_noise_as_the_counts_say():
    images = [noisy(scene(motion(0.5 * k, -0.3 * k)), k) for k in range(8)]
    images += [noisy(scene(blobs=DEPOT), 10 + k) for k in range(3)]
    run = attenuation_run(images)
    found = align(run, run, frame_pair(10, tuple(range(8)), contrast_frames=(8, 9, 10)))
    assert (found.contrast_count, found.baseline_count) == (3, 8)
    assert len(found.motions) == 2 + 8
    assert (found.contrast - scene(blobs=DEPOT))[INNER].std() < 0.8 * NOISE_LN
    # interpolation smooths, so that the noise is lower still
    assert (found.baseline - scene())[INNER].std() < NOISE_LN / 8**0.5 * 1.4


def test_the_analysed_frame_itself_is_never_moved():
    run = attenuation_run([noisy(scene(), 1), noisy(scene(motion(2, 1)), 2)])
    found = align(run, run, frame_pair(1, (0,)))
    np.testing.assert_allclose(found.contrast, run.frame(1), atol=1e-6)


@pytest.mark.parametrize(
    ("blobs", "needles", "within_px"),
    [
        ((Blob(40, 25, 0.8, 6), Blob(60, 70, 0.6, 5)), (), 0.2),
        ((), (Needle((36, 84), (41, 27)),), 0.2),
        ((Blob(40, 25, 0.4, 6),), (Needle((36, 84), (41, 27)), Needle((60, 5), (70, 40))), 0.45),
    ],
    ids=["large depots", "a long needle", "both"],
)
def test_what_came_after_the_baseline_does_not_draw_the_fit(blobs, needles, within_px):
    # in a small field, where the edges of what came are more than those of the bone
    field = rectangle(6, 6, 90, 90)
    for seed, (rows, columns, turn) in enumerate([(2, -3, 0.5), (-1.4, 0.6, -0.8), (3.3, 2.1, 0)]):
        before = noisy(scene(motion(rows, columns, turn)), seed)
        after = noisy(scene(blobs=blobs, needles=needles), 10 + seed)
        (found,) = align(*[attenuation_run([before, after], field)] * 2, frame_pair(1, (0,))).motions
        assert np.hypot(found.rows_px - rows, found.columns_px - columns) < within_px
        assert found.rotation_deg == pytest.approx(turn, abs=0.8)


# what is known of both


def test_only_what_both_show_is_valid():
    field = rectangle(8, 8, 88, 88)
    run = attenuation_run([noisy(scene(motion(4.4, 0)), 1), noisy(scene(), 2)], field)
    found = align(run, run, frame_pair(1, (0,)))
    # row r of the analysed frame is shown by row r + 4.4 of the baseline, which ends before row 88
    rows = np.nonzero(found.valid.any(axis=1))[0]
    assert (rows.min(), rows.max()) == (8, 82)
    assert not (found.valid & ~field).any()


def test_all_frames_must_show_it():
    images = [noisy(scene(motion(-5, 0)), 1), noisy(scene(motion(5, 0)), 2), noisy(scene(), 3)]
    field = rectangle(8, 8, 88, 88)
    run = attenuation_run(images, field)
    rows = np.nonzero(align(run, run, frame_pair(2, (0, 1))).valid.any(axis=1))[0]
    assert rows.min() in (13, 14)
    assert rows.max() in (81, 82)


def two_fields(contrast_opening, baseline_opening, moves=(3.0, -2.0)):
    """Return a contrast run of two frames and a baseline, each behind its own collimator."""
    contrast = [
        collimated(noisy(scene(where, FAINT), 10 + n), contrast_opening)
        for n, where in enumerate((motion(*moves), motion()))
    ]
    baseline = collimated(noisy(scene(motion(-1, 2)), 20), baseline_opening)
    fields = [eroded(opening, 2, frame_is_edge=False) for opening in (contrast_opening, baseline_opening)]
    return attenuation_run(contrast, fields[0]), attenuation_run([baseline], fields[1])


@pytest.mark.parametrize(
    ("contrast_opening", "baseline_opening"),
    [
        (whole(), rectangle(18, 14, 82, 84)),
        (rectangle(18, 14, 82, 84), whole()),
        (rectangle(10, 10, 90, 90), rectangle(6, 14, 88, 92)),
    ],
    ids=["baseline narrower", "contrast narrower", "shifted"],
)
def test_collimators_that_differ_hold_no_motion_and_leave_no_edge(contrast_opening, baseline_opening):
    run, baseline = two_fields(contrast_opening, baseline_opening)
    found = align(run, baseline, frame_pair(1, (0,), contrast_frames=(0, 1), baseline_is_run=False))
    assert found.flags == ()
    assert (found.motions[0].rows_px, found.motions[0].columns_px) == pytest.approx((3, -2), abs=0.25)
    assert (found.motions[1].rows_px, found.motions[1].columns_px) == pytest.approx((-1, 2), abs=0.25)
    # no pixel that is called valid shows a collimator of either image
    difference = found.contrast - found.baseline - (scene(blobs=FAINT) - scene())
    assert np.abs(difference[found.valid]).max() < 0.15
    assert found.valid.sum() > 0.6 * (contrast_opening & baseline_opening).sum()


# what cannot serve


def stranger():
    """Return shapes that have nothing to do with the cartoon."""
    shapes = ndimage.gaussian_filter(np.random.default_rng(2).normal(0, 1, (SIZE_PX, SIZE_PX)), 1)
    return noisy(np.where(shapes > 0, np.float32(1.3), np.float32(1.1)), 2)


def test_a_baseline_of_another_scene_is_unusable():
    run, other = attenuation_run([noisy(scene(blobs=DEPOT), 1)]), attenuation_run([stranger()])
    found = align(run, other, frame_pair(0, (0,), baseline_is_run=False))
    assert found.flags == ("baseline-unusable",)
    assert found.motions[0].agreement < LEAST_AGREEMENT


def test_of_several_baseline_frames_strangers_are_left_out():
    run = attenuation_run([noisy(scene(), 1), stranger(), noisy(scene(), 3), noisy(scene(blobs=DEPOT), 4)])
    found = align(run, run, frame_pair(3, (0, 1, 2)))
    assert (found.baseline_count, len(found.motions), found.flags) == (2, 2, ("frames-left-out",))
    assert (found.baseline - scene())[INNER].std() < NOISE_LN


def test_a_neighbour_of_another_scene_is_not_averaged():
    run = attenuation_run([noisy(scene(), 1), stranger(), noisy(scene(blobs=DEPOT), 3)])
    found = align(run, run, frame_pair(2, (0,), contrast_frames=(1, 2)))
    assert found.contrast_count == 1
    np.testing.assert_allclose(found.contrast, run.frame(2), atol=1e-6)


def test_a_flat_baseline_is_unusable():
    flat = attenuation_run([np.ones((SIZE_PX, SIZE_PX), np.float32)])
    run = attenuation_run([noisy(scene(), 1)])
    assert align(run, flat, frame_pair(0, (0,), baseline_is_run=False)).flags == ("baseline-unusable",)


def test_fields_without_a_common_part_make_a_baseline_unusable():
    upper, lower = rectangle(0, 0, 45, 96), rectangle(50, 0, 96, 96)
    run = attenuation_run([noisy(scene(), 1)], upper)
    baseline = attenuation_run([noisy(scene(), 2)], lower)
    assert "baseline-unusable" in align(run, baseline, frame_pair(0, (0,), baseline_is_run=False)).flags


@pytest.mark.parametrize(("unit", "baseline_unit"), [("ln", "relative"), ("relative", "ln")])
def test_attenuation_is_not_subtracted_from_display_values(unit, baseline_unit):
    run = attenuation_run([noisy(scene(blobs=DEPOT), 1)], unit=unit)
    baseline = attenuation_run([noisy(scene(), 2)], unit=baseline_unit)
    assert "baseline-unusable" in align(run, baseline, frame_pair(0, (0,), baseline_is_run=False)).flags


def test_no_baseline_frame_at_all_is_a_mistake_of_the_caller():
    run = attenuation_run([noisy(scene(), 1)])
    with pytest.raises(ValueError, match="no image to average"):
        align(run, run, frame_pair(0, ()))


def test_motion_that_is_not_rigid_is_flagged():
    torn = noisy(scene(motion(-1.2)), 1)
    torn[SIZE_PX // 2 :] = noisy(scene(motion(1.2)), 2)[SIZE_PX // 2 :]
    run = attenuation_run([torn, noisy(scene(), 3)])
    assert align(run, run, frame_pair(1, (0,))).flags == ("motion-residual",)
    rigid = attenuation_run([noisy(scene(motion(-1.2)), 1), noisy(scene(), 3)])
    assert align(rigid, rigid, frame_pair(1, (0,))).flags == ()


def test_aligning_leaves_the_runs_alone_and_is_the_same_twice():
    run = attenuation_run([noisy(scene(motion(1, 2)), 1), noisy(scene(blobs=DEPOT), 2)])
    before = digest(run)
    pair = frame_pair(1, (0,))
    assert digest(align(run, run, pair)) == digest(align(run, run, pair))
    assert digest(run) == before


# jumps, phases, and what motion may leave


def test_a_jump_between_the_frames_is_followed_and_told():
    far = motion(1.5, 17.0)
    run = attenuation_run([noisy(scene(far), 1), noisy(scene(far), 2), noisy(scene(blobs=FAINT), 3)])
    found = align(run, run, frame_pair(2, (0, 1)))
    assert found.flags == ("moved-far",)
    assert (found.motions[0].rows_px, found.motions[0].columns_px) == pytest.approx((1.5, 17.0), abs=0.1)
    inner = (slice(16, -16), slice(16, 60))
    left = (found.contrast - found.baseline)[inner] - (scene(blobs=FAINT) - scene())[inner]
    assert left.std() < 2 * NOISE_LN
    assert not found.valid[:, -16:].any()


def test_a_jump_within_the_baseline_costs_no_frame():
    jumped = motion(-14.0, 3.0)
    run = attenuation_run([noisy(scene(jumped), 1), noisy(scene(), 2), noisy(scene(blobs=FAINT), 3)])
    found = align(run, run, frame_pair(2, (0, 1)))
    assert (found.baseline_count, found.flags) == (2, ())
    assert (found.motions[0].rows_px, found.motions[0].columns_px) == pytest.approx((-14.0, 3.0), abs=0.15)


def test_baseline_frames_in_the_phase_of_the_contrast_image_are_taken_if_they_are_enough():
    away = [motion(0.05 * k) for k in range(8)] + [motion(4 + k) for k in range(4)]
    images = [noisy(scene(where), k) for k, where in enumerate(away)]
    run = attenuation_run([*images, noisy(scene(blobs=FAINT), 40)])
    assert align(run, run, frame_pair(12, tuple(range(12)))).baseline_count == 8
    # seven are not enough: all are averaged
    assert align(run, run, frame_pair(12, tuple(range(1, 12)))).baseline_count == 11


def test_what_motion_may_leave_lies_along_edges_and_grows_with_the_noise():
    quiet, loud = (
        attenuation_run([noisy(scene(motion(1.3, 0.4)), 1, sd), noisy(scene(), 2, sd)])
        for sd in (NOISE_LN / 4, 4 * NOISE_LN)
    )
    at_ease, restless = (align(run, run, frame_pair(1, (0,))).motion_sd for run in (quiet, loud))
    steep = np.hypot(*np.gradient(scene()))[INNER]
    assert np.corrcoef(at_ease[INNER].ravel(), steep.ravel())[0, 1] > 0.7
    assert np.median(restless) > 4 * np.median(at_ease)


def test_baseline_and_contrast_are_registered_as_averages():
    # five frames of either kind, all at the same place, are placed better on the whole than one of each
    def missed_px(count, seed):
        sd = 3 * NOISE_LN
        before = [noisy(scene(motion(1.3, -0.6)), seed + k, sd) for k in range(count)]
        after = [noisy(scene(), seed + 50 + k, sd) for k in range(count)]
        pair = frame_pair(2 * count - 1, tuple(range(count)), contrast_frames=tuple(range(count, 2 * count)))
        run = attenuation_run([*before, *after])
        found = align(run, run, pair).motions
        shown, baseline = ([*found[: count - 1], motion()], found[count - 1 :])
        rows = np.mean([m.rows_px for m in baseline]) - np.mean([m.rows_px for m in shown])
        columns = np.mean([m.columns_px for m in baseline]) - np.mean([m.columns_px for m in shown])
        return np.hypot(rows - 1.3, columns + 0.6)

    one, five = (np.sqrt(np.mean([missed_px(n, 100 * s) ** 2 for s in range(6)])) for n in (1, 5))
    assert five < 0.8 * one


def test_the_number_of_threads_changes_nothing(monkeypatch):
    images = [noisy(scene(motion(0.4 * k, -0.3 * k, 0.2 * k)), k) for k in range(5)]
    run = attenuation_run([*images, noisy(scene(blobs=DEPOT), 9)])
    found = []
    for threads in ("1", "2", "3"):
        monkeypatch.setenv("SPREADSCAN_THREADS", threads)
        found.append(digest(align(run, run, frame_pair(5, tuple(range(5))))))
    assert len(set(found)) == 1


def known(motions, sd_px):
    """Return motions as a look through the run would tell them."""
    return tuple(replace(one, agreement=0.9, residual_px=float("nan"), sd_px=sd_px) for one in motions)


def test_motions_that_are_known_well_are_taken_for_averages_and_others_are_not():
    places = [motion(1.5 * k, -0.8 * k) for k in range(6)]
    run = attenuation_run([noisy(scene(where, FAINT if k == 5 else ()), k) for k, where in enumerate(places)])
    frames = tuple(range(5))
    alone = align(run, run, frame_pair(5, frames))
    # told wrongly, so that it shows which were taken
    wrong = [motion(where.rows_px + 0.5 * (k == 2), where.columns_px) for k, where in enumerate(places)]
    taken = align(run, run, frame_pair(5, frames, motions=known(wrong, 0.1)))
    left = align(run, run, frame_pair(5, frames, motions=known(wrong, 0.3)))
    assert digest(left) == digest(alone)
    assert taken.motions[2].rows_px - alone.motions[2].rows_px > 0.3
    right = align(run, run, frame_pair(5, frames, motions=known(places, 0.1)))
    assert np.abs(right.baseline - alone.baseline)[INNER].mean() < NOISE_LN / 2
    assert (right.baseline - scene(places[5]))[INNER].std() < 2 * NOISE_LN


def test_many_frames_are_added_before_they_are_moved_and_stay_in_place():
    places = [motion(0.31 * k, -0.17 * k) for k in range(10)]
    run = attenuation_run([scene(where) for where in places] + [scene(places[4])])
    found = align(run, run, frame_pair(10, tuple(range(10)), motions=known([*places, places[4]], 0.01)))
    # half a pixel between frames is not told apart: edges are a little softer, nothing is displaced
    assert (found.baseline - scene(places[4]))[INNER].std() < 0.012
