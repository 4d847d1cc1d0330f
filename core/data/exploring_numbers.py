"""How numbers are spread and how they go together."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import polars as pl

from core.words import Text, UserError

BINS, FINE = 24, 18
FEW = 40
FAR = 4
RANKED = 100_000
EVENLY = Text("The correlation by rank is that of every {n}th row.", "秩相关按每 {n} 行取一行计算。")
NO_NUMBERS = Text("No cell of this column can be read as a number.", "这一列没有可识别的数字。")
OUTSIDE = Text(
    "{n} rows below {low} or above {high} are counted in the outermost bars.",
    "小于 {low} 或大于 {high} 的 {n} 行计入两端的柱子。",
)


@dataclass(frozen=True)
class Found:
    bins: tuple[tuple[float, float, int], ...]
    filled: int
    median: float
    low: float
    high: float
    mean: float
    notes: tuple[Text, ...] = ()


@dataclass(frozen=True)
class Density:
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    values: tuple[tuple[float | None, ...], ...]
    table: pl.DataFrame
    pearson: float
    spearman: float
    notes: tuple[Text, ...] = ()


def said(value: float) -> str:
    """Three digits that count."""
    if value == 0 or not math.isfinite(value):
        return "0" if value == 0 else "–"
    if abs(value) >= 1000:
        digits = 3 - 1 - math.floor(math.log10(abs(value)))
        return f"{round(value, min(digits, 0)):,.0f}" if abs(value) >= 1e5 else f"{value:,.0f}"
    text = f"{value:.3g}"
    return text if "e" in text else f"{float(text):g}"


def _limits(frame: pl.LazyFrame, name: str) -> tuple[float, float, float, float]:
    """The lowest and the highest, and the ends to draw between: the same, unless a few rows lie far out."""
    value = pl.col(name)
    wanted = [value.min(), value.max(), value.quantile(0.01, "linear"), value.quantile(0.99, "linear")]
    low, high, first, last = frame.select(**{f"q{k}": one for k, one in enumerate(wanted)}).collect().row(0)
    if low is None:
        raise UserError(NO_NUMBERS)
    if high - low > FAR * (last - first) > 0:
        return low, high, first, last
    return low, high, low, high


def _edges(low: float, high: float, bins: int) -> np.ndarray:
    """Round steps from below the lowest to above the highest."""
    if high <= low:
        return np.array([low - 0.5, low + 0.5])
    rough = (high - low) / bins
    size = 10.0 ** math.floor(math.log10(rough))
    step = next(size * times for times in (1, 2, 2.5, 5, 10) if size * times >= rough * 0.999)
    start = math.floor(low / step + 1e-9)
    count = max(1, math.ceil(high / step - 1e-9) - start)
    edges = np.round((start + np.arange(count + 1)) * step, 12)
    return edges if edges[-1] > high or count > 1 else np.append(edges, edges[-1] + step)


def spread(frame: pl.LazyFrame) -> Found:
    """Rows in ranges of round widths; whole numbers of few values have a range each."""
    value = pl.col("of")
    frame = frame.filter(value.is_not_null()).collect().lazy()
    low, high, first, last = _limits(frame, "of")
    facts = frame.select(
        filled=pl.len(), median=value.median(), mean=value.mean(), whole=(value == value.floor()).all()
    ).collect()
    filled, median, mean, whole = facts.row(0)
    if whole and last - first <= FEW:
        edges = np.arange(math.floor(first), math.floor(last) + 2) - 0.5
    else:
        edges = _edges(first, last, BINS)
    place = _place(value, edges)
    counted = dict(frame.group_by(place.alias("bin")).agg(pl.len()).collect().iter_rows())
    bins = tuple((float(edges[k]), float(edges[k + 1]), int(counted.get(k, 0))) for k in range(len(edges) - 1))
    notes: tuple[Text, ...] = ()
    if (first, last) != (low, high):
        outside = frame.filter((value < edges[0]) | (value > edges[-1])).select(pl.len()).collect().item()
        notes = (OUTSIDE.fill(n=f"{outside:,}", low=said(float(edges[0])), high=said(float(edges[-1]))),)
    return Found(bins, filled, median, low, high, mean, notes)


def _place(value: pl.Expr, edges: np.ndarray) -> pl.Expr:
    """The number of the range; what is outside belongs to the outermost."""
    width = edges[1] - edges[0]
    return ((value - edges[0]) / width + 1e-9).floor().clip(0, len(edges) - 2).cast(pl.Int32)


def spread_said(found: Found, what: Text) -> Text:
    return Text(
        "{what}: half of the rows are below {median}; average {mean}, from {low} to {high}.",
        "{what}：一半的行低于 {median}；平均 {mean}，范围 {low} 到 {high}。",
    ).fill(what=what, median=said(found.median), mean=said(found.mean), low=said(found.low), high=said(found.high))


def density(frame: pl.LazyFrame) -> Density:
    """How many rows lie in each square of two columns of numbers, and how the two go together."""
    frame = frame.filter(pl.col("a").is_not_null() & pl.col("b").is_not_null()).collect().lazy()
    edges = {}
    notes: tuple[Text, ...] = ()
    for name in "ab":
        low, high, first, last = _limits(frame, name)
        edges[name] = _edges(first, last, FINE)
        if (first, last) != (low, high):
            notes = (Text("Rows far out are counted at the rims.", "远离其他值的行计入边缘。"),)
    squares = (
        frame.group_by(_place(pl.col("a"), edges["a"]).alias("a"), _place(pl.col("b"), edges["b"]).alias("b"))
        .agg(pl.len().alias("rows"))
        .collect()
    )
    known = {(a, b): rows for a, b, rows in squares.iter_rows()}
    names = {side: tuple(_range_said(edges[side], k) for k in range(len(edges[side]) - 1)) for side in "ab"}
    values = tuple(tuple(known.get((a, b)) for b in range(len(names["b"]))) for a in range(len(names["a"])))
    table = squares.sort("a", "b").select(
        pl.Series("a", [names["a"][k] for k in squares.sort("a", "b")["a"]], dtype=pl.String),
        pl.Series("b", [names["b"][k] for k in squares.sort("a", "b")["b"]], dtype=pl.String),
        pl.col("rows"),
    )
    every = max(1, int(squares["rows"].sum()) // RANKED)
    ranked = frame.gather_every(every).select(pl.corr("a", "b", method="spearman"))
    both = frame.select(pl.corr("a", "b")).collect().item(), ranked.collect().item()
    if every > 1:
        notes = (*notes, EVENLY.fill(n=f"{every:,}"))
    return Density(names["a"], names["b"], values, table, _finite(both[0]), _finite(both[1]), notes)


def _range_said(edges: np.ndarray, k: int) -> str:
    return f"{said(float(edges[k]))} – {said(float(edges[k + 1]))}"


def _finite(value: float | None) -> float:
    return float(value) if value is not None and math.isfinite(value) else 0.0


def density_said(found: Density, names: tuple[str, ...]) -> Text:
    return Text(
        "“{a}” and “{b}” {how} (correlation {p}; by rank {s}; from -1 to 1).",
        "“{a}”与“{b}”{how}（相关系数 {p}，秩相关 {s}，范围 -1 到 1）。",
    ).fill(a=names[0], b=names[1], how=_strength(found.spearman), p=f"{found.pearson:.2f}", s=f"{found.spearman:.2f}")


def _strength(value: float) -> Text:
    if abs(value) < 0.1:
        return Text("hardly go together", "几乎没有关联")
    if value > 0:
        return Text("rise together", "同增同减") if value >= 0.5 else Text("rise together a little", "略有正相关")
    return (
        Text("go against each other", "此增彼减")
        if value <= -0.5
        else Text("go against each other a little", "略有负相关")
    )


def correlations(frame: pl.LazyFrame) -> tuple[tuple[float | None, ...], ...]:
    """Pearson's correlation of every two columns, over the rows where both are filled."""
    data = frame.collect()
    pairs = list(combinations(data.columns, 2))
    asked = []
    for a, b in pairs:
        both = pl.col(a).is_not_null() & pl.col(b).is_not_null()
        asked.append(pl.corr(pl.col(a).filter(both), pl.col(b).filter(both)).alias(f"{a} {b}"))
    known = dict(zip(pairs, data.select(asked).row(0), strict=True))
    names = data.columns
    return tuple(tuple(1.0 if a == b else _finite(known.get((a, b), known.get((b, a)))) for b in names) for a in names)


def correlations_said(names: tuple[str, ...], values: tuple[tuple[float | None, ...], ...]) -> Text:
    pairs = [(values[i][j] or 0.0, names[i], names[j]) for i, j in combinations(range(len(names)), 2)]
    value, a, b = max(pairs, key=lambda one: abs(one[0]))
    if abs(value) < 0.1:
        return Text(
            "No two of these go together: the closest are “{a}” and “{b}” ({value}; from -1 to 1).",
            "这些列之间几乎没有关联：最接近的是“{a}”与“{b}”（{value}，范围 -1 到 1）。",
        ).fill(a=a, b=b, value=f"{value:.2f}")
    return Text(
        "Closest together: “{a}” and “{b}” ({value}; from -1 to 1). It does not say that one causes the other.",
        "关联最强的是“{a}”与“{b}”（{value}，范围 -1 到 1）。相关不代表因果。",
    ).fill(a=a, b=b, value=f"{value:.2f}")
