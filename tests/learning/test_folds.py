"""Every cut of the training rows keeps together what belongs together, and gives each part its share of every class."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.data.conversations import Pairs
from core.learning.delong import auc_interval
from core.learning.folds import TOO_FEW_GROUPS, Folds
from core.learning.retrieval.fitting import fit_bot
from core.learning.tabular.columns import Columns
from core.learning.tabular.texts import Scores
from core.learning.text import fit_text_classifier
from core.progress import Silent
from core.words import UserError
from tests.learning.tiny import FILLER

SPELLINGS = ("{}", "Hi, {}!", "{} please", "{}, thanks.")
CASES = 60
COPIES = np.repeat(np.arange(CASES), len(SPELLINGS))


def copies(seed: int = 0) -> list[str]:
    """Short questions that have nothing in common, each in four spellings that ask the same."""
    random = np.random.default_rng(seed)
    words = ["".join(random.choice(list("bcdfghklmnprstvwz"), 7)) for _ in range(2 * CASES)]
    asked = [f"{one} {other}" for one, other in zip(words[::2], words[1::2], strict=True)]
    return [spelling.format(text) for text in asked for spelling in SPELLINGS]


def notes(seed: int = 0) -> list[str]:
    """Four notes on each customer, who has words of his own in all of them."""
    random = np.random.default_rng(seed)
    return [" ".join([*(f"customer{case}{end}" for end in "abcd"), *random.choice(FILLER, 4)]) for case in COPIES]


def of_cases(kinds: int, seed: int = 0) -> np.ndarray:
    """A class for each row, at random for each case."""
    return np.random.default_rng(seed).permutation(np.arange(CASES) % kinds)[COPIES]


def test_classes_are_spread_evenly_and_groups_kept_together() -> None:
    y = np.array([0] * 90 + [1] * 9 + [2])
    groups = np.arange(100)
    groups[50:60] = 50
    part_of = Folds(y, groups).parts(3)
    assert np.bincount(part_of[y == 1]).tolist() == [3, 3, 3]
    assert len(set(part_of[50:60].tolist())) == 1


def test_parts_are_about_equal_however_unequal_the_groups() -> None:
    random = np.random.default_rng(0)
    groups = np.repeat(np.arange(60), random.permutation([1, 2, 3, 5, 8, 40] * 10))
    y = random.integers(0, 2, 60)[groups]
    sizes = np.bincount(Folds(y, groups).parts(5))
    assert sizes.min() > 0.8 * len(y) / 5


@pytest.mark.parametrize("seed", range(30))
def test_no_part_is_empty_and_no_group_lies_in_two(seed: int) -> None:
    random = np.random.default_rng(seed)
    groups = random.integers(0, int(random.integers(2, 12)), 60)
    folds = Folds(random.integers(0, int(random.integers(1, 9)), 60), groups, seed)
    count = int(random.integers(2, 6))
    part_of = folds.parts(count)
    assert len(set(part_of)) == min(count, len(set(groups)))
    assert all(len(set(part_of[groups == group])) == 1 for group in set(groups))


def test_other_turns_and_seeds_cut_elsewhere_and_the_same_one_there_again() -> None:
    folds = Folds.of_rows(np.arange(200) % 2)
    assert np.array_equal(folds.parts(5, 1), folds.parts(5, 1))
    assert not np.array_equal(folds.parts(5), folds.parts(5, 1))
    assert not np.array_equal(folds.parts(5), Folds.of_rows(np.arange(200) % 2, 1).parts(5))


def test_rows_of_a_single_group_cannot_be_cut() -> None:
    with pytest.raises(UserError, match="too few groups") as raised:
        Folds(np.arange(10) % 2, np.zeros(10, dtype=int)).parts(3)
    assert raised.value.text == TOO_FEW_GROUPS


@pytest.mark.parametrize("seed", range(5))
def test_no_near_copies_of_a_text_lie_on_two_sides_of_a_cut(seed: int) -> None:
    folds = Folds.of_texts(copies(seed), of_cases(3, seed), seed)
    part_of = folds.parts(5)
    assert all(len(set(part_of[case == COPIES])) == 1 for case in range(CASES))


@pytest.mark.parametrize("seed", range(5))
def test_no_near_copies_of_a_row_lie_on_two_sides_of_a_cut(seed: int) -> None:
    twice = np.flatnonzero(np.arange(len(COPIES)) % 4 < 2)
    case_of, y = COPIES[twice], of_cases(2, seed)[twice]
    numbers = np.random.default_rng(seed).normal(size=CASES)
    frame = pd.DataFrame({"amount": numbers[case_of], "note": np.array(copies(seed))[twice]})
    frame.loc[:7, "note"] = None
    part_of = Folds.of_table(frame, y, seed, texts=["note"]).parts(5)
    assert all(len(set(part_of[case_of == case])) == 1 for case in set(case_of))

    alone = Folds.of_table(frame.assign(amount=range(len(frame))), y, seed, texts=["note"])
    assert len(set(alone.groups)) == len(frame)
    filled = np.flatnonzero(frame["note"].notna())
    part_of = alone.take(filled).of_text("note").parts(5)
    assert all(len(set(part_of[case_of[filled] == case])) == 1 for case in set(case_of[filled]))


@pytest.mark.usefixtures("no_encoder")
def test_where_labels_are_random_copies_of_a_text_do_not_give_them_away(tmp_path: Path) -> None:
    labels = of_cases(3).astype(str).tolist()
    model = fit_text_classifier(copies(), labels, mode="quick", language="en", seed=0, report=Silent(tmp_path))
    assert model.validation["correct"].mean() < 0.55


@pytest.mark.usefixtures("no_encoder")
def test_a_bot_promises_nothing_of_random_intents_whose_questions_it_knows_in_other_spellings(tmp_path: Path) -> None:
    pairs = Pairs(copies(), [""] * len(COPIES), [f"intent {kind}" for kind in of_cases(3)])
    bot = fit_bot(pairs, mode="quick", seed=0, report=Silent(tmp_path))
    assert bot.validation["correct"].mean() < 0.55
    assert bot.threshold(0.05) is None


def test_a_note_tells_nothing_of_customers_kept_together_whose_ends_are_random() -> None:
    frame, bad = pd.DataFrame({"income": np.arange(len(COPIES)), "note": notes()}), of_cases(2)
    columns = Columns.fit(frame)
    assert columns.free_texts == ["note"]
    encoded = columns.encode(frame)
    areas = []
    for together in (None, COPIES):
        folds = Folds.of_table(frame, bad, together=together, texts=["note"])
        areas.append(auc_interval(bad.astype(bool), Scores.fit(encoded, folds)[1].numbers[:, -1].astype(float))[0])
    assert areas[0] > 0.75
    assert areas[1] < 0.65


@pytest.mark.parametrize("seed", range(20))
def test_rows_that_stop_are_few_of_other_groups_and_take_no_class_away(seed: int) -> None:
    random = np.random.default_rng(seed)
    groups, rows = random.integers(0, int(random.integers(2, 40)), 300), np.arange(40, 300)
    y = random.integers(0, 3, 40)[groups]
    folds = Folds(y, groups, seed)
    training, stopping = folds.stopping(rows)
    assert sorted([*training, *stopping]) == rows.tolist()
    assert len(stopping) > 0
    assert not set(groups[training]) & set(groups[stopping])
    several = [kind for kind in set(y[rows]) if len(set(groups[rows][y[rows] == kind])) > 2]
    assert set(several) <= set(y[training])


def test_of_many_rows_only_some_stop() -> None:
    training, stopping = Folds.of_rows(np.arange(3000) % 2).stopping(np.arange(3000), most=100)
    assert len(training) == 2900
    assert np.bincount(stopping % 2).tolist() == [50, 50]


@pytest.mark.usefixtures("no_encoder")
def test_texts_of_a_single_group_are_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="too few groups"):
        fit_text_classifier(
            copies(), of_cases(2).astype(str).tolist(), mode="quick", language="en", seed=0, report=Silent(tmp_path),
            groups=["all"] * len(COPIES),
        )  # fmt: skip


def test_a_note_that_all_bad_ends_share_is_taken_as_saying_nothing() -> None:
    said, bad = [f"{text} {number}" for number, text in enumerate(notes())], np.zeros(len(COPIES), dtype=int)
    bad[:: len(bad) // 12][:12] = 1
    for row in np.flatnonzero(bad):
        said[row] = "the money did not come in although we wrote twice"
    columns = Columns.fit(frame := pd.DataFrame({"note": said}))
    scores, _ = Scores.fit(columns.encode(frame), Folds.of_table(frame, bad, texts=["note"]))
    assert not scores.heads[0].weights.any()
