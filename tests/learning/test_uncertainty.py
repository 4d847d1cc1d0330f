from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binomtest, bootstrap

from core.learning.metrics import accuracy, macro_f1
from core.learning.uncertainty import (
    bootstrap_intervals,
    coverage_curve,
    mean_interval,
    paired_difference,
    reliability_bins,
    threshold_for_error,
)
from core.paired import share_interval, share_intervals


def labels(rows: int, kinds: int, right: float, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    actual = rng.integers(0, kinds, rows).astype(str)
    return actual, np.where(rng.random(rows) < right, actual, rng.integers(0, kinds, rows).astype(str))


def test_intervals_hold_the_figure_and_repeat_with_the_seed():
    actual, predicted = labels(500, 3, 0.8)
    found = bootstrap_intervals(actual, predicted, seed=1)
    assert found == bootstrap_intervals(actual, predicted, seed=1)
    for name, figure in (("accuracy", accuracy(actual, predicted)), ("macro_f1", macro_f1(actual, predicted))):
        low, high = found[name]
        assert low < figure < high


def test_drawing_confusion_counts_is_drawing_rows():
    actual, predicted = labels(400, 4, 0.7)
    plain = bootstrap(
        (np.arange(400),), lambda rows: macro_f1(actual[rows], predicted[rows]), n_resamples=400, method="percentile",
        vectorized=False, rng=2,
    )  # fmt: skip
    assert bootstrap_intervals(actual, predicted, seed=2)["macro_f1"] == pytest.approx(
        tuple(plain.confidence_interval), abs=0.015
    )


def test_a_pair_is_compared_on_the_same_rows():
    actual, better = labels(2000, 3, 0.85)
    worse = better.copy()
    wrong = np.flatnonzero(better == actual)[:60]
    worse[wrong] = np.where(actual[wrong] == "0", "1", "0")
    gain, low, high = paired_difference(actual, better, worse, metric="accuracy", seed=3)
    assert gain == pytest.approx(0.03)
    assert 0.02 < low < gain < high < 0.04
    assert paired_difference(actual, better, better, metric="macro_f1", seed=3) == (0, 0, 0)


@pytest.mark.parametrize(("hits", "rows"), [(84, 100), (0, 10), (10, 10), (1, 3)])
def test_the_interval_of_a_share_is_wilsons(hits: int, rows: int):
    known = tuple(binomtest(hits, rows).proportion_ci(method="wilson"))
    assert share_interval(hits, rows) == pytest.approx(known, abs=1e-9)
    assert share_intervals(np.array([hits]), np.array([rows])) == tuple(
        np.array([end]) for end in share_interval(hits, rows)
    )
    assert share_interval(0, 0) == (0, 1)


def test_a_threshold_keeps_its_promise_on_new_rows():
    rng = np.random.default_rng(0)
    broken = found = 0
    for _ in range(200):
        sure = rng.uniform(0.4, 1, 3000)
        threshold = threshold_for_error(sure, rng.random(3000) < sure, 0.1)
        if threshold is not None:
            found += 1
            true_error = 1 - (threshold + 1) / 2  # the mean confidence from the threshold up is the share right
            broken += true_error > 0.1
    assert found > 150
    assert broken <= 15  # 5% of 200, with room for chance


def test_a_threshold_that_cannot_be_shown_is_none():
    rng = np.random.default_rng(0)
    assert threshold_for_error(rng.random(1000), rng.random(1000) < 0.5, 0.05) is None
    assert threshold_for_error(np.array([0.9] * 5), np.ones(5), 0.05) is None
    assert threshold_for_error(np.zeros(0), np.zeros(0), 0.05) is None
    assert threshold_for_error(np.linspace(0.5, 1, 1000), np.ones(1000), 0.05) == 0.5


def test_the_coverage_curve_ends_with_every_row():
    rng = np.random.default_rng(1)
    sure = rng.random(777).round(2)
    right = rng.random(777) < sure
    curve = coverage_curve(sure, right)
    assert curve.coverage[-1] == 1
    assert curve.error[-1] == pytest.approx(1 - right.mean())
    assert (np.diff(curve.coverage) > 0).all()
    assert ((curve.low <= curve.error) & (curve.error <= curve.high)).all()
    for coverage, threshold in zip(curve.coverage, curve.threshold, strict=True):
        assert (sure >= threshold).mean() == pytest.approx(coverage)
    assert len(coverage_curve(np.zeros(0), np.zeros(0)).coverage) == 0


def test_reliability_bins_hold_every_row_once():
    rng = np.random.default_rng(1)
    sure = rng.random(1000)
    bins = reliability_bins(sure, rng.random(1000) < sure)
    assert sum(b.rows for b in bins) == 1000
    assert len(bins) == 15
    assert all(b.low <= b.right <= b.high for b in bins)


def test_answers_that_are_all_right_leave_room_for_mistakes_not_seen() -> None:
    found = bootstrap_intervals(["a", "b"] * 10, ["a", "b"] * 10, seed=0)
    assert found["accuracy"] == pytest.approx((0.839, 1.0), abs=1e-3)


def test_the_interval_of_a_mean_is_that_of_resampled_rows() -> None:
    values = np.random.default_rng(0).normal(size=400)
    low, high = mean_interval(values, seed=1)
    assert (low, high) == pytest.approx((values.mean() - 0.098, values.mean() + 0.098), abs=0.01)
