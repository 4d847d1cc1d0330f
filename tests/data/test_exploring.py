"""Views without code: which picture follows from the columns, and numbers that agree with pandas."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.cards import Bars
from core.charts import Style, picture_figure
from core.data.exploring import Answer, answer
from core.data.profile import profile
from core.views import Crossed, Filter, Spread, Timeline, View
from core.words import UserError

Ask = Callable[..., Answer]


def orders(rows: int = 2000) -> pd.DataFrame:
    rng = np.random.default_rng(1)
    days = pd.date_range("2024-01-01", periods=rows, freq="6h")
    return pd.DataFrame(
        {
            "day": days.strftime("%Y-%m-%d %H:%M").tolist(),
            "shop": pd.Series(rng.choice(["North", "South", "<b>East</b>"], rows)).where(rng.random(rows) > 0.1),
            "kind": rng.choice(["new", "old"], rows),
            "amount": np.round(rng.lognormal(3, 0.5, rows), 2),
            "items": np.where(rng.random(rows) < 0.2, np.nan, rng.poisson(3, rows)),
            "price": [f"${value:,.2f}" for value in rng.uniform(900, 2000, rows)],
            "note": [f"a note of some words, number {k % 977}" for k in range(rows)],
        }
    )


@pytest.fixture
def table() -> pd.DataFrame:
    return orders()


@pytest.fixture
def ask(table: pd.DataFrame, tmp_path: Path) -> Ask:
    path = tmp_path / "table.parquet"
    table.to_parquet(path, index=False)
    known = profile(table)

    def one(*columns: str, **how: object) -> Answer:
        found = answer(path, known, View(columns, **how))
        for style in (Style("en"), Style("zh", True, "narrow")):
            assert picture_figure(found.picture, style).data
        return found

    return one


@pytest.mark.parametrize(
    ("columns", "picture"),
    [
        (["shop"], Bars),
        (["amount"], Spread),
        (["note"], Spread),
        (["day"], Timeline),
        (["shop", "kind"], Crossed),
        (["shop", "amount"], Bars),
        (["shop", "kind", "amount"], Crossed),
        (["day", "amount"], Timeline),
        (["kind", "day", "amount"], Timeline),
        (["amount", "items"], Crossed),
        (["amount", "items", "note"], Crossed),
    ],
)
def test_the_picture_follows_from_what_the_columns_are(ask: Ask, columns: list[str], picture: type) -> None:
    found = ask(*columns)
    assert isinstance(found.picture, picture)
    assert found.rows == 2000
    assert found.said.en
    assert found.said.zh
    assert len(found.table)


def test_counts_and_figures_by_group_agree_with_pandas(ask: Ask, table: pd.DataFrame) -> None:
    counts = ask("shop").table.set_index("by")["rows"]
    assert counts.to_dict() == table["shop"].value_counts(dropna=False).rename({np.nan: None}).to_dict()
    for figure in ("mean", "sum", "median", "min", "max"):
        mine = ask("kind", "amount", figure=figure).table.set_index("by")["figure"]
        theirs = table.groupby("kind")["amount"].agg(figure)
        pd.testing.assert_series_equal(mine.sort_index(), theirs, check_names=False, check_index_type=False)


def test_a_crossed_table_agrees_with_pandas(ask: Ask, table: pd.DataFrame) -> None:
    picture = ask("shop", "kind").picture
    theirs = pd.crosstab(table["shop"].fillna("(empty)"), table["kind"])
    assert {
        (a, b): picture.values[i][j] for i, a in enumerate(picture.rows) for j, b in enumerate(picture.columns)
    } == {(a, b): theirs.loc[a, b] for a in theirs.index for b in theirs.columns}


def test_long_words_are_quoted_in_short(tmp_path: Path) -> None:
    frame = pd.DataFrame({"a": ["a word that goes on and on " * 4] * 30 + ["x"] * 10, "b": ["u", "v"] * 20})
    frame.to_parquet(tmp_path / "t.parquet")
    said = answer(tmp_path / "t.parquet", profile(frame), View(("a", "b"))).said.en
    assert "“a word that goes on and on a word that…”" in said


def test_a_line_over_time_has_every_step_and_agrees_with_pandas(ask: Ask, table: pd.DataFrame) -> None:
    line = ask("day", "amount").picture
    moments = pd.to_datetime(table["day"])
    theirs = table.groupby(moments.dt.to_period("W").dt.start_time)["amount"].mean()
    assert list(line.times) == theirs.index.strftime("%Y-%m-%d").tolist()
    assert line.lines[0][1] == pytest.approx(theirs.tolist())


def test_weeks_without_rows_are_gaps_of_an_average_and_zeros_of_a_count(tmp_path: Path) -> None:
    days = ["2024-01-01"] * 5 + ["2024-01-02", "2024-01-05", "2024-03-01"]
    frame = pd.DataFrame({"day": days, "n": range(8)})
    frame.to_parquet(tmp_path / "t.parquet", index=False)
    known = profile(frame)
    counts = answer(tmp_path / "t.parquet", known, View(("day",))).picture
    assert (len(counts.times), sum(counts.lines[0][1]), counts.lines[0][1][2]) == (61, 8, 0)
    means = answer(tmp_path / "t.parquet", known, View(("day", "n"))).picture
    assert means.lines[0][1][:3] == (2.0, 5.0, None)


def test_a_spread_counts_every_row_once_and_says_the_middle(ask: Ask, table: pd.DataFrame) -> None:
    found = ask("items")
    assert sum(rows for _, _, rows in found.picture.bins) == table["items"].notna().sum()
    assert found.picture.middle == table["items"].median()
    assert {(low + 0.5, rows) for low, _, rows in found.picture.bins if rows} == set(
        table["items"].value_counts().items()
    )


def test_numbers_far_out_do_not_flatten_the_picture(tmp_path: Path) -> None:
    frame = pd.DataFrame({"n": [*np.random.default_rng(0).normal(50, 10, 1000), 1e9]})
    frame.to_parquet(tmp_path / "t.parquet", index=False)
    found = answer(tmp_path / "t.parquet", profile(frame), View(("n",)))
    assert len([rows for _, _, rows in found.picture.bins if rows > 10]) > 8
    assert sum(rows for _, _, rows in found.picture.bins) == 1001
    assert "outermost" in found.notes[0].en


def test_numbers_written_as_text_are_read(table: pd.DataFrame, tmp_path: Path) -> None:
    table.to_parquet(tmp_path / "t.parquet", index=False)
    known = profile(table)
    columns = tuple(replace(one, kind="number") if one.name == "price" else one for one in known.columns)
    spelled = table["price"].str.strip("$").str.replace(",", "").astype(float)
    found = answer(tmp_path / "t.parquet", replace(known, columns=columns), View(("price",)))
    assert found.picture.middle == pytest.approx(spelled.median())


def test_correlations_agree_with_pandas(ask: Ask, table: pd.DataFrame) -> None:
    table = table.assign(note=table["note"].str.len())
    names = ["amount", "items", "note"]
    assert np.allclose(ask(*names).picture.values, table[names].corr().to_numpy())
    pair = table[["amount", "items"]].dropna()
    assert f"{pair.corr().iloc[0, 1]:.2f}" in ask("amount", "items").said.en


@pytest.mark.parametrize(
    ("one", "fits"),
    [
        (Filter("shop", values=("North", "")), lambda t: t["shop"].isna() | (t["shop"] == "North")),
        (Filter("amount", low="20", high="40"), lambda t: t["amount"].between(20, 40)),
        (Filter("note", text="NUMBER 97"), lambda t: t["note"].str.contains("number 97")),
        (Filter("day", low="2024-02-01", high="2024-02-29"), lambda t: t["day"].str.startswith("2024-02")),
        (Filter("kind", values=("new",)), lambda t: t["kind"] == "new"),
        (Filter("items", low="3"), lambda t: t["items"] >= 3),
        (Filter("shop", text="%' OR 1=1 --"), lambda t: t["shop"] == "never"),
    ],
)
def test_filters_keep_the_rows_that_fit(ask: Ask, table: pd.DataFrame, one: Filter, fits: Callable) -> None:
    wanted = int(fits(table).sum())
    if not wanted:
        with pytest.raises(UserError, match="No row"):
            ask("kind", filters=(one,))
        return
    assert ask("kind", filters=(one,)).rows == wanted


def test_what_cannot_be_drawn_together_is_said(ask: Ask) -> None:
    with pytest.raises(UserError, match="no column"):
        ask("gone")
    with pytest.raises(UserError, match="no limit"):
        ask("kind", filters=(Filter("amount", low="many"),))
    assert "“items”" in ask("shop", "amount", "items").notes[0].en


def test_a_view_survives_the_address_and_nonsense_in_it_is_left_out() -> None:
    view = View(("a", "b"), "sum", (Filter("a", ("x", ""), "1", "2", "t"),))
    assert View.from_json(view.to_json()) == view
    assert View.from_json({"columns": "abc", "figure": "drop", "filters": [3, {"low": 1}]}) == View(())
    assert View.from_json([1]) == View(())


def test_of_free_text_it_is_the_length_that_is_averaged_and_that_is_said(ask: Ask) -> None:
    said = ask("shop", "note").said
    assert said.en.startswith("Average of characters in “note”: highest for")
    assert said.zh.startswith("“note”的字符数的平均值：")


def test_values_with_equally_many_rows_stand_in_the_order_of_their_names(tmp_path: Path) -> None:
    names = [f"shop {n:02}" for n in np.random.default_rng(0).permutation(12)]
    frame = pd.DataFrame(
        {"day": ["2024-01-01", "2024-02-01"] * 48, "shop": np.repeat(names, 8), "kind": ["a", "b", "c", "d"] * 24}
    )
    frame.to_parquet(tmp_path / "t.parquet", index=False)
    known = profile(frame)
    line = answer(tmp_path / "t.parquet", known, View(("day", "shop"))).picture
    assert [name.en for name, _ in line.lines] == sorted(names)[:5]
    crossed = answer(tmp_path / "t.parquet", known, View(("shop", "kind"))).table
    assert crossed.iloc[:, 0].tolist() == [name for name in sorted(names) for _ in range(4)]
