"""A card's body as a plotly figure, and its numbers as a table."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from core.cards import Bars, Body, Facts, Grid, Lines, Matrix, Numbers, Points, Words
from core.charts.bars import bars_figure, name_of
from core.charts.exploring import crossed_width, picture_figure
from core.charts.frame import QUIET, Style, Width, config, said, said_range
from core.charts.grids import ACTUAL, GIVEN, matrix_figure, matrix_width, outline, words_figure
from core.charts.lines import lines_figure
from core.charts.points import points_figure
from core.charts.reasons import signed_bars
from core.charts.spans import span
from core.words import Text

COLUMNS = {
    "name": Text("name", "名称"),
    "part": Text("method", "方法"),
    "value": Text("value", "值"),
    "low": Text("interval from", "区间下限"),
    "high": Text("interval to", "区间上限"),
    "class": Text("class", "类别"),
    "word": Text("word", "词"),
    "weight": Text("weight", "权重"),
    "line": Text("curve", "曲线"),
}


def figure(body: Body, language: str, dark: bool = False, width: Width = "wide") -> go.Figure:
    """The body drawn. Raises TypeError for bodies that are not charts (numbers, rows, facts)."""
    style = Style(language, dark, width)
    if isinstance(body, Matrix):
        return matrix_figure(body, style)
    if isinstance(body, Bars):
        return bars_figure(body, style)
    if isinstance(body, Lines):
        return lines_figure(body, style)
    if isinstance(body, Points):
        return points_figure(body, style)
    if isinstance(body, Words):
        return words_figure(body, style)
    raise TypeError(f"{type(body).__name__} is not a chart")


def is_chart(body: Body) -> bool:
    return isinstance(body, Matrix | Bars | Lines | Points | Words)


def numbers_table(body: Body, language: str) -> pd.DataFrame:  # noqa: PLR0911 - one return a kind of body
    """The body's numbers, one row a mark, with column names in the language. Empty for `Rows`, which are data already."""
    name = {key: text.in_(language) for key, text in COLUMNS.items()}
    if isinstance(body, Matrix):
        corner = f"{ACTUAL.in_(language)} \\ {GIVEN.in_(language)}"
        names = body.names(language)
        counts = [[actual, *row] for actual, row in zip(names, body.counts, strict=True)]
        return pd.DataFrame(counts, columns=[corner, *names])
    if isinstance(body, Bars | Numbers):
        rows = [(one.label.in_(language), name_of(one, language), one.value, one.low, one.high) for one in body.items]
        return pd.DataFrame(rows, columns=[name[key] for key in ("name", "part", "value", "low", "high")])
    if isinstance(body, Lines):
        return _lines_table(body, language, name)
    if isinstance(body, Points):
        named = [body.groups[group].in_(language) for group in body.group]
        places = list(zip(body.labels, named, body.x, body.y, strict=True))
        return pd.DataFrame(places, columns=[name["name"], name["class"], "x", "y"])
    if isinstance(body, Words):
        words = [(label.in_(language), word, weight) for label, found in body.classes for word, weight in found]
        return pd.DataFrame(words, columns=[name["class"], name["word"], name["weight"]])
    if isinstance(body, Grid):
        cells = [[c.in_(language) if isinstance(c, Text) else c for c in row] for row in body.rows]
        return pd.DataFrame(cells, columns=_told_apart([column.title.in_(language) for column in body.columns]))
    if isinstance(body, Facts):
        return pd.DataFrame(
            [(a.in_(language), b.in_(language)) for a, b in body.items], columns=[name["name"], name["value"]]
        )
    return pd.DataFrame()


def _told_apart(names: list[str]) -> list[str]:
    """Column names of which no two are equal."""
    found: list[str] = []
    for name in names:
        found.append(name if name not in found else f"{name} ({found.count(name) + 1})")
    return found


def _lines_table(body: Lines, language: str, name: dict[str, str]) -> pd.DataFrame:
    rows = []
    for line in body.lines:
        blank = (None,) * len(line.x)
        for x, y, low, high in zip(line.x, line.y, line.low or blank, line.high or blank, strict=True):
            rows.append((line.name.in_(language), x, y, low, high))
    columns = [name["line"], body.x_axis.in_(language), body.y_axis.in_(language), name["low"], name["high"]]
    return pd.DataFrame(rows, columns=columns)


__all__ = [
    "QUIET",
    "Style",
    "Width",
    "config",
    "crossed_width",
    "figure",
    "is_chart",
    "matrix_width",
    "numbers_table",
    "outline",
    "picture_figure",
    "said",
    "said_range",
    "signed_bars",
    "span",
]
