from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from core.data.profile import Profile, detect_language, profile


@pytest.fixture
def frame() -> pd.DataFrame:
    n = 120
    return pd.DataFrame(
        {
            "order_id": range(1000, 1000 + n),
            "review": [f"this is review number {k} of our shop" for k in range(n)],
            "mood": pd.Series((["good", "bad", None] * n)[:n], dtype="str"),
            "price": np.linspace(0, 1, n),
            "day": [f"2024-01-{k % 28 + 1:02d}" for k in range(n)],
            "paid": [k % 2 for k in range(n)],
            "handle": [f"user_{k}" for k in range(n)],
            "nothing": pd.Series([None] * n, dtype="str"),
        }
    )


def test_every_kind_of_column_is_recognised(frame):
    kinds = {column.name: column.kind for column in profile(frame).columns}
    assert kinds == {
        "order_id": "id", "review": "text", "mood": "category", "price": "number", "day": "time", "paid": "boolean",
        "handle": "id", "nothing": "empty",
    }  # fmt: skip


def test_counts_and_spreads_are_those_of_the_column(frame):
    found = profile(frame)
    mood, price, review = found.column("mood"), found.column("price"), found.column("review")
    assert (mood.missing, mood.distinct, mood.top) == (40, 2, (("good", 40), ("bad", 40)))
    assert (price.minimum, price.median, price.maximum) == pytest.approx((0, 0.5, 1))
    assert sum(rows for _, _, rows in price.histogram) == 120
    assert review.lengths[2] == frame["review"].str.len().max()
    assert review.language == "en"


def test_duplicate_rows_are_counted_as_pandas_counts_them(frame):
    twice = pd.concat([frame, frame.head(30)], ignore_index=True)
    assert profile(twice).duplicate_rows == int(twice.duplicated().sum()) == 30


def test_a_profile_survives_json(frame):
    found = profile(frame)
    assert Profile.from_json(json.loads(json.dumps(found.to_json()))) == found


def test_odd_frames_are_profiled_without_a_crash():
    assert profile(pd.DataFrame()).rows == 0
    assert profile(pd.DataFrame({"a": []})).columns[0].kind == "empty"
    mixed = pd.DataFrame({"a": [1, "x", None, 2.0], "b": [True, False, True, True], "c": [np.inf, -np.inf, np.nan, 1]})
    assert [column.missing for column in profile(mixed).columns] == [1, 0, 1]


@pytest.mark.parametrize(
    ("texts", "language"),
    [
        (["good value", "I like it 👍"], "en"),
        (["房间很干净 wifi 也不错", "iPhone 手机壳很好看"], "zh"),
        (["とても良いです", "また買います"], "other"),
        (["très déçu, la qualité est mauvaise et l'été a été gâché"], "other"),
        (["хороший товар"], "other"),
        (["123", ""], "other"),
    ],
)
def test_language_is_told_by_the_shares_of_scripts(texts, language):
    assert detect_language(texts) == language
