"""Figures over time, in steps that fit the span."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from core.data.exploring_numbers import said as number_said
from core.data.exploring_source import EMPTY
from core.words import Text, UserError, same

STEPS: tuple[tuple[str, float, Text], ...] = (
    ("1m", 60, Text("minute", "分钟")),
    ("1h", 3600, Text("hour", "小时")),
    ("1d", 86400, Text("day", "天")),
    ("1w", 7 * 86400, Text("week", "周")),
    ("1mo", 30.4 * 86400, Text("month", "月")),
    ("1q", 91.3 * 86400, Text("quarter", "季度")),
    ("1y", 365.25 * 86400, Text("year", "年")),
)
MOST_POINTS = 130

UNREAD = Text("{n} rows without a readable time are left out.", "{n} 行没有可识别的时间，未计入。")
NO_TIMES = Text("No cell of this column can be read as a time.", "这一列没有可识别的时间。")


@dataclass(frozen=True)
class Line:
    times: tuple[str, ...]
    lines: tuple[tuple[str | None, tuple[float | None, ...]], ...]
    table: pl.DataFrame
    step: Text
    notes: tuple[Text, ...] = ()


def over_time(frame: pl.LazyFrame, figure: pl.Expr, grouped: bool, most: int, gaps_are_zero: bool) -> Line:
    """One line (or one for each of the `most` commonest values of `by`), a point a step of the calendar."""
    span = frame.select(
        pl.col("time").min().alias("low"),
        pl.col("time").max().alias("high"),
        pl.col("time").null_count().alias("unread"),
    ).collect()
    low, high, unread = span.row(0)
    if low is None:
        raise UserError(NO_TIMES)
    seconds = (high - low).total_seconds()
    step, _, word = next((one for one in STEPS if seconds / one[1] <= MOST_POINTS), STEPS[-1])
    keys = ["time", "by"] if grouped else ["time"]
    frame = frame.filter(pl.col("time").is_not_null()).with_columns(pl.col("time").dt.truncate(step))
    table = frame.group_by(keys).agg(figure, pl.len().alias("rows")).sort(keys, nulls_last=True).collect()
    steps = pl.datetime_range(pl.col("time").min(), pl.col("time").max(), step).alias("time")
    axis = table.select(steps)
    names: list[str | None] = [None]
    if grouped:
        counts = (
            table.group_by("by").agg(pl.col("rows").sum()).sort("rows", "by", descending=[True, False], nulls_last=True)
        )
        names = counts["by"].head(most).to_list()
    lines = []
    for name in names:
        one = table.filter(pl.col("by").eq_missing(pl.lit(name, pl.String))) if grouped else table
        joined = axis.join(one.select("time", "figure"), on="time", how="left").sort("time")
        values = joined["figure"].fill_null(0.0) if gaps_are_zero else joined["figure"]
        lines.append((name, tuple(values.to_list())))
    form = "%Y-%m-%d" if step not in ("1m", "1h") else "%Y-%m-%d %H:%M"
    written = table.with_columns(pl.col("time").dt.strftime(form))
    notes = (UNREAD.fill(n=f"{unread:,}"),) if unread else ()
    return Line(tuple(axis["time"].dt.strftime(form).to_list()), tuple(lines), written, word, notes)


def said(line: Line, what: Text, group: tuple[str, ...]) -> Text:
    """The finding; the first and the last step of the calendar may be half, and are not called the lowest."""
    if group:
        return _groups_said(line, what, group[0])
    values = [(value, moment) for value, moment in zip(line.lines[0][1], line.times, strict=True) if value is not None]
    if not values:
        return Text("There is no number to show.", "没有可显示的数字。")
    whole = values[1:-1] if len(values) > 4 else values
    (high, when), (low, then) = max(whole), min(whole)
    return Text(
        "By {step}, {what}: highest {high} ({when}), lowest {low} ({then}).",
        "按{step}，{what}：最高 {high}（{when}），最低 {low}（{then}）。",
    ).fill(step=line.step, what=what, high=number_said(high), low=number_said(low), when=when, then=then)


def _groups_said(line: Line, what: Text, group: str) -> Text:
    filled = [(name, [value for value in values if value is not None]) for name, values in line.lines]
    levels = [
        (sum(values) / len(values), EMPTY if name is None else same(f"“{name}”")) for name, values in filled if values
    ]
    if len(levels) < 2:
        return Text("By {step}: {what}, by “{group}”.", "按{step}：{what}，按“{group}”区分。").fill(
            step=line.step, what=what, group=group
        )
    first, last = max(levels, key=lambda one: one[0]), min(levels, key=lambda one: one[0])
    return Text(
        "By {step}, {what}: on the whole {first} is highest ({high}), {last} lowest ({low}).",
        "按{step}，{what}：总体上{first}最高（{high}），{last}最低（{low}）。",
    ).fill(
        step=line.step, what=what, first=first[1], last=last[1], high=number_said(first[0]), low=number_said(last[0])
    )
