"""Recommendations side by side with simple recommenders in one run: the same events, the same customers.

    python benchmarks/recommendations.py --data FOLDER [--only movielens_100k,…] [--modes quick,standard] [--seeds 0,1,2]
    python benchmarks/recommendations.py --made 30000,24000,300000     customers, items, events of made-up orders: time and memory

FOLDER holds recommendations/ with interactions.csv.gz of each set (README.md says where they come from). Each customer's
last event is held out; all items are ranked; what the customer took before is left out; equal times keep the file's order.
Of online_retail the customers count whose last item was new to them.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
import pandas as pd
from scipy import sparse

from core.data.splitting import seconds
from core.learning.sequences.events import Events, History
from core.learning.sequences.fitting import PENALTY, fit_recommender
from core.learning.sequences.linear import Bestsellers, Ease, Neighbours
from core.learning.sequences.model import Recommender
from core.learning.sequences.ranking import exclude_seen, hits, ndcg, rank_of_target
from core.progress import Silent

SETS = ("movielens_100k", "movielens_1m_part", "online_retail")
AT_ONCE = 500
Scores = Callable[[Sequence[History]], np.ndarray]


def events_of(folder: Path, name: str) -> Events:
    frame = pd.read_csv(
        folder / "recommendations" / name / "interactions.csv.gz", dtype={"item_id": str, "user_id": str}
    )
    return Events.build(frame["user_id"].tolist(), frame["item_id"].tolist(), seconds(frame["timestamp"]))


def markov(events: Events) -> Scores:
    """First order: how often each item came right after the last one."""
    pairs = [np.stack([one[:-1], one[1:]]) for one in events.histories() if len(one) > 1]
    before, after = np.concatenate(pairs, axis=1)
    size = len(events.items)
    counts = sparse.csr_matrix((np.ones(len(before)), (before, after)), shape=(size, size))
    popular = events.counts() / max(len(events), 1)
    return lambda histories: np.stack([counts[one[-1]].toarray().ravel() + popular for one in histories])


def peers(events: Events) -> dict[str, Callable[[], Scores]]:
    return {
        "bestsellers": lambda: Bestsellers.fit(events).scores,
        "item-item": lambda: Neighbours.fit(events).scores,
        "EASE": lambda: Ease.fit(events, PENALTY).scores,
        "first-order Markov": lambda: markov(events),
    }


def judged(scores: Scores, histories: Sequence[History], target: np.ndarray) -> dict[str, float]:
    found = []
    for at in range(0, len(histories), AT_ONCE):
        some = histories[at : at + AT_ONCE]
        found.append(rank_of_target(exclude_seen(np.array(scores(some)), some), target[at : at + AT_ONCE]))
    ranks = np.concatenate(found)
    return {"hit_rate_at_10": round(float(hits(ranks).mean()), 4), "ndcg_at_10": round(float(ndcg(ranks).mean()), 4)}


def speed(model: Recommender, histories: Sequence[History]) -> dict[str, float]:
    """Customers a second, ten items each; and a second of one processor's time."""
    some = [histories[row % len(histories)] for row in range(2000)]
    started, worked = time.monotonic(), time.process_time()
    for _ in model.recommend(some, 10):
        pass
    return {
        "customers_per_second": round(len(some) / (time.monotonic() - started)),
        "customers_per_cpu_second": round(len(some) / (time.process_time() - worked)),
    }


def _taken(started: float, worked: float) -> dict[str, float]:
    """Seconds on the clock, and of the processor over all cores."""
    return {
        "seconds": round(time.monotonic() - started, 1),
        "cpu_seconds": round(time.process_time() - worked, 1),
    }


def made(customers: int, items: int, events: int) -> Events:
    """Orders with a long tail: item i is taken about as often as 1 / (i + 10)."""
    rng = np.random.default_rng(0)
    share = 1 / (np.arange(items) + 10)
    chosen = rng.permutation(items)[rng.choice(items, events, p=share / share.sum())]
    return Events.build(list(map(str, rng.integers(0, customers, events))), list(map(str, chosen)))


def of_size(sizes: str) -> None:
    """Trains Quick on made-up orders and answers 2,000 customers."""
    events = made(*map(int, sizes.split(",")))
    started, worked = time.monotonic(), time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        model = fit_recommender(events, mode="quick", repeat="new", seed=0, report=Silent(Path(folder)))
    taken, answered = _taken(started, worked), speed(model, events.histories())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"customers,items,events": sizes, **taken, **answered, "peak_memory_mb": round(peak)}))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--made")
    parser.add_argument("--only", default=",".join(SETS))
    parser.add_argument("--modes", default="quick,standard")
    parser.add_argument("--seeds", default="0")
    parser.add_argument("--no-peers", action="store_true")
    asked = parser.parse_args()
    if asked.made:
        return of_size(asked.made)
    for name in asked.only.split(","):
        train, users, target = events_of(asked.data, name).without_last()
        histories = [train.history(user) for user in users]
        fresh = np.array([item not in history for item, history in zip(target, histories, strict=True)])
        histories, target = [one for one, new in zip(histories, fresh, strict=True) if new], target[fresh]
        rows: list[dict[str, Any]] = []
        for peer, fit in ({} if asked.no_peers else peers(train)).items():
            started, worked = time.monotonic(), time.process_time()
            figures = judged(fit(), histories, target)
            rows.append({"model": peer, **figures, **_taken(started, worked)})
            print(json.dumps({"data": name, "customers": len(target), **rows[-1]}), flush=True)
        for mode in asked.modes.split(","):
            for seed in map(int, asked.seeds.split(",")):
                with tempfile.TemporaryDirectory() as folder:
                    started, worked = time.monotonic(), time.process_time()
                    own: Any = mode
                    model = fit_recommender(train, mode=own, repeat="new", seed=seed, report=Silent(Path(folder)))
                    took = _taken(started, worked)
                figures = judged(model.scores, histories, target)
                weights = model.facts["weights"]
                row = {"model": f"Modelwright {mode}", "seed": seed, **figures, **took}
                print(
                    json.dumps({"data": name, **row, **speed(model, histories), "weights": weights}),
                    flush=True,
                )


if __name__ == "__main__":
    main()
