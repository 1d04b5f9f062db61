"""Areas that may be contrast, and what the second network sees of them."""

import numpy as np
import pytest

from spreadscan.networks.candidate import CHANNELS, COARSE, SCORE_UNIT, SIDE, candidate_views, candidates_of
from spreadscan.settings import EstimateSettings

SETTINGS = EstimateSettings(limit_probability=0.4, asked_probability=0.7)
WIDE, NARROW, SCORE, SPREAD, AREA, FAR_WIDE, FAR_FIELD, FAR_SCORE, FAR_AREA = range(9)
MIDDLE = SIDE // 2


def log_odds(p):
    return np.log(p / (1 - p))


def answers(places, shape=(150, 180), answer=0.9):
    """Three answers, all the same: a probability in squares of nine points about places, 0.1 elsewhere."""
    found = np.full((3, *shape), log_odds(0.1), np.float32)
    for row, column in places:
        found[:, row - 4 : row + 5, column - 4 : column + 5] = log_odds(answer)
    return found


def channels(shape=(150, 180), seed=1):
    made = np.random.default_rng(seed).normal(0, 1, (3, *shape)).astype(np.float32)
    made[2] = 1
    return made


def views_of(scores, seen=None):
    seen = channels(scores.shape[1:]) if seen is None else seen
    return candidate_views(seen, scores, candidates_of(scores, seen[2] > 0, SETTINGS))


# which areas are asked


def test_connected_areas_above_the_limit_are_told_apart():
    found = candidates_of(answers([(40, 30), (100, 120)]), np.ones((150, 180), bool), SETTINGS)
    assert found.numbers == (1, 2)
    assert np.bincount(found.labels.ravel()).tolist() == [150 * 180 - 162, 81, 81]
    assert found.labels[40, 30] == 1
    assert found.labels[100, 120] == 2


@pytest.mark.parametrize(
    ("probability", "numbers", "points"),
    [(0.39, (), 0), (0.41, (), 81), (0.69, (), 81), (0.71, (1,), 81), (1 - 1e-6, (1,), 81)],
)
def test_an_area_is_bounded_by_the_limit_and_asked_from_its_highest_point_on(probability, numbers, points):
    found = candidates_of(answers([(40, 30)], answer=probability), np.ones((150, 180), bool), SETTINGS)
    assert found.numbers == numbers
    assert (found.labels > 0).sum() == points


def test_a_single_high_point_lets_its_area_be_asked():
    scores = answers([(40, 30)], answer=0.5)
    scores[:, 42, 31] = log_odds(0.8)
    assert candidates_of(scores, np.ones((150, 180), bool), SETTINGS).numbers == (1,)


def test_the_mean_of_the_answers_counts():
    scores = answers([(40, 30)], answer=0.9)
    scores[0] = log_odds(0.1)
    # two of 0.9 and one of 0.1: odds of 9 to the third of two less one
    assert candidates_of(scores, np.ones((150, 180), bool), SETTINGS).numbers == ()
    scores[0, :] = log_odds(0.5)
    assert candidates_of(scores, np.ones((150, 180), bool), SETTINGS).numbers == (1,)


def test_outside_the_field_there_are_no_areas():
    inside = np.ones((150, 180), bool)
    inside[:, :30] = False
    found = candidates_of(answers([(40, 30), (60, 10)]), inside, SETTINGS)
    assert found.numbers == (1,)
    assert (found.labels > 0).sum() == 9 * 5


# what is seen of them


def test_the_area_lies_in_the_middle_of_both_views():
    (view,) = views_of(answers([(70, 95)]))
    assert view.shape == (CHANNELS, SIDE, SIDE)
    near = np.argwhere(view[AREA] > 0)
    assert len(near) == 81
    assert near.mean(0).tolist() == [MIDDLE, MIDDLE]
    far = np.argwhere(view[FAR_AREA] > 0)
    assert np.abs(far.mean(0) - MIDDLE).max() <= 1
    assert view[FAR_AREA].sum() == pytest.approx(81 / COARSE**2)


def test_the_near_view_is_the_image_itself():
    seen = channels()
    (view,) = views_of(answers([(70, 95)]), seen)
    here = slice(70 - MIDDLE, 70 + MIDDLE), slice(95 - MIDDLE, 95 + MIDDLE)
    np.testing.assert_array_equal(view[[WIDE, NARROW]], seen[:2, *here])


def test_a_point_of_the_wide_view_is_the_mean_of_nine():
    seen = channels()
    (view,) = views_of(answers([(70, 95)]), seen)
    blocks = seen[0].reshape(50, 3, 60, 3).mean((1, 3))
    # the middle of the area, 70 and 95, lies in block 23 and 31
    first_row, first_column = 23 - MIDDLE, 31 - MIDDLE
    expected = blocks[: first_row + SIDE, : first_column + SIDE]
    np.testing.assert_allclose(
        view[FAR_WIDE][-first_row : -first_row + 50, 1:61], expected[:50, :60], atol=1e-6
    )


def test_beyond_the_image_and_the_field_there_are_zeros():
    seen = channels()
    seen[:, :, 100:] = 0
    (view,) = views_of(answers([(8, 95)]), seen)
    assert not view[:5, : MIDDLE - 8].any()
    assert not view[:, :, -5:].any()
    assert not view[[SCORE, SPREAD], :, MIDDLE + 5 :].any()
    assert view[FAR_FIELD].max() == 1
    # the first 34 rows of blocks, and a hundred columns of the field
    assert view[FAR_FIELD].sum() * COARSE**2 == pytest.approx(34 * COARSE * 100)


def test_scores_are_given_in_their_unit_and_cut():
    scores = answers([(70, 95)], answer=0.9)
    (view,) = views_of(scores)
    assert view[SCORE, MIDDLE, MIDDLE] == pytest.approx(log_odds(0.9) / SCORE_UNIT)
    assert not view[SPREAD].any()
    (view,) = views_of(10 * scores)
    assert view[SCORE].max() == 2
    assert view[SCORE].min() == -2


def test_answers_that_differ_show():
    scores = answers([(70, 95)])
    scores[0, 70, 95] += 3
    (view,) = views_of(scores)
    assert view[SPREAD, MIDDLE, MIDDLE] == pytest.approx(np.std([3, 0, 0]) / SCORE_UNIT)
    assert (view[SPREAD] > 1e-6).sum() == 1


def test_each_area_has_its_own_view():
    both = views_of(answers([(40, 30), (100, 120)]))
    assert both.shape == (2, CHANNELS, SIDE, SIDE)
    for view in both:
        assert view[AREA].sum() == 81
    # each sees the other one's score, from either side
    assert (both[:, FAR_SCORE] > 0).sum((1, 2)).min() >= 18


def test_no_area_no_view():
    assert views_of(answers([])).shape == (0, CHANNELS, SIDE, SIDE)


@pytest.mark.parametrize("shape", [(8, 8), (9, 200), (64, 64), (65, 67)])
def test_images_of_any_size_have_views(shape):
    scores = np.full((3, *shape), log_odds(0.9), np.float32)
    views = views_of(scores)
    assert views.shape == (1, CHANNELS, SIDE, SIDE)
    assert np.isfinite(views).all()


def test_nothing_that_is_given_is_changed():
    seen, scores = channels(), answers([(70, 95)])
    before = seen.tobytes(), scores.tobytes()
    found = candidates_of(scores, seen[2] > 0, SETTINGS)
    labels = found.labels.tobytes()
    first, second = candidate_views(seen, scores, found), candidate_views(seen, scores, found)
    assert first.tobytes() == second.tobytes()
    assert (seen.tobytes(), scores.tobytes(), found.labels.tobytes()) == (*before, labels)
