"""What a machine's memory and card decide: how much is read at once, which layers are tuned, what a resumed run keeps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import BertConfig, BertModel

from core.learning import fitting, hardware, tuning
from core.learning.decided import decided, same_encoder
from core.learning.encoders import Encoder, choose
from core.learning.engine import Diverged, Trained
from core.learning.features import TokenStates, layer_means, token_budget
from core.learning.hardware import Hardware, describe
from core.learning.rates import steadily, suited_rate
from core.learning.sequences.transformer import NextItem, SequenceModel, Shape
from core.learning.text import fit_text_classifier
from core.progress import Cancelled
from tests.learning.tiny import Recorder, collapsing, planted_rows, save_tiny_encoder

CPU = Hardware("cpu", "test", 2, 1000, 1000, bf16=False)
CARD = Hardware("cuda", "test", 2, 140_000, 140_000, bf16=True)
SMALL_CARD = replace(CARD, memory_free_mb=1.0)


def encoder() -> BertModel:
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=60, hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=64,
        max_position_embeddings=64,
    )  # fmt: skip
    return BertModel(config).eval()


@pytest.mark.parametrize(("kind", "capability"), [("emulated", False), ("native", True)])
def test_emulated_bfloat16_is_not_used(kind: str, capability: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hardware, "_kind", lambda: "cuda")
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda: (2**30, 2**31))
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda: kind)

    def supported(including_emulation: bool = True) -> bool:
        return including_emulation or capability

    monkeypatch.setattr(torch.cuda, "is_bf16_supported", supported)
    assert describe().bf16 is capability


def test_a_batch_that_memory_does_not_suffice_for_is_read_in_halves() -> None:
    model, ids = encoder(), [[5 + i % 40] * (1 + i % 9) for i in range(50)]
    whole = layer_means(model, ids, CPU)
    sizes: list[int] = []

    def tight(module: object, args: object, given: dict[str, torch.Tensor]) -> None:
        sizes.append(len(given["input_ids"]))
        if sizes[-1] > 7:
            raise torch.OutOfMemoryError("CUDA out of memory")

    model.register_forward_pre_hook(tight, with_kwargs=True)
    shares: list[float] = []
    again = layer_means(model, ids, CPU, shares.append)
    assert sizes[0] == 50
    assert np.allclose(again, whole, atol=1e-5)
    assert shares[-1] == 1.0
    assert shares == sorted(shares)


def test_a_recommender_scores_in_halves_where_memory_is_short(monkeypatch: pytest.MonkeyPatch) -> None:
    torch.manual_seed(0)
    network = NextItem(9, Shape(width=16, heads=2, blocks=1, length=6), only_new=False).eval()
    model, histories = SequenceModel(network, np.ones(9, dtype=bool)), [np.arange(1 + i % 5) for i in range(20)]
    whole, encode = model.scores(histories), network.encode

    def tight(vectors: torch.Tensor) -> torch.Tensor:
        if len(vectors) > 6:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return encode(vectors)

    monkeypatch.setattr(network, "encode", tight)
    assert np.allclose(model.scores(histories), whole, atol=1e-5)


def test_a_card_with_little_memory_reads_less_at_once() -> None:
    config = encoder().config
    assert token_budget(config, SMALL_CARD) < token_budget(config, CARD)
    assert token_budget(config, replace(CARD, memory_free_mb=0.0)) == 1


def test_states_for_a_card_travel_in_16_bits_and_are_what_the_processor_gets() -> None:
    said, rows = torch.randn(2, 3, 8), [0, 1]
    here, there = (TokenStates([3, 2], 8, replace(one, bf16=False, memory_free_mb=0.0)) for one in (CPU, CARD))
    for states in (here, there):
        states.put(rows, said)
    assert not there.on_device
    assert there.batch(rows)["hidden"].dtype == torch.float16
    assert here.batch(rows)["hidden"].dtype == torch.float32
    assert torch.equal(there.batch(rows)["hidden"].float(), here.batch(rows)["hidden"])


def test_a_card_with_room_trains_all_layers_and_a_processor_half() -> None:
    model, ids = encoder(), [[1] * 20] * 5
    assert tuning.to_freeze(model, ids, "standard", CARD) == 0
    assert tuning.to_freeze(model, ids, "standard", SMALL_CARD) == 1
    assert tuning.to_freeze(model, ids, "standard", CPU) == 1
    assert tuning.to_freeze(model, ids, "best", SMALL_CARD) == 0


def test_what_was_decided_stays_so(tmp_path: Path) -> None:
    said = iter([3, 5])
    assert decided(tmp_path / "run", "a", lambda: next(said)) == 3
    assert decided(tmp_path / "run", "a", lambda: next(said)) == 3
    assert decided(tmp_path / "run", "b", lambda: next(said)) == 5


def test_a_run_goes_on_with_the_encoder_that_it_began_with(tiny_encoder: Path, tmp_path: Path) -> None:
    first = same_encoder(tmp_path, "encoder", lambda: choose("en"))
    assert first is not None
    other = Encoder(replace(first.info, name="other"), save_tiny_encoder(tiny_encoder.parent / "other"))
    again = same_encoder(tmp_path, "encoder", lambda: other)
    assert again is not None
    assert (first.name, again.name) == ("tiny", "tiny")


@pytest.mark.usefixtures("tiny_encoder")
@pytest.mark.parametrize("fits", [(True, False), (False, True)])
def test_a_tuning_goes_on_with_the_layers_that_it_began_with(
    fits: tuple[bool, bool], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Interrupted in its second epoch, and taken up where memory is another."""
    monkeypatch.setattr(fitting, "LEAST_TO_TUNE", 100)
    texts, labels = planted_rows(128)

    def fit(report: Recorder, fits_now: bool) -> dict[str, object]:
        monkeypatch.setattr(tuning, "fits_memory", lambda tokens, width: fits_now)
        return fit_text_classifier(texts, labels, mode="standard", language="en", seed=0, report=report).facts

    whole = fit(Recorder(tmp_path / "whole"), fits[0])
    with pytest.raises(Cancelled):
        fit(Recorder(tmp_path / "cut", cancel_in="fine_tune", after=6), fits[0])
    again = Recorder(tmp_path / "cut")
    resumed = fit(again, fits[1])
    assert any("Going on from" in line for line in again.lines)
    assert resumed["frozen_layers"] == whole["frozen_layers"] == int(fits[0])
    assert np.allclose(np.array(resumed["history"]), np.array(whole["history"]), atol=1e-2)


def test_larger_encoders_are_tuned_more_slowly() -> None:
    assert [suited_rate(2e-4, width) for width in (384, 512, 768, 1024)] == pytest.approx([2e-4, 2e-4, 5e-5, 2e-5])


def trained(score: float) -> Trained:
    return Trained([], score, 1.0, 1, 1, 0.0)


def attempts(*scores: float | None) -> Callable[[float, str], tuple[Trained, str]]:
    """Tunings that end with these scores, None where they diverge."""
    left = iter(scores)

    def attempt(rate: float, again: str) -> tuple[Trained, str]:
        score = next(left)
        if score is None:
            raise Diverged(tuning.engine.DIVERGED)
        return trained(score), again

    return attempt


@pytest.mark.parametrize(
    ("scores", "expected", "rate"),
    [
        ((0.9,), "", 1e-4),
        ((0.4, 0.9), "_again", 2.5e-5),
        ((0.4, 0.3), "", 1e-4),
        ((None, 0.3), "_again", 2.5e-5),
        ((0.4, None), "", 1e-4),
    ],
)
def test_a_collapsed_tuning_begins_again_once_and_the_better_stays(
    scores: tuple[float | None, ...], expected: str, rate: float, report: Recorder
) -> None:
    found = steadily(attempts(*scores), 1e-4, 0.5, report)
    assert (found.made, found.rate) == (expected, pytest.approx(rate))
    assert found.begun_again is (len(scores) > 1)
    assert len(report.lines) == len(scores) - 1


def test_a_tuning_that_diverges_twice_is_given_up(report: Recorder) -> None:
    with pytest.raises(Diverged):
        steadily(attempts(None, None), 1e-4, 0.5, report)


def test_only_where_there_is_something_to_learn_has_a_tuning_collapsed() -> None:
    y = np.arange(100) % 2
    knows = np.log(np.where(np.eye(2)[y] > 0, 0.9, 0.1))
    guesses = np.log(np.full((100, 2), 0.5))
    assert tuning.least_score(guesses, y) == -np.inf
    assert -np.log(2) < tuning.least_score(knows, y) < tuning.sharpness(knows, y)


@pytest.mark.usefixtures("tiny_encoder")
def test_a_tuning_that_answers_all_alike_begins_again_more_slowly(
    report: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tuning.engine, "train", collapsing(tuning.engine.train, "fine_tune_1", -9.0))
    texts, labels = planted_rows(240)
    facts = fit_text_classifier(texts, labels, mode="standard", language="en", seed=0, report=report).facts
    assert facts["begun_again_slower"] == 1
    assert facts["learning_rate"] == tuning.RECIPES["standard"].learning_rate / 4
    assert any("collapsed" in line for line in report.lines)
