from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from core.learning.engine import Run
from core.learning.features import TokenStates
from core.learning.folds import Folds
from core.learning.hardware import describe
from core.learning.pool_fitting import fit_pools
from core.learning.pooling import LAYERS, AttentionPool, Pools, normalised
from core.learning.text import TextClassifier, fit_text_classifier
from core.progress import Silent
from tests.learning.tiny import NEAR, planted_rows

ROWS, WIDTH = 1000, 16


def _one_word_decides() -> tuple[TokenStates, np.ndarray]:
    """Rows of 30 to 60 noisy tokens of which one, somewhere, stands out and says the class."""
    random = np.random.default_rng(0)
    lengths = random.integers(30, 60, ROWS)
    states, y = TokenStates(lengths.tolist(), WIDTH, describe("cpu")), np.arange(ROWS) % 2
    for row, length in enumerate(lengths):
        tokens = random.normal(size=(length, WIDTH)).astype(np.float32)
        tokens[random.integers(length), :3] = 12.0 if y[row] else -12.0
        states.put([row], torch.from_numpy(tokens)[None])
    return states, y


def test_the_head_finds_the_one_token_that_decides(tmp_path: Path) -> None:
    states, y = _one_word_decides()
    folds = np.arange(ROWS) // 2 % 3
    fitted = fit_pools(states, np.arange(ROWS), Folds.of_rows(y), 2, folds, Run(0, Silent(tmp_path), describe("cpu")))
    assert (fitted.out_of_fold.argmax(1) == y).mean() > 0.65
    again = Pools.of(fitted.pools.tensors())
    some = states.batch(range(20))
    assert np.allclose(again.log_probabilities(**some), fitted.pools.log_probabilities(**some), atol=1e-4)


def test_pools_read_the_layers_that_they_learned_from() -> None:
    layers = list(torch.randn(7, 1, 2, WIDTH))
    both, older = (Pools([AttentionPool(count * WIDTH, 2)]) for count in (LAYERS, 1))
    assert torch.equal(both.reads(layers), normalised(torch.cat([layers[3], layers[6]], dim=-1)))
    assert torch.equal(older.reads(layers), normalised(layers[6]))


def test_pools_that_learned_a_scale_for_their_states_answer_as_they_did() -> None:
    hidden, mask = torch.randn(5, 7, WIDTH), torch.ones(5, 7)
    scale, shift = torch.rand(WIDTH) + 0.5, torch.randn(WIDTH)
    plain = AttentionPool(WIDTH, 2)
    weights = {f"0.{name}": value.numpy() for name, value in plain.state_dict().items()}
    older = Pools.of(weights | {"0.norm.weight": scale.numpy(), "0.norm.bias": shift.numpy()})
    expected = Pools([plain]).log_probabilities(hidden * scale + shift, mask)
    assert np.allclose(older.log_probabilities(hidden, mask), expected, atol=1e-4)


def test_a_pool_answers_rows_whose_labels_neither_taught_nor_stopped_it(tmp_path: Path) -> None:
    states, y = _one_word_decides()
    fold_of, answers = np.arange(ROWS) // 2 % 3, []
    for turn, labels in enumerate((y, np.where(fold_of == 0, 1 - y, y))):
        run = Run(0, Silent(tmp_path / str(turn)), describe("cpu"))
        answers.append(fit_pools(states, np.arange(ROWS), Folds.of_rows(labels), 2, fold_of, run).out_of_fold)
    assert np.array_equal(answers[0][fold_of == 0], answers[1][fold_of == 0])
    assert not np.array_equal(answers[0][fold_of == 1], answers[1][fold_of == 1])


def test_rows_of_one_text_share_its_states(tmp_path: Path) -> None:
    states, y = _one_word_decides()
    row = np.arange(120) // 4 * 4
    run = Run(0, Silent(tmp_path), describe("cpu"))
    answers = fit_pools(states, row, Folds(y[:120], row), 2, row // 4 % 3, run).out_of_fold
    assert np.allclose(answers[0], answers[1:4], atol=1e-4)


def test_a_quick_model_asks_the_tokens_where_rows_are_many_and_saves_what_they_taught(
    tiny_encoder: Path, tmp_path: Path
) -> None:
    texts, labels = planted_rows(660)
    texts = [f"{text} visit {i}" for i, text in enumerate(texts)]
    model = fit_text_classifier(texts, labels, mode="quick", language="en", seed=0, report=Silent(tmp_path / "run"))
    assert model.encoder_name == tiny_encoder.name
    assert list(model.facts["blend_weights"]) == ["encoder", "tokens", "ngrams"]
    model.save(tmp_path / "model")
    again = TextClassifier.load(tmp_path / "model", "cpu")
    assert np.abs(again.probabilities(texts[:30]) - model.probabilities(texts[:30])).max() < NEAR
