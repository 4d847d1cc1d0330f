"""How fast an encoder is tuned: by its size, and again more slowly where it collapses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from core.learning.engine import Diverged, Trained
from core.progress import Report

BASE, LARGE = 768, 1024
"""Widths from which an encoder counts as base (BERT-base has 85 million weights in its layers) or large (302 million)."""
OF_BASE, OF_LARGE = 0.25, 0.1
SLOWER = 0.25
Made = TypeVar("Made")


def suited_rate(rate: float, width: int) -> float:
    """The learning rate for an encoder of this width where `rate` is right for small ones.

    Compact BERTs take up to 3e-4 (Turc et al. 2019, "Well-read students learn better"); base ones are tuned at 2e-5 to
    5e-5 (Devlin et al. 2019), and large ones fail on some seeds above 2e-5 (Mosbach et al. 2021, "On the stability of
    fine-tuning BERT"). So 2e-4 becomes 5e-5 and 2e-5."""
    return rate * (OF_LARGE if width >= LARGE else OF_BASE if width >= BASE else 1.0)


@dataclass(frozen=True)
class Tuning(Generic[Made]):
    """What came of tuning at a rate, and whether it was `begun_again` since it collapsed."""

    done: Trained
    made: Made
    rate: float
    begun_again: bool = False


def steadily(
    attempt: Callable[[float, str], tuple[Trained, Made]], rate: float, least: float, report: Report
) -> Tuning[Made]:
    """`attempt(rate, suffix of its name)`, once more at a quarter of the rate where it diverges or scores below `least`, and
    the better of the two. Raises Diverged where the second does too and there is no first."""
    first = None
    try:
        first = Tuning(*attempt(rate, ""), rate)
        if first.done.best_score >= least:
            return first
    except Diverged:
        pass
    slower = rate * SLOWER
    report.log(f"Tuning collapsed at a learning rate of {rate:g}: it begins again at {slower:g}")
    try:
        second = Tuning(*attempt(slower, "_again"), slower, begun_again=True)
    except Diverged:
        if first is None:
            raise
        return replace(first, begun_again=True)
    if first is None or second.done.best_score > first.done.best_score:
        return second
    return replace(first, begun_again=True)
