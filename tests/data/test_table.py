"""A table whose columns have roles."""

from __future__ import annotations

import pandas as pd

from core.data.table import Table


def test_lengths_count_the_characters_of_the_texts_that_have_a_role() -> None:
    frame = pd.DataFrame(
        {"said": ["abc", None, "你好"], "title": ["x", "yz", ""], "stars": [5, 4, 3], "free": ["long", "", ""]}
    )
    table = Table(frame, {"text": ("said", "title"), "score": ("stars",), "gone": ("nowhere",), "again": ("said",)})
    assert table.lengths().tolist() == [4, 2, 2]
    assert Table(frame, {"score": ("stars",)}).lengths().tolist() == [0, 0, 0]
