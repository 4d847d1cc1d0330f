from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from core.data import table_checks as checks
from core.data.profile import profile
from core.data.recipe import apply
from core.data.sensitive import find_sensitive
from core.data.suspects import find_suspects
from core.data.table import Table
from core.words import Problem

ROWS = 600


def clean_loans(seed: int = 0) -> pd.DataFrame:
    """Loans whose end depends on income and debts, and on nothing else."""
    rng = np.random.default_rng(seed)
    income, debts = rng.normal(3000, 800, ROWS).round(2), rng.integers(0, 6, ROWS)
    risk = 1 / (1 + np.exp((income - 2800) / 600 - debts / 2 + 1))
    return pd.DataFrame(
        {
            "income": income,
            "debts": debts,
            "purpose": rng.choice(["car", "home", "travel"], ROWS),
            "ended": np.where(rng.random(ROWS) < risk, "defaulted", "repaid"),
        }
    )


def table(frame: pd.DataFrame, **roles: tuple[str, ...]) -> Table:
    return Table(frame, {"target": ("ended",), **roles})


def every_check(one: Table) -> list[Problem]:
    return [
        *checks.two_outcomes(one, ""),
        *checks.missing_outcomes(one),
        *checks.suspects(one, checks.suspects_of(one), (), ()),
        *checks.numbers_as_text(one),
        *checks.repeated_rows(one),
        *checks.sensitive_columns(one, ()),
        *checks.proxies(one, ()),
        *checks.rare_outcome(one, ""),
        *checks.later_test(one, "random"),
    ]


def test_a_clean_table_raises_nothing() -> None:
    assert every_check(table(clean_loans())) == []


@pytest.mark.parametrize(
    ("spoil", "key"),
    [
        (lambda frame: frame.head(20), "too_few_rows"),
        (lambda frame: frame.assign(ended="repaid"), "one_class"),
        (lambda frame: frame.assign(ended=None), "no_outcome"),
        (lambda frame: frame.assign(ended=[f"end {i % 5}" for i in range(ROWS)]), "not_two_outcomes"),
        (lambda frame: frame.assign(ended=["defaulted"] * 2 + ["repaid"] * (ROWS - 2)), "too_few_of_one"),
    ],
)
def test_what_cannot_be_learned_stops(spoil: Callable[[pd.DataFrame], pd.DataFrame], key: str) -> None:
    found = checks.two_outcomes(table(spoil(clean_loans())), "")
    assert [(one.key, one.severity) for one in found] == [(key, "stop")]


def test_a_bad_end_that_no_row_has_stops() -> None:
    found = checks.two_outcomes(table(clean_loans()), "exploded")
    assert found[0].key == "unknown_bad"
    assert "exploded" in found[0].what.en


def repaired(one: Table, problem: Problem) -> Table:
    return replace(one, frame=apply(one.frame, [problem.fixes[0].step]))


def test_rows_without_an_end_can_be_removed() -> None:
    frame = clean_loans()
    frame.loc[:9, "ended"] = None
    one = table(frame)
    (found,) = checks.missing_outcomes(one)
    assert "10" in found.what.en
    assert checks.missing_outcomes(repaired(one, found)) == []


def test_numbers_written_as_text_can_be_made_numbers() -> None:
    frame = clean_loans()
    frame["income"] = [f"${value:,.0f}" for value in frame["income"]]
    one = table(frame)
    (found,) = checks.numbers_as_text(one)
    after = repaired(one, found)
    assert pd.api.types.is_numeric_dtype(after.frame["income"].dtype)
    assert checks.numbers_as_text(after) == []


def test_repeated_rows_can_be_removed() -> None:
    frame = pd.concat([clean_loans(), clean_loans().head(50)], ignore_index=True)
    one = table(frame)
    (found,) = checks.repeated_rows(one)
    assert found.severity == "warn"
    assert len(repaired(one, found)) == ROWS


def test_a_column_that_gives_the_answer_away_is_certain() -> None:
    frame = clean_loans()
    frame["stage"] = np.where(frame["ended"] == "defaulted", "written off", "closed")
    (found,) = find_suspects(frame, "ended")
    assert (found.column, found.kind, found.certain) == ("stage", "leak", True)


def test_a_strong_but_honest_column_is_no_suspect() -> None:
    frame = clean_loans()
    noise = np.random.default_rng(1).random(ROWS) < 0.15
    frame["score"] = np.where((frame["ended"] == "defaulted") ^ noise, 400, 700)
    assert find_suspects(frame, "ended") == []


@pytest.mark.parametrize(
    ("name", "values", "kind"),
    [
        ("loan_number", list(range(10_001, 10_001 + ROWS)), "identifier"),
        ("branch", ["main"] * ROWS, "constant"),
        ("collection_calls", list(np.random.default_rng(2).integers(0, 4, ROWS)), "afterwards"),
    ],
)
def test_what_should_not_be_learned_from_is_proposed_with_a_repair(name: str, values: list, kind: str) -> None:
    frame = clean_loans().assign(**{name: values})
    (found,) = checks.suspects(table(frame), checks.suspects_of(table(frame)), (), ())
    assert found.key == f"{kind}:{name}"
    assert found.fixes[0].settings == {"leave_out": (name,)}
    assert checks.suspects(table(frame), checks.suspects_of(table(frame)), (name,), ()) == []


def test_a_duration_is_the_call_itself_only_beside_a_call_list() -> None:
    calls = clean_loans().assign(
        duration=np.random.default_rng(3).integers(10, 900, ROWS),
        campaign=np.random.default_rng(4).integers(1, 9, ROWS),
        pdays=np.random.default_rng(5).integers(0, 30, ROWS),
    )
    assert [one.column for one in find_suspects(calls, "ended")] == ["duration"]
    loans = calls.drop(columns=["campaign", "pdays"]).rename(columns={"duration": "duration_in_month"})
    assert find_suspects(loans, "ended") == []


def test_sensitive_columns_are_found_by_name_in_both_languages() -> None:
    names = ("Age", "gender", "婚姻状况", "foreign_worker", "stage", "message", "average")
    frame = clean_loans().assign(**dict.fromkeys(names, ["1", "2", "3"] * (ROWS // 3)))
    found = {one.column for one in find_sensitive(profile(frame))}
    assert found == {"Age", "gender", "婚姻状况", "foreign_worker"}


def test_a_column_that_tells_a_sensitive_one_is_named() -> None:
    rng = np.random.default_rng(6)
    frame = clean_loans().assign(sex=rng.choice(["f", "m"], ROWS))
    frame["title"] = np.where(rng.random(ROWS) < 0.9, np.where(frame["sex"] == "f", "Ms", "Mr"), "Dr")
    (found,) = checks.proxies(table(frame, sensitive=("sex",)), ())
    assert found.key == "proxy:title"
    assert checks.proxies(table(frame, sensitive=("sex",)), ("title",)) == []


def test_a_rare_end_is_told() -> None:
    frame = clean_loans().assign(ended=["defaulted"] * 30 + ["repaid"] * (ROWS - 30))
    (found,) = checks.rare_outcome(table(frame), "defaulted")
    assert "5.0%" in found.what.en


def test_the_latest_rows_need_a_date() -> None:
    frame = clean_loans()
    frame["month"] = [f"2024-{1 + row * 12 // len(frame):02}" for row in range(len(frame))]
    assert [one.severity for one in checks.later_test(table(frame), "latest")] == ["stop"]
    (offer,) = checks.later_test(table(frame, date=("month",)), "random")
    assert (offer.severity, offer.fixes[0].settings) == ("note", {"test_on": "latest"})
    assert checks.later_test(table(frame, date=("month",)), "latest") == []


def test_the_latest_rows_must_have_ended_both_ways() -> None:
    frame = clean_loans()
    frame["month"] = [f"2024-{1 + row * 12 // len(frame):02}" for row in range(len(frame))]
    latest = table(frame, date=("month",))
    waiting = frame.assign(
        **{"ended": [end if row < len(frame) * 0.7 else "" for row, end in enumerate(frame["ended"])]}
    )
    assert checks.later_test(latest, "latest") == []
    assert checks.later_test(table(waiting, date=("month",)), "latest") == []
    good = frame["ended"].iloc[0]
    one_kind = frame.assign(
        **{"ended": [end if row < len(frame) * 0.7 else good for row, end in enumerate(frame["ended"])]}
    )
    (stop,) = checks.later_test(table(one_kind, date=("month",)), "latest")
    assert (stop.severity, stop.fixes[0].settings) == ("stop", {"test_on": "random"})


def test_a_test_by_date_needs_some_of_both_ends_on_either_side() -> None:
    days = pd.date_range("2024-01-01", periods=100).astype("str")
    ends = ["good"] * 100
    for place in (3, 85, 88, 90, 93, 95, 97):
        ends[place] = "bad"
    table = Table(pd.DataFrame({"d": days, "y": ends, "x": range(100)}), {"target": ("y",), "date": ("d",)})
    (found,) = checks.later_test(table, "latest")
    assert (found.key, found.severity) == ("later_test_one_kind", "stop")


def test_decisions_in_unknown_words_are_said_to_be_no_decisions() -> None:
    frame = pd.DataFrame({"y": ["good", "bad"] * 30, "now": ["A", "B"] * 30})
    (found,) = checks.decisions_in_other_words(Table(frame, {"target": ("y",), "policy": ("now",)}))
    assert found.severity == "warn"
    assert "“A”, “B”" in found.what.en
    assert not checks.decisions_in_other_words(
        Table(frame.replace({"A": "批准"}), {"target": ("y",), "policy": ("now",)})
    )
