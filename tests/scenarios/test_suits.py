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


QUESTIONS: list[object] = [f"How do I return the thing that I bought in shop {i} last week?" for i in range(ROWS)]
ANSWERS: list[object] = [f"Print the label under My orders and take parcel {i % 7} to the post." for i in range(ROWS)]


@pytest.mark.parametrize(
    "columns",
    [
        {"instruction": QUESTIONS, "response": ANSWERS},
        {"utterance": QUESTIONS, "intent": ["return", "track"] * (ROWS // 2)},
        {"text": QUESTIONS, "category": [f"topic_{i % 20}" for i in range(ROWS)]},
        {
            "conversation_id": [i // 2 for i in range(ROWS)],
            "speaker": ["user", "agent"] * (ROWS // 2),
            "text": QUESTIONS,
        },
    ],
)
def test_questions_with_answers_or_intents_and_chat_logs_are_the_service_bot(columns: dict[str, list[object]]) -> None:
    assert _best(columns) == "service_bot"


def test_of_two_label_columns_the_finer_one_is_the_intent() -> None:
    seen = profile(
        pd.DataFrame(
            {
                "instruction": QUESTIONS,
                "category": ["A", "B"] * (ROWS // 2),
                "intent": [f"i{i % 9}" for i in range(ROWS)],
                "response": ANSWERS,
            }
        )
    )
    assert scenarios()["service_bot"].guess(seen) == {
        "question": ("instruction",), "answer": ("response",), "intent": ("intent",),
    }  # fmt: skip


def test_a_table_without_a_header_of_customers_items_ratings_and_times_is_recommendations() -> None:
    rows = 400
    columns: dict[str, list[object]] = {
        "column 1": [1 + 7 * i % 90 for i in range(rows)],
        "column 2": [1 + 11 * i % 120 for i in range(rows)],
        "column 3": [1 + i % 5 for i in range(rows)],
        "column 4": [880_000_000 + 1000 * i for i in range(rows)],
    }
    assert _best(columns) == "recommendations"
    guessed = scenarios()["recommendations"].guess(profile(pd.DataFrame(columns)))
    assert guessed == {"user": ("column 1",), "item": ("column 2",), "time": ("column 4",), "value": ("column 3",)}


def test_numbers_without_a_header_and_without_times_are_not_taken_for_orders() -> None:
    columns: dict[str, list[object]] = {f"column {k}": [(k + 2) * i % 97 for i in range(400)] for k in (1, 2, 3)}
    assert scenarios()["recommendations"].guess(profile(pd.DataFrame(columns))) == {}
