"""What a finished model tells of its own data: labels that look wrong, and what more rows would bring. Plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from core.words import Text


@dataclass(frozen=True)
class Doubt:
    """A row to learn from whose label the model contradicts, asked by parts that had not learned from it.

    `row` is its place in the training table. `given` and `suggested` are labels as the file writes them, `p_given` and
    `p_suggested` their probabilities; `cells` is what of the row people should read, column -> value.
    """

    row: int
    given: str
    suggested: str
    p_given: float
    p_suggested: float
    cells: Mapping[str, str] = field(default_factory=dict)
    key: str = ""
    """What the row says besides its label, as one word: given when the look is kept, `row` being its place in the
    run's dataset from then on."""


@dataclass(frozen=True)
class Doubts:
    """The doubtful rows, the worst first, among `checked` rows; `found` counts all of them, of which some may be listed.
    `labels` are the values that a row can be given with their titles. `facts`: whether labels are what happened, so
    that a surprising one may well be right."""

    rows: tuple[Doubt, ...]
    found: int
    checked: int
    labels: tuple[tuple[str, Text], ...]
    facts: bool = False


@dataclass(frozen=True)
class Curve:
    """How the first metric (a share, more is better) grows with rows: measured at `sizes` rows with 90% intervals, by
    fits of `method` on part of the training rows, never on the test. `gain` is what `more` rows beyond all `rows` to
    learn from would bring by the fitted power law, with its 90% interval; `ahead` are points (rows, value) of that law."""

    sizes: tuple[int, ...]
    values: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    ahead: tuple[tuple[int, float], ...]
    rows: int
    more: int
    gain: float
    gain_low: float
    gain_high: float
    method: Text


@dataclass(frozen=True)
class SecondLook:
    doubts: Doubts | None = None
    curve: Curve | None = None

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @staticmethod
    def from_json(value: Mapping[str, Any]) -> SecondLook:
        return SecondLook(_doubts(value.get("doubts")), _curve(value.get("curve")))


def _doubts(value: Mapping[str, Any] | None) -> Doubts | None:
    if value is None:
        return None
    rows = tuple(Doubt(**row) for row in value["rows"])
    labels = tuple((label, Text.from_json(title)) for label, title in value["labels"])
    return Doubts(rows, value["found"], value["checked"], labels, value["facts"])


def _curve(value: Mapping[str, Any] | None) -> Curve | None:
    if value is None:
        return None
    series: dict[str, Any] = {name: tuple(value[name]) for name in ("sizes", "values", "low", "high")}
    series["ahead"] = tuple((int(rows), float(at)) for rows, at in value["ahead"])
    return Curve(**{**value, **series, "method": Text.from_json(value["method"])})
