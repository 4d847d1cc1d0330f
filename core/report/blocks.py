"""A card as it stands on paper: plain words and SVG in one language, ready for a template."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from core import charts
from core.cards import Card, Facts, Grid, Number, Numbers, Rows, Unit
from core.charts.svg import svg
from core.words import Text

CHART_PX = 640


@dataclass(frozen=True)
class Figure:
    """A number with its range; `span` is where low, value and high lie on the bar (0 to 1), empty without a range."""

    label: str
    term: str
    value: str
    range: str
    span: tuple[float, ...]
    part: str


@dataclass(frozen=True)
class Block:
    """One card: its finding, how to read it, and a body of its kind. `numeric` says which columns hold figures."""

    kind: Literal["numbers", "chart", "table", "facts"]
    title: str
    reading: str
    svg: str = ""
    figures: tuple[Figure, ...] = ()
    columns: tuple[str, ...] = ()
    numeric: tuple[bool, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    strong: int | None = None
    notes: tuple[str, ...] = ()


def block(card: Card, language: str) -> Block | None:
    """None for rows of the user's data: a report is handed on, and people's words and names are not."""
    title, reading, body = card.title.in_(language), card.reading.in_(language), card.body
    if isinstance(body, Rows):
        return None
    if isinstance(body, Numbers):
        return Block("numbers", title, reading, figures=figures(body.items, language))
    if isinstance(body, Facts):
        pairs = tuple((name.in_(language), value.in_(language)) for name, value in body.items)
        return Block("facts", title, reading, rows=pairs)
    if isinstance(body, Grid):
        return _table(title, reading, body, language)
    drawn = svg(charts.figure(body, language, width="page"), CHART_PX, f"plot-{card.key}", f"{title}. {reading}")
    return Block("chart", title, reading, svg=drawn)


def _table(title: str, reading: str, body: Grid, language: str) -> Block:
    apart = "：" if language == "zh" else ": "
    helps = (f"{one.title.in_(language)}{apart}{one.help.in_(language)}" for one in body.columns if one.help)
    return Block(
        "table",
        title,
        reading,
        columns=tuple(column.title.in_(language) for column in body.columns),
        numeric=tuple(column.unit is not None for column in body.columns),
        rows=tuple(
            tuple(_cell(value, column.unit, language) for value, column in zip(row, body.columns, strict=True))
            for row in body.rows
        ),
        strong=body.strong,
        notes=tuple(helps),
    )


def _cell(value: Text | float | None, unit: Unit | None, language: str) -> str:
    if value is None:
        return "–"
    return value.in_(language) if isinstance(value, Text) else charts.said(float(value), unit or "number", language)


def figures(items: Sequence[Number], language: str) -> tuple[Figure, ...]:
    """Numbers side by side, ranges in one unit on one scale."""
    return tuple(
        Figure(
            item.label.in_(language),
            item.term.in_(language) if item.term else "",
            charts.said(item.value, item.unit, language),
            charts.said_range(item.low, item.high, item.unit, language, item.value)
            if item.low is not None and item.high is not None
            else "",
            charts.span(item, items),
            item.part,
        )
        for item in items
    )
