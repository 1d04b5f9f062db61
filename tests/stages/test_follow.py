"""A run followed on the coarse grid: contrast that comes, goes and stays, under motion and noise."""

from dataclasses import replace

import numpy as np
import pytest

from spreadscan.settings import FollowSettings
from spreadscan.stages.follow import follow
from tests.images import (
    SCALE,
    Blob,
    attenuation_run,
    digest,
    frame_pair,
    motion,
    noisy,
    nothing,
    scene,
    spread_mask,
)

BASELINE = (0, 1, 2)
STAYS, GOES = (40, 22), (60, 70)
"""Where contrast stays, and where it comes and goes."""


def shown(index):
    """What each frame of the run shows: one blob that comes and stays, one that is gone at the end."""
    stays = 0.2 * min(max(index - 2, 0) / 3, 1)
    goes = {3: 0.1, 4: 0.2, 5: 0.15, 6: 0.05}.get(index, 0.0)
    return [Blob(*STAYS, stays), Blob(*GOES, goes, 2.5)]


def made(moves=False, sd_ln=0.002):
    frames = [
        noisy(scene(motion(0.7 * n, -0.4 * n) if moves else motion(), shown(n)), n, sd_ln) for n in range(9)
    ]
    return attenuation_run(frames)


def followed(run, frame=8, mask=None, **settings):
    mask = spread_mask(nothing()) if mask is None else mask
    return follow(run, frame_pair(frame, BASELINE), mask, SCALE, FollowSettings(**settings))


@pytest.mark.parametrize("moves", [False, True])
def test_what_stays_and_what_goes_is_told(moves):
    course = followed(made(moves))
    shift = np.array([0.7 * 8, -0.4 * 8]) if moves else np.zeros(2)
    stays, goes = (
        course.added[:, round(r), round(c)] for r, c in (np.array(place) + shift for place in (STAYS, GOES))
    )
    assert np.abs(stays[:3]).max() < 0.02
    assert np.abs(goes[:3]).max() < 0.02
    assert stays[8] == pytest.approx(stays[5], abs=0.02)
    assert stays[8] > 0.15
    assert goes[4] > 0.12
    assert goes[8] < 0.02


def test_motions_that_the_choice_knows_serve_as_well_as_those_found_here():
    run = made(moves=True)
    pair = frame_pair(8, BASELINE)
    # from the first frame to each; what follows is told from the last one
    known = replace(pair, motions=tuple(motion(0.7 * n, -0.4 * n) for n in range(9)))
    mask = spread_mask(nothing())
    found, given = (follow(run, one, mask, SCALE, FollowSettings()) for one in (pair, known))
    assert given.frames == found.frames
    both = found.valid & given.valid
    assert both.sum() > 0.95 * found.valid.sum()
    np.testing.assert_allclose(given.added[:, both], found.added[:, both], atol=0.02)


def test_the_noise_is_that_of_a_frame_where_there_is_no_contrast():
    # a Gaussian of 0.6 px leaves about 1 / sqrt(4 pi 0.36) of white noise
    course = followed(made(sd_ln=0.01))
    assert 0.003 < course.noise_sd < 0.008


def test_frames_are_followed_evenly_with_those_that_matter():
    run = attenuation_run([noisy(scene(), n) for n in range(12)])
    course = followed(run, frame=7, most_frames=4)
    assert course.frames == (0, 1, 2, 4, 7, 11)
    assert course.baseline_frames == BASELINE
    assert course.added.shape == (6, 96, 96)


def test_a_finer_image_is_followed_on_a_grid_of_its_own():
    run = attenuation_run([np.kron(noisy(scene(), n), np.ones((2, 2), np.float32)) for n in range(4)])
    mask = spread_mask(np.zeros((192, 192), bool))
    scale = type(SCALE)(0.4, "half a pixel")
    course = follow(run, frame_pair(3, BASELINE), mask, scale, FollowSettings())
    assert (course.factor, course.added.shape) == (2, (4, 96, 96))


def test_a_still_image_and_a_run_with_another_s_baseline_have_no_time_course():
    single, run = attenuation_run([scene()]), made()
    mask = spread_mask(nothing())
    assert follow(single, frame_pair(0, ()), mask, SCALE, FollowSettings()) is None
    assert follow(run, frame_pair(8, ()), mask, SCALE, FollowSettings()) is None
    other = frame_pair(8, (0,), baseline_is_run=False)
    assert follow(run, other, mask, SCALE, FollowSettings()) is None


def test_following_is_the_same_twice():
    assert digest(followed(made(True))) == digest(followed(made(True)))
