"""Every model that was trained on a card meets rows that lie on the processor: none may forget to bring them there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from core.learning import engine, hardware
from core.learning.engine import Run
from core.learning.folds import Folds
from core.learning.pool_fitting import fit_pools
from core.learning.retrieval import contrastive, fitting
from core.learning.retrieval.fitting import fit_bot
from core.learning.sequences import transformer
from core.learning.sequences.fitting import validation_of
from core.learning.sequences.transformer import Chosen, SequenceModel, Shape
from core.learning.tabular.network import Network, fit_network
from core.learning.text import TextClassifier, fit_text_classifier
from core.progress import Cancelled
from tests.learning.card import CARD, Card, OnCard, no_inference_mode, trained_on_card
from tests.learning.retrieval.conftest import asked
from tests.learning.sequences.conftest import walks
from tests.learning.tabular.test_network import TINY, crossed_rows
from tests.learning.test_pooling import _one_word_decides
from tests.learning.tiny import Recorder, planted_rows


@pytest.fixture
def card(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine whose best device is the card."""
    monkeypatch.setattr(hardware, "_kind", lambda: CARD.type)
    monkeypatch.setattr(engine, "train", trained_on_card(engine.train))
    no_inference_mode(monkeypatch)
    with Card():
        yield


@pytest.mark.usefixtures("card")
def test_the_network_of_a_table_settles_answers_and_explains(report: Recorder, tmp_path: Path) -> None:
    encoded, bad = crossed_rows()
    rows, some = (np.arange(200), np.arange(200, 300)), encoded.take(np.arange(300, 340))
    found = fit_network(encoded, bad, rows, Run(0, report), shape=TINY)
    assert isinstance(found.ensemble.centre, OnCard)
    parts = found.contributions(some)
    assert np.allclose(parts.sum(1), found.log_odds(some), atol=1e-6)
    found.save(tmp_path)
    assert np.allclose(Network.load(tmp_path).log_odds(some), found.log_odds(some))


@pytest.mark.usefixtures("card")
def test_pools_answer_the_rows_held_out(report: Recorder) -> None:
    states, y = _one_word_decides()
    fitted = fit_pools(states, np.arange(90), Folds.of_rows(y[:90]), 2, np.arange(90) % 2, Run(0, report))
    assert all(isinstance(one.out.weight, OnCard) for one in fitted.pools.members)
    assert np.allclose(np.exp(fitted.out_of_fold).sum(1), 1, atol=1e-5)


@pytest.mark.usefixtures("card", "tiny_encoder")
@pytest.mark.parametrize("mode", ["quick", "standard"])
def test_a_text_model_reads_and_is_saved(mode: str, report: Recorder, tmp_path: Path) -> None:
    texts, labels = planted_rows(240)
    model = fit_text_classifier(texts, labels, mode=mode, language="en", seed=0, report=report)  # type: ignore[arg-type]
    said = model.probabilities(texts[:5])
    model.save(tmp_path / "model")
    assert np.allclose(TextClassifier.load(tmp_path / "model").probabilities(texts[:5]), said, atol=1e-3)
    assert np.allclose(TextClassifier.load(tmp_path / "model", "cpu").probabilities(texts[:5]), said, atol=1e-3)


@pytest.mark.usefixtures("card", "tiny_encoder")
def test_a_bot_finds_answers(report: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fitting, "LEAST_TO_TUNE", 40)
    monkeypatch.setitem(contrastive.RECIPES, "standard", engine.Recipe(1, 16, 5e-3))
    bot = fit_bot(asked(60, intents=False), mode="standard", seed=0, report=report)
    assert bot.facts["contrastive"]["pairs"]


@pytest.mark.usefixtures("card")
def test_a_recommender_ranks_explains_and_is_saved(
    report: Recorder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transformer, "MOST_EPOCHS", 1)
    monkeypatch.setattr(transformer, "FEWEST_EPOCHS", 1)
    monkeypatch.setitem(transformer.SHAPES, "standard", Shape(width=16, heads=2, blocks=1, length=8, dropout=0.1))
    shop = walks(60)
    earlier, validation = validation_of(shop, len(shop.items), "again", 0)
    chosen = Chosen.fit(earlier, validation, "standard", "again", 0, report)
    again = chosen.again(shop)
    histories = validation.histories[:4]
    said = again.scores(histories)
    assert isinstance(again.network.items.weight, OnCard)
    assert again.reasons(histories[0], int(said[0].argmax())).any()
    assert np.allclose(SequenceModel.of(again.arrays()).scores(histories), said, atol=1e-5)


@pytest.mark.usefixtures("tiny_encoder")
def test_a_tuning_begun_on_a_processor_goes_on_on_a_card(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    texts, labels = planted_rows(240)

    def fit(report: Recorder) -> TextClassifier:
        return fit_text_classifier(texts, labels, mode="standard", language="en", seed=0, report=report)

    with pytest.raises(Cancelled):
        fit(Recorder(tmp_path, cancel_in="fine_tune", after=10))
    monkeypatch.setattr(hardware, "_kind", lambda: CARD.type)
    monkeypatch.setattr(engine, "train", trained_on_card(engine.train))
    no_inference_mode(monkeypatch)
    again = Recorder(tmp_path)
    with Card():
        model = fit(again)
    assert any("Going on from" in line for line in again.lines)
    assert model.facts["frozen_layers"] == 1
