"""Curves over held-out rows, against scikit-learn and by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from core import curves
from core.paired import luck_of_best

RNG = np.random.default_rng(3)
ROWS = pd.DataFrame({"score": RNG.random(500).round(2), "bad": RNG.random(500) < 0.3})
ROWS["right"] = RNG.random(500) < ROWS["score"]


def test_the_area_under_the_roc_curve_is_scikit_learns() -> None:
    x, y = curves.roc(ROWS, "score", "bad")
    assert (x[0], y[0], x[-1], y[-1]) == (0, 0, 1, 1)
    assert np.trapezoid(y, x) == pytest.approx(roc_auc_score(ROWS["bad"], ROWS["score"]), abs=0.01)


def test_what_is_caught_at_a_share_declined_lies_on_the_roc_curve() -> None:
    x, y = curves.roc(ROWS, "score", "bad")
    assert curves.caught_at(ROWS, "score", "bad", 0.2) == pytest.approx(np.interp(0.2, x, y), abs=0.03)
    assert curves.caught_at(ROWS.assign(bad=True), "score", "bad", 0.2) == 0.0


def test_mistakes_among_all_rows_are_all_mistakes_and_fewer_among_the_surest() -> None:
    x, y = curves.alone(ROWS, "score", "right")
    assert x[0] >= curves.LEAST_ALONE
    assert y[-1] == pytest.approx(1 - ROWS["right"].mean())
    surest = ROWS.sort_values("score", ascending=False, kind="stable").head(350)
    assert curves.mistakes_among(ROWS, "score", "right", 0.7) == pytest.approx(1 - surest["right"].mean())


def test_a_model_that_means_what_it_says_has_hardly_a_gap_and_a_boaster_has_one() -> None:
    many = pd.DataFrame({"said": np.linspace(0.01, 0.99, 20_000)})
    many["came"] = np.random.default_rng(0).random(len(many)) < many["said"]
    assert curves.gap(many, "said", "came") < 0.02
    assert curves.gap(many.assign(said=0.99), "said", "came") > 0.4


def test_hits_within_the_first_places_are_counted() -> None:
    x, y = curves.within(pd.DataFrame({"place": [1, 2, 2, 30]}), "place", 3)
    assert (x.tolist(), y.tolist()) == ([1, 2, 3], [0.25, 0.75, 0.75])


@pytest.mark.parametrize("tries", [2, 3, 5, 10])
def test_the_luck_of_the_best_is_the_expected_maximum_of_equal_models(tries: int) -> None:
    drawn = np.random.default_rng(1).normal(0, 2.0, (200_000, tries)).max(axis=1).mean()
    assert luck_of_best(2.0, tries) == pytest.approx(drawn, rel=0.06)
    assert luck_of_best(2.0, 1) == 0.0
