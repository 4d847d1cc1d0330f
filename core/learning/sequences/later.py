"""Two harder tests than the last item: everything bought after a date, and the whole last basket."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from core.learning.sequences.events import Events, History
from core.learning.sequences.fitting import linear_parts
from core.learning.sequences.linear import Bestsellers, Scorer
from core.learning.sequences.model import Recommender, Repeat

SHARE = 0.1
LIST = 10
MOST = 2000


def after_a_date(events: Events, weights: Mapping[str, float], repeat: Repeat, seed: int) -> dict[str, Any] | None:
    """Learned from the first 90% of the time, asked for what known customers took afterwards: {"recall", "hit_rate",
    "bestsellers_recall", "bestsellers_hit_rate", "customers", "without"}; None without such customers.

    The blend's weights are those of the whole run, so that only the parts are fitted anew; those that take long to train are left out and named under "without"."""
    if len(events) < 2 or events.time.min() == events.time.max():
        return None
    early = events.time <= np.quantile(events.time, 1 - SHARE)
    return _asked(events, early, weights, repeat, seed)


def last_basket(events: Events, weights: Mapping[str, float], repeat: Repeat, seed: int) -> dict[str, Any] | None:
    """As `after_a_date`, with everything of a customer's last moment held out; None where few customers buy several
    things at one moment."""
    last = np.repeat(events.time[np.maximum(events.starts[1:] - 1, 0)], np.diff(events.starts))
    basket = events.time == last
    sizes = np.bincount(events.user[basket], minlength=len(events.users))
    if (sizes > 1).mean() < 0.2:
        return None
    return _asked(events, ~basket, weights, repeat, seed)


def _asked(
    events: Events, kept: np.ndarray, weights: Mapping[str, float], repeat: Repeat, seed: int
) -> dict[str, Any] | None:
    before, after = events.keep(kept), events.keep(~kept)
    histories: list[History] = []
    wanted: list[set[int]] = []
    for user in np.random.default_rng(seed).permutation(len(events.users)):
        history, later = before.history(user), set(after.history(user).tolist())
        later = later - set(history.tolist()) if repeat == "new" else later
        if len(history) and later:
            histories.append(history)
            wanted.append(later)
        if len(histories) == MOST:
            break
    if len(histories) < 20:
        return None
    fits = linear_parts(len(events.items))
    parts: dict[str, Scorer] = {name: fits[name](before) for name, weight in weights.items() if weight and name in fits}
    model = Recommender(list(events.items), parts, {name: weights[name] for name in parts}, {}, repeat)
    sellers = Recommender(list(events.items), {"sellers": Bestsellers.fit(before)}, {"sellers": 1.0}, {}, repeat)
    own, other = _figures(model, histories, wanted), _figures(sellers, histories, wanted)
    return {
        "recall": own[0], "hit_rate": own[1], "bestsellers_recall": other[0], "bestsellers_hit_rate": other[1],
        "customers": len(histories), "without": sorted(name for name, weight in weights.items() if weight and name not in fits),
    }  # fmt: skip


def _figures(model: Recommender, histories: Sequence[History], wanted: Sequence[set[int]]) -> tuple[float, float]:
    """Mean recall at 10 (of at most ten wanted) and the share of customers with any hit."""
    found = [
        len(later & set(items.tolist()))
        for later, (items, _) in zip(wanted, model.recommend(histories, LIST), strict=True)
    ]
    recall = [hits / min(len(later), LIST) for hits, later in zip(found, wanted, strict=True)]
    return float(np.mean(recall)), float(np.mean([hits > 0 for hits in found]))
