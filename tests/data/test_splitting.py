from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from core.data.groups import joined
from core.data.splitting import equal_rows, group_split, last_item_split, normalise, stratified_split, time_split
from core.data.table import Table


def random_table(seed: int) -> Table:
    rng = np.random.default_rng(seed)
    rows, kinds, texts = int(rng.integers(5, 300)), int(rng.integers(1, 6)), int(rng.integers(2, 200))
    words = [f"text {k}" for k in rng.integers(0, texts, rows)]
    words = [w.upper() + "  " if rng.random() < 0.2 else w for w in words]
    labels = rng.choice([f"c{k}" for k in range(kinds)], rows, p=rng.dirichlet(np.ones(kinds)))
    frame = pd.DataFrame({"t": pd.Series(words, dtype="str"), "y": pd.Series(labels, dtype="str")})
    frame.loc[rng.random(rows) < 0.05, "t"] = None
    frame.loc[rng.random(rows) < 0.05, "y"] = None
    return Table(frame, {"text": ("t",), "label": ("y",)})


@pytest.mark.parametrize("seed", range(40))
def test_equal_texts_stay_on_one_side_and_every_usable_row_is_somewhere(seed):
    table = random_table(seed)
    split = stratified_split(table, seed=seed)
    texts = [normalise(text) for text in table.texts("text")]
    assert not {texts[k] for k in split.train} & {texts[k] for k in split.test}
    usable = [k for k, (t, y) in enumerate(zip(texts, table.texts("label"), strict=True)) if t and y]
    assert sorted([*split.train, *split.test]) == usable


@pytest.mark.parametrize("seed", range(40))
def test_every_class_with_two_texts_of_its_own_is_on_both_sides(seed):
    table = random_table(seed)
    split = stratified_split(table, seed=seed)
    pairs = {(normalise(t), y) for t, y in zip(table.texts("text"), table.texts("label"), strict=True) if t and y}
    kinds = {text: {y for t, y in pairs if t == text} for text, _ in pairs}
    labels = table.texts("label")
    for label in {y for _, y in pairs}:
        if sum(1 for own in kinds.values() if own == {label}) >= 2:
            assert label in {labels[k] for k in split.train}
            assert label in {labels[k] for k in split.test}


def test_the_share_is_held_out_of_each_class_and_the_seed_decides():
    frame = pd.DataFrame({"t": [f"text {k}" for k in range(1000)], "y": ["a"] * 900 + ["b"] * 100})
    table = Table(frame, {"text": ("t",), "label": ("y",)})
    split = stratified_split(table, seed=1)
    assert frame["y"].iloc[split.test].value_counts().to_dict() == {"a": 180, "b": 20}
    assert np.array_equal(split.test, stratified_split(table, seed=1).test)
    assert not np.array_equal(split.test, stratified_split(table, seed=2).test)


def test_a_table_without_texts_is_split_row_by_row():
    table = Table(pd.DataFrame({"y": [0, 1] * 50}), {"label": ("y",)})
    assert len(stratified_split(table, seed=0).test) == 20


def test_the_latest_rows_are_held_out_and_equal_moments_stay_together():
    days = pd.Series(["2024-01-05", "2024-01-01", "bad date", "2024-01-03", "2024-01-05", "2024-01-02"], dtype="str")
    split = time_split(Table(pd.DataFrame({"d": days}), {"time": ("d",)}), share=0.2)
    assert split.test.tolist() == [0, 4]
    assert split.train.tolist() == [1, 3, 5]


def test_groups_are_held_out_whole():
    frame = pd.DataFrame({"g": np.repeat([f"g{k}" for k in range(20)], 5)})
    split = group_split(Table(frame, {"group": ("g",)}), seed=3)
    assert len(split.test) == 20
    assert not set(frame["g"].iloc[split.train]) & set(frame["g"].iloc[split.test])


def test_the_last_row_of_each_user_with_two_is_held_out():
    frame = pd.DataFrame({"u": ["a", "b", "a", "c", "b", "a"], "t": [3, 1, 9, 5, 1, 4]})
    split = last_item_split(Table(frame, {"user": ("u",), "time": ("t",)}), np.ones(len(frame), dtype=bool))
    assert split.test.tolist() == [2, 4]
    assert split.train.tolist() == [0, 1, 3, 5]


def test_empty_tables_give_empty_splits():
    table = Table(
        pd.DataFrame({"t": pd.Series([], dtype="str"), "y": pd.Series([], dtype="str")}),
        {"text": ("t",), "label": ("y",)},
    )
    assert len(stratified_split(table, seed=0).train) == 0


def test_rows_that_have_not_ended_are_not_the_latest_test():
    frame = pd.DataFrame(
        {"d": pd.date_range("2024-01-01", periods=10).astype("str"), "end": ["a", "b"] * 4 + ["", None]}
    )
    split = time_split(Table(frame, {"time": ("d",), "end": ("end",)}), share=0.25, label="end")
    assert split.train.tolist() == [0, 1, 2, 3, 4, 5]
    assert split.test.tolist() == [6, 7]


def test_rows_that_do_not_count_are_on_neither_side_of_the_last_purchases() -> None:
    frame = pd.DataFrame({"u": ["a", "a", "a", "b", "b"], "t": [1, 2, 3, 1, 2]})
    split = last_item_split(Table(frame, {"user": ("u",), "time": ("t",)}), np.array([True, True, False, True, True]))
    assert (split.train.tolist(), split.test.tolist()) == ([0, 3], [1, 4])


def test_groups_without_a_usable_row_never_change_who_is_held_out(monkeypatch: pytest.MonkeyPatch) -> None:
    frame = pd.DataFrame({"label": ["x", "y"] * 40 + [""] * 20, "who": np.arange(100) // 2, "v": np.arange(100)})
    table = Table(frame, {"label": ("label",)})
    monkeypatch.setattr(np, "empty", lambda shape, dtype=float, **_: np.zeros(shape, dtype))
    first = stratified_split(table, seed=1, groups=("who",))
    monkeypatch.setattr(np, "empty", lambda shape, dtype=float, **_: np.ones(shape, dtype))
    assert np.array_equal(first.test, stratified_split(table, seed=1, groups=("who",)).test)


def test_groups_that_share_a_row_are_one() -> None:
    assert joined(np.array([0, 0, 1, 2, 3]), np.array([5, 6, 6, 7, 8])).tolist() == [0, 0, 0, 1, 2]


def test_equal_rows_are_one_case_unless_most_rows_are_equal() -> None:
    assert equal_rows(pd.DataFrame({"a": [1, 2, 1, 3], "b": ["x", "y", "x", "z"]})).tolist() == [0, 1, 0, 2]
    assert equal_rows(pd.DataFrame({"a": [1, 1, 1, 1, 2]})).tolist() == [0, 1, 2, 3, 4]
