"""Figures of calibration by hand, and the errors of marks."""

import numpy as np
import pytest

from benchmarks.accuracy.calibration import ERRORS, misplaced
from benchmarks.accuracy.calibration_page import Answer, figures_of, page, reliability
from tests.images import cartoon_landmarks


def answer(probability, exposed, fractions=(0.0, 0.0), true_fraction=0.0, **changes):
    says = {"cases": "own", "single_image": False, "error": "exact", "varied": 0.5}
    return Answer(
        probability=probability,
        exposed=exposed,
        fractions=fractions,
        true_fraction=true_fraction,
        **{**says, **changes},
    )


def test_figures_by_hand():
    found = figures_of(
        [
            answer(0.95, True, (0.7, 1.0), 0.8),
            answer(0.95, True, (0.7, 1.0), 0.6),
            answer(0.65, False, (0.2, 0.5), 0.505),
            answer(0.05, False),
        ]
    )
    assert (found.regions, found.exposed, found.agreement) == (4, 0.5, 0.75)
    assert found.brier == pytest.approx((2 * 0.05**2 + 0.65**2 + 0.05**2) / 4)
    # bins 0.9 to 1 (two, off by 0.05), 0.6 to 0.7 (off by 0.65) and 0 to 0.1 (off by 0.05)
    assert found.calibration_error == pytest.approx((2 * 0.05 + 0.65 + 0.05) / 4)
    # 0.505 is held to 0.01
    assert (found.held, found.partly) == (0.75, pytest.approx(2 / 3))
    assert found.varied_brier == 0.25


def test_a_probability_of_one_is_in_the_last_bin():
    assert reliability([answer(1.0, True), answer(0.92, False)]) == [(pytest.approx(0.96), 0.5, 2)]
    assert figures_of([answer(0.0, False)]).partly is None


def test_a_perfectly_calibrated_forecast_has_no_calibration_error():
    rng = np.random.default_rng(1)
    said = rng.uniform(size=20000)
    found = figures_of(
        [answer(float(p), bool(u < p)) for p, u in zip(said, rng.uniform(size=20000), strict=True)]
    )
    assert found.calibration_error < 0.02
    assert found.brier == pytest.approx(1 / 6, abs=0.01)


def test_marks_err_as_their_model_says_and_the_same_way_twice():
    landmarks = cartoon_landmarks()
    true = np.array([(p.row, p.column) for p in landmarks.points])
    spread = {}
    for error in ERRORS:
        moved = [misplaced(landmarks, error, seed) for seed in range(400)]
        off = np.array([[(p.row, p.column) for p in one.points] for one in moved]) - true
        # one pixel to the reference millimetre
        spread[error] = off.std()
        again = misplaced(landmarks, error, 3)
        assert [(p.row, p.column) for p in again.points] == [(p.row, p.column) for p in moved[3].points]
    assert spread["exact"] == 0
    assert spread["assumed"] == pytest.approx(1, rel=0.05)
    assert spread["double"] == pytest.approx(2, rel=0.05)
    assert spread["heavy"] == pytest.approx(1.5, rel=0.25)


def test_the_page_tells_every_error_and_every_set():
    told = [answer(0.9, True), answer(0.2, False, single_image=True)]
    text = page(told, {"exact": "no error"}, ["own"])
    assert text.count("| own |") == 2
    assert "| **all** | **both** | 2 | 0.50 | 1.000 | 0.025 | 0.150 | 1.000 |  | 0.250 |" in text
