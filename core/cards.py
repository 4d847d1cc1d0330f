"""A result as plain data: what the dashboard, the report and the API draw, with no model in memory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from core.words import Text

Part = Literal["model", "baseline", "reference"]
Unit = Literal["share", "count", "number", "seconds", "money", "points"]
"""A share is 0 to 1; money is in the user's own currency, which is never named; points are hundredths, signed."""


@dataclass(frozen=True)
class Metric:
    """A metric's words. `term` is the field's standard name, `help` one sentence on what it means, `own` the same
    sentence with the user's figure: {n} of 100 (or the figure itself where it is no share), {rest} what 100 lacks."""

    title: Text
    term: Text
    help: Text
    higher_is_better: bool = True
    is_share: bool = True
    own: Text | None = None

    def explained(self, value: float | None) -> Text:
        """What it means, with the figure itself where there is one."""
        if value is None or self.own is None:
            return self.help
        n = _said(value, self.is_share)
        return self.own.fill(n=n, rest=f"{100 - float(n):.3g}" if self.is_share else _said(1 - value, False))


def _said(value: float, is_share: bool) -> str:
    if not is_share:
        return f"{value:.3g}"
    return f"{value * 100:.0f}" if value >= 0.1 or value == 0 else f"{value * 100:.1f}".removesuffix(".0")


@dataclass(frozen=True)
class Number:
    """A figure with its meaning. `value`, `low` and `high` are in `unit` (a share is 0 to 1); `term` is the field's
    own name for it."""

    label: Text
    value: float
    unit: Unit = "share"
    low: float | None = None
    high: float | None = None
    help: Text | None = None
    part: Part = "model"
    term: Text | None = None


@dataclass(frozen=True)
class Numbers:
    items: tuple[Number, ...]


@dataclass(frozen=True)
class Matrix:
    """A confusion matrix: `counts[i][j]` rows of actual class i were given class j. A cell opens its rows.

    `classes` are the values in the rows; `titles`, in the same order, what people read (the values where empty); `totals`
    how many rows each class has where some were given a class that is not shown.
    """

    classes: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]
    titles: tuple[Text, ...] = ()
    totals: tuple[int, ...] = ()

    def total(self, place: int) -> int:
        """The rows of a class."""
        return self.totals[place] if self.totals else sum(self.counts[place])

    def names(self, language: str) -> tuple[str, ...]:
        """What the classes are called in a language."""
        return tuple(title.in_(language) for title in self.titles) or self.classes


@dataclass(frozen=True)
class Bar:
    """One bar. `name` says who it is where several stand under one label (the words of its part where it is missing)."""

    label: Text
    value: float
    low: float | None = None
    high: float | None = None
    part: Part = "model"
    name: Text | None = None


@dataclass(frozen=True)
class Bars:
    """Horizontal bars (or dots with intervals); bars of the same `label` stand together, each with its own name."""

    items: tuple[Bar, ...]
    axis: Text
    unit: Unit = "share"


@dataclass(frozen=True)
class Line:
    """A curve; one without a name is drawn without words beside it."""

    name: Text
    x: tuple[float, ...]
    y: tuple[float, ...]
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()
    part: Part = "model"


@dataclass(frozen=True)
class Mark:
    """A point of the chart that matters, with its words."""

    x: float
    y: float
    label: Text


@dataclass(frozen=True)
class Lines:
    lines: tuple[Line, ...]
    x_axis: Text
    y_axis: Text
    x_unit: Unit = "share"
    y_unit: Unit = "share"
    marks: tuple[Mark, ...] = ()


@dataclass(frozen=True)
class Points:
    """A map of things: places `x` and `y` without a unit, each in one of `groups` (a position among their names), with
    a label that is read where it is pointed at. At most 10,000 are drawn."""

    x: tuple[float, ...]
    y: tuple[float, ...]
    group: tuple[int, ...]
    groups: tuple[Text, ...]
    labels: tuple[str, ...]


@dataclass(frozen=True)
class Words:
    """For each class the words that drove it, with a weight from 0 to 1."""

    classes: tuple[tuple[Text, tuple[tuple[str, float], ...]], ...]


@dataclass(frozen=True)
class Rows:
    """Held-out rows to read: `columns` of the results' rows with their titles, those for which `where` holds, at
    most `limit`, sorted by `sort` (descending). `values` says a cell's value in words (a class's name), in columns
    that hold nothing else; downloads keep the value."""

    columns: tuple[tuple[str, Text], ...]
    where: Mapping[str, str | bool] | None = None
    sort: str | None = None
    limit: int = 50
    values: Mapping[str, Text] = field(default_factory=dict)


@dataclass(frozen=True)
class Column:
    """One column of a `Grid`: its title, and the unit of its figures (None for words)."""

    title: Text
    unit: Unit | None = None
    help: Text | None = None


@dataclass(frozen=True)
class Grid:
    """A small table of computed figures: one cell a column, a Text, a number in the column's unit, or None for what
    could not be measured. `strong` is the place of a row to stand out (the chosen one)."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[Text | float | None, ...], ...]
    strong: int | None = None


@dataclass(frozen=True)
class Facts:
    items: tuple[tuple[Text, Text], ...]


Body = Numbers | Matrix | Bars | Lines | Points | Words | Rows | Grid | Facts


@dataclass(frozen=True)
class Card:
    """One thing to understand. `title` says the finding, `reading` is one plain line on how to read it, `section`
    is the tab it stands under ("" of a section is not allowed: the headline numbers have their own section)."""

    key: str
    section: Text
    title: Text
    reading: Text
    body: Body


HEADLINE = Text("Headline", "概览")
FAIRNESS = Text("Fairness", "公平性")
"""The section of the cards that compare groups of people."""
MONEY = Text("Money", "收益")
"""The section of the cards that `Scenario.money` reckons from figures of the user's own."""
