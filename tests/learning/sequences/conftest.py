"""A small shop with an order to learn: after item i people buy i + 1, within a circle of their own kind."""

from __future__ import annotations

import numpy as np
import pytest

from core.learning.sequences.events import Events

KINDS, SIZE = 3, 20


def walks(users: int = 240, length: int = 9, seed: int = 0) -> Events:
    """Customers of three kinds, each walking its kind's circle of twenty items, with a step astray now and then."""
    rng = np.random.default_rng(seed)
    who, what = [], []
    for user in range(users):
        kind, place = user % KINDS, int(rng.integers(SIZE))
        for _ in range(length):
            who.append(f"c{user}")
            what.append(f"i{kind * SIZE + place % SIZE}" if rng.random() < 0.9 else f"i{rng.integers(KINDS * SIZE)}")
            place += 1
    return Events.build(who, what)


@pytest.fixture(scope="session")
def shop() -> Events:
    return walks()
