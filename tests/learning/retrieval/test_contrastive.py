"""Fine-tuning brings questions to their answers, hides what is as right, and can be stopped."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import BertConfig, BertModel

from core.data.conversations import Pairs
from core.learning.retrieval import contrastive, fitting
from core.learning.retrieval.contrastive import PairNetwork, _ranking, mean_reciprocal_rank
from core.learning.retrieval.fitting import fit_bot
from core.progress import Cancelled
from tests.learning.retrieval.conftest import asked
from tests.learning.tiny import Recorder, collapsing


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fitting, "LEAST_TO_TUNE", 40)
    monkeypatch.setitem(contrastive.RECIPES, "standard", contrastive.engine.Recipe(1, 16, 5e-3))


@pytest.mark.usefixtures("short")
def test_a_tuned_encoder_ranks_its_answers_better_on_rows_it_was_not_tuned_on(
    tiny_encoder: Path, report: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(contrastive.RECIPES, "standard", contrastive.engine.Recipe(4, 16, 1e-2))
    bot = fit_bot(asked(240, intents=False), mode="standard", seed=0, report=report)
    history = [score for _, score in bot.facts["contrastive"]["history"]]
    assert report.stages == ["tune", "index", "match"]
    assert bot.facts["encoder"] == tiny_encoder.name
    assert history[-1] > 0.9
    assert bot.facts["contrastive"]["pairs"] < 240


@pytest.mark.usefixtures("tiny_encoder", "short")
def test_tuning_stops_when_asked(report: Recorder) -> None:
    report.cancel_in, report.after = "tune", 3
    with pytest.raises(Cancelled):
        fit_bot(asked(120, intents=False), mode="standard", seed=0, report=report)


@pytest.mark.usefixtures("tiny_encoder")
def test_few_pairs_are_not_tuned_on_and_that_is_said(report: Recorder) -> None:
    bot = fit_bot(asked(80, intents=False), mode="standard", seed=0, report=report)
    assert fitting.TOO_FEW in bot.notes
    assert "tune" not in report.stages


def test_an_answer_that_says_the_same_is_no_negative() -> None:
    one = torch.eye(3)
    other = torch.tensor([[1.0, 0, 0], [1.0, 0, 0], [0, 0, 1.0]])
    rows = torch.arange(3)
    labels = torch.tensor([[[0, 0], [1, 1], [2, 2]], [[0, 0], [0, 1], [2, 2]], [[0, 0], [1, 0], [2, 2]]])
    losses = [float(_ranking(one, other, own, own, rows)) for own in labels]
    assert losses[1] == losses[2] < losses[0]


def test_hard_negatives_are_of_another_answer_and_another_intent() -> None:
    labels = np.array([[0, 0], [1, 0], [2, 1], [3, 1], [4, 2], [0, 3]])
    said = np.eye(6)
    near = contrastive._nearest(said + 0.1, said, labels)
    for row, found in enumerate(near[:, :1]):
        assert not (labels[found[0]] == labels[row]).any()


def numbered(*answers: int) -> np.ndarray:
    return np.array([answers, answers]).T


def test_the_score_is_the_mean_reciprocal_rank_among_distinct_answers() -> None:
    vectors = np.eye(4)
    logits = np.concatenate([vectors, vectors], axis=1)
    assert mean_reciprocal_rank(logits, numbered(3, 1, 0, 2)) == 1.0
    turned = np.concatenate([vectors, vectors[[1, 0, 2, 3]]], axis=1)
    assert mean_reciprocal_rank(turned, numbered(0, 1, 2, 3)) < 1.0


def test_pairs_without_answers_are_not_tuned_contrastively() -> None:
    assert not Pairs(["a"], [""], ["x"]).has_answers


def batch(rows: int = 12) -> dict[str, torch.Tensor]:
    random = torch.Generator().manual_seed(0)
    texts = {}
    for name in ("question", "answer", "hard", "alike"):
        texts[f"{name}_ids"] = torch.randint(4, 60, (rows, 9), generator=random)
        texts[f"{name}_mask"] = (torch.arange(9)[None] < torch.randint(4, 10, (rows, 1), generator=random)).long()
    labels, negatives = torch.arange(rows) % 5, (torch.arange(rows) + 1) % 5
    return {**texts, "labels": torch.stack([labels] * 2, 1), "negatives": torch.stack([negatives] * 2, 1)}


def gradients(
    pieces: int, at_once: int, monkeypatch: pytest.MonkeyPatch
) -> tuple[float, list[torch.Tensor], list[int]]:
    """Loss, gradients, and how many texts the encoder was given at once."""
    monkeypatch.setattr(contrastive, "MOST_AT_ONCE", at_once)
    torch.manual_seed(3)
    config = BertConfig(
        vocab_size=60, hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=64,
        hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0,
    )  # fmt: skip
    network = PairNetwork(BertModel(config), frozen=1).train()
    network.in_pieces(pieces)
    sizes: list[int] = []
    network.encoder.register_forward_pre_hook(
        lambda module, args, given: sizes.append(len(given["input_ids"])), with_kwargs=True
    )
    loss = network(**batch())["loss"]
    loss.backward()
    return (
        float(loss.detach()),
        [one.grad for one in network.parameters() if one.requires_grad and one.grad is not None],
        sizes,
    )


@pytest.mark.parametrize(("pieces", "at_once"), [(3, 128), (5, 128), (1, 4)])
def test_a_batch_read_in_pieces_has_the_gradients_of_the_whole(
    monkeypatch: pytest.MonkeyPatch, pieces: int, at_once: int
) -> None:
    loss, whole, _ = gradients(1, 128, monkeypatch)
    again, cached, sizes = gradients(pieces, at_once, monkeypatch)
    assert again == pytest.approx(loss, rel=1e-4)
    assert max(sizes) <= 4
    assert len(cached) == len(whole) > 10
    assert all(torch.allclose(one, other, atol=1e-4, rtol=1e-2) for one, other in zip(whole, cached, strict=True))


@pytest.mark.usefixtures("tiny_encoder", "short")
def test_short_memory_costs_no_in_batch_negatives(report: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[int, int]] = []
    whole = PairNetwork.forward

    def forward(self: PairNetwork, labels: torch.Tensor, **given: torch.Tensor) -> dict[str, object]:
        seen.append((self.pieces, len(labels)))
        if self.pieces == 1 and self.training:
            raise RuntimeError("out of memory")
        return whole(self, labels, **given)

    monkeypatch.setattr(PairNetwork, "forward", forward)
    bot = fit_bot(asked(120, intents=False), mode="standard", seed=0, report=report)
    assert bot.facts["contrastive"]["batch_size"] == 16
    assert (2, 16) in seen


def test_scores_are_reckoned_in_full_also_where_the_encoder_is_not() -> None:
    one, other = torch.nn.functional.normalize(
        torch.randn(2, 12, 64, generator=torch.Generator().manual_seed(0)), dim=-1
    )
    rows = torch.arange(12)
    labels = torch.stack([rows, rows], dim=-1)
    plain = _ranking(one, other, labels, labels, rows)
    with torch.autocast("cpu", torch.bfloat16):
        halved = _ranking(one, other, labels, labels, rows)
    assert torch.equal(halved, plain)


@pytest.mark.usefixtures("short")
def test_a_tuning_that_leaves_questions_further_from_their_answers_begins_again_more_slowly(
    tiny_encoder: Path, report: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(contrastive.engine, "train", collapsing(contrastive.engine.train, "contrastive", 0.0))
    facts = fit_bot(asked(120, intents=False), mode="standard", seed=0, report=report).facts["contrastive"]
    assert facts["begun_again_slower"] == 1
    assert facts["learning_rate"] == 5e-3 / 4
    assert any("collapsed" in line for line in report.lines)
