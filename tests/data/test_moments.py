import numpy as np
import pandas as pd
import pytest

from core.data.dates import read_dates
from core.data.moments import moments, orders_in
from core.data.profile import profile
from core.data.splitting import seconds


def read(*values: object) -> list[str]:
    return moments(pd.Series(list(values), dtype="str")).dt.strftime("%Y-%m-%d %H:%M").fillna("none").tolist()


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("2011-10-25 08:26:00", "2011-10-25 08:26"),
        ("2011年10月25日", "2011-10-25 00:00"),
        ("2011年10月", "2011-10-01 00:00"),
        ("2011/10/25 8:26", "2011-10-25 08:26"),
        ("Oct 25, 2011", "2011-10-25 00:00"),
        ("25.10.2011", "2011-10-25 00:00"),
        ("03.04.2011", "2011-04-03 00:00"),
        ("24-02-2015 11.35", "2015-02-24 11:35"),
        ("2011-10-25T08:26:00+08:00", "2011-10-25 00:26"),
        ("Dec-2015", "2015-12-01 00:00"),
        ("may", "none"),
        ("soon", "none"),
        ("", "none"),
    ],
)
def test_a_moment_is_read_as_it_is_written(said: str, meant: str) -> None:
    assert read(said) == [meant]


def test_one_figure_above_twelve_settles_the_order_for_all_that_are_written_alike() -> None:
    assert read("14/12/10", "03/04/10", "03/25/2011") == ["2010-12-14 00:00", "2010-04-03 00:00", "2011-03-25 00:00"]


@pytest.mark.parametrize(
    "column",
    [
        ["03/04/2024", "05/06/2024"],
        ["03/04/2024 9:30 AM", "05/06/2024 4:10 PM"],
        ["03/04/2024", "05/25/2024", "05/26/2024"],
        ["03.04.2024", "12/31/2024"],
        ["3/4/24", "31/1/24"],
    ],
)
def test_the_order_is_what_reading_a_file_takes_it_for(column: list[str]) -> None:
    cells = pd.Series(column, dtype="str")
    dates = read_dates(cells, np.ones(len(cells), dtype=int))
    assert dates is not None
    same = [there == here for there, here in zip(moments(dates.iso), moments(cells), strict=True) if pd.notna(here)]
    assert same
    assert all(same)


def test_what_cannot_be_read_counts_as_missing_and_breaks_nothing() -> None:
    found = seconds(pd.Series(["2024-01-01", "may", None, "0001-01-01"], dtype="str"))
    assert found[0] == 1704067200
    assert pd.isna(found[1:]).all()


def test_the_rows_keep_their_index() -> None:
    found = moments(pd.Series(["2024-01-01", "2024-01-01", None], index=[5, 3, 9], dtype="str"))
    assert found.index.tolist() == [5, 3, 9]
    assert found.notna().tolist() == [True, True, False]


@pytest.mark.parametrize("months", [["2015-12", "2016-01"], ["Dec-2015", "Jan-2016"], ["2015年12月", "2016年1月"]])
def test_a_month_with_its_year_is_a_time(months: list[str]) -> None:
    assert profile(pd.DataFrame({"issued": months * 30})).columns[0].kind == "time"


def test_the_order_told_by_one_column_holds_in_another_of_the_same_kind() -> None:
    told = orders_in(pd.Series(["03/25/2022", "01/02/2022"]))
    for later in (["01/11/2022"], ["01/11/2022", "25/03/2022"], ["01.11.2022"]):
        assert moments(pd.Series(later), told).iloc[0] == pd.Timestamp("2022-01-11")
    assert moments(pd.Series(["01/11/2022"])).iloc[0] == pd.Timestamp("2022-11-01")
