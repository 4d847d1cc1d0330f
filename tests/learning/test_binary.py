import json
from itertools import pairwise

import numpy as np
import pytest

from core.learning.binary import brier, captured, deciles, distribution, evaluate_binary, ks, pr_auc
from core.learning.delong import auc_difference, auc_interval
from core.words import UserError


def drawn(rows: int, seed: int, strength: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities and ends that happen with these probabilities."""
    rng = np.random.default_rng(seed)
    probability = 1 / (1 + np.exp(-rng.normal(-1, strength, rows)))
    return rng.random(rows) < probability, probability


def test_the_area_is_the_share_of_pairs_in_the_right_order() -> None:
    bad, score = drawn(60, 0)
    score = score.round(1)
    pairs = score[bad][:, None] - score[~bad][None]
    by_hand = ((pairs > 0) + 0.5 * (pairs == 0)).mean()
    assert auc_interval(bad, score)[0] == pytest.approx(by_hand)


def test_the_interval_of_the_area_is_about_that_of_many_samples() -> None:
    areas = [auc_interval(*drawn(300, seed))[0] for seed in range(200)]
    _, low, high = auc_interval(*drawn(300, 999))
    assert (high - low) / 4 == pytest.approx(np.std(areas), rel=0.25)


def test_a_difference_on_the_same_rows_is_surer_than_two_areas() -> None:
    bad, probability = drawn(400, 1)
    worse = probability + np.random.default_rng(2).normal(0, 0.03, 400)
    gain, low, high = auc_difference(bad, probability, worse)
    alone = auc_interval(bad, probability)
    assert gain == pytest.approx(alone[0] - auc_interval(bad, worse)[0])
    assert (high - low) < 0.5 * (alone[2] - alone[1])
    assert auc_difference(bad, probability, probability) == pytest.approx((0, 0, 0))


def test_ks_is_the_largest_gap_between_the_two_ends() -> None:
    bad, probability = drawn(200, 3)
    gaps = [abs((probability[bad] <= cut).mean() - (probability[~bad] <= cut).mean()) for cut in probability]
    assert ks(bad, probability) == pytest.approx(max(gaps))


def test_brier_and_captured_by_hand() -> None:
    bad = np.array([True, False, False, False, True])
    probability = np.array([0.9, 0.8, 0.1, 0.0, 0.5])
    assert brier(bad, probability) == pytest.approx((0.01 + 0.64 + 0.01 + 0 + 0.25) / 5)
    assert captured(bad, probability, 0.2) == 0.5
    assert captured(bad, probability, 0.6) == 1.0


def test_deciles_count_every_row_once_the_riskiest_first() -> None:
    bad, probability = drawn(503, 4)
    parts = deciles(bad, probability)
    assert sum(part["rows"] for part in parts) == 503
    assert sum(part["bad"] for part in parts) == bad.sum()
    assert parts[-1]["caught"] == 1.0
    assert all(above["from"] >= below["to"] for above, below in pairwise(parts))
    assert all(part["low"] <= part["rate"] <= part["high"] for part in parts)


def test_the_verdict_compares_with_the_better_rival() -> None:
    bad, probability = drawn(800, 5)
    noise = np.random.default_rng(6)
    rivals = {"weak": noise.random(800), "strong": np.clip(probability + noise.normal(0, 0.02, 800), 0, 1)}
    scores = evaluate_binary(bad, probability, rivals, seed=0)
    assert scores.rival == "strong"
    assert scores.gain == pytest.approx(auc_difference(bad, probability, rivals["strong"]))
    assert scores.metrics["gini"] == pytest.approx(2 * scores.metrics["roc_auc"] - 1)
    assert scores.baseline["strong_roc_auc"] > scores.baseline["roc_auc"]
    for name, (low, high) in scores.intervals.items():
        assert low <= scores.metrics[name] <= high
    json.dumps(scores.details, allow_nan=False)


def test_calibrated_probabilities_err_no_more_than_chance() -> None:
    bad, probability = drawn(3000, 7)
    honest = evaluate_binary(bad, probability, {"same": probability}, seed=0)
    boastful = evaluate_binary(bad, np.clip(probability * 1.6, 0, 1), {"same": probability}, seed=0)
    assert honest.metrics["expected_calibration_error"] < 2 * honest.details["calibration_noise"]
    assert boastful.metrics["expected_calibration_error"] > 4 * boastful.details["calibration_noise"]


def test_one_kind_of_end_cannot_be_judged() -> None:
    with pytest.raises(UserError):
        evaluate_binary(np.ones(5, dtype=bool), np.linspace(0, 1, 5), {"same": np.zeros(5)}, seed=0)


def test_the_last_bin_of_the_probabilities_says_that_it_holds_those_beyond_it() -> None:
    probability = np.concatenate([np.linspace(0, 0.1, 995), np.full(5, 0.9)])
    found = distribution(probability > 0.5, probability)
    assert 0.1 < found["last"] < 0.2
    assert found["bad"][-1] == 1.0
    assert distribution(probability > 0.05, np.linspace(0, 1, 1000).clip(0, 0.3))["last"] is None


def test_a_perfect_order_of_few_cases_is_no_certainty() -> None:
    area, low, high = auc_interval(np.arange(13) < 3, -np.arange(13.0))
    assert (area, high) == (1.0, 1.0)
    assert low < 0.5


def test_no_range_is_given_of_a_largest_gap_and_that_of_average_precision_is_that_of_many_samples() -> None:
    found = evaluate_binary(*drawn(300, 999), {"noise": np.random.default_rng(0).random(300)}, seed=0).intervals
    assert set(found) == {"roc_auc", "gini", "pr_auc", "brier"}
    low, high = found["pr_auc"]
    precisions = [pr_auc(*drawn(300, seed)) for seed in range(200)]
    assert (high - low) / 4 == pytest.approx(np.std(precisions), rel=0.25)
    assert low < np.mean(precisions) < high
