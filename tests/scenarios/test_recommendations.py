from __future__ import annotations

from dataclasses import replace

import pandas as pd

from core.data.table import Table
from core.scenarios.recommendations import SCENARIO

ROLES = {"user": ("u",), "item": ("i",), "time": ("t",), "value": ("stars",)}


def orders() -> Table:
    rows = [("a", "x", 1, 5), ("a", "y", 2, 4), ("a", "z", 3, 1), ("b", "x", 1, 5), ("b", "y", 2, 5), ("b", "", 3, 5)]
    return Table(pd.DataFrame(rows, columns=["u", "i", "t", "stars"]), ROLES)


def test_what_is_held_out_counts_and_names_an_item() -> None:
    settings = SCENARIO.settings()
    assert SCENARIO.split(orders(), settings).test.tolist() == [2, 4]
    liked = SCENARIO.split(orders(), replace(settings, least_value=4.0))
    assert (liked.train.tolist(), liked.test.tolist()) == ([0, 3], [1, 4])
