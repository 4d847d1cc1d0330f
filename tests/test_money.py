import json
from dataclasses import asdict

import numpy as np
import pytest

from core.dashboards import binary_cards, money_cards
from core.money import Stakes, Summary, best_cutoff, difference, gains_of, profit_curve, said, worth
from core.scenarios.parts import yes_no
from core.words import same


def cases(rows: int = 4000, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    probability = rng.beta(1, 4, rows)
    return probability, rng.random(rows) < probability, rng.lognormal(8, 0.5, rows)


def by_hand(cutoff: float, probability: np.ndarray, bad: np.ndarray, amount: np.ndarray, stakes: Stakes) -> float:
    total = 0.0
    for risk, ended_bad, size in zip(probability, bad, amount, strict=True):
        if risk < cutoff:
            each = size if stakes.per == "amount" else 1.0
            total += -stakes.loss * each if ended_bad else stakes.profit * each
    return total / len(bad) * 1000


@pytest.mark.parametrize("stakes", [Stakes(100, 500), Stakes(0.05, 0.4, "amount")])
def test_the_profit_curve_is_what_approving_below_each_cutoff_earns(stakes: Stakes) -> None:
    probability, bad, amount = cases(600)
    curve = profit_curve(Summary.of(probability, bad, amount), stakes)
    for place in (0, 40, 170, len(curve.cutoff) - 1):
        expected = by_hand(float(curve.cutoff[place]), probability, bad, amount, stakes)
        assert curve.profit[place] == pytest.approx(expected, abs=1e-6)
    assert curve.approved[0] == 0
    assert curve.approved[-1] == 1
    assert ((curve.low <= curve.profit) & (curve.profit <= curve.high)).all()


def test_the_best_cutoff_of_calibrated_probabilities_is_where_profit_and_loss_balance() -> None:
    probability, bad, _ = cases(60_000)
    stakes = Stakes(100, 500)
    best, low, high = best_cutoff(Summary.of(probability, bad), stakes)
    assert low <= stakes.profit / (stakes.profit + stakes.loss) <= high
    assert low <= best <= high
    assert high - low < 0.1


def test_where_every_case_loses_nobody_is_approved() -> None:
    probability, _, _ = cases(500)
    assert best_cutoff(Summary.of(probability, np.ones(500, dtype=bool)), Stakes(100, 500))[0] == 0.0


def test_a_summary_survives_json_and_a_missing_amount_counts_as_the_median() -> None:
    probability, bad, amount = cases(300)
    amount[5] = np.nan
    summary = Summary.of(probability, bad, amount)
    again = Summary.from_json(json.loads(json.dumps(summary.to_json())))
    assert np.allclose(again.good_amount, summary.good_amount)
    whole = np.where(np.isnan(amount), np.nanmedian(amount), amount)
    assert summary.good_amount.sum() + summary.bad_amount.sum() == pytest.approx(whole.sum())


def test_decisions_are_compared_on_the_same_cases() -> None:
    probability, bad, amount = cases(2000)
    gains = gains_of(bad, amount, Stakes(0.05, 0.4, "amount"))
    model, policy = probability < 0.12, probability < 0.4
    gain, low, high = difference(gains, model, policy)
    assert gain == pytest.approx(worth(gains, model).profit - worth(gains, policy).profit)
    assert low < gain < high
    assert difference(gains, model, model) == (0, 0, 0)
    assert worth(gains, model).approved == pytest.approx(model.mean())


def test_money_is_said_with_three_digits_that_count() -> None:
    assert [said(value) for value in (842.4, 12_442, -268_700, 0.0512)] == ["842", "12,400", "−269,000", "0.0512"]


def test_the_money_view_opens_with_the_best_cutoff_of_the_training_rows() -> None:
    probability, bad, _ = cases()
    stakes = Stakes(100, 500)
    cutoffs = yes_no.cutoffs_of(Summary.of(probability, bad), stakes)
    details = {"stakes": asdict(stakes), "stakes_are_examples": True, "has_amount": False, "cutoffs": cutoffs}
    (slider,) = [field for field in money_cards.fields(details) if field.kind == "slider"]
    assert abs(slider.default - cutoffs["best"]) <= slider.step
    assert slider.default != cutoffs["decline_above"]


def test_a_leaderboard_says_what_to_count_on_where_the_test_rows_came_out_otherwise() -> None:
    row = {"name": "blend", "title": same("All").to_json(), "auc": 0.75, "low": 0.72, "high": 0.77}
    readings = [
        binary_cards.leaderboard({"leaderboard": [row]}, test).reading.en
        for test in ((0.76, 0.73, 0.79), (0.82, 0.79, 0.86), (0.66, 0.63, 0.69))
    ]
    assert "test rows it was" not in readings[0]
    assert "82.0%, above this range" in readings[1]
    assert "66.0%, below this range" in readings[2]
