from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from core.data import leak_checks
from core.data.groups import groups_of, names_an_owner
from core.data.leaks import find_leaks
from core.data.splitting import stratified_split, time_split, without_groups_of_test
from core.data.suspects import find_suspects
from core.data.table import Table

ROWS = 600


def loans(seed: int = 0, **more: list) -> pd.DataFrame:
    """Loans whose end depends on income and on nothing else."""
    rng = np.random.default_rng(seed)
    income = rng.normal(3000, 800, ROWS).round(2)
    ended = np.where(rng.random(ROWS) < 1 / (1 + np.exp((income - 2600) / 500)), "charged off", "repaid")
    return pd.DataFrame({"income": income, "purpose": rng.choice(["car", "home"], ROWS), "ended": ended, **more})


def rules(frame: pd.DataFrame) -> dict[str, str]:
    found = find_leaks(frame.drop(columns="ended"), frame["ended"], "ended")
    return {leak.column: leak.kind for leak in found}


def test_a_column_that_is_empty_only_for_one_end_gives_it_away() -> None:
    frame = loans()
    gone = (frame["ended"] == "charged off") & (np.random.default_rng(1).random(ROWS) < 0.4)
    frame["next_due"] = frame["income"].mask(gone)
    assert rules(frame) == {"next_due": "empty_only"}
    assert rules(frame.assign(next_due=frame["income"].mask(np.arange(ROWS) % 3 == 0))) == {}


def test_a_note_that_says_how_it_ended_gives_it_away() -> None:
    frame = loans()
    notes = [
        f"case {k}: {'Charged off in May' if end == 'charged off' and k % 3 else 'call the customer'}, file {k * 7}"
        for k, end in enumerate(frame["ended"])
    ]
    assert rules(frame.assign(notes=notes)) == {"notes": "says"}
    assert rules(frame.assign(notes=[f"case {k}, may be charged off" for k in range(ROWS)])) == {}


@pytest.mark.parametrize(
    ("name", "target"),
    [
        ("churn_date", "churn"),
        ("流失日期", "是否流失"),
        ("违约金额", "违约"),
        ("y_pred", "ended"),
        ("refund_amount", "ended"),
    ],
)
def test_a_name_that_speaks_of_the_answer_is_proposed(name: str, target: str) -> None:
    frame = loans().rename(columns={"ended": target}).assign(**{name: np.random.default_rng(2).integers(0, 9, ROWS)})
    assert [(one.column, one.kind, one.certain) for one in find_suspects(frame, target)] == [
        (name, "afterwards", False)
    ]


@pytest.mark.parametrize("name", ["marital_status", "status_of_account", "income_class"])
def test_a_name_that_only_shares_a_common_word_is_not(name: str) -> None:
    frame = loans().rename(columns={"ended": "status"}).assign(**{name: np.random.default_rng(2).integers(0, 9, ROWS)})
    assert find_suspects(frame, "status") == []


def test_a_date_after_the_case_had_not_happened_yet() -> None:
    applied = pd.Timestamp("2024-01-01") + pd.to_timedelta(np.arange(ROWS), unit="D")
    frame = loans().assign(applied=applied.astype("str"), paid=(applied + pd.Timedelta(days=30)).astype("str"))
    found = {one.column: one for one in find_suspects(frame, "ended", "applied")}
    assert found["paid"].kind == "afterwards"
    assert "100%" in found["paid"].reason.en
    backwards = find_suspects(frame.assign(paid=frame["applied"].to_numpy()[::-1]), "ended", "applied")
    assert "afterwards" not in {one.kind for one in backwards}


def strong(share: float) -> list:
    """What is found in a table with a column that is right about so many ends."""
    frame = loans()
    wrong = np.random.default_rng(3).random(ROWS) > share
    frame["score"] = np.where((frame["ended"] == "repaid") ^ wrong, 700, 400)
    return leak_checks.strong_columns(Table(frame, {"target": ("ended",)}), ["ended"], "charged off")


def test_a_strong_column_is_shown_and_only_a_nearly_certain_one_doubted() -> None:
    (shown,) = strong(0.85)
    assert (shown.key, shown.severity) == ("strong_columns", "note")
    assert "“score” 0.8" in shown.what.en
    assert "no proof" in shown.how.en
    doubted = strong(0.97)[0]
    assert (doubted.key, doubted.severity) == ("too_strong:score", "warn")
    assert doubted.fixes[0].settings == {"leave_out": ("score",)}


def test_columns_that_tell_nothing_are_not_shown() -> None:
    frame = loans().drop(columns="income").assign(id=[f"k{i}" for i in range(ROWS)])
    assert leak_checks.strong_columns(Table(frame, {"target": ("ended",)}), ["ended"], "charged off") == []


@pytest.mark.parametrize("name", ["customer_id", "CustomerID", "user", "客户编号", "会员号", "phone number", "name"])
def test_names_of_owners(name: str) -> None:
    assert names_an_owner(name)


@pytest.mark.parametrize(
    "name", ["customer_age", "account_type", "客户年龄", "product_id", "credit_card_limit", "ident"]
)
def test_names_of_other_things(name: str) -> None:
    assert not names_an_owner(name)


def owned(moods: Callable[[int, int], str]) -> Table:
    """Three texts of each of 100 customers; `moods` labels a row by customer and row."""
    frame = pd.DataFrame(
        {
            "text": [f"text number {k}" for k in range(300)],
            "mood": [moods(k // 3, k) for k in range(300)],
            "customer_id": [f"c{k // 3}" for k in range(300)],
        }
    )
    return Table(frame, {"text": ("text",), "label": ("mood",)})


def test_one_customer_on_both_sides_is_told_with_its_share_and_kept_together_by_one_click() -> None:
    table = owned(lambda customer, row: "good" if customer % 2 else "bad")
    (found,) = leak_checks.owners(table, ())
    assert (found.key, found.severity) == ("on_both_sides:customer_id", "warn")
    assert "96% of the test rows" in found.what.en
    assert "100% of the time" in found.what.en
    assert found.fixes[0].settings == {"keep_together": ("customer_id",)}
    assert leak_checks.owners(table, ("customer_id",)) == []
    split = stratified_split(table, seed=1)
    among = table.frame["customer_id"]
    assert np.isin(among.iloc[split.test], among.iloc[split.train]).mean() == pytest.approx(0.96, abs=0.05)


def test_what_is_kept_together_in_two_groups_stops_before_the_training_cannot_be_cut() -> None:
    table = owned(lambda customer, row: "good" if customer % 2 else "bad")
    halves = Table(table.frame.assign(half=np.arange(300) % 2), table.roles)
    (found,) = leak_checks.owners(halves, ("half",))
    assert (found.key, found.severity) == ("too_few_groups", "stop")
    assert "2 groups" in found.what.en
    assert leak_checks.owners(Table(table.frame.assign(half=np.arange(300) % 5), table.roles), ("half",)) == []


def test_customers_whose_rows_are_no_more_alike_than_others_are_only_noted() -> None:
    rng = np.random.default_rng(4)
    (found,) = leak_checks.owners(owned(lambda customer, row: str(rng.choice(["good", "bad"]))), ())
    assert found.severity == "note"


def test_groups_are_kept_on_one_side_with_every_class_on_both() -> None:
    table = owned(lambda customer, row: "good" if customer % 2 else "bad")
    split = stratified_split(table, seed=1, groups=("customer_id",))
    among, moods = table.frame["customer_id"], table.frame["mood"]
    assert not set(among.iloc[split.train]) & set(among.iloc[split.test])
    assert len(split.test) == 60
    assert moods.iloc[split.test].value_counts().to_dict() == {"good": 30, "bad": 30}
    assert "customer_id" in split.kind.en


def test_a_text_that_another_customer_wrote_too_is_on_one_side() -> None:
    frame = owned(lambda customer, row: "good" if customer % 2 else "bad").frame
    frame.loc[::3, "text"] = "fine"
    table = Table(frame, {"text": ("text",), "label": ("mood",)})
    split = stratified_split(table, seed=1, groups=("customer_id",))
    assert not set(frame["text"].iloc[split.train]) & set(frame["text"].iloc[split.test])
    assert not set(frame["customer_id"].iloc[split.train]) & set(frame["customer_id"].iloc[split.test])


def test_rows_joined_by_either_of_two_columns_are_one_group() -> None:
    frame = pd.DataFrame({"phone": ["1", "2", "1", None, "3"], "card": ["a", "b", "c", "c", "b"]})
    assert groups_of(frame, ("phone", "card")).tolist() == [0, 1, 0, 0, 1]
    assert groups_of(frame, ("phone",)).tolist() == [0, 1, 0, 2, 3]


def test_the_latest_rows_are_tested_on_without_their_customers_in_training() -> None:
    frame = pd.DataFrame({"day": range(10), "who": ["a", "b", "c", "d", "e", "f", "g", "h", "a", "b"]})
    table = Table(frame, {"time": ("day",)})
    split = without_groups_of_test(time_split(table), table, ("who",))
    assert (split.train.tolist(), split.test.tolist()) == ([2, 3, 4, 5, 6, 7], [8, 9])


def test_a_case_that_is_there_twice_is_on_one_side() -> None:
    frame = pd.concat([loans(), loans()], ignore_index=True)
    split = stratified_split(Table(frame, {"target": ("ended",)}), seed=0, label="target")
    assert not set(frame["income"].iloc[split.train]) & set(frame["income"].iloc[split.test])


def test_columns_that_do_not_tell_cases_apart_tie_nothing() -> None:
    frame = pd.DataFrame({"sex": ["f", "m"] * 100, "ended": ["a", "a", "b", "b"] * 50})
    split = stratified_split(Table(frame, {"target": ("ended",)}), seed=0, label="target")
    assert len(split.test) == 40


def test_test_rows_in_training_are_found_by_text_and_by_all_columns() -> None:
    texts = Table(pd.DataFrame({"t": ["Good  day", "bad", "fine"]}), {"text": ("t",)})
    other = Table(pd.DataFrame({"t": ["good day", "new"]}), {"text": ("t",)})
    assert [p.severity for p in leak_checks.test_rows_in_training(texts, other, "label")] == ["warn"]
    assert [p.severity for p in leak_checks.test_rows_in_training(texts, other.take([0]), "label")] == ["stop"]
    assert leak_checks.test_rows_in_training(texts, other.take([1]), "label") == []
    roles = {"target": ("ended",)}
    train, test = Table(loans(1), roles), Table(pd.concat([loans(2).head(50), loans(1).head(7)]), roles)
    (found,) = leak_checks.test_rows_in_training(train, test, "target")
    assert "7 of 57" in found.what.en
    assert leak_checks.in_test(train, test, "target").sum() == 7
    few = Table(pd.DataFrame({"sex": ["f", "m"] * 50, "ended": ["a", "b"] * 50}), roles)
    assert leak_checks.test_rows_in_training(few, few.take(range(10)), "target") == []


def test_rows_of_a_repetitive_test_file_are_left_out_of_the_training_rows() -> None:
    train = Table(pd.DataFrame({"a": np.arange(40), "y": ["p", "q"] * 20}), {"label": ("y",)})
    test = Table(pd.DataFrame({"a": [3] * 30 + [4] * 10, "y": ["p"] * 40}), {"label": ("y",)})
    assert leak_checks.in_training(train, test, "label").all()
    assert np.flatnonzero(leak_checks.in_test(train, test, "label")).tolist() == [3, 4]
