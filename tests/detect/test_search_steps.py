"""Consensus, fit and confidence on maps that show a spine of known place."""

import numpy as np
import pytest

from spreadscan.detect.confidence import Confidence, is_elsewhere, judge_view, level_probability
from spreadscan.detect.consensus import neighbourhoods, propose, score_of
from spreadscan.detect.fit import fit_shape
from spreadscan.detect.maps import CHANNELS
from spreadscan.detect.shape import Pose, Sighting, spine_shape
from spreadscan.settings import Settings
from tests.detect.spines import POSE, blots, channel, laid_mean, maps_of, shifted_levels

SHAPE = spine_shape()
SETTINGS = Settings()
JUNCTIONS = [k for k, name in enumerate(CHANNELS) if name.startswith("junction")]


def fitted(where: np.ndarray, marked: tuple[Sighting, ...] = ()):
    near = neighbourhoods(where)
    proposal = propose(near, SHAPE)
    return near, fit_shape(where, SHAPE, proposal.pose, marked)


@pytest.mark.parametrize(
    "pose", [POSE, Pose(1.3, -0.2, np.array([95.0, 80.0])), Pose(0.7, 0.0, np.array([70.0, 110.0]))]
)
def test_the_pose_that_maps_agree_on_is_found(pose):
    found = propose(neighbourhoods(blots(laid_mean(pose))), SHAPE).pose
    assert (found.a, found.b) == pytest.approx((pose.a, pose.b), abs=0.03)
    assert found.offset == pytest.approx(pose.offset, abs=2.5)


def test_nothing_on_the_maps_proposes_nothing():
    assert propose(neighbourhoods(np.zeros_like(blots(laid_mean()))), SHAPE) is None


def test_noise_on_the_maps_scores_low():
    flat = np.full_like(blots(laid_mean()), 1 / 9216)
    assert score_of(neighbourhoods(flat), laid_mean()) < -2.5
    assert score_of(neighbourhoods(blots(laid_mean())), laid_mean()) > -0.3


def test_maps_on_points_give_the_points():
    truth = laid_mean() + np.random.default_rng(2).normal(0, 1, (len(CHANNELS), 2))
    _, fit = fitted(blots(truth))
    assert np.hypot(*(fit.belief.points - truth).T).max() < 2
    assert np.median(np.hypot(*(fit.belief.points - truth).T)) < 0.7


def test_one_wrong_map_moves_the_spine_little():
    truth = laid_mean()
    wrong = truth.copy()
    k = channel("junction", "L4", "left")
    wrong[k] += [0, -25]
    _, fit = fitted(blots(wrong))
    assert np.hypot(*(fit.belief.points[k] - truth[k])) < 4


def test_a_map_that_shows_nothing_leaves_more_doubt_but_a_place():
    truth, k = laid_mean(), channel("junction", "L5", "right")
    where = blots(truth)
    _, whole = fitted(where)
    where[k] = 0
    _, part = fitted(where)
    assert np.hypot(*(part.belief.points[k] - truth[k])) < 4
    assert part.seen[k] == 0
    assert np.trace(part.belief.covariance_of(k)) > 1.5 * np.trace(whole.belief.covariance_of(k))


def test_a_wide_blot_leaves_more_doubt_than_a_narrow_one():
    truth, k = laid_mean(), channel("junction", "L3", "left")
    where = blots(truth)
    where[k] = blots(truth, sd_cells=3.0)[k]
    _, fit = fitted(where)
    narrow = channel("junction", "L3", "right")
    assert np.trace(fit.belief.covariance_of(k)) > np.trace(fit.belief.covariance_of(narrow))


def test_maps_that_agree_leave_no_doubt_of_the_level():
    near, fit = fitted(blots(laid_mean()))
    assert level_probability(near, fit, SETTINGS.detect) > 0.99


@pytest.mark.parametrize("levels", [-1, 1])
def test_maps_torn_between_two_levels_say_so(levels):
    truth = laid_mean()
    torn = 0.5 * blots(truth) + 0.5 * blots(shifted_levels(truth, levels))
    near = neighbourhoods(torn)
    fit = fit_shape(torn, SHAPE, POSE)
    assert 0.2 < level_probability(near, fit, SETTINGS.detect) < 0.8


def test_the_level_is_the_less_sure_the_more_the_maps_are_torn():
    truth, sure = laid_mean(), []
    for share in (0.02, 0.1, 0.25, 0.4):
        torn = (1 - share) * blots(truth) + share * blots(shifted_levels(truth, 1))
        sure.append(level_probability(neighbourhoods(torn), fit_shape(torn, SHAPE, POSE), SETTINGS.detect))
    assert sure == sorted(sure, reverse=True)


def confidence(answerable=0.98, score=-0.3, level=0.99) -> Confidence:
    _, fit = fitted(blots(laid_mean()))
    return Confidence(maps_of(laid_mean(), answerable), fit, score, level)


@pytest.mark.parametrize(
    ("what", "word", "flags"),
    [
        ({}, "", {"landmarks-detected"}),
        ({"answerable": 0.02}, "frontal view", {"landmarks-not-found"}),
        ({"answerable": 0.02, "score": -3.5}, "frontal view", {"landmarks-not-found"}),
        ({"score": -3.5}, "do not make a spine", {"landmarks-not-found"}),
        ({"level": 0.5}, "levels cannot be told", {"landmarks-not-found", "level-uncertain"}),
    ],
)  # fmt: skip
def test_when_there_is_an_answer(what, word, flags):
    judged = judge_view(confidence(**what), False, SETTINGS)
    assert word in judged.reason
    assert bool(judged.reason) == bool(word)
    assert set(judged.flags) == flags


def test_a_person_who_marked_points_has_said_what_is_seen():
    judged = judge_view(confidence(answerable=0.02, level=0.4, score=-3.5), True, SETTINGS)
    assert judged == ("", ("landmarks-completed",))


@pytest.mark.parametrize(
    ("answerable", "score", "elsewhere"),
    [(0.9, -0.3, False), (0.02, -0.3, False), (0.9, -3.5, False), (0.02, -3.5, True), (0.2, -3.2, True)],
)
def test_neither_view_nor_maps_speak_for_a_spine_elsewhere(answerable, score, elsewhere):
    assert is_elsewhere(answerable, score, SETTINGS.detect) is elsewhere
