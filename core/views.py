"""What a user asks of a table without code, and what is drawn of the answer, as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

from core.cards import Bars, Unit
from core.words import Text

Figure = Literal["mean", "sum", "median", "min", "max"]
FIGURES: tuple[Figure, ...] = get_args(Figure)
MOST_COLUMNS = 8
MOST_FILTERS = 8


@dataclass(frozen=True)
class Filter:
    """Rows whose cell is one of `values` ("" stands for empty), lies from `low` to `high` (numbers, or ISO dates; ""
    is open), and holds `text` in upper or lower case. What is left empty does not count."""

    column: str
    values: tuple[str, ...] = ()
    low: str = ""
    high: str = ""
    text: str = ""


@dataclass(frozen=True)
class View:
    """The columns looked at together, the figure taken of a column of numbers, and which rows."""

    columns: tuple[str, ...]
    figure: Figure = "mean"
    filters: tuple[Filter, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Short, for an address: what is as usual is left out."""
        kept = [{key: value for key, value in vars(one).items() if value} for one in self.filters]
        found: dict[str, Any] = {"columns": list(self.columns)}
        return found | ({"figure": self.figure} if self.figure != "mean" else {}) | ({"filters": kept} if kept else {})

    @staticmethod
    def from_json(value: Any) -> View:
        """A view out of an address: what makes no sense in it is left out."""
        if not isinstance(value, Mapping):
            return View(())
        figure = value.get("figure")
        filters = [one for one in _list(value.get("filters")) if isinstance(one, Mapping) and one.get("column")]
        return View(
            tuple(map(str, _list(value.get("columns"))))[:MOST_COLUMNS],
            figure if figure in FIGURES else "mean",
            tuple(
                Filter(
                    str(one["column"]),
                    tuple(map(str, _list(one.get("values")))),
                    *(str(one.get(key) or "") for key in ("low", "high", "text")),
                )
                for one in filters[:MOST_FILTERS]
            ),
        )


def _list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else []


@dataclass(frozen=True)
class Spread:
    """How many rows lie in each of neighbouring ranges (low, high, rows), and the middle."""

    bins: tuple[tuple[float, float, int], ...]
    axis: Text
    middle: float | None = None


@dataclass(frozen=True)
class Timeline:
    """Figures over time: ISO times, and for each line its name and a figure (or None) at each of them."""

    times: tuple[str, ...]
    lines: tuple[tuple[Text, tuple[float | None, ...]], ...]
    axis: Text
    unit: Unit = "number"


@dataclass(frozen=True)
class Crossed:
    """Figures where two things meet: one row of `values` a row, None where nothing is. `signed`: from -1 to 1.
    `ordered`: rows and columns are ranges of numbers, the lowest first."""

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    values: tuple[tuple[float | None, ...], ...]
    row_title: Text
    column_title: Text
    unit: Unit = "count"
    signed: bool = False
    ordered: bool = False

    def turned(self) -> Crossed:
        """Rows as columns, columns as rows."""
        return replace(
            self,
            rows=self.columns,
            columns=self.rows,
            values=tuple(zip(*self.values, strict=True)),
            row_title=self.column_title,
            column_title=self.row_title,
        )


Picture = Bars | Spread | Timeline | Crossed
