"""What is found in a table, what it is said to do to a model, and that its repair mends it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.data import checks
from core.data.changes import drop_contradictions
from core.data.column_changes import column_changes
from core.data.findings import EFFECTS, Finding, find
from core.data.profile import profile
from core.data.recipe import Step, apply, describe, touched
from core.data.table import Table
from core.words import Fix, Problem, Text, UserError


def found(frame: pd.DataFrame, problems: tuple[Problem, ...] = (), read: set[str] | None = None) -> dict[str, Finding]:
    return {one.problem.key: one for one in find(frame, profile(frame), problems, read)}


def frame(**columns: list) -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series(values) for name, values in columns.items()})


def problem(key: str, severity: str = "warn", *fixes: Fix) -> Problem:
    return Problem(key, Text("what", "什么"), Text("how", "如何"), severity, fixes)


@pytest.mark.parametrize(
    ("key", "values", "share"),
    [
        ("spellings:city", ["Berlin"] * 40 + ["berlin "] * 10 + ["Rome"] * 50, 0.1),
        ("spaces:city", ["New York"] * 40 + ["New\u3000York"] * 10 + ["Rome"] * 50, 0.1),
        ("says_nothing:city", ["Berlin"] * 40 + ["?"] * 10 + ["Rome"] * 50, 0.1),
        ("personal:city", ["Berlin"] * 90 + [f"ask ann{k}@mail.com" for k in range(10)], 0.1),
        ("placeholder:city", [*range(20, 100), *[9999] * 20], 0.2),
        ("far_out:city", [*range(1, 1000), 5_000_000], 0.001),
        ("numbers_as_text:city", [f"${k},000.50" for k in range(1, 91)] + ["ten"] * 10, 1.0),
    ],
)
def test_what_is_wrong_with_a_column_is_found_counted_and_mended(key: str, values: list, share: float) -> None:
    table = frame(city=values, other=list(range(len(values))))
    one = found(table)[key]
    assert one.share == pytest.approx(share)
    mended = apply(table, [one.problem.fixes[0].step])
    assert len(mended) == len(table)
    assert key not in found(mended)


def test_article_numbers_with_a_letter_are_not_taken_for_amounts() -> None:
    table = frame(
        article=[f"{20000 + k}" for k in range(90)] + [f"8459{k}B" for k in range(10)],
        tweet=[f"5693745221572{k:05}" for k in range(100)],
        zip=[f"{k:05}" for k in range(100)],
        paid=[f"{100 + k}" for k in range(90)] + ["a lot"] * 10,
    )
    assert {"numbers_as_text:paid"} == {key for key in found(table) if key.startswith("numbers_as_text")}


def test_numbers_that_are_codes_by_their_name_can_be_read_as_such() -> None:
    table = frame(zip_code=[10115.0, 80331.0, 20095.0, None] * 25, size=[1, 2, 3, 4] * 25)
    one = found(table)["codes:zip_code"]
    codes = apply(table, [one.problem.fixes[0].step])["zip_code"]
    assert codes.dropna().unique().tolist() == ["10115", "80331", "20095"]
    assert codes.isna().sum() == 25


def test_names_of_people_can_be_left_out() -> None:
    known = profile(frame(customer=[f"Ann {k}" for k in range(50)], n=list(range(50))))
    columns = tuple(replace(one, personal=("name",)) if one.name == "customer" else one for one in known.columns)
    [one] = find(
        frame(customer=[f"Ann {k}" for k in range(50)], n=list(range(50))), replace(known, columns=columns), []
    )
    assert (one.effect, one.problem.fixes[0].step) == ("private", Step("drop_columns", ("customer",)))


def test_telephone_numbers_that_are_read_as_numbers_can_be_left_out() -> None:
    table = frame(phone=[13812345000 + k for k in range(50)], order=[9000 + 7 * k for k in range(50)])
    (one,) = (one for key, one in found(table).items() if key.startswith("personal"))
    assert (one.problem.key, one.effect) == ("personal:phone", "private")
    assert one.problem.fixes[0].step == Step("drop_columns", ("phone",))


def test_every_change_that_is_offered_for_a_column_can_be_done() -> None:
    table = frame(age=[20.0, None] * 30, city=["Berlin", None, "Rome"] * 20, gone=[None] * 60)
    for column in profile(table).columns:
        changes = column_changes(column)
        assert changes[0].step == Step("drop_columns", (column.name,))
        for one in changes:
            assert len(apply(table, [one.step]))


def test_a_sound_table_has_no_findings() -> None:
    rng = np.random.default_rng(0)
    table = frame(city=["Berlin", "Rome"] * 100, size=rng.normal(50, 9, 200).tolist(), text=["a fine day"] * 200)
    assert found(table) == {}


def test_what_makes_figures_false_comes_before_what_teaches_wrong_and_notes_come_last() -> None:
    table = frame(label=["a"] * 90 + ["b"] * 10, n=list(range(100)))
    few = Fix(Text("x", "x"), Step("merge_values", ("label",), {"b": "a"}))
    many = Fix(Text("x", "x"), Step("drop_values", ("label",), {"a": ""}))
    problems = (
        problem("imbalance", "note"),
        problem("label_spellings", "warn", few),
        problem("contradicting_labels", "warn", many),
        problem("leaking_column:n"),
        problem("one_class", "stop"),
    )
    said = find(table, profile(table), problems)
    assert [one.problem.key for one in said] == [
        "one_class", "leaking_column:n", "contradicting_labels", "label_spellings", "imbalance",
    ]  # fmt: skip
    assert [EFFECTS.index(one.effect) for one in said] == sorted(EFFECTS.index(one.effect) for one in said)
    assert [round(one.share, 2) for one in said[1:4]] == [1.0, 0.9, 0.1]


def test_a_leak_can_be_left_out_of_the_data_and_a_choice_of_the_run_is_not_offered_here() -> None:
    table = frame(label=["a", "b"] * 50, late=["a", "b"] * 50)
    choice = Fix(Text("x", "x"), settings={"leave_out": ("late",)})
    one, two = find(
        table, profile(table), (problem("leak:late", "warn", choice), problem("sensitive_columns", "warn", choice))
    )
    assert one.problem.fixes[0].step == Step("drop_columns", ("late",))
    assert (two.effect, two.problem.fixes) == ("private", ())


def test_a_column_that_the_model_does_not_read_is_only_good_to_know_unless_it_is_personal() -> None:
    values = ["Berlin"] * 40 + ["berlin"] * 40 + [f"bob{k}@mail.com" for k in range(20)]
    said = found(frame(city=values), read={"other"})
    assert said["spellings:city"].effect == "note"
    assert said["personal:city"].effect == "private"


def test_gaps_can_be_filled_or_marked_with_what_is_settled_now() -> None:
    table = frame(age=[20.0, 30.0, 40.0, None] * 25)
    fill, mark = (fix.step for fix in found(table)["gaps:age"].problem.fixes)
    later = frame(age=[None, 77.0])
    assert apply(later, [fill], keep_rows=True)["age"].tolist() == [30.0, 77.0]
    marked = apply(later, [mark, fill], keep_rows=True)
    assert marked["age (missing)"].tolist() == [1, 0]


def test_a_scenario_that_offers_to_merge_labels_says_it_alone() -> None:
    table = frame(label=["good"] * 60 + ["Good"] * 40)
    merge = Fix(Text("x", "x"), Step("merge_values", ("label",), {"Good": "good"}))
    assert list(found(table, (problem("label_spellings", "warn", merge),))) == ["label_spellings"]


def test_every_spelling_of_a_messy_label_merges_with_one_click(shared) -> None:
    from core.data.reading import read_file

    name = "messy/hotel_label_variants.csv"
    table = read_file(Path(shared(name)), name).frame
    roles = {"text": ("review",), "label": ("label",)}
    said = found(table, tuple(checks.label_spellings(Table(table, roles))), {"review", "label"})
    mended = apply(table, [said["label_spellings"].problem.fixes[0].step])
    assert mended["label"].dropna().nunique() == 2


def test_contradicting_labels_can_be_settled_by_the_majority(table) -> None:
    built = table(["same", "same", "same", "tie", "tie", "one"], ["good", "good", "bad", "good", "bad", "bad"])
    [one] = checks.contradicting_labels(built)
    settled = apply(built.frame, [one.fixes[1].step])
    assert settled.values.tolist() == [["same", "good"]] * 3 + [["one", "bad"]]


def test_personal_data_is_masked_and_the_rest_of_the_text_stays() -> None:
    texts = [
        "write to li.lei@example.com or call 13812345678",
        "card 4111 1111 1111 1111, id 11010519491231002X",
        "call +49 30 1234567 before 12:30, order 20260101",
        None,
    ]
    step = Step("mask", ("note",), dict.fromkeys(("email", "phone", "card", "identity"), ""))
    assert apply(frame(note=texts), [step])["note"].tolist()[:3] == [
        "write to [email] or call [phone]",
        "card [card number], id [ID number]",
        "call [phone] before 12:30, order 20260101",
    ]
    assert apply(frame(note=texts), [step])["note"].isna().tolist() == [False, False, False, True]


def test_cells_and_rows_are_changed_by_hand_here_and_never_in_a_file_to_predict() -> None:
    table = frame(label=["a", "b", "c"], n=[1, 2, 3])
    steps = [
        Step("set_cells", ("label",), {"0": "b", "2": ""}),
        Step("set_cells", ("n",), {"1": "2.5"}),
        Step("drop_rows", (), {"0": ""}),
    ]
    changed = apply(table, steps)
    assert changed["label"].fillna("").tolist() == ["b", ""]
    assert changed["n"].tolist() == [2.5, 3.0]
    assert apply(table, steps, keep_rows=True).equals(table)
    with pytest.raises(UserError, match="is no number"):
        apply(table, [Step("set_cells", ("n",), {"1": "many"})])


def test_steps_do_to_a_file_to_predict_what_they_did_here_and_pass_over_columns_that_it_lacks() -> None:
    steps = [
        Step("tidy", ("city", "gone")),
        Step("blank_values", ("city",), {"?": ""}),
        Step("merge_values", ("city",), {"berlin": "Berlin"}),
        Step("fill_missing", ("city",), {"with": "not given"}),
        Step("clip", ("n",), {"low": "0", "high": "10"}),
        Step("to_text", ("code",)),
        Step("drop_empty", ("city",)),
    ]
    later = frame(city=[" berlin", "?", None], n=[-5, 5, 500], code=[1.0, 2.0, None])
    done = apply(later, steps, keep_rows=True)
    assert done["city"].tolist() == ["Berlin", "not given", "not given"]
    assert done["n"].tolist() == [0, 5, 10]
    assert done["code"].fillna("").tolist() == ["1", "2", ""]


def test_every_step_is_said_in_a_sentence_of_each_language() -> None:
    merge = describe(Step("merge_values", ("label",), {"POS": "positive"}))
    assert (merge.en, merge.zh) == ("Merged in “label”: “POS” → “positive”", "合并“label”中的写法：“POS” → “positive”")
    many = describe(Step("drop_values", ("label",), {f"c{k}": "" for k in range(9)}))
    assert many.en.endswith("“c5” and 3 more")
    assert many.zh.endswith("等 9 项的行")
    assert describe(Step("set_cells", ("label",), {"1": "a", "2": "a"})).en == "Changed by hand in “label”: 2 cells"
    assert describe(Step("mask", ("note",), {"email": "", "phone": ""})).zh == "遮盖“note”中的邮箱地址、电话号码"


def test_touched_is_the_share_of_rows_that_a_step_drops_or_changes() -> None:
    table = frame(label=["a", "a", "b", None])
    assert touched(table, Step("drop_empty", ("label",))) == 0.25
    assert touched(table, Step("merge_values", ("label",), {"a": "b"})) == 0.5
    assert touched(table, Step("drop_columns", ("label",))) == 1.0
    assert touched(table, Step("merge_values", ("gone",), {"a": "b"})) == 0.0


def test_removing_contradictions_keeps_texts_of_one_label_and_rows_without_a_text() -> None:
    frame = pd.DataFrame(
        {
            "text": ["good", "good", "bad", "", None, "odd", "odd"],
            "label": ["pos", "", "neg", "pos", "neg", "pos", "neg"],
        }
    )
    kept = drop_contradictions(frame, ["text", "label"], {})
    assert kept.index.tolist() == [0, 1, 2, 3, 4]
