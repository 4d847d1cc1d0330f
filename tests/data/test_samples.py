from __future__ import annotations

import pytest

from core.data import checks, samples
from core.data.reading import read_file
from core.data.table import Table


@pytest.mark.parametrize("name", samples.FILES)
def test_sample_files_are_what_the_generator_writes(name):
    assert (samples.FOLDER / name).read_bytes() == samples.FILES[name]().encode("utf-8")
    assert (samples.FOLDER / name).stat().st_size < 700_000


@pytest.mark.parametrize(
    ("name", "rows", "text", "label", "leak", "blame"),
    [
        ("shop_reviews.csv", 2400, "review", "sentiment", "refund_reason", "negative"),
        ("shop_reviews_zh.csv", 2000, "评论", "情感", "退款原因", "差评"),
    ],
)
def test_samples_hold_mostly_distinct_reviews_and_refunds_for_bad_ones_only(name, rows, text, label, leak, blame):
    frame = read_file(samples.FOLDER / name, name).frame
    texts = frame[text].dropna()
    assert len(frame) == rows
    assert 0 < rows - len(texts) < 20
    assert 0 < texts.duplicated().sum() < 20
    assert set(frame[label][frame[leak].notna()]) == {blame}
    assert frame[label].value_counts(normalize=True).between(0.1, 0.55).all()
    assert not texts.str.contains(r"[\[\]{}|]", regex=True).any()


@pytest.mark.parametrize(
    ("name", "text", "label", "leak"),
    [("shop_reviews.csv", "review", "sentiment", "refund_reason"), ("shop_reviews_zh.csv", "评论", "情感", "退款原因")],
)
def test_samples_have_three_classes_and_one_planted_leak(name, text, label, leak):
    frame = read_file(samples.FOLDER / name, name).frame
    built = Table(frame, {"text": (text,), "label": (label,)})
    assert frame[label].nunique() == 3
    assert [problem.key for problem in checks.leaking_columns(built)] == [f"leaking_column:{leak}"]
    assert checks.empty_texts(built)
    assert checks.duplicates(built)
