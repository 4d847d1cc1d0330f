"""Which scenario a table is taken for, before its user has said anything."""

from __future__ import annotations

import pandas as pd
import pytest

from core.data.profile import profile
from core.scenarios.base import scenarios

ROWS = 80


def _best(columns: dict[str, list[object]]) -> str:
    seen = profile(pd.DataFrame(columns))
    return max(scenarios(), key=lambda key: scenarios()[key].suits(seen))


@pytest.mark.parametrize("name", ["review", "<b>review</b>", "what they wrote"])
def test_texts_with_a_good_or_bad_label_are_sentiment_whatever_the_column_is_called(name: str) -> None:
    texts: list[object] = [f"The room was clean and the staff were kind, visit {i}" for i in range(ROWS)]
    assert _best({name: texts, "label": ["good", "bad"] * (ROWS // 2)}) == "sentiment"


def test_facts_with_a_good_or_bad_end_are_credit_risk() -> None:
    numbers: list[object] = [1000 + 37 * i % 5000 for i in range(ROWS)]
    kinds: list[object] = ["car", "house", "shop", "other"] * (ROWS // 4)
    assert _best({"income": numbers, "purpose": kinds, "label": ["good", "bad"] * (ROWS // 2)}) == "credit_risk"


def test_who_bought_what_is_recommendations() -> None:
    users: list[object] = [f"C{i % 20:03d}" for i in range(ROWS)]
    items: list[object] = [f"P{i % 13:03d}" for i in range(ROWS)]
    assert _best({"customer_id": users, "product_id": items, "quantity": [1, 2] * (ROWS // 2)}) == "recommendations"
