from itertools import pairwise

import numpy as np
import pytest

from spreadscan.detect.maps import CHANNELS
from spreadscan.detect.shape import Pose, Sighting, believe, pose_through, spine_shape
from tests.detect.spines import POSE, channel, laid_mean

SHAPE = spine_shape()
EVERY = list(range(len(CHANNELS)))


def sighting(k: int, at: np.ndarray, sd: float = 0.5) -> Sighting:
    return Sighting(k, np.asarray(at, float), sd**2 * np.eye(2))


def test_the_mean_spine_is_one():
    at = dict(zip(CHANNELS, SHAPE.mean, strict=True))
    rows = [at[f"junction_{level}_left"][0] for level in ("L2", "L3", "L4", "L5", "S1")]
    assert rows == sorted(rows)
    assert all(20 < b - a < 45 for a, b in pairwise(rows))
    for name in CHANNELS:
        if name.endswith("left"):
            row, column = at[name]
            other = at[name.replace("left", "right")]
            # both sides of simulated spines were used, each mirrored too
            assert column < 0 < other[1]
            assert (row, -column) == pytest.approx((other[0], other[1]), abs=0.01)
    for level in ("L3", "L4", "L5"):
        assert abs(at[f"pedicle_{level}_left"][1]) < abs(at[f"junction_{level}_left"][1])
        assert abs(at[f"junction_{level}_left"][1]) < abs(at[f"tptip_{level}_left"][1])


def test_the_covariance_is_one():
    assert SHAPE.covariance == pytest.approx(SHAPE.covariance.T, abs=1e-4)
    assert np.linalg.eigvalsh(SHAPE.covariance).min() > -1e-3


@pytest.mark.parametrize("numbers", [EVERY, [2, 7], [3, 20], [0, 1]])
def test_a_pose_through_laid_points_is_theirs(numbers):
    found = pose_through(SHAPE, numbers, laid_mean()[numbers])
    assert (found.a, found.b) == pytest.approx((POSE.a, POSE.b))
    assert found.offset == pytest.approx(POSE.offset)


def test_the_scale_of_a_pose_is_the_size_of_what_it_lays():
    pose = Pose(0.3, -0.4, np.zeros(2))
    laid = pose.laid(np.array([[0.0, 0.0], [0.0, 10.0]]))
    assert np.hypot(*(laid[1] - laid[0])) == pytest.approx(10 * pose.scale)


def test_what_was_seen_exactly_stays():
    truth = laid_mean() + np.random.default_rng(1).normal(0, 1, (len(CHANNELS), 2))
    belief = believe(SHAPE, POSE, [sighting(k, truth[k], 1e-3) for k in EVERY])
    assert belief.points == pytest.approx(truth, abs=0.01)


def test_more_sightings_leave_less_doubt_everywhere():
    truth = laid_mean()
    few = believe(SHAPE, POSE, [sighting(k, truth[k]) for k in (2, 7)])
    more = believe(SHAPE, POSE, [sighting(k, truth[k]) for k in (2, 7, 4, 11)])
    left = few.covariance - more.covariance
    assert np.linalg.eigvalsh(left).min() > -1e-6
    assert np.trace(more.covariance) < np.trace(few.covariance)


def test_far_landmarks_are_known_less_well_than_near_ones():
    truth = laid_mean()
    near, far = channel("junction", "L4", "left"), channel("junction", "S1", "right")
    seen = [
        sighting(channel("junction", level, "left"), truth[channel("junction", level, "left")])
        for level in ("L3", "L5")
    ]
    belief = believe(SHAPE, POSE, seen)
    assert np.trace(belief.covariance_of(near)) < np.trace(belief.covariance_of(far))


@pytest.mark.parametrize(
    ("turn", "size", "shift"), [(0.0, 1.0, (30, -20)), (0.2, 1.3, (0, 0)), (-0.3, 0.8, (5, 9))]
)
def test_a_spine_moved_turned_and_resized_is_believed_there(turn, size, shift):
    c, s = size * np.cos(turn), size * np.sin(turn)
    moved = Pose(POSE.a * c - POSE.b * s, POSE.a * s + POSE.b * c, POSE.offset * size + shift)
    truth = laid_mean(moved)
    seen = [sighting(k, truth[k], 0.01) for k in (2, 7)]
    pose = pose_through(SHAPE, [2, 7], truth[[2, 7]])
    belief = believe(SHAPE, pose, seen)
    assert belief.points == pytest.approx(truth, abs=0.3)


def test_the_belief_is_the_conditional_normal_distribution():
    """Against draws: of many spines of the prior, those that pass near the sighting lie about the belief."""
    rng = np.random.default_rng(3)
    k, other = channel("junction", "L4", "left"), channel("junction", "L5", "left")
    anchors = [channel("junction", "L3", "left"), channel("junction", "L3", "right"), k]
    truth = laid_mean()
    exact = [sighting(a, truth[a], 0.3) for a in anchors]
    before = believe(SHAPE, POSE, exact)
    joint = np.ix_([2 * k, 2 * k + 1, 2 * other, 2 * other + 1], [2 * k, 2 * k + 1, 2 * other, 2 * other + 1])
    draws = rng.multivariate_normal(np.zeros(4), before.covariance[joint], 200_000)
    after = believe(SHAPE, POSE, [*exact, sighting(k, truth[k] + [0.2, 0.1], 0.3)])
    # weigh the draws by the likelihood of the further sighting
    off = draws[:, :2] - (truth[k] + [0.2, 0.1] - before.points[k])
    weight = np.exp(-(off**2).sum(1) / (2 * 0.3**2))
    mean = before.points[other] + (draws[:, 2:] * weight[:, None]).sum(0) / weight.sum()
    assert after.points[other] == pytest.approx(mean, abs=0.03)
