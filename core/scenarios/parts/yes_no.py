"""What scenarios with a good and a bad end share: the bad value, the cut-offs, the answer's parts and its reasons."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from core.money import Stakes, Summary, best_cutoff
from core.scenarios.base import Band, Item, Reason, Scale
from core.scenarios.parts.form import shown
from core.words import Text

if TYPE_CHECKING:
    from core.learning.tabular.columns import Encoded
    from core.learning.tabular.model import TabularModel

REASONS = 4
STEPS = ((0.05, 0.01), (0.02, 0.005), (0.002, 0.0005))
FINEST = 0.0001
"""The steps of a cut-off, by how high it may lie: never so wide that they would round a small one to nothing."""


def cutoffs_of(summary: Summary, stakes: Stakes) -> dict[str, float]:
    """The best cut-off on out-of-fold rows, and the band around it in which it could lie."""
    best, low, high = best_cutoff(summary, stakes)
    top = float(min(1.0, np.ceil(max(2 * high, summary.upto[-2] if len(summary.upto) > 1 else 1.0) * 20) / 20))
    step = next((step for above, step in STEPS if high >= above), FINEST)
    return {
        "decline_above": min(top, round(high / step) * step or high),
        "approve_below": round(low / step) * step or low,
        "best": best,
        "top": max(top, 0.05),
        "step": min(step, 0.005),
    }


def confusion(bad: np.ndarray, declined: np.ndarray) -> list[list[int]]:
    return [[int((kind & ~declined).sum()), int((kind & declined).sum())] for kind in (~bad, bad)]


def lines_of(cut: Mapping[str, float], controls: Mapping[str, Any]) -> tuple[float, float, float]:
    """Approve below, decline from, and the end of the scale."""
    approve = float(controls.get("approve_below", cut["approve_below"]))
    decline = float(controls.get("decline_above", cut["decline_above"]))
    return min(approve, decline), max(approve, decline), float(cut["top"])


def decision(probability: float, approve: float, decline: float) -> tuple[Text, Literal["good", "caution", "bad"]]:
    if probability < approve:
        return Text("Approve", "通过"), "good"
    if probability < decline:
        return Text("Ask a person", "请人工审核"), "caution"
    return Text("Decline", "拒绝"), "bad"


def reasons(model: TabularModel, encoded: Encoded, row: Mapping[str, Any]) -> tuple[Reason, ...]:
    parts = model.contributions(encoded)[0, :-1]
    strongest = float(np.abs(parts).max()) or 1.0
    found = []
    for place in np.argsort(-np.abs(parts), kind="stable")[: 2 * REASONS]:
        name, weight = model.features[place], float(parts[place])
        words = Text("raises the risk", "提高风险") if weight > 0 else Text("lowers the risk", "降低风险")
        if abs(weight) > 0.01:
            found.append(Reason(f"{name} = {shown(row[name])}", weight / strongest, words))
    return tuple(found)


def change_item(change: Any, row: Mapping[str, Any]) -> Item:
    moves = "; ".join(f"{name}: {shown(row[name])} → {shown(value)}" for name, value in change.values.items())
    share = f"{change.probability:.0%}"
    return Item(moves, Text(f"then the probability would be {share}", f"概率将变为 {share}"))


def codes_of(model: TabularModel) -> dict[str, str]:
    """A stable code for each column, for letters that must name their reasons."""
    return {name: f"R{place:02d}" for place, name in enumerate(model.features, 1)}


def reason_columns(model: TabularModel, frame: pd.DataFrame) -> pd.DataFrame:
    """The columns that raised each row's risk most, as "R03 duration = 48", the strongest first."""
    parts = model.contributions(frame)[:, :-1]
    names, codes = model.features, codes_of(model)
    order = np.argsort(-parts, axis=1, kind="stable")[:, :REASONS]
    raising = np.take_along_axis(parts, order, axis=1) > 0.01
    chosen: np.ndarray = np.full(order.shape, "", dtype=object)
    for place, name in enumerate(names):
        rows, ranks = np.nonzero(raising & (order == place))
        cells = frame[name].iloc[rows].map(shown) if name in frame else ["?"] * len(rows)
        chosen[rows, ranks] = [f"{codes[name]} {name} = {cell}" for cell in cells]
    return pd.DataFrame(chosen, columns=[f"reason_{i + 1}" for i in range(chosen.shape[1])])


def scale(bad: str, probability: float, spread: tuple[float, float], cuts: tuple[float, float, float]) -> Scale:
    """The probability with its range over the bands of decision. `cuts` as from `lines_of`."""
    (low, high), (approve, decline, top) = spread, cuts
    end = max(top, high, probability)
    bands = (
        Band(Text("approve", "通过"), approve, "good"),
        Band(Text("ask a person", "人工审核"), decline, "caution"),
        Band(Text("decline", "拒绝"), end, "bad"),
    )
    return Scale(Text(f"Probability of “{bad}”", f"“{bad}”的概率"), probability, low, high, bands, end)
