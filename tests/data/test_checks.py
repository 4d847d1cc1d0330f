from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from core.data import checks
from core.data.reading import read_file
from core.data.recipe import apply
from core.data.table import Table

ALL = (
    checks.too_few_rows, checks.one_class, checks.too_many_classes, checks.rare_classes, checks.empty_texts,
    checks.missing_labels, checks.duplicates, checks.contradicting_labels, checks.label_spellings,
    checks.leaking_columns, checks.texts_contain_label, checks.imbalance, checks.very_long_texts,
)  # fmt: skip


def keys(table: Table) -> dict[str, str]:
    return {problem.key: problem.severity for check in ALL for problem in check(table)}


def texts(n: int) -> list[str]:
    return [f"review number {k}" for k in range(n)]


def test_a_sound_table_has_no_problems(table):
    assert keys(table(texts(400), ["a", "b"] * 200)) == {}


def test_too_few_rows_stop_and_few_rows_warn(table):
    assert keys(table(texts(8), ["a", "b"] * 4))["too_few_rows"] == "stop"
    assert keys(table(texts(100), ["a", "b"] * 50)) == {"few_rows": "warn"}


def test_one_class_and_no_label_at_all_stop(table):
    assert keys(table(texts(300), ["a"] * 300)) == {"one_class": "stop"}
    assert keys(table(texts(300), pd.Series([None] * 300, dtype="str")))["one_class"] == "stop"


def test_free_text_and_hundreds_of_classes_are_no_labels(table):
    assert "label_is_free_text" in keys(table(texts(300), texts(300)))
    assert "too_many_classes" in keys(table(texts(3000), [f"c{k % 150}" for k in range(3000)]))


@pytest.mark.parametrize(
    ("labels", "key", "left"),
    [
        (["a"] * 150 + ["b"] * 150 + ["c"] * 3, "rare_classes", 300),
        (["a"] * 150 + ["b"] * 150 + [None] * 3, "missing_labels", 300),
    ],
)
def test_fixes_repair_what_was_found(table, labels, key, left):
    built = table(texts(303), pd.Series(labels, dtype="str"))
    problem = next(p for check in ALL for p in check(built) if p.key == key)
    repaired = Table(apply(built.frame, [problem.fixes[0].step]), built.roles)
    assert len(repaired) == left
    assert key not in keys(repaired)


@pytest.mark.parametrize(("few", "severity"), [(1, "stop"), (4, "stop"), (6, "warn")])
def test_a_second_class_of_a_handful_of_rows_cannot_be_tested(table, few, severity):
    assert keys(table(texts(300), ["a"] * (300 - few) + ["b"] * few))["rare_classes"] == severity


def test_nearly_all_is_not_said_to_be_all(table):
    [problem] = checks.imbalance(table(texts(300), ["a"] * 299 + ["b"]))
    assert "99.6%" in problem.what.en
    assert "100%" not in problem.what.en + problem.how.en


def test_empty_repeated_and_contradicting_texts_are_found_and_repaired(table):
    built = table([*texts(300), "", "review number 1", "review number 2"], [*["a", "b"] * 150, "a", "b", "b"])
    found = {p.key: p for check in ALL for p in check(built)}
    assert set(found) == {"empty_texts", "duplicates", "contradicting_labels"}
    steps = [problem.fixes[0].step for problem in found.values()]
    assert keys(Table(apply(built.frame, steps), built.roles)) == {}


def test_removing_repeats_first_leaves_what_most_say_to_be_counted(table):
    built = table([*texts(300), *["review number 0"] * 3, "review number 5"], [*["a", "b"] * 150, "b", "b", "b", "b"])
    [repeats], [first] = checks.duplicates(built), checks.contradicting_labels(built)
    assert repeats.what.en.startswith("Repeated rows (same text, same label): 1 of 304")
    tidied = Table(apply(built.frame, [repeats.fixes[0].step]), built.roles)
    assert len(tidied) == 303
    [second] = checks.contradicting_labels(tidied)
    assert [fix.title for fix in second.fixes] == [fix.title for fix in first.fixes]
    assert len(second.fixes) == 2
    settled = Table(apply(tidied.frame, [second.fixes[1].step]), built.roles)
    said = dict(zip(settled.texts("text"), settled.texts("label"), strict=True))
    assert said["review number 0"] == "b"
    assert checks.duplicates(settled)[0].what.en.startswith("Repeated rows (same text, same label): 3 of 303")


def test_spellings_of_one_class_are_merged(table, shared):
    name = "messy/hotel_label_variants.csv"
    frame = read_file(shared(name), name).frame
    built = Table(frame, {"text": ("review",), "label": ("label",)})
    [problem] = checks.label_spellings(built)
    merged = apply(frame, [problem.fixes[0].step])
    assert set(merged["label"].dropna()) == {"positive", "negative"}
    assert "rare_classes" not in keys(built)


def test_spellings_are_merged_into_one_manner_in_all_classes(table):
    labels = ["POS"] * 30 + ["正面"] * 20 + ["负面"] * 25 + ["差评"] * 15 + ["neg"] * 5
    [problem] = checks.label_spellings(table(texts(95), labels))
    assert problem.fixes[0].step.values == {"POS": "正面", "差评": "负面", "neg": "负面"}
    labels = ["good"] * 50 + ["Good"] * 20 + ["差评"] * 30
    [problem] = checks.label_spellings(table(texts(100), labels))
    assert problem.fixes[0].step.values == {"Good": "good"}


def test_digits_are_merged_with_words_only_on_a_clear_scale(table):
    stars = table(texts(60), ["1", "2", "3", "positive", "negative", "4"] * 10)
    assert checks.label_spellings(stars) == []
    assert checks.label_spellings(table(texts(60), ["1", "0"] * 30)) == []
    [problem] = checks.label_spellings(table(texts(60), ["-1", "0", "1", "positive", "negative", "Neutral"] * 10))
    assert problem.fixes[0].step.values == {"1": "positive", "-1": "negative", "0": "Neutral"}


def test_columns_that_give_the_label_away_are_named_with_their_rule(shared):
    name = "sentiment/airline_tweets/train.csv"
    frame = read_file(shared(name), name).frame
    found = checks.leaking_columns(Table(frame, {"text": ("text",), "label": ("airline_sentiment",)}))
    assert {problem.key.partition(":")[2]: problem.severity for problem in found} == dict.fromkeys(
        ("negativereason", "negativereason_confidence", "airline_sentiment_gold", "negativereason_gold"), "note"
    )
    assert "only when “airline_sentiment” is “negative”" in found[0].what.en
    assert "只在“airline_sentiment”为“negative”时才有值" in found[0].what.zh


def test_failure_modes_leak_and_honest_features_do_not(shared):
    name = "others/ai4i_2020/train.csv"
    found = checks.leaking_columns(
        Table(read_file(shared(name), name).frame, {"label": ("Machine failure",)}), used=True
    )
    assert {problem.key.partition(":")[2] for problem in found} == {"TWF", "HDF", "PWF", "OSF"}
    name = "credit_risk/german_credit/train.csv"
    assert (
        checks.leaking_columns(Table(read_file(shared(name), name).frame, {"label": ("creditability",)}), used=True)
        == []
    )


def test_random_columns_do_not_leak(table):
    rng = np.random.default_rng(0)
    labels = rng.choice(["a", "b", "c"], 600, p=[0.7, 0.2, 0.1]).tolist()
    built = table(texts(600), labels, n=rng.normal(size=600), c=rng.choice(list("xyz"), 600), k=range(600))
    assert checks.leaking_columns(built) == []


def test_labels_with_braces_are_only_words(table):
    labels = ["{a}", "{0}"] * 100
    built = table(texts(200), labels, copy=labels, hint=[x if x == "{a}" else None for x in labels])
    assert len(checks.leaking_columns(built)) == 2
    assert all("{a}" in p.what.zh or "copy" in p.what.zh for p in checks.leaking_columns(built))


def test_texts_that_say_their_label_are_found(table):
    labels = ["positive", "negative"] * 150
    assert "texts_contain_label" in keys(table([f"{y}: {t}" for y, t in zip(labels, texts(300), strict=True)], labels))


def test_imbalance_and_long_texts_are_noted(table):
    assert keys(table(["x" * 3000, *texts(499)], ["a"] * 450 + ["b"] * 50)) == {
        "imbalance": "note",
        "very_long_texts": "note",
    }


def test_a_test_file_must_know_the_classes(table):
    train = table(texts(40), ["a", "b"] * 20)
    assert [p.severity for p in checks.test_labels_unknown(train, table(["x", "y"], ["a", "z"]))] == ["warn"]
    assert [p.severity for p in checks.test_labels_unknown(train, table(["x"], ["z"]))] == ["stop"]
