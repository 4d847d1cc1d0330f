"""Rows found for reading, and what was changed in them by hand as steps."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from core.data.profile import Profile, profile
from core.data.recipe import Step, apply
from core.data.rows import Wanted, find, places, steps_of

FRAME = pd.DataFrame(
    {
        "text": [f"Order {k} came late" if k % 3 else f"All is well, {k}" for k in range(300)],
        "label": [["bad", "good", None][k % 3] for k in range(300)],
        "place": range(1000, 1300),
    }
)


@pytest.fixture
def table(tmp_path: Path) -> tuple[Path, Profile]:
    FRAME.to_parquet(tmp_path / "t.parquet", index=False)
    return tmp_path / "t.parquet", profile(FRAME)


def test_rows_come_page_by_page_with_their_places(table: tuple[Path, Profile]) -> None:
    found = find(*table, Wanted(), 100, 50)
    assert (found.total, found.frame.index.tolist()) == (300, list(range(100, 150)))
    assert list(found.frame.columns) == ["text", "label", "place"]


def test_rows_are_found_by_a_word_in_any_column_and_by_a_value(table: tuple[Path, Profile]) -> None:
    assert find(*table, Wanted("CAME LATE")).total == 200
    assert find(*table, Wanted("1299")).frame.index.tolist() == [299]
    assert find(*table, Wanted(column="label", value="good")).total == 100
    assert find(*table, Wanted("order", "label", "")).frame.index.tolist()[:2] == [2, 5]
    assert places(*table, Wanted(column="label", value="bad"), 3) == [0, 3, 6]
    assert find(*table, Wanted("no such word")).total == 0


def test_changes_on_a_page_become_steps_about_the_whole_table(table: tuple[Path, Profile]) -> None:
    shown = find(*table, Wanted(column="label", value=""), 0, 10).frame.index.tolist()
    cells = {0: {"label": "good"}, 1: {"label": None, "place": 7}, 2: {"label": "bad"}}
    steps = steps_of(shown, cells, [2], ["label", "place"])
    assert steps == [
        Step("set_cells", ("label",), {"2": "good", "5": ""}),
        Step("set_cells", ("place",), {"5": "7"}),
        Step("drop_rows", (), {"8": ""}),
    ]
    changed = apply(FRAME, steps)
    assert len(changed) == 299
    assert changed.loc[2, "label"] == "good"
    assert changed.loc[5, "place"] == 7
    assert "All is well, 8" not in set(changed["text"])
