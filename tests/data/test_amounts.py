import numpy as np
import pandas as pd
import pytest

from core.data.amounts import as_numbers, share_of_numbers


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("$5,400.00", 5400),
        ("USD 5,400", 5400),
        ("5.4k", 5400),
        ("2.5m", 2_500_000),
        ("1.2万", 12_000),
        ("￥1，200", 1200),
        ("１２３", 123),
        ("12%", 0.12),
        ("1 234 567", 1_234_567),
        ("1'234", 1234),
        ("3,5", 3.5),
        ("(300)", -300),
        ("−7", -7),
        ("45 yrs", 45),
        ("36 个月", 36),
        ("1e3", 1000),
        ("1,234,567.89", 1_234_567.89),
    ],
)
def test_numbers_as_people_write_them(said: str, meant: float) -> None:
    assert as_numbers(pd.Series([said, "1"]))[0] == pytest.approx(meant)


@pytest.mark.parametrize("said", ["", "-", "n/a", "unknown", "不详", "A12", "2024-05-01", "3 of 7", "12abc34", "inf"])
def test_what_is_no_number_is_missing(said: str) -> None:
    assert np.isnan(as_numbers(pd.Series([said, "1"]))[0])


def test_columns_of_numbers_stay_as_they_are_and_infinite_ones_are_missing() -> None:
    assert as_numbers(pd.Series([1, 2, 3])).tolist() == [1.0, 2.0, 3.0]
    assert as_numbers(pd.Series([True, False])).tolist() == [1.0, 0.0]
    assert as_numbers(pd.Series([np.inf, 2.0])).isna().tolist() == [True, False]


def test_the_share_of_numbers_passes_over_words_for_missing() -> None:
    assert share_of_numbers(pd.Series(["$1", "2k", "n/a", None, "unknown"])) == 1.0
    assert share_of_numbers(pd.Series(["1", "2", "north", "south"])) == 0.5
    assert share_of_numbers(pd.Series([None, None], dtype="object")) == 0.0
