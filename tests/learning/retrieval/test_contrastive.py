"""Fine-tuning brings questions to their answers, hides what is as right, and can be stopped."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from core.data.conversations import Pairs
from core.learning.retrieval import contrastive, fitting
from core.learning.retrieval.contrastive import _ranking, mean_reciprocal_rank
from core.learning.retrieval.fitting import fit_bot
from core.progress import Cancelled
from tests.learning.retrieval.conftest import asked
from tests.learning.tiny import Recorder


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fitting, "LEAST_TO_TUNE", 40)
    monkeypatch.setitem(contrastive.RECIPES, "standard", contrastive.engine.Recipe(1, 16, 5e-3))


@pytest.mark.usefixtures("tiny_encoder", "short")
def test_a_tuned_encoder_ranks_its_answers_better_on_rows_it_was_not_tuned_on(report: Recorder) -> None:
    bot = fit_bot(asked(240, intents=False), mode="standard", seed=0, report=report)
    history = [score for _, score in bot.facts["contrastive"]["history"]]
    assert report.stages == ["tune", "index", "match"]
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
    rows, kinds = torch.arange(3), torch.tensor([0, 0, 1])
    apart = _ranking(one, other, torch.tensor([0, 2, 1]), torch.tensor([0, 2, 1]), rows)
    alike = _ranking(one, other, kinds, kinds, rows)
    assert alike < apart


def test_the_score_is_the_mean_reciprocal_rank_among_distinct_answers() -> None:
    vectors = np.eye(4)
    logits = np.concatenate([vectors, vectors], axis=1)
    assert mean_reciprocal_rank(logits, np.array([3, 1, 0, 2])) == 1.0
    turned = np.concatenate([vectors, vectors[[1, 0, 2, 3]]], axis=1)
    assert mean_reciprocal_rank(turned, np.array([0, 1, 2, 3])) < 1.0


def test_pairs_without_answers_are_not_tuned_contrastively() -> None:
    assert not Pairs(["a"], [""], ["x"]).has_answers
