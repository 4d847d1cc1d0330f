"""Answers to questions about a table, without ever holding the whole of it: polars reads only the columns asked for.

Nothing that a user writes becomes a program: columns and values go into expressions as what they are.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd
import polars as pl

from core.cards import Bar, Bars
from core.data import exploring_numbers as numbers
from core.data import exploring_times as times
from core.data.exploring_source import EMPTY, OTHERS, Source, columns_of
from core.data.profile import Profile
from core.views import Crossed, Figure, Filter, Picture, Spread, Timeline, View
from core.words import Text, UserError, same

MOST_BARS, MOST_CROSSED, MOST_LINES, MOST_GROUPS = 20, 12, 5, 15
LONGEST_QUOTED = 40
WORDS: dict[Figure, Text] = {
    "mean": Text("average of {column}", "{column}的平均值"),
    "sum": Text("total of {column}", "{column}的合计"),
    "median": Text("middle of {column}", "{column}的中位数"),
    "min": Text("lowest {column}", "{column}的最小值"),
    "max": Text("highest {column}", "{column}的最大值"),
}
ROWS = Text("rows", "行数")
NO_COLUMN = Text("This version of the data has no column “{column}”.", "这个版本的数据没有“{column}”列。")
TOO_MANY_WORDS = Text(
    "Two columns of words can be crossed, not {n}. Take one away, or use it as a filter.",
    "最多可以交叉两列文字，这里有 {n} 列。请去掉一列，或把它用作筛选条件。",
)
FEWER = Text(
    "The {shown} most frequent of {n} values of “{column}” are shown. The table holds all of them.",
    "仅显示“{column}”的 {n} 种取值中最常见的 {shown} 种，全部数据见表格。",
)
LACKING = Text("Left out: {n} rows without a number here.", "未计入：{n} 行在此没有数字。")
NO_ROWS = Text("No row fits these filters.", "没有符合筛选条件的行。")


Titles = dict[str, str | Text]


@dataclass(frozen=True)
class Answer:
    """What to draw, its numbers as a table (`titles`: its columns' names in words), the finding in a sentence, and how
    many rows it speaks of. `notes` say what was left out."""

    picture: Picture
    table: pd.DataFrame
    titles: Titles
    said: Text
    rows: int
    notes: tuple[Text, ...] = ()


@dataclass(frozen=True)
class Asked:
    """The columns of a view by what they are."""

    words: tuple[str, ...]
    numbers: tuple[str, ...]
    times: tuple[str, ...]


def sorted_by_kind(view: View, profile: Profile) -> Asked:
    kinds = {column.name: column.kind for column in profile.columns}
    for name in view.columns:
        if name not in kinds:
            raise UserError(NO_COLUMN.fill(column=name))
    by = {
        name: "n" if kinds[name] in ("number", "text") else "t" if kinds[name] == "time" else "w"
        for name in view.columns
    }
    return Asked(*(tuple(name for name in view.columns if by[name] == kind) for kind in "wnt"))


def answer(path: Path, profile: Profile, view: View) -> Answer:
    """The view's answer from the Parquet file; which picture is drawn follows from what the columns are.

    Raises UserError where a column is missing, no row is left, or the columns cannot be seen together.
    """
    asked = sorted_by_kind(view, profile)
    if len(asked.words) > 2:
        raise UserError(TOO_MANY_WORDS.fill(n=len(asked.words)))
    table = columns_of(path, profile, view.columns, view.filters)
    rows = table.rows()
    if not rows:
        raise UserError(NO_ROWS)
    found, used = _answer(table, asked, view.figure, rows)
    unused = [name for name in view.columns if name not in used]
    if not unused:
        return found
    names_en, names_zh = ", ".join(f"“{name}”" for name in unused), "、".join(f"“{name}”" for name in unused)
    note = Text(
        f"{names_en} cannot be drawn together with the others and is left out.",
        f"{names_zh}无法与其他列同时展示，未使用。",
    )
    return replace(found, notes=(*found.notes, note))


def _answer(table: Source, asked: Asked, figure: Figure, rows: int) -> tuple[Answer, tuple[str, ...]]:
    words, measured, moments = asked.words, asked.numbers, asked.times
    if moments:
        group, of = words[:1], measured[:1]
        return _over_time(table, moments[0], group, of, (figure, rows)), (moments[0], *group, *of)
    if len(measured) > 2 and not words:
        return _together(table, measured, rows), measured
    if len(measured) == 2 and not words:
        return _two_numbers(table, measured, rows), measured
    of = measured[:1]
    if len(words) == 2:
        return _crossed(table, words, of, (figure, rows)), (*words, *of)
    if len(words) == 1:
        return _groups(table, words[0], of, (figure, rows)), (*words, *of)
    return _spread(table, measured[0], rows), measured


def aggregate(figure: Figure, of: tuple[str, ...]) -> pl.Expr:
    """The figure of the column of numbers, or the number of rows where there is none."""
    if not of:
        return pl.len().cast(pl.Float64).alias("figure")
    value = pl.col("of")
    by = {"mean": value.mean(), "sum": value.sum(), "median": value.median(), "min": value.min(), "max": value.max()}
    return by[figure].cast(pl.Float64).alias("figure")


def figure_words(table: Source, figure: Figure, of: tuple[str, ...]) -> Text:
    """What is shown, in words: of free text it is the length that is averaged."""
    if not of:
        return ROWS
    measured = table.measure(of[0])
    return WORDS[figure].fill(column=Text(measured.en[:1].lower() + measured.en[1:], measured.zh))


def _groups(table: Source, name: str, of: tuple[str, ...], how: tuple[Figure, int]) -> Answer:
    """Rows of each value, or the figure of a column of numbers with its quartiles where it is the middle."""
    figure, rows = how
    what = figure_words(table, figure, of)
    quartiles = (
        [pl.col("of").quantile(q, "linear").alias(key) for q, key in ((0.25, "low"), (0.75, "high"))] if of else []
    )
    grouped = (
        table.select(by=table.words(name), **({"of": table.numbers(of[0])} if of else {}))
        .group_by("by")
        .agg(aggregate(figure, of), pl.len().alias("rows"), *quartiles)
        .sort("rows", "by", descending=[True, False], nulls_last=True)
        .collect()
    )
    top, distinct = grouped.head(MOST_BARS if not of else MOST_GROUPS), len(grouped)
    rest = rows - int(top["rows"].sum())
    with_range = bool(of) and figure == "median"
    bars = [
        Bar(
            _named(row["by"]),
            row["figure"],
            low=row["low"] if with_range else None,
            high=row["high"] if with_range else None,
            name=what,
        )
        for row in top.iter_rows(named=True)
        if row["figure"] is not None
    ]
    if of:
        bars.sort(key=lambda bar: -bar.value)
    elif rest > 0:
        bars.append(Bar(OTHERS.fill(n=f"{distinct - len(top):,}"), rest, part="reference"))
    axis = what
    if with_range:
        axis = Text(f"{axis.en}, with the middle half of the rows", f"{axis.zh}，横线为中间一半的范围")
    columns: Titles = {"by": name, "figure": what, "rows": ROWS}
    frame = grouped.select("by", *(["figure"] if of else []), "rows", *(["low", "high"] if with_range else []))
    picture = Bars(tuple(bars), axis, "number" if of else "count")
    notes = (FEWER.fill(shown=len(top), n=f"{distinct:,}", column=name),) if of and rest else ()
    return Answer(picture, frame.to_pandas(), columns, _groups_said(name, what, of, bars, rows), rows, notes)


def _groups_said(name: str, what: Text, of: tuple[str, ...], bars: list[Bar], rows: int) -> Text:
    if not bars:
        return Text("There is no number to show.", "没有可显示的数字。")
    first, last = bars[0], bars[-1]
    if not of:
        share = f"{first.value / rows:.0%}"
        return Text(
            "Most frequent in “{name}”: {value}, {share} of the rows.", "“{name}”中最多的是{value}，占 {share}。"
        ).fill(share=share, value=_quoted(first.label), name=name)
    if first.value == last.value:
        return Text("{what} is the same everywhere.", "{what}处处相同。").fill(what=what)
    return Text(
        "{what}: highest for {first} ({high}), lowest for {last} ({low}).",
        "{what}：{first}最高（{high}），{last}最低（{low}）。",
    ).fill(
        what=Text(what.en[:1].upper() + what.en[1:], what.zh),
        first=_quoted(first.label),
        last=_quoted(last.label),
        high=said(first.value),
        low=said(last.value),
    )


def _crossed(table: Source, names: tuple[str, ...], of: tuple[str, ...], how: tuple[Figure, int]) -> Answer:
    """The figure where two columns of words meet; the commonest values of each."""
    figure, rows = how
    what = figure_words(table, figure, of)
    grouped = (
        table.select(a=table.words(names[0]), b=table.words(names[1]), **({"of": table.numbers(of[0])} if of else {}))
        .group_by("a", "b")
        .agg(aggregate(figure, of), pl.len().alias("rows"))
        .sort("rows", "a", "b", descending=[True, False, False], nulls_last=True)
        .collect()
    )
    first, second = (_commonest(grouped, side) for side in "ab")
    known = {(a, b): value for a, b, value in grouped.select("a", "b", "figure").iter_rows()}
    values = tuple(tuple(known.get((a, b), None if of else 0.0) for b in second) for a in first)
    shown = sum(row["rows"] for row in grouped.iter_rows(named=True) if row["a"] in first and row["b"] in second)
    empty = Text("(empty)", "（空）")
    picture = Crossed(
        tuple(a if a is not None else empty.en for a in first),
        tuple(b if b is not None else empty.en for b in second),
        values,
        same(names[0]),
        same(names[1]),
        "number" if of else "count",
    )
    best = max(((v, a, b) for (a, b), v in known.items() if v is not None and a in first and b in second), default=None,
               key=lambda one: one[0])  # fmt: skip
    told = Text("There is no number to show.", "没有可显示的数字。")
    if best:
        told = Text(
            "The highest, {value} ({what}), is where {a} meets {b}.", "{a}与{b}相交处最高：{value}（{what}）。"
        ).fill(a=_quoted(_named(best[1])), b=_quoted(_named(best[2])), value=said(best[0]), what=what)
    frame = grouped.select("a", "b", *(["figure"] if of else []), "rows")
    columns: Titles = {"a": names[0], "b": names[1], "figure": what, "rows": ROWS}
    notes: tuple[Text, ...] = ()
    if shown < rows:
        notes = (
            Text(
                f"The commonest values are shown: {shown:,} of {rows:,} rows. The table holds all of them.",
                f"仅显示最常见的取值：{rows:,} 行中的 {shown:,} 行，全部数据见表格。",
            ),
        )
    return Answer(picture, frame.to_pandas(), columns, told, rows, notes)


def _commonest(grouped: pl.DataFrame, side: str) -> list[str | None]:
    counts = (
        grouped.group_by(side).agg(pl.col("rows").sum()).sort("rows", side, descending=[True, False], nulls_last=True)
    )
    return counts[side].head(MOST_CROSSED).to_list()


def _over_time(
    table: Source, moment: str, group: tuple[str, ...], of: tuple[str, ...], how: tuple[Figure, int]
) -> Answer:
    figure, rows = how
    what = figure_words(table, figure, of)
    wanted = {"time": table.moments(moment)}
    wanted |= {"by": table.words(group[0])} if group else {}
    wanted |= {"of": table.numbers(of[0])} if of else {}
    line = times.over_time(table.select(**wanted), aggregate(figure, of), bool(group), MOST_LINES, not of)
    lines = tuple((_named(name) if group else what, values) for name, values in line.lines)
    picture = Timeline(line.times, lines, what, "number" if of else "count")
    columns: Titles = {
        "time": moment,
        "by": group[0] if group else "",
        "figure": what,
        "rows": ROWS,
    }
    frame = line.table if of else line.table.drop("figure")
    told = times.said(line, what, group)
    return Answer(picture, frame.to_pandas(), columns, told, rows, line.notes)


def _spread(table: Source, name: str, rows: int) -> Answer:
    found = numbers.spread(table.select(of=table.numbers(name)))
    what = Text(f"{table.measure(name).en}, number of rows", f"{table.measure(name).zh}的行数分布")
    picture = Spread(found.bins, what, found.median)
    frame = pl.DataFrame(found.bins, schema=["from", "to", "rows"], orient="row")
    columns: Titles = {"from": Text("from", "从"), "to": Text("to", "到"), "rows": ROWS}
    told = numbers.spread_said(found, table.measure(name))
    return Answer(picture, frame.to_pandas(), columns, told, rows, (*_left_out(rows - found.filled), *found.notes))


def _two_numbers(table: Source, names: tuple[str, ...], rows: int) -> Answer:
    found = numbers.density(table.select(a=table.numbers(names[0]), b=table.numbers(names[1])))
    picture = Crossed(
        found.rows, found.columns, found.values, table.measure(names[0]), table.measure(names[1]), "count", ordered=True
    )
    columns: Titles = {"a": names[0], "b": names[1], "rows": ROWS}
    told = numbers.density_said(found, names)
    notes = (*_left_out(rows - int(found.table["rows"].sum())), *found.notes)
    return Answer(picture, found.table.to_pandas(), columns, told, rows, notes)


def _left_out(rows: int) -> tuple[Text, ...]:
    return (LACKING.fill(n=f"{rows:,}"),) if rows > 0 else ()


def _together(table: Source, names: tuple[str, ...], rows: int) -> Answer:
    values = numbers.correlations(table.select(**{f"c{k}": table.numbers(name) for k, name in enumerate(names)}))
    picture = Crossed(names, names, values, same(""), same(""), "number", signed=True)
    frame = pd.DataFrame([[name, *row] for name, row in zip(names, values, strict=True)], columns=["", *names])
    return Answer(picture, frame, {}, numbers.correlations_said(names, values), rows)


def _named(value: str | None) -> Text:
    return EMPTY if value is None else same(value)


def _quoted(name: Text) -> Text:
    return name if name in (EMPTY,) else Text(f"“{_cut(name.en)}”", f"“{_cut(name.zh)}”")


def _cut(words: str) -> str:
    return words if len(words) <= LONGEST_QUOTED else words[: LONGEST_QUOTED - 1].rstrip() + "…"


def said(value: float) -> str:
    return numbers.said(value)


__all__ = ["Answer", "Filter", "answer", "sorted_by_kind"]
