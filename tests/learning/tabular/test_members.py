"""What every part of a tabular model promises: answers that add up, and that a saved one repeats."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.special import logit

from core.learning.folds import Folds
from core.learning.tabular import fitting, network, trial
from core.learning.tabular.boosting import LightTrees, OrderedTrees
from core.learning.tabular.columns import Columns, Encoded, texts
from core.learning.tabular.crossed import CrossedOrderedTrees, CrossedTrees
from core.learning.tabular.fitting import Ask, Cuts, Task, cuts_for, fit_tabular
from core.learning.tabular.model import TabularModel, kind_of
from core.learning.tabular.scorecard import Scorecard
from core.learning.tabular.search import Tried
from core.progress import Silent

ROWS = 300


def cases(rows: int = ROWS) -> tuple[pd.DataFrame, np.ndarray]:
    """Cases that end badly where force times speed is large; with gaps, a rare kind and a date."""
    random = np.random.default_rng(3)
    frame = pd.DataFrame(
        {
            "force": random.uniform(1, 10, rows).round(2),
            "speed": random.uniform(1, 10, rows).round(2),
            "kind": random.choice(["a", "b", "c"], rows),
            "day": pd.Series(pd.Timestamp("2024-01-01") + pd.to_timedelta(random.integers(0, 90, rows), "D")).astype(
                "str"
            ),
        }
    )
    bad = frame["force"] * frame["speed"] + 4 * (frame["kind"] == "a") + random.normal(0, 4, rows) > 36
    frame.loc[::17, "force"] = np.nan
    frame.loc[::13, "kind"] = None
    return frame, bad.to_numpy()


@pytest.fixture(scope="module")
def encoded() -> Encoded:
    frame, _ = cases()
    return Columns.fit(frame).encode(frame)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> TabularModel:
    frame, bad = cases()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fitting, "FEW_ROWS", 0)
        return fit_tabular(frame, bad, Ask("quick"), Silent(tmp_path_factory.mktemp("quick")))


def fitted(kind: Any, encoded: Encoded) -> Any:
    bad, later = cases()[1], np.arange(ROWS) % 4 == 0
    training, validation = np.flatnonzero(~later), np.flatnonzero(later)
    if kind is Scorecard:
        return Scorecard.fit(encoded.take(training), bad[training])
    return kind.fit(encoded.take(training), bad[training], encoded.take(validation), bad[validation], 0)


@pytest.mark.parametrize("kind", [Scorecard, LightTrees, CrossedTrees, OrderedTrees, CrossedOrderedTrees])
def test_the_contributions_of_a_row_add_up_to_its_log_odds(kind: Any, encoded: Encoded, tmp_path: Path) -> None:
    member = fitted(kind, encoded)
    parts = member.contributions(encoded)
    assert parts.shape == (ROWS, len(encoded.sources) + 1)
    assert np.abs(parts.sum(axis=1) - member.log_odds(encoded)).max() < 1e-3
    member.save(tmp_path)
    assert np.allclose(kind_of(kind.__name__).load(tmp_path).log_odds(encoded), member.log_odds(encoded))


def test_the_contributions_of_the_whole_model_add_up_to_its_calibrated_log_odds(model: TabularModel) -> None:
    frame = cases()[0].head(50)
    parts = model.contributions(frame)
    assert parts.shape == (50, len(model.features) + 1)
    assert np.abs(parts.sum(axis=1) - logit(model.probabilities(frame))).max() < 1e-3


def test_pairs_of_numbers_find_a_product_in_fewer_cuts(encoded: Encoded) -> None:
    _, bad = cases()
    plain, crossed = (fitted(kind, encoded).log_odds(encoded) for kind in (LightTrees, CrossedTrees))
    held_out = np.arange(ROWS) % 4 == 0

    def right(answers: np.ndarray) -> float:
        goods, bads = answers[held_out & ~bad], answers[held_out & bad]
        return float((bads[:, None] > goods).mean())

    assert right(crossed) >= right(plain)


@pytest.mark.parametrize("product", [True, False])
def test_catboost_sees_pairs_of_numbers_where_they_helped_the_other_trees(
    product: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    random = np.random.default_rng(0)
    force, speed = random.uniform(1, 10, (2, 600))
    bad = (force * speed if product else force * 5) > 25 + random.normal(0, 1, 600)
    parts = fitting.parts_for
    monkeypatch.setattr(fitting, "FEW_ROWS", 0)
    monkeypatch.setattr(fitting, "parts_for", lambda *asked: {k: v for k, v in parts(*asked).items() if k != "network"})
    model = fit_tabular(pd.DataFrame({"force": force, "speed": speed}), bad, Ask("standard"), Silent(tmp_path))
    assert {isinstance(member, CrossedOrderedTrees) for member in model.parts[fitting.ORDERED]} == {product}
    named = {row["name"]: "pairs" in row["title"]["en"] for row in model.leaderboard}
    assert named[fitting.ORDERED] is product


def test_quick_makes_pairs_of_numbers_of_few_rows_and_the_longer_modes_of_more(encoded: Encoded) -> None:
    most = fitting.MOST_CROSSED
    assert fitting.CROSSED in fitting.parts_for("quick", encoded, most["quick"])
    assert fitting.CROSSED not in fitting.parts_for("quick", encoded, most["quick"] + 1)
    assert fitting.CROSSED in fitting.parts_for("standard", encoded, most["quick"] + 1)
    assert fitting.CROSSED not in fitting.parts_for("standard", encoded, most["standard"] + 1)


def test_probabilities_are_as_frequent_as_they_say_on_rows_that_no_member_learned(model: TabularModel) -> None:
    kept = model.validation
    assert abs(kept["probability"].mean() - kept["bad"].mean()) < 0.01


def test_a_row_with_nothing_in_it_and_a_row_of_nonsense_have_an_answer(model: TabularModel) -> None:
    odd = pd.DataFrame({"force": ["much", None], "kind": ["z", None], "new": [1, 2], "day": ["never", None]})
    assert np.isfinite(model.probabilities(odd)).all()
    said = " ".join(note.en for note in model.columns.differences(odd))
    assert all(what in said for what in ("speed", ": z", "“much”"))


def test_a_saved_model_answers_the_same(model: TabularModel, tmp_path: Path) -> None:
    frame, _ = cases()
    model.save(tmp_path)
    again = TabularModel.load(tmp_path)
    assert np.allclose(again.probabilities(frame), model.probabilities(frame))
    some = frame.head(20)
    assert np.allclose(again.contributions(some), model.contributions(some), atol=1e-6)


def test_the_range_of_an_answer_holds_it(model: TabularModel) -> None:
    frame, _ = cases()
    low, high = model.spread(frame)
    answers = model.probabilities(frame)
    assert ((low <= answers + 1e-9) & (answers <= high + 1e-9)).all()


def test_cells_that_the_training_rows_never_had_are_named_row_by_row(model: TabularModel) -> None:
    frame = cases()[0].head(3).astype(object).drop(columns="speed")
    frame.loc[1, "kind"], frame.loc[2, "force"] = "spaceship", "a lot"
    assert model.columns.unknown(frame) == ["speed", "speed; kind", "speed; force"]


@pytest.mark.parametrize("kind", ["object", "str"])
def test_few_cells_are_read_as_many_are(kind: str) -> None:
    cells = [" a ", "7", "", None] if kind == "str" else [" a ", 7.0, 2.5, True, None, np.nan, pd.NA, "无"]
    few = pd.Series(cells, dtype=kind, name="x")
    many = pd.concat([few] * 200, ignore_index=True)
    assert texts(few).tolist() == texts(many).tolist()[: len(cells)]
    assert texts(few).dtype == texts(many).dtype


def test_a_row_that_is_there_twice_is_in_one_fold_and_so_are_those_of_its_group() -> None:
    frame = pd.DataFrame({"a": [*range(50), *range(50)], "b": [*range(50), *range(50)]})
    ends = np.arange(100) % 2
    folds = cuts_for(Folds.of_table(frame, ends, together=np.arange(100) // 2), "quick").of[0]
    assert np.array_equal(folds[:50], folds[50:])
    assert np.array_equal(folds[::2], folds[1::2])
    assert len(set(Folds.of_table(frame, ends).groups)) == 50


def test_a_single_new_row_is_read_with_the_decimal_sign_of_the_training_rows() -> None:
    column = [f"{n}.{n % 10}00,{n % 90 + 10}" for n in range(1, 60)] + ["k.A."]
    columns = Columns.fit(pd.DataFrame({"amount": column}))
    assert columns.plans[0].kind == "number"
    assert columns.encode(pd.DataFrame({"amount": ["2.500"]})).numbers.tolist() == [[2500.0]]


def test_the_number_of_threads_changes_no_tree(monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(0)
    frame = pd.DataFrame(random.normal(size=(4000, 6)), columns=list("abcdef"))
    bad = frame["a"].to_numpy() + random.normal(size=4000) > 1
    encoded = Columns.fit(frame).encode(frame)
    learn, stop = np.arange(3500), np.arange(3500, 4000)

    def answers(threads: int) -> np.ndarray:
        monkeypatch.setattr("core.learning.tabular.boosting.quickest", lambda work, most: threads)
        fitted = LightTrees.fit(encoded.take(learn), bad[learn], encoded.take(stop), bad[stop], 0)
        return fitted.log_odds(encoded)

    np.testing.assert_allclose(answers(1), answers(2), rtol=1e-9, atol=1e-12)


PARTS = {
    "scorecard": fitting._scorecard, "boosted": fitting._light, "crossed": fitting._crossed, "ordered": fitting._ordered,
    "network": fitting._network, "tuned": fitting._tuned(Tried("light", {"num_leaves": 4}, 0.0, 0.0)),
}  # fmt: skip


def test_a_single_new_date_is_read_in_the_order_of_the_training_rows(tmp_path: Path) -> None:
    days = pd.Series(pd.date_range("2022-01-01", periods=300)).dt.strftime("%m/%d/%Y")
    frame = pd.DataFrame({"day": days.where(np.arange(300) % 15 > 0, "unknown")})
    columns = Columns.fit(frame)
    assert columns.plans[0].kind == "date"
    alone = pd.DataFrame({"day": ["01/11/2022"]})
    assert columns.encode(alone).numbers[0, 1] == 1
    known = json.loads(json.dumps(columns.to_json()))
    assert Columns.load(known, tmp_path).encode(alone).numbers[0, 1] == 1
    del known["plans"][0]["orders"]
    assert Columns.load(known, tmp_path).encode(alone).numbers[0, 1] == 11


@pytest.mark.parametrize("name", PARTS)
def test_out_of_fold_answers_do_not_depend_on_the_outcomes_of_the_rows_answered(
    name: str, encoded: Encoded, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(network, "STEPS", 40)
    monkeypatch.setattr(network, "FEWEST_EPOCHS", 2)
    folds = Folds.of_rows(cases()[1].astype(int))
    cuts, answers = Cuts(folds.parts(3)[None], 3), []
    asked = cuts.of[0] == 0
    for turn, y in enumerate((folds.y, np.where(asked, 1 - folds.y, folds.y))):
        task = Task(encoded, replace(folds, y=y), cuts, Silent(tmp_path / str(turn)))
        members, own, _ = fitting._fit_part(name, PARTS[name], task, cuts.of)
        assert len(members) == 3
        answers.append(own)
    assert np.array_equal(answers[0][asked], answers[1][asked])
    assert not np.array_equal(answers[0][~asked], answers[1][~asked])


def test_a_row_is_blended_by_a_stack_that_did_not_know_its_outcome() -> None:
    random = np.random.default_rng(0)
    stacked, folds = random.normal(size=(200, 3)), Folds.of_rows(random.integers(0, 2, 200))
    part_of = folds.parts(fitting.STACKS, 1)
    blended = fitting.blended_apart(stacked, folds, 1)
    for part in range(fitting.STACKS):
        turned = replace(folds, y=np.where(part_of == part, folds.y[::-1], folds.y))
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Folds, "parts", lambda *_: part_of)
            again = fitting.blended_apart(stacked, turned, 1)
        assert np.array_equal(blended[part_of == part], again[part_of == part])
        assert not np.array_equal(blended[part_of != part], again[part_of != part])


def test_where_no_column_tells_anything_out_of_fold_answers_are_no_better_than_chance(tmp_path: Path) -> None:
    areas: dict[str, list[float]] = {}
    for seed in range(6):
        random = np.random.default_rng(seed)
        frame = pd.DataFrame(random.normal(size=(300, 6)), columns=list("abcdef"))
        model = fit_tabular(frame, random.random(300) < 0.3, Ask("quick", seed), Silent(tmp_path / str(seed)))
        for row in model.leaderboard:
            areas.setdefault(row["name"], []).append(row["auc"])
    assert all(np.mean(found) < 0.55 for found in areas.values()), areas


@pytest.mark.usefixtures("no_encoder")
def test_a_trial_has_some_of_the_rarer_outcome_to_learn_from() -> None:
    frame = pd.DataFrame(np.random.default_rng(0).normal(size=(4000, 3)), columns=list("abc"))
    bad = np.zeros(4000, dtype=bool)
    bad[:12] = True
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(trial, "SAMPLE", 40)
        plan, _ = trial.estimate(frame, bad, Ask("quick"))
    assert all(stage.seconds > 0 for stage in plan.stages)
