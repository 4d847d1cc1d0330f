"""Makes a recommender: parts fitted on the events before each customer's last, weighed on that last one, fitted again on all."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from core.learning.sequences.blend import fit_weights, standardised
from core.learning.sequences.events import Events, History
from core.learning.sequences.linear import MOST_FOR_EASE, Bestsellers, Ease, Neighbours, Scorer, Transitions
from core.learning.sequences.model import Recommender, Repeat, histories_of
from core.learning.sequences.ranking import exclude_seen, hits, ndcg, rank_of_target
from core.progress import Report
from core.words import Text, UserError

Mode = Literal["quick", "standard", "best"]
SHORT, LONG = 0.5, 0.85
PENALTY = 200.0
MOST_ROWS = 2000
LITTLE_HELD_BACK = 0.02
"""Share of events below which training the network again on all of them is not worth its time."""
MOST_CELLS = 60_000_000
"""Validation scores held at once, over all parts."""

TOO_LITTLE = Text(
    "There is no customer with two purchases of different items, so there is nothing to learn an order from.",
    "没有任何客户有两次以上不同商品的记录，无法学习购买顺序。",
)
NO_EASE = Text(
    "With {items} items, more than {most}, a model of what goes with what over all items at once (EASE) would need too much memory; the nearest items of each item are used instead.",
    "商品共 {items} 种，超过 {most} 种，一次求解全部商品关系的模型（EASE）占用内存过大，因此改用每种商品的最近邻。",
)
UNPROVEN = Text(
    "Too few customers to weigh the parts on: the strongest part by experience is used alone.",
    "可用于选择权重的客户太少，只使用通常最有效的部分。",
)


UNUSED = Text(
    "The sequence transformer was trained, but it did not improve the ranking of the validation purchases and is left out.",
    "已训练序列 Transformer，但它没有改善验证购买的排序，因此未采用。",
)


@dataclass(frozen=True)
class Validation:
    """Customers' histories before their last event, and that event's item."""

    histories: list[History]
    target: np.ndarray


Fit = Callable[[Events], Scorer]


def linear_parts(items: int) -> dict[str, Fit]:
    """The closed-form parts that suit a catalogue of this size."""
    alike: dict[str, Fit] = {"item_item": Neighbours.fit}
    if items <= MOST_FOR_EASE:
        alike["ease"] = lambda events: Ease.fit(events, PENALTY)
    return {
        "next": lambda events: Transitions.fit(events, SHORT),
        "lately": lambda events: Transitions.fit(events, LONG),
        **alike,
        "bestsellers": Bestsellers.fit,
    }


def validation_of(events: Events, items_per_row: int, repeat: Repeat, seed: int) -> tuple[Events, Validation]:
    """The events without each customer's last, and a sample of those last ones that the model may be asked for."""
    earlier, users, target = events.without_last()
    histories = [earlier.history(user) for user in users]
    if repeat == "new":
        fresh = np.array([item not in history for item, history in zip(target, histories, strict=True)], dtype=bool)
        histories, target = [history for history, kept in zip(histories, fresh, strict=True) if kept], target[fresh]
    most = max(50, min(MOST_ROWS, MOST_CELLS // max(items_per_row, 1)))
    chosen = np.sort(np.random.default_rng(seed).permutation(len(target))[:most])
    return earlier, Validation([histories[row] for row in chosen], target[chosen])


def fit_recommender(events: Events, *, mode: Mode, repeat: Repeat, seed: int, report: Report) -> Recommender:
    """A recommender that blends what sells, what goes together and what follows what; in Standard and Best with a sequence
    transformer.

    Everything is chosen on each customer's last event in `events`, then the parts are fitted again on all. Raises
    Cancelled, and UserError where no customer has two events.
    """
    if not len(events) or not (np.diff(events.starts) > 1).any():
        raise UserError(TOO_LITTLE)
    fits = linear_parts(len(events.items))
    report.stage("parts")
    earlier, validation = validation_of(events, len(events.items) * (len(fits) + 1), repeat, seed)
    scored: dict[str, np.ndarray] = {}
    for place, (name, fit) in enumerate(fits.items()):
        scored[name] = standardised(fit(earlier).scores(validation.histories))
        report.progress((place + 1) / len(fits))
    facts: dict[str, Any] = {"validation_rows": len(validation.target)}
    network = None
    if mode != "quick":
        from core.learning.sequences.transformer import Chosen

        report.stage("sequence")
        if len(validation.target):
            network = Chosen.fit(earlier, validation, mode, repeat, seed, report)
            scored["sequence"] = standardised(network.model.scores(validation.histories))
            facts["sequence"] = network.facts
    weights, leaderboard = weigh(scored, validation, repeat)
    for place, row in enumerate(leaderboard):
        report.point("blend", place, row["ndcg_at_10"])
    parts: dict[str, Scorer] = {
        name: fit(events) for name, fit in fits.items() if weights[name] or name in ("bestsellers", "item_item")
    }
    if network is not None and weights["sequence"]:
        little = len(events) - len(earlier) < LITTLE_HELD_BACK * len(events)
        parts["sequence"] = network.model if little else network.again(events)
    facts |= {"weights": {name: weight for name, weight in weights.items() if weight}, "leaderboard": leaderboard}
    kept = {name: weights[name] for name in parts}
    notes = _notes(events, validation, network is not None and not weights["sequence"])
    return Recommender(list(events.items), parts, kept, histories_of(events), repeat, facts, notes)


def _notes(events: Events, validation: Validation, unused: bool) -> list[Text]:
    notes = [] if len(validation.target) else [UNPROVEN]
    if len(events.items) > MOST_FOR_EASE:
        notes.append(NO_EASE.fill(items=f"{len(events.items):,}", most=f"{MOST_FOR_EASE:,}"))
    return [*notes, UNUSED] if unused else notes


def weigh(
    scored: Mapping[str, np.ndarray], validation: Validation, repeat: Repeat
) -> tuple[dict[str, float], list[dict[str, Any]]]:
    """The parts' weights, and how each part and their blend rank the validation rows, the best first."""
    only_new = repeat == "new"
    weights = fit_weights(scored, validation.target, validation.histories, only_new=only_new)
    if not len(validation.target):
        return weights, []
    tried = {name: {name: 1.0} for name in scored} | {"blend": weights}
    found = []
    for name, shares in tried.items():
        scores = np.array(sum(share * scored[part] for part, share in shares.items() if share))
        ranks = rank_of_target(exclude_seen(scores, validation.histories) if only_new else scores, validation.target)
        found.append(
            {"name": name, "ndcg_at_10": float(ndcg(ranks).mean()), "hit_rate_at_10": float(hits(ranks).mean())}
        )
    return weights, sorted(found, key=lambda row: -row["ndcg_at_10"])
