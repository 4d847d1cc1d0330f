"""How many mistakes are among what a model answers alone, however much that is, beside what was accepted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from core.cards import Line, Lines, Mark
from core.words import Text


def coverage_lines(
    curve: Mapping[str, Sequence[float]],
    tolerated: float,
    model: Text,
    axes: tuple[Text, Text],
    marks: tuple[Mark, ...],
) -> Lines:
    """`curve`: shares answered alone ("coverage") with their "error" and its interval ("low", "high"), all from 0 to 1."""
    own: Any = [tuple(curve[key]) for key in ("coverage", "error", "low", "high")]
    accepted = Text(f"{tolerated:.0%} accepted", f"容许 {tolerated:.0%}")
    limit = Line(accepted, (0.0, 1.0), (tolerated, tolerated), part="reference")
    return Lines((Line(model, *own), limit), *axes, marks=marks)
