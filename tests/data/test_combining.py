"""Tables put below and beside each other: nothing lost, nothing invented, told before."""

from __future__ import annotations

import pandas as pd
import pyarrow as pa

from core.data import combining
from core.data.combining import Key, Match


def schema(frame: pd.DataFrame) -> pa.Schema:
    return pa.Schema.from_pandas(frame, preserve_index=False)


def matched(left: pd.Series, right: pd.Series, *, loosely: bool = False) -> Match:
    return combining.match(combining.keys(left, loosely=loosely), combining.keys(right, loosely=loosely))


def guessed(first: pd.DataFrame, other: pd.DataFrame) -> tuple[str, str] | None:
    ours, theirs = ({name: combining.keys(table[name]) for name in table} for table in (first, other))
    return combining.guess_key(ours, theirs.items())


SALES = pd.DataFrame({"Customer ID": [1, 2, 2, 3, None], "paid": [5, 6, 7, 8, 9], "town": ["a", "b", None, "c", "d"]})


def test_columns_are_matched_by_name_and_their_differences_told() -> None:
    other = pd.DataFrame({"customer_id": [7.0], "paid": ["unknown"], "month": ["May"]})
    found = combining.difference(schema(SALES), schema(other))
    assert found.renamed == {"customer_id": "Customer ID"}
    assert (found.lacking, found.more, found.as_text) == (("town",), ("month",), ("paid",))
    table = combining.append([SALES, other], [found], all_columns=True)
    assert list(table.columns) == ["Customer ID", "paid", "town", "month"]
    assert table["paid"].tolist() == ["5", "6", "7", "8", "9", "unknown"]
    assert table["month"].isna().tolist() == [True] * 5 + [False]
    assert list(combining.append([SALES, other], [found], all_columns=False)) == ["Customer ID", "paid"]


def test_two_columns_that_fold_to_one_name_are_not_confused() -> None:
    other = pd.DataFrame({"customer id": [1], "CUSTOMER-ID": [2]})
    assert combining.difference(schema(SALES), schema(other)).renamed == {}


def test_three_tables_with_columns_of_their_own_come_together() -> None:
    parts = [SALES, pd.DataFrame({"paid": [1], "note": [3]}), pd.DataFrame({"paid": [2], "note": ["x"]})]
    found = [combining.difference(schema(SALES), schema(part)) for part in parts[1:]]
    table = combining.append(parts, found, all_columns=True)
    assert table["note"].dropna().tolist() == ["3", "x"]
    assert table["paid"].tolist() == [5, 6, 7, 8, 9, 1, 2]


def test_a_key_is_guessed_by_name_and_by_what_it_holds() -> None:
    people = pd.DataFrame({"number": ["3", "2", "1"], "town": ["x", "y", "z"]})
    assert guessed(SALES, people) == ("Customer ID", "number")
    assert guessed(SALES, people.rename(columns={"number": "customer id"})) == (
        "Customer ID",
        "customer id",
    )
    assert guessed(SALES, pd.DataFrame({"other": ["nothing", "alike"]})) is None


def test_what_a_join_would_do_is_what_it_does() -> None:
    people = pd.DataFrame({"id": [" 2", "2", "3", "9", None], "town": ["x", "y", "z", "w", "v"]})
    told = matched(SALES["Customer ID"], people["id"])
    assert (told.matched, told.unmatched, told.multiplied, told.result) == (3, 2, 2, 7)
    assert (told.unused, told.nameless) == (2, 1)
    every, names = combining.join(SALES, people, Key("Customer ID", "id", first_only=False), "people")
    assert names == {"town": "town (people)"}
    assert len(every) == told.result
    first, _ = combining.join(SALES, people, Key("Customer ID", "id"), "people")
    assert first["paid"].tolist() == SALES["paid"].tolist()
    assert first["town (people)"].fillna("-").tolist() == ["-", "x", "x", "z", "-"]


def test_keys_of_other_types_and_spellings_meet_only_where_that_is_asked_for() -> None:
    codes = pd.Series(["001", "2", "x7", " 3 ", None, ""])
    numbers = pd.Series([1.0, 2.0, 3.0, 4.5, None])
    told = matched(codes, numbers)
    assert (told.matched, told.nameless) == (2, 2)
    assert matched(codes, numbers, loosely=True).matched == 3
    assert matched(codes, pd.Series(["X7"])).matched == 0
    assert matched(codes, pd.Series(["X7"]), loosely=True).matched == 1
    assert matched(pd.Series([2**60 + 1]), pd.Series([str(2**60 + 1), str(2**60)])).multiplied == 0
    assert matched(pd.Series([True, False]), pd.Series(["True", "no"])).matched == 1
    both, _ = combining.join(
        pd.DataFrame({"code": codes}),
        pd.DataFrame({"n": numbers, "town": list("abcde")}),
        Key("code", "n", loosely=True),
        "other",
    )
    assert both["town"].fillna("-").tolist() == ["a", "b", "-", "c", "-", "-"]


def test_keys_that_both_have_several_times_multiply_in_order() -> None:
    left = pd.DataFrame({"k": ["a", "b", "a"], "n": [1, 2, 3]})
    right = pd.DataFrame({"k": ["a", "a", "b"], "m": [10, 20, 30]})
    assert matched(left["k"], right["k"]).result == 5
    every, _ = combining.join(left, right, Key("k", "k", first_only=False), "right")
    assert every[["n", "m"]].to_numpy().tolist() == [[1, 10], [1, 20], [2, 30], [3, 10], [3, 20]]
    first, _ = combining.join(left, right, Key("k", "k"), "right")
    assert first["m"].tolist() == [10, 30, 10]
