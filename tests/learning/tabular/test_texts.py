"""A column of free text is one column to the model: read, scored on rows it did not learn from, explained and kept."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.special import logit

from core.learning.delong import auc_interval
from core.learning.folds import Folds
from core.learning.tabular import fitting
from core.learning.tabular import texts as reading
from core.learning.tabular.columns import Columns
from core.learning.tabular.fitting import Ask, fit_tabular
from core.learning.tabular.model import TabularModel
from core.learning.tabular.texts import Scores
from core.learning.tabular.trial import estimate
from core.progress import Silent
from tests.learning.tiny import Recorder, planted_rows

ROWS = 240


def loans(rows: int = ROWS) -> tuple[pd.DataFrame, np.ndarray]:
    """Loans that end badly nearly always where one word stands in the purpose; some purposes are missing."""
    said, ends = planted_rows(rows)
    random = np.random.default_rng(1)
    bad = (np.array(ends) == "bad") ^ (random.random(rows) < 0.1)
    frame = pd.DataFrame({"income": random.normal(size=rows).round(2), "purpose": said})
    frame.loc[::20, "purpose"] = None
    return frame, bad


def fitted(folder: Path) -> TabularModel:
    frame, bad = loans()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fitting, "FEW_ROWS", 0)
        return fit_tabular(frame, bad, Ask("quick"), Silent(folder))


@pytest.mark.usefixtures("no_encoder")
def test_words_are_counted_where_no_encoder_reads_the_language(tmp_path: Path) -> None:
    model = fitted(tmp_path / "fit")
    assert model.features == ["income", "purpose"]
    assert model.leaderboard[0]["auc"] > 0.8
    assert {row["column"]: row["words"]["en"] for row in model.columns.handling()}["purpose"].count("words become one")
    frame = loans()[0].head(30)
    parts = model.contributions(frame)
    assert parts.shape == (30, 3)
    assert np.abs(parts.sum(axis=1) - logit(model.probabilities(frame))).max() < 1e-3
    assert np.abs(parts[1:, 1]).mean() > np.abs(parts[1:, 0]).mean()
    model.save(tmp_path / "model")
    np.testing.assert_allclose(TabularModel.load(tmp_path / "model").probabilities(frame), model.probabilities(frame))


def test_an_encoder_that_reads_the_language_is_kept_with_the_model(tiny_encoder: Path, tmp_path: Path) -> None:
    model = fitted(tmp_path / "fit")
    assert model.columns.readers["purpose"].encoder == tiny_encoder.name
    model.save(tmp_path / "model")
    frame = loans()[0].head(30)
    answers = model.probabilities(frame)
    for path in tiny_encoder.iterdir():
        path.unlink()
    np.testing.assert_allclose(TabularModel.load(tmp_path / "model").probabilities(frame), answers, atol=0.02)


@pytest.mark.usefixtures("no_encoder")
def test_a_text_that_says_nothing_of_the_end_scores_no_better_on_rows_its_head_learned_from() -> None:
    frame, bad = loans()
    shuffled = np.random.default_rng(5).permutation(bad)
    encoded = Columns.fit(frame).encode(frame)
    _, learned = Scores.fit(encoded, Folds.of_rows(shuffled.astype(int)))
    known = ~np.isnan(learned.numbers[:, -1])
    assert auc_interval(shuffled[known], learned.numbers[known, -1].astype(float))[0] < 0.62


@pytest.mark.usefixtures("no_encoder")
def test_rows_without_the_column_or_with_something_else_in_it_have_an_answer(tmp_path: Path) -> None:
    model = fitted(tmp_path)
    odd = pd.DataFrame({"income": [1.0, 1.0, 1.0], "purpose": ["", 17, "完全不同的语言"]})
    for frame in (odd, odd[["income"]]):
        found = model.probabilities(frame)
        assert ((found > 0) & (found < 1)).all()


def test_reading_is_a_stage_of_its_own_in_the_plan_and_in_the_fit(tiny_encoder: Path, tmp_path: Path) -> None:
    frame, bad = loans()
    (plan, answer), report = estimate(frame, bad, Ask("quick")), Recorder(tmp_path)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fitting, "FEW_ROWS", 0)
        fit_tabular(frame, bad, Ask("quick"), report)
    assert plan.stages[0].key == report.stages[0] == "read"
    assert 0 < answer < 1


def test_names_addresses_and_codes_are_no_free_text() -> None:
    rows = range(200)
    frame = pd.DataFrame(
        {
            "customer_name": [f"Maria Anna Lopez{i}" for i in rows],
            "address": [f"{i} Long Harbour Street" for i in rows],
            "code": [f"A-{i:05d}" for i in rows],
        }
    )
    assert Columns.fit(frame).used == []


@pytest.mark.usefixtures("no_encoder")
def test_rows_that_say_the_same_are_held_out_together_though_what_they_mean_differs_in_the_last_bits() -> None:
    said, random = planted_rows(60)[0] * 4, np.random.default_rng(3)
    bad = np.tile(random.permutation(60) < 30, 4)
    frame = pd.DataFrame({"purpose": [text.upper() if n % 2 else f" {text}" for n, text in enumerate(said)]})
    encoded = Columns.fit(frame).encode(frame)
    folds = Folds.of_table(frame, bad.astype(int), texts=["purpose"])
    noise = 1 + 1e-6 * random.normal(size=encoded.texts.shape).astype(np.float32)
    _, learned = Scores.fit(replace(encoded, texts=encoded.texts * noise), folds)
    assert auc_interval(bad, learned.numbers[:, -1].astype(float))[0] < 0.75


@pytest.mark.usefixtures("no_encoder")
def test_texts_beyond_those_that_are_remembered_are_read_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MOST_KEPT", 100)
    frame = loans()[0].dropna()
    columns = Columns.fit(frame)
    once, again = columns.encode(frame).texts, columns.encode(frame.iloc[::-1]).texts[::-1]
    assert not np.isnan(once).any()
    np.testing.assert_allclose(again, once, atol=1e-5)
