"""How long a recommender will take, from its parts fitted on a sample of the customers on this machine."""

from __future__ import annotations

import time

import numpy as np

from core.learning.sequences.events import Events
from core.learning.sequences.fitting import MOST_CELLS, MOST_ROWS, Mode, linear_parts
from core.learning.sequences.linear import MOST_FOR_EASE
from core.progress import Plan, Stage
from core.words import Text

SAMPLE_ITEMS = 1000
BASE_MB = 420.0
SWEEP_SECONDS_PER_CELL = 7e-8


def estimate(events: Events, mode: Mode) -> Plan:
    """Stages as `fit_recommender` reports them. EASE is timed as the inversion of a smaller matrix (time grows with the
    cube of the items), the counting parts as they are."""
    items = len(events.items)
    counting = sum(_timed(name, events) for name in ("next", "bestsellers", "item_item"))
    ease = _inversion_seconds(items) if items <= MOST_FOR_EASE else 0.0
    parts = len(linear_parts(items))
    rows = min(MOST_ROWS, max(50, MOST_CELLS // max(items * parts, 1)), len(events.users))
    weighing = 60 * parts * rows * items * SWEEP_SECONDS_PER_CELL
    stages = [
        Stage(
            "parts",
            Text("Counting what goes together and what follows", "统计关联与先后规律"),
            2 * (2 * counting + ease) + weighing,
        )
    ]
    if mode != "quick":
        from core.learning.sequences.transformer import estimated_seconds

        stages.append(
            Stage(
                "sequence",
                Text("Training the sequence transformer", "训练序列 Transformer"),
                estimated_seconds(events, mode),
            )
        )
    stages.append(Stage("later", Text("Harder tests", "更难的检验"), 2 * (2 * counting + ease)))
    matrices = 3 * min(items, MOST_FOR_EASE) ** 2 * 8 / 1e6 if items <= MOST_FOR_EASE else 0.0
    return Plan(tuple(stages), BASE_MB + matrices + 2 * MOST_CELLS * 4 / 1e6 + (400.0 if mode != "quick" else 0.0))


def _timed(name: str, events: Events) -> float:
    started = time.monotonic()
    linear_parts(len(events.items))[name](events)
    return time.monotonic() - started


def _inversion_seconds(items: int) -> float:
    size = min(items, SAMPLE_ITEMS)
    matrix = np.eye(size) * 10 + np.random.default_rng(0).random((size, size))
    started = time.monotonic()
    np.linalg.inv(matrix)
    return (time.monotonic() - started) * (items / max(size, 1)) ** 3
