"""Kappa against published and numerical truth, and distances of marks."""

import numpy as np
import pytest

from spreadscan.study.agreement import Z90, agreement_of, cross_table, kappa
from tests.reports import make_report

FLEISS = np.array([[75, 1, 4], [5, 4, 1], [0, 0, 10]])
"""Two readers, three diagnoses, 100 patients: Fleiss, Statistical Methods for Rates and Proportions, 1981,
table 13.1: kappa 0.68 with a standard error of 0.087."""


def test_kappa_of_the_textbook():
    found = kappa(FLEISS)
    assert found.kappa == pytest.approx(0.676, abs=0.001)
    assert found.standard_error == pytest.approx(0.088, abs=0.001)
    assert (found.low, found.high) == pytest.approx(
        (found.kappa - Z90 * found.standard_error, found.kappa + Z90 * found.standard_error)
    )


@pytest.mark.parametrize("linear", [False, True])
@pytest.mark.parametrize("seed", range(5))
def test_the_standard_error_is_that_of_the_delta_method(linear, seed):
    """sqrt(g' S g / n), g the numerical slope of kappa by each share and S their multinomial covariance."""
    table = np.random.default_rng(seed).integers(1, 30, (4, 4))
    shares, step = table / table.sum(), 1e-6

    def value(of):
        weights = 1 - np.abs(np.subtract.outer(range(4), range(4))) / 3 if linear else np.eye(4)
        expected = of.sum(1) @ weights @ of.sum(0)
        return ((weights * of).sum() - expected) / (1 - expected)

    slope = np.array(
        [(value(shares + step * one) - value(shares - step * one)) / (2 * step)
         for one in np.eye(16).reshape(16, 4, 4)]
    )  # fmt: skip
    flat = shares.ravel()
    covariance = np.diag(flat) - np.outer(flat, flat)
    expected = np.sqrt(slope @ covariance @ slope / table.sum())
    found = kappa(table, linear)
    assert found.kappa == pytest.approx(value(shares))
    assert found.standard_error == pytest.approx(expected, rel=1e-4)


def test_the_ends_of_kappa():
    assert kappa(np.diag([3, 4, 5])).kappa == 1
    assert kappa(np.diag([3, 4, 5])).standard_error == 0
    assert kappa(np.array([[0, 5], [5, 0]])).kappa == -1
    assert kappa(np.array([[25, 25], [25, 25]])).kappa == 0


@pytest.mark.parametrize("table", [np.zeros((4, 4), int), np.diag([7, 0, 0]), np.diag([0, 0, 1])])
def test_kappa_is_not_defined_without_two_categories(table):
    assert kappa(table) is None
    assert kappa(table, linear=True) is None


def test_a_near_miss_counts_in_part_with_linear_weights():
    near, far = np.diag([9, 9, 9]), np.diag([9, 9, 9])
    near[0, 1], far[0, 2] = 3, 3
    assert kappa(near, linear=True).kappa > kappa(near).kappa
    assert kappa(near, linear=True).kappa > kappa(far, linear=True).kappa


def test_the_cross_table_counts_first_down_and_second_across():
    table = cross_table([("a", "b"), ("a", "b"), ("b", "b")], ("a", "b"))
    assert table.tolist() == [[0, 2], [0, 1]]


def test_a_report_agrees_with_itself():
    rows = make_report().coverage.regions
    found = agreement_of([(row, row) for row in rows])
    assert (found.compared, found.agreed, found.within_one, found.one_sided) == (24, 24, 24, 0)
    assert (found.kappa, found.weighted, found.reason) == (1, 1, "")


def test_nothing_compared_is_no_agreement():
    found = agreement_of([])
    assert (found.kappa, found.weighted, found.compared) == (None, None, 0)
    assert found.reason == "no region was assessed by both"
