from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics as theirs

from core.learning import metrics as ours


@pytest.fixture(params=range(5))
def rows(request):
    rng = np.random.default_rng(request.param)
    kinds = int(rng.integers(2, 9))
    actual = rng.integers(0, kinds, 300)
    probabilities = rng.dirichlet(np.ones(kinds), 300)
    return actual, probabilities.argmax(axis=1), probabilities


def test_figures_are_those_of_scikit_learn(rows):
    actual, predicted, probabilities = rows
    a, p = actual.astype(str), predicted.astype(str)
    assert ours.accuracy(a, p) == pytest.approx(theirs.accuracy_score(a, p))
    assert ours.macro_f1(a, p) == pytest.approx(theirs.f1_score(a, p, average="macro", zero_division=0))
    names = ours.classes_of(a, p)
    assert (ours.confusion(a, p, names) == theirs.confusion_matrix(a, p, labels=list(names))).all()
    expected = theirs.precision_recall_fscore_support(a, p, labels=list(names), zero_division=0)
    found = [(c.precision, c.recall, c.f1, c.support) for c in ours.per_class(a, p)]
    assert np.array(found) == pytest.approx(np.array(expected).T)
    assert ours.log_loss(actual, probabilities) == pytest.approx(theirs.log_loss(actual, probabilities))


def test_binary_brier_is_twice_that_of_scikit_learn():
    rng = np.random.default_rng(0)
    actual, score = rng.integers(0, 2, 100), rng.random(100)
    expected = theirs.brier_score_loss(actual, score)
    assert ours.brier(actual, np.stack([1 - score, score], axis=1)) == pytest.approx(2 * expected)
    assert ours.roc_auc(actual, score) == pytest.approx(theirs.roc_auc_score(actual, score))


def test_undefined_figures_are_finite():
    empty = np.zeros(0)
    assert ours.accuracy([], []) == ours.macro_f1([], []) == 0
    assert ours.roc_auc(np.ones(3), np.ones(3)) == 0.5
    assert ours.log_loss(empty, empty.reshape(0, 2)) == ours.brier(empty, empty.reshape(0, 2)) == 0
    assert ours.expected_calibration_error(empty, empty) == 0
    assert np.isfinite(ours.log_loss(np.array([0]), np.array([[0.0, 1.0]])))
    assert ours.per_class(["a"], ["b"], ["a", "b", "c"])[2] == ours.ClassScore("c", 0, 0, 0, 0)


def test_an_unknown_label_is_named():
    with pytest.raises(ValueError, match="'z'"):
        ours.confusion(["a"], ["z"], ["a", "b"])


def test_calibration_error_is_the_distance_of_confidence_from_truth():
    rng = np.random.default_rng(0)
    confidence = rng.uniform(0.5, 1, 20_000)
    assert ours.expected_calibration_error(confidence, rng.random(20_000) < confidence) < 0.02
    assert ours.expected_calibration_error(confidence, rng.random(20_000) < confidence - 0.2) == pytest.approx(
        0.2, abs=0.02
    )
    assert ours.expected_calibration_error(np.array([0.9] * 10), np.array([1] * 5 + [0] * 5)) == pytest.approx(
        0.4, abs=0.51
    )
