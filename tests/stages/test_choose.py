"""Which frames are described, averaged and subtracted, on runs whose contrast comes when it is told to."""

from functools import cache

import numpy as np
import pytest

from spreadscan.errors import CannotMeasure
from spreadscan.image.filters import eroded
from spreadscan.settings import ChooseSettings
from spreadscan.stages import choose as choose_module
from spreadscan.stages.choose import choose, looked_through, with_baseline_file
from spreadscan.values import Request
from tests.images import (
    NOISE_LN,
    SCALE,
    Blob,
    attenuation_run,
    collimated,
    digest,
    frame_pair,
    motion,
    noisy,
    rectangle,
    scene,
)

SETTINGS = ChooseSettings()
DEPOT = (Blob(40, 26, 0.3, 5), Blob(65, 70, 0.2, 4))
GROWING = (0, 0, 0, 0, 0.3, 0.6, 0.8, 1, 1)
OPENING = rectangle(4, 4, 92, 92)


def resting(_):
    return motion()


def breathing(index):
    return motion(6 * np.sin(1.3 * index), 2 * np.cos(index))


@cache
def run(growth, moving=resting, shutters=False, depot=DEPOT, sd_ln=NOISE_LN):
    """Return a run in which the depot has the given shares of its strength."""
    images = [
        noisy(scene(moving(k), [blob._replace(amount=blob.amount * share) for blob in depot]), k, sd_ln)
        for k, share in enumerate(growth)
    ]
    if not shutters:
        return attenuation_run(images)
    images = [collimated(image, OPENING) for image in images]
    return attenuation_run(images, eroded(OPENING, 3, frame_is_edge=False))


def chosen(growing, settings=SETTINGS, **request):
    return choose(growing, SCALE, Request(**request), settings)


def amounts(growing, settings=SETTINGS):
    return looked_through(growing, SCALE, settings).amounts


# the amount of contrast


def test_the_amount_by_hand():
    # a disc that is 0.3 above a flat, noisy background with two still bones
    rng = np.random.default_rng(1)
    rows, columns = np.mgrid[:96, :96] - 47.5
    disc = rows**2 + columns**2 < 6.9**2
    first, second = rng.normal(1, 0.01, (2, 96, 96)).astype(np.float32)
    bones = 0.3 * (np.abs(columns) < 20) * (np.abs(rows) % 30 < 20)
    found = amounts(attenuation_run([first + bones, second + bones + 0.3 * disc]))[1]
    # the noise of the difference, smoothed by a Gaussian of 1 px, is 0.01 · √2 / (2 √π)
    expected = disc.sum() * 0.3 / (0.01 * 2**0.5 / (2 * np.pi**0.5))
    assert found == pytest.approx(expected, rel=0.1)


@pytest.mark.parametrize("sd_ln", [0.002, 0.005, 0.01])
def test_amounts_are_proportional_to_the_strength_whatever_the_noise(sd_ln):
    found = amounts(run((0, 0.2, 0.4, 0.6, 0.8, 1), sd_ln=sd_ln))
    assert found[0] == 0
    # what is weaker than the noise is missing from the faintest
    np.testing.assert_allclose(found[2:] / found[-1], [0.4, 0.6, 0.8, 1], atol=0.06)
    assert 0.05 < found[1] / found[-1] < 0.22


def test_amounts_are_proportional_to_the_area():
    one = amounts(run((0, 1), depot=DEPOT[:1]))[1]
    two = amounts(run((0, 1), depot=(DEPOT[0], DEPOT[0]._replace(row=70, column=60))))[1]
    assert two == pytest.approx(2 * one, rel=0.1)


def test_a_restless_frame_does_not_show_less():
    images = [scene(), *(scene(blobs=DEPOT) for _ in range(4))]
    noise = (0.005, 0.005, 0.005, 0.015, 0.005)
    found = amounts(attenuation_run([noisy(image, k, noise[k]) for k, image in enumerate(images)]))
    # its noise hides some of the rim
    np.testing.assert_allclose(found[1:], found[1], rtol=0.1)


def test_copies_of_a_frame_do_not_upset_the_others():
    first = noisy(scene(), 1)
    images = [first, first, first, first, noisy(scene(), 2), noisy(scene(blobs=DEPOT), 3)]
    found = amounts(attenuation_run(images))
    np.testing.assert_allclose(found[:5], 0, atol=10)
    assert found[5] == pytest.approx(amounts(attenuation_run(images[3:]))[2], rel=0.1)


def test_without_contrast_there_is_none_whatever_moves():
    np.testing.assert_array_equal(amounts(run((0,) * 6)), 0)
    np.testing.assert_allclose(amounts(run((0,) * 6, breathing)), 0, atol=10)


def test_a_collimator_that_motion_brings_into_the_field_is_no_contrast():
    np.testing.assert_allclose(amounts(run((0,) * 9, breathing, True)), 0, atol=10)
    assert amounts(run(GROWING, breathing, True))[-1] > 1500


def test_gas_that_moves_adds_and_takes_away_alike():
    here, there = scene(blobs=[Blob(30, 50, -0.4, 5)]), scene(blobs=[Blob(55, 40, -0.4, 5)])
    gas = amounts(attenuation_run([noisy(here, 1), noisy(there, 2)]))[1]
    depot = amounts(attenuation_run([noisy(scene(), 1), noisy(scene(blobs=[Blob(30, 50, 0.4, 5)]), 2)]))[1]
    assert abs(gas) < 0.05 * depot


# the frame


@pytest.mark.parametrize(
    ("growth", "frame", "baseline"),
    [
        (GROWING, 8, (0, 1, 2, 3)),
        # washed out again
        ((0, 0, 0, 1, 1, 0.6, 0.3), 4, (0, 1, 2)),
        ((0, 1, 0.3, 0.3), 1, (0,)),
        # a faint start belongs to the contrast
        ((0, 0, 0.2, 0.6, 1), 4, (0, 1)),
        # nothing ever comes: a third of the run is the baseline
        ((0, 0, 0, 0, 0, 0, 0), 6, (0, 1)),
        ((0, 0), 1, (0,)),
        # it was there all along
        ((1, 1, 1, 1, 1, 1), 5, (0, 1)),
    ],
)
@pytest.mark.parametrize("moving", [resting, breathing])
def test_the_frame_with_most_contrast_and_those_before_it_rises(growth, frame, baseline, moving):
    found = chosen(run(growth, moving))
    # breathing adds noise: of two frames that show as much, the later or the earlier one may win
    assert abs(found.frame - frame) <= (0 if moving is resting else 1)
    assert found.baseline_frames == baseline
    assert found.baseline_is_run
    assert found.reason == "those before the contrast rises"
    assert found.frame in found.contrast_frames


def test_breathing_against_a_collimator_changes_nothing_of_that():
    found = chosen(run(GROWING, breathing, True))
    assert found.frame in (7, 8)
    assert found.baseline_frames == (0, 1, 2, 3)


def test_frames_that_had_not_settled_are_passed_over():
    # the first frame shows a shade that goes away at once
    images = [noisy(scene(blobs=DEPOT if k > 2 else ()), k) for k in range(6)]
    shaded = noisy(scene(blobs=[Blob(20, 60, 0.8, 4), Blob(70, 30, 0.8, 4)]), 99)
    unsettled = attenuation_run([shaded, *images])
    np.testing.assert_array_equal(np.isnan(amounts(unsettled)), [True] + [False] * 6)
    found = chosen(unsettled)
    assert (found.frame, found.baseline_frames) == (6, (1, 2, 3))


def test_a_run_that_is_settled_is_looked_at_once(monkeypatch):
    looked_at = []

    def counted(run, start, *rest):
        looked_at.append(start)
        return looked_from(run, start, *rest)

    looked_from = choose_module._looked_from
    monkeypatch.setattr(choose_module, "_looked_from", counted)
    choose(run((0, 0, 0, 0.4, 0.8, 1)), SCALE, Request(), SETTINGS)
    assert looked_at == [0]


def test_the_motions_of_all_frames_come_with_the_choice():
    found = chosen(run((0, 0, 0, 0.4, 0.8, 1), breathing)).motions
    first = breathing(0)
    for index, moved in enumerate(found):
        here = breathing(index)
        assert moved.agreement > 0.5
        assert moved.rows_px == pytest.approx(here.rows_px - first.rows_px, abs=0.15)
        assert moved.columns_px == pytest.approx(here.columns_px - first.columns_px, abs=0.15)


def test_of_frames_that_differ_little_the_later_one_is_described():
    assert chosen(run((0, 0, 1, 1, 1))).frame == 4
    assert chosen(run((0, 0, 1, 1, 0.97))).frame == 4
    assert chosen(run((0, 0, 1, 1, 0.88))).frame == 3


def test_the_frame_that_the_user_names_is_described():
    found = chosen(run(GROWING), frame=6)
    assert (found.frame, found.contrast_frames, found.baseline_frames) == (5, (5,), (0, 1, 2, 3))
    # a frame from before the contrast is not its own baseline
    assert chosen(run(GROWING), frame=2).baseline_frames == (0, 2, 3)


# the frames averaged into it


@pytest.mark.parametrize(
    ("growth", "frame", "alike"),
    [
        ((0, 0, 1, 1, 1), 5, (2, 3, 4)),
        ((0, 0, 1, 1, 1), 3, (2, 3, 4)),
        ((0, 0, 0.8, 1, 1), 5, (3, 4)),
        # only neighbours: what comes after a difference is another state
        ((0, 0, 1, 0.5, 1), 5, (4,)),
        # at most five, the nearest ones
        ((0, 1, 1, 1, 1, 1, 1, 1), 8, (3, 4, 5, 6, 7)),
        ((0, 1, 1, 1, 1, 1, 1, 1), 5, (2, 3, 4, 5, 6)),
        # nothing is averaged into a frame without contrast
        ((0, 0, 0, 0.5, 1), 1, (0,)),
    ],
)
def test_neighbours_that_show_as_much_are_averaged(growth, frame, alike):
    assert chosen(run(growth), frame=frame).contrast_frames == alike


def test_a_frame_whose_contrast_has_half_gone_is_not_taken_for_the_one_with_most():
    # at a high dose, where the noise is far below the contrast
    found = chosen(run((0, 0, 1, 1, 0.5), sd_ln=0.002))
    assert (found.frame, found.contrast_frames) == (3, (2, 3))


def test_a_baseline_frame_is_never_averaged_into_the_contrast():
    found = chosen(run((1, 1, 1, 1, 1, 1)), frame=4, baseline_frames=(2, 3))
    assert not set(found.contrast_frames) & set(found.baseline_frames)


# the baseline


def test_baseline_frames_that_the_user_names():
    found = chosen(run(GROWING), baseline_frames=(3, 1, 3))
    assert found.baseline_frames == (0, 2)
    assert found.reason == "named by the user"


def test_at_most_so_many_baseline_frames():
    few = ChooseSettings(most_baseline_frames=3)
    assert chosen(run((0,) * 6 + (1, 1)), few).baseline_frames == (0, 1, 2)
    assert len(chosen(run((0,) * 18 + (1,))).baseline_frames) == 16


@pytest.mark.parametrize(
    ("growth", "request_of", "flags"),
    [
        ((0, 1, 1), {}, ("baseline-short",)),
        (GROWING, {"baseline_frames": (2,)}, ("baseline-short",)),
        (GROWING, {}, ()),
    ],
)
def test_a_baseline_of_one_frame_is_flagged(growth, request_of, flags):
    assert chosen(run(growth), **request_of).flags == flags


def test_a_single_image_has_no_baseline_of_its_own():
    found = chosen(run((1,)))
    assert (found.frame, found.contrast_frames, found.baseline_frames) == (0, (0,), ())
    assert found.flags == ()


@pytest.mark.parametrize(("frames", "baseline"), [(1, (0,)), (3, (0, 1, 2)), (40, tuple(range(16)))])
def test_a_baseline_of_another_file(frames, baseline):
    pair = frame_pair(7, (0, 1), contrast_frames=(6, 7), flags=("baseline-short",))
    found = with_baseline_file(pair, frames, SETTINGS)
    assert (found.frame, found.contrast_frames, found.baseline_frames) == (7, (6, 7), baseline)
    assert (found.baseline_is_run, found.reason, found.flags) == (False, "a file of its own", ())


# refusals


@pytest.mark.parametrize(
    ("request_of", "words"),
    [
        ({"frame": 4}, r"^--frame: frame 4 does not exist, the file has 3; give a frame from 1 to 3"),
        ({"frame": 0}, r"^--frame: frame 0 does not exist"),
        ({"frame": -1}, r"^--frame: frame -1 does not exist"),
        ({"baseline_frames": (1, 9)}, r"^--baseline-frames: frame 9 does not exist"),
        ({"baseline_frames": (0,)}, r"^--baseline-frames: frame 0 does not exist"),
    ],
)
def test_a_frame_that_does_not_exist_is_refused(request_of, words):
    with pytest.raises(CannotMeasure, match=words) as refused:
        chosen(run((0, 0, 1)), **request_of)
    assert refused.value.slug == "frame-out-of-range"


def test_a_single_image_has_one_frame():
    assert chosen(run((1,)), frame=1).frame == 0
    with pytest.raises(CannotMeasure, match=r"the file has 1;.*\[frame-out-of-range\]"):
        chosen(run((1,)), frame=2)


@pytest.mark.parametrize("request_of", [{"frame": 2, "baseline_frames": (2,)}, {"baseline_frames": (3,)}])
def test_a_frame_is_not_its_own_baseline(request_of):
    with pytest.raises(CannotMeasure, match="cannot be its own baseline") as refused:
        chosen(run((0, 0, 1)), **request_of)
    assert refused.value.slug == "baseline-mismatch"


# laws


def test_mirrored_runs_have_the_same_amounts():
    plain = run(GROWING, breathing)
    mirrored = attenuation_run([plain.frame(k)[:, ::-1] for k in range(len(GROWING))])
    np.testing.assert_allclose(amounts(mirrored), amounts(plain), rtol=0.02, atol=10)


def test_a_change_of_exposure_is_no_contrast():
    exposure = (0, 0.3, -0.2, 0.1, 0)
    images = [noisy(scene(), k) + np.float32(e) for k, e in enumerate(exposure)]
    np.testing.assert_allclose(amounts(attenuation_run(images)), 0, atol=10)
    images[-1] = noisy(scene(blobs=DEPOT), 9)
    assert chosen(attenuation_run(images)).frame == 4


def test_choosing_leaves_the_run_alone_and_is_the_same_twice():
    growing = run(GROWING, breathing)
    before = digest(growing)
    assert digest(chosen(growing)) == digest(chosen(growing))
    assert digest(growing) == before
