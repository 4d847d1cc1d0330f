from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from core.learning.engine import LengthBatches, Recipe, Rows, Run, last_checkpoint, train
from core.learning.hardware import Hardware
from core.progress import Cancelled
from core.words import UserError
from tests.learning.tiny import Recorder

CPU = Hardware("cpu", "test", 2, 1000, 1000, bf16=False)
RECIPE = Recipe(epochs=4, batch_size=16, learning_rate=0.02, patience=4)
FEATURES = torch.from_numpy(np.random.default_rng(0).standard_normal((300, 8), dtype=np.float32))
LABELS = (FEATURES[:, 0] + FEATURES[:, 1] > 0).long()


class Small(nn.Module):
    """A linear classifier with dropout; `room` is how many rows fit into its make-believe memory."""

    def __init__(self, room: int = 1000) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.layer, self.dropout, self.room = nn.Linear(8, 2), nn.Dropout(0.1), room
        self.largest = 0

    def forward(self, features: torch.Tensor, labels: torch.Tensor) -> dict[str, torch.Tensor]:
        if self.training:
            self.largest = max(self.largest, len(features))
            if len(features) > self.room:
                raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 MiB")
        logits = self.layer(self.dropout(features))
        return {"loss": nn.functional.cross_entropy(logits, labels), "logits": logits}


def collate(rows: list[int]) -> dict[str, torch.Tensor]:
    return {"features": FEATURES[rows], "labels": LABELS[rows]}


ROWS = Rows(np.arange(240), np.arange(240, 300), collate, [1] * 300)


def accuracy(logits: np.ndarray, labels: np.ndarray) -> float:
    return float((logits.argmax(1) == labels).mean())


def test_training_learns_and_reports_curves(report: Recorder) -> None:
    done = train(Small(), ROWS, accuracy, RECIPE, Run(0, report, CPU))
    assert done.best_score > 0.9
    assert {curve for curve, _, _ in report.points} == {"loss", "validation"}
    assert report.shares[-1] == 1.0
    assert report.shares == sorted(report.shares)


def test_the_best_weights_are_left_in_the_model(report: Recorder) -> None:
    model = Small()
    scores = iter([0.5, 0.9, 0.2, 0.1])
    seen: list[torch.Tensor] = []

    def score(logits: np.ndarray, labels: np.ndarray) -> float:
        seen.append(model.layer.weight.detach().clone())
        return next(scores)

    done = train(model, ROWS, score, RECIPE, Run(0, report, CPU))
    assert done.best_score == 0.9
    assert torch.equal(model.layer.weight, seen[1])
    assert not torch.equal(seen[1], seen[-1])


def test_a_model_trained_in_16_bits_answers_as_its_saved_copy(report: Recorder) -> None:
    model, copy = Small(), Small()
    train(model, ROWS, accuracy, RECIPE, Run(0, report, replace(CPU, bf16=True)))
    copy.load_state_dict(model.state_dict())
    rows = collate(list(range(20)))
    assert torch.allclose(model.eval()(**rows)["logits"], copy.eval()(**rows)["logits"], rtol=1e-4, atol=1e-5)


def test_training_stops_early_without_improvement(report: Recorder) -> None:
    recipe = Recipe(epochs=9, batch_size=16, learning_rate=0.02, patience=2)
    assert train(Small(), ROWS, lambda logits, labels: 0.5, recipe, Run(0, report, CPU)).epochs == 3


def test_the_curve_shows_the_measure_that_is_to_be_drawn_and_the_score_decides(report: Recorder) -> None:
    recipe = Recipe(epochs=9, batch_size=16, learning_rate=0.02, patience=2, drawn=accuracy)
    done = train(Small(), ROWS, lambda logits, labels: 0.5, recipe, Run(0, report, CPU))
    assert done.epochs == 3
    drawn = [y for curve, _, y in report.points if curve == "validation"]
    assert len(drawn) == 3
    assert all(0.5 < y <= 1 for y in drawn)


def test_a_training_that_had_stopped_early_is_not_taken_up_again(tmp_path: Path) -> None:
    recipe = Recipe(epochs=9, batch_size=16, learning_rate=0.02, patience=2)
    first, second = Small(), Small()
    done = train(first, ROWS, lambda logits, labels: 0.5, recipe, Run(0, Recorder(tmp_path), CPU))
    again = train(second, ROWS, lambda logits, labels: 0.9, recipe, Run(0, Recorder(tmp_path), CPU))
    assert (again.history, again.steps, again.epochs) == (done.history, done.steps, done.epochs)
    assert torch.equal(first.layer.weight, second.layer.weight)


def test_an_interrupted_training_goes_on_to_the_same_end(tmp_path: Path) -> None:
    whole, resumed = Small(), Small()
    expected = train(whole, ROWS, accuracy, RECIPE, Run(0, Recorder(tmp_path / "a"), CPU))
    cut = Recorder(tmp_path / "b", cancel_in="fine_tune", after=40)
    cut.stage("fine_tune")
    with pytest.raises(Cancelled):
        train(resumed, ROWS, accuracy, RECIPE, Run(0, cut, CPU))
    again, fresh = Recorder(tmp_path / "b"), Small()
    done = train(fresh, ROWS, accuracy, RECIPE, Run(0, again, CPU))
    assert any("Going on from" in line for line in again.lines)
    assert done.steps == expected.steps
    assert np.allclose(done.history, expected.history, atol=0.02)
    assert torch.allclose(fresh.layer.weight, whole.layer.weight, atol=1e-4)


def test_a_checkpoint_cut_short_is_passed_over(tmp_path: Path) -> None:
    train(Small(), ROWS, accuracy, RECIPE, Run(0, Recorder(tmp_path), CPU))
    complete = last_checkpoint(tmp_path / "training")
    assert complete is not None
    (tmp_path / "training" / "checkpoint-9999").mkdir()
    (tmp_path / "training" / "checkpoint-9999" / "model.safetensors").write_bytes(b"half")
    assert last_checkpoint(tmp_path / "training") == complete


def test_too_little_memory_halves_the_batch_and_keeps_the_steps(tmp_path: Path) -> None:
    report = Recorder(tmp_path / "small")
    roomy, tight = Small(), Small(room=5)
    expected = train(roomy, ROWS, accuracy, RECIPE, Run(0, Recorder(tmp_path / "large"), CPU))
    done = train(tight, ROWS, accuracy, RECIPE, Run(0, report, CPU))
    assert done.batch_size == 4
    assert done.steps == expected.steps
    assert done.best_score > 0.9
    assert len(report.lines) == 2


def test_no_memory_for_one_row_is_said_plainly(report: Recorder) -> None:
    with pytest.raises(UserError, match="not enough memory"):
        train(Small(room=0), ROWS, accuracy, RECIPE, Run(0, report, CPU))


def test_other_errors_are_not_taken_for_lack_of_memory(report: Recorder) -> None:
    def broken(rows: list[int]) -> dict[str, torch.Tensor]:
        raise RuntimeError("shapes do not match")

    with pytest.raises(RuntimeError, match="shapes"):
        train(
            Small(), Rows(ROWS.training, ROWS.validation, broken, ROWS.lengths), accuracy, RECIPE, Run(0, report, CPU)
        )


def test_cancelling_stops_at_the_next_step(tmp_path: Path) -> None:
    report = Recorder(tmp_path, cancel_in="x", after=3)
    report.stage("x")
    with pytest.raises(Cancelled):
        train(Small(), ROWS, accuracy, RECIPE, Run(0, report, CPU))
    assert len(report.shares) == 4


def test_parameters_take_the_rate_of_their_prefix(report: Recorder) -> None:
    model = Small()
    before = model.layer.bias.detach().clone()
    recipe = Recipe(epochs=1, batch_size=16, learning_rate=0.02, learning_rates={"layer.bias": 0.0})
    train(model, ROWS, accuracy, recipe, Run(0, report, CPU))
    assert torch.equal(model.layer.bias, before)


def test_batches_hold_like_lengths_and_every_row_once() -> None:
    lengths = np.random.default_rng(0).integers(1, 200, size=1000)
    batches = LengthBatches(lengths.tolist(), 32, seed=0)
    found = list(batches)
    assert sorted(row for batch in found for row in batch) == list(range(1000))
    padding = sum(int(lengths[b].max()) * len(b) - int(lengths[b].sum()) for b in found)
    assert padding < 0.1 * lengths.sum()
    assert list(batches) == found
    batches.epoch = 1
    assert list(batches) != found
