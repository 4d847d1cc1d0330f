from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import scipy.sparse as sp

from core.learning import curve as curve_module
from core.learning.curve import LEAST_ROWS, Task, learning_curve, power_laws, right_shares, rounded
from core.learning.doubts import MOST_LISTED, as_doubts, doubtful
from core.learning.folds import Folds
from core.learning.learned import BY_WORDS, Learned
from core.words import Text, same

METHOD = Text("nearest mean", "最近均值")


def answers(rows: int, wrong: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Labels of two classes of which the first `wrong` are flipped, and honest probabilities of the true ones."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 2, rows)
    sure = rng.uniform(0.7, 0.99, rows)
    shares = np.where(truth[:, None] == np.arange(2), sure[:, None], 1 - sure[:, None])
    labels = truth.copy()
    labels[:wrong] = 1 - labels[:wrong]
    return labels, shares, truth


def test_flipped_labels_are_found_the_least_plausible_first() -> None:
    labels, shares, _ = answers(400, 20)
    found = doubtful(labels, shares)
    assert set(found[:15]) <= set(range(20))
    given = shares[found, labels[found]]
    assert list(given) == sorted(given)


def test_right_labels_are_not_doubted() -> None:
    labels, shares, _ = answers(400, 0)
    assert len(doubtful(labels, shares)) == 0


def test_a_class_too_rare_to_judge_doubts_nothing() -> None:
    labels, shares, _ = answers(60, 0)
    labels[:] = 0
    labels[:3] = 1
    assert len(doubtful(labels, shares)) == 0


def test_doubts_are_said_as_the_file_writes_them() -> None:
    labels, shares, _ = answers(400, 20)
    rows = np.arange(400) * 2
    named = [("neg", Text("Negative", "负面")), ("pos", Text("Positive", "正面"))]
    doubts = as_doubts((labels, shares), rows, named, lambda row: {"text": f"row {row}"})
    assert (doubts.checked, doubts.found) == (400, len(doubts.rows))
    first = doubts.rows[0]
    assert first.row % 2 == 0
    assert first.cells == {"text": f"row {first.row}"}
    assert first.given == named[labels[first.row // 2]][0]
    assert first.p_given < 0.5 < first.p_suggested


def test_of_very_many_doubts_the_worst_are_listed_and_all_counted() -> None:
    labels, shares, _ = answers(6000, 1200)
    doubts = as_doubts((labels, shares), np.arange(6000), [("a", same("a")), ("b", same("b"))], lambda row: {})
    assert len(doubts.rows) == MOST_LISTED < doubts.found


def test_a_power_law_is_found_again() -> None:
    sizes = np.array([100, 200, 400, 800])
    floored, plain = power_laws(sizes, 0.1 + 2 * sizes**-0.5, np.full(4, 0.01))
    assert floored == pytest.approx((0.1, 2.0, 0.5), abs=0.02)
    assert plain[0] == 0
    assert power_laws(sizes, 2 * sizes**-0.5, np.full(4, 0.01))[1] == pytest.approx((0, 2.0, 0.5), abs=0.02)


def test_errors_that_do_not_fall_promise_next_to_nothing() -> None:
    for level, scale, exponent in power_laws(np.array([100, 200, 400]), np.array([0.2, 0.21, 0.22]), np.full(3, 0.01)):
        assert scale * (400**-exponent - 600**-exponent) < 0.005
        assert level + scale * 400**-exponent == pytest.approx(0.21, abs=0.01)


def means(rows: int, noise: float, seed: int = 0) -> Task:
    """Two clouds in twenty columns, told apart by the nearest mean: with more rows the means get better."""
    rng = np.random.default_rng(seed)
    labels = np.arange(rows) % 2
    points = rng.normal(size=(rows, 20)) * noise + labels[:, None] * 0.35

    def answer(kept: np.ndarray, asked: np.ndarray) -> np.ndarray:
        centres = np.stack([points[kept][labels[kept] == kind].mean(0) for kind in (0, 1)])
        distance = ((points[asked][:, None] - centres) ** 2).sum(-1)
        return np.exp(-distance) / np.exp(-distance).sum(1, keepdims=True)

    return Task(Folds.of_rows(labels, seed), answer, right_shares, lambda share: None)


def test_a_curve_rises_and_says_what_more_rows_would_bring_with_a_range() -> None:
    curve = learning_curve(means(400, 1.0), METHOD)
    assert curve is not None
    assert curve.values[-1] > curve.values[0]
    assert curve.sizes == tuple(sorted(curve.sizes))
    assert curve.sizes[-1] < curve.rows == 400
    assert curve.more == 200
    assert 0 < curve.gain < 0.1
    assert curve.gain_low <= curve.gain <= curve.gain_high
    assert [rows for rows, _ in curve.ahead][-1] == 600


def test_where_nothing_can_be_learned_no_gain_is_promised() -> None:
    task = means(400, 1.0)
    shuffled = np.random.default_rng(1).permutation(task.labels)
    curve = learning_curve(Task(Folds.of_rows(shuffled), task.answer, right_shares, task.tick), METHOD)
    assert curve is not None
    assert curve.gain_low < 0.01


def test_too_few_rows_draw_no_curve() -> None:
    assert learning_curve(means(LEAST_ROWS - 2, 1.0), METHOD) is None


@pytest.mark.parametrize(("rows", "more"), [(240, 100), (1_116, 500), (4_000, 2_000), (96_000, 40_000)])
def test_more_rows_are_a_round_number(rows: int, more: int) -> None:
    assert rounded(rows) == more


@pytest.mark.parametrize("sparse", [False, True])
def test_what_was_learned_outlives_its_process(tmp_path: Path, sparse: bool) -> None:
    random = np.random.default_rng(0)
    features = random.normal(size=(300, 8)).astype(np.float32)
    y = (features[:, 0] > 0).astype(int)
    shares = np.column_stack([1 - y, y]) * 0.8 + 0.1
    kept = sp.csr_matrix(np.maximum(features, 0)) if sparse else features
    learned = Learned(Folds.of_rows(y), shares, kept, 0.01, BY_WORDS)
    learned.save(tmp_path)
    again = Learned.load(tmp_path)
    assert again is not None
    assert again.method == BY_WORDS
    assert again.curve(lambda _: None) == learned.curve(lambda _: None)
    assert Learned.load(tmp_path / "nowhere") is None


@pytest.mark.parametrize(
    ("clock", "worked", "drawn"),
    [(0.1, 20.0, True), (20.0, 0.1, True), (20.0, 20.0, False)],
    ids=["many cores", "a busy machine", "slow fits"],
)
def test_neither_many_cores_nor_a_busy_machine_cost_a_curve(
    clock: float, worked: float, drawn: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fit takes so many seconds by the clock and of the processor."""
    fits, task = 0, means(400, 1.0)

    def answer(kept: np.ndarray, asked: np.ndarray) -> np.ndarray:
        nonlocal fits
        fits += 1
        return task.answer(kept, asked)

    watch = SimpleNamespace(perf_counter=lambda: fits * clock, process_time=lambda: fits * worked)
    monkeypatch.setattr(curve_module, "time", watch)
    timed = replace(task, answer=answer)
    assert (learning_curve(timed, METHOD) is not None) is drawn
