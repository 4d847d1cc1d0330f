from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from core.learning import engine
from core.learning.engine import Diverged, LengthBatches, Recipe, Rows, Run, last_checkpoint, train
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


def test_a_halved_and_interrupted_training_goes_on_where_it_was(tmp_path: Path) -> None:
    expected = train(Small(room=5), ROWS, accuracy, RECIPE, Run(0, Recorder(tmp_path / "whole"), CPU))
    cut, again = Recorder(tmp_path / "cut", cancel_in="x", after=40), Recorder(tmp_path / "cut")
    cut.stage("x")
    with pytest.raises(Cancelled):
        train(Small(room=5), ROWS, accuracy, RECIPE, Run(0, cut, CPU))
    done = train(Small(room=5), ROWS, accuracy, RECIPE, Run(0, again, CPU))
    assert len(again.lines) == 1
    assert "Going on from" in again.lines[0]
    assert (done.steps, done.batch_size, done.history) == (expected.steps, expected.batch_size, expected.history)


def test_an_older_checkpoint_stays_until_the_newer_is_complete(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[Path] = []

    def save_file(tensors: dict[str, torch.Tensor], path: Path) -> None:
        if written:
            raise Cancelled
        written.append(path)
        engine_save(tensors, path)

    engine_save = engine.save_file
    monkeypatch.setattr(engine, "save_file", save_file)
    with pytest.raises(Cancelled):
        train(Small(), ROWS, accuracy, RECIPE, Run(0, Recorder(tmp_path), CPU))
    assert last_checkpoint(tmp_path / "training") == written[0].parent
    monkeypatch.undo()
    train(Small(), ROWS, accuracy, RECIPE, Run(0, Recorder(tmp_path), CPU))
    assert len(list((tmp_path / "training").glob("checkpoint-*"))) == 1


def test_a_score_that_is_no_number_counts_as_the_worst(report: Recorder) -> None:
    scores = iter([float("nan"), 0.7, float("nan"), 0.8])
    done = train(Small(), ROWS, lambda logits, labels: next(scores), RECIPE, Run(0, report, CPU))
    assert done.best_score == 0.8
    assert [score for _, score in done.history] == [0.7, 0.8]
    assert [y for curve, _, y in report.points if curve == "validation"] == [0.7, 0.8]


class Breaking(Small):
    """Its loss is no number from a step on."""

    def __init__(self, after: int) -> None:
        super().__init__()
        self.left = after

    def forward(self, features: torch.Tensor, labels: torch.Tensor) -> dict[str, torch.Tensor]:
        out = super().forward(features, labels)
        self.left -= self.training
        return out | {"loss": out["loss"] * (float("nan") if self.left < 0 else 1.0)}


def test_a_loss_that_is_no_number_ends_a_training_with_the_best_before(report: Recorder) -> None:
    model = Breaking(after=20)
    done = train(model, ROWS, accuracy, RECIPE, Run(0, report, CPU))
    assert done.best_score > 0.5
    assert torch.isfinite(model.layer.weight).all()
    assert any("ceased to be numbers" in line for line in report.lines)


def test_a_loss_that_never_was_a_number_is_said_plainly(report: Recorder) -> None:
    for _ in range(2):
        with pytest.raises(Diverged, match="did not settle"):
            train(Breaking(after=0), ROWS, accuracy, RECIPE, Run(0, report, CPU))


def test_the_checkpoint_of_another_model_is_not_taken_up(tmp_path: Path) -> None:
    partly, report = Small(), Recorder(tmp_path)
    partly.layer.bias.requires_grad_(False)
    train(partly, ROWS, accuracy, RECIPE, Run(0, Recorder(tmp_path), CPU))
    expected = train(Small(), ROWS, accuracy, RECIPE, Run(0, Recorder(tmp_path / "other"), CPU))
    done = train(Small(), ROWS, accuracy, RECIPE, Run(0, report, CPU))
    assert any("another model" in line for line in report.lines)
    assert done.history == expected.history
