"""A live form made from the columns of a table: what to ask, prefilled with a typical row."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from core.data.amounts import as_numbers, share_of_numbers
from core.data.table import clean
from core.fields import Field, Option
from core.words import Text, same

MOST_OPEN = 8
"""Fields that are open at once; the others are folded away."""
PAST = re.compile(
    r"(?<![a-z])late(?![a-z])|dayslate|past.?due|overdue|delinq|default|histor|arrears|逾期|历史|违约|拖欠|欠款",
    re.IGNORECASE,
)
"""Names of what has happened already, which nobody can change any more."""
LONGEST = 60
"""Characters of a text that a reason names."""
OWN_WORDS = Text("In their own words; leave empty if unknown", "填写原话；不清楚可留空")


def form_of(frame: pd.DataFrame, texts: Sequence[str] = ()) -> list[dict[str, Any]]:
    """What a live form asks: name, kind, a typical value, limits and step or options. `texts` are columns of free text,
    which begin empty: nobody's own words are shown to others."""
    return [
        {"name": str(name), "kind": "text", "default": None} if name in texts else _asked(frame[name])
        for name in frame.columns
    ]


def _asked(values: pd.Series) -> dict[str, Any]:
    name = str(values.name)
    if share_of_numbers(values) >= 0.9 and as_numbers(values).nunique() > 2:
        numbers = as_numbers(values).dropna()
        low, typical, high = (float(numbers.quantile(q)) for q in (0.005, 0.5, 0.995))
        whole = bool((numbers % 1 == 0).all())
        step = _step(low, high, whole)
        low, high = np.floor(low / step) * step, np.ceil(high / step) * step
        return {
            "name": name, "kind": "slider", "default": float(np.clip(round(typical / step) * step, low, high)),
            "low": float(low), "high": float(max(high, low + step)), "step": step,
        }  # fmt: skip
    counts = values.map(clean).value_counts()
    options = [str(value) for value in counts.index if value][:50]
    return {"name": name, "kind": "choice", "default": options[0] if options else None, "options": options}


def _step(low: float, high: float, whole: bool) -> float:
    """A round step of about a hundredth of the range."""
    raw = max((high - low) / 100, 1e-6)
    power = 10.0 ** np.floor(np.log10(raw))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= raw * 0.999)
    return float(max(step, 1.0)) if whole else float(round(step, 10))


def by_importance(form: list[dict[str, Any]], order: Sequence[str]) -> list[dict[str, Any]]:
    place = {name: i for i, name in enumerate(order)}
    return sorted(form, key=lambda one: place.get(one["name"], len(place)))


def field_of(one: Mapping[str, Any], place: int) -> Field:
    group = Text("More about the case", "更多信息") if place >= MOST_OPEN else None
    if one["kind"] == "slider":
        return Field(one["name"], same(one["name"]), "slider", default=one["default"], low=one["low"], high=one["high"], step=one["step"], group=group)  # fmt: skip
    if one["kind"] == "text":
        return Field(one["name"], same(one["name"]), "text", placeholder=OWN_WORDS, group=group)
    options = tuple(Option(value, same(value)) for value in one["options"])
    return Field(
        one["name"], same(one["name"]), "choice", default=one["default"], options=options, optional=True, group=group
    )


def cell(value: Any) -> Any:
    return None if value is None or value == "" else value


def shown(value: Any) -> str:
    if value is None:
        return "?"
    if isinstance(value, int | float):
        return f"{value:,.6g}"
    said = str(value)
    return said if len(said) <= LONGEST else said[: LONGEST - 1].rstrip() + "…"
