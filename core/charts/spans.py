"""Where a figure's range lies on the bar beneath it: figures side by side share one scale, so that widths can be compared."""

from __future__ import annotations

from collections.abc import Sequence

from core.cards import Number


def span(item: Number, items: Sequence[Number]) -> tuple[float, ...]:
    """Low, value and high from 0 to 1 on the bar; empty without a range. The shares among `items` have one scale, the
    amounts of money another; any other number has its own."""
    if item.low is None or item.high is None:
        return ()
    if item.unit in ("share", "money"):
        ends = [end for one in items if one.unit == item.unit for end in (one.low, one.high) if end is not None]
        first, last = _around(min(ends), max(ends), 0.15, 0.02 if item.unit == "share" else 0.0)
        if item.unit == "share":
            first, last = max(0.0, first), min(1.0, last)
    else:
        first, last = _around(item.low, item.high, 0.5)
    return tuple(min(1.0, max(0.0, (end - first) / (last - first))) for end in (item.low, item.value, item.high))


def _around(low: float, high: float, share: float, least: float = 0.0) -> tuple[float, float]:
    pad = max(least, (high - low) * share) or 1.0
    return low - pad, high + pad
