import pandas as pd
import pytest

from core.data.outcomes import approved_today, bad_value, guess_outcome
from core.data.profile import profile


def guessed(**columns: list) -> tuple[str, str] | None:
    return guess_outcome(profile(pd.DataFrame(columns)))


def test_an_exact_name_outranks_a_column_at_the_end() -> None:
    assert guessed(default=["no", "yes"] * 20, age=list(range(40)), member=["a", "b"] * 20) == ("default", "yes")


def test_a_last_column_of_two_values_outranks_a_part_of_a_name() -> None:
    found = guessed(age=list(range(40)), credit_default_history=["no", "yes"] * 20, ended=["good", "bad"] * 20)
    assert found == ("ended", "bad")


def test_without_a_column_of_two_values_there_is_no_guess() -> None:
    assert guessed(default=["a", "b", "c", "d"] * 10, age=list(range(40))) is None


@pytest.mark.parametrize(
    ("values", "bad"),
    [
        (["0", "1"], "1"),
        (["paid", "charged off"], "charged off"),
        (["good", "bad"], "bad"),
        (["No", "Yes"], "Yes"),
        (["已还清", "违约"], "违约"),
        (["正常", "逾期"], "逾期"),
        (["1", "2"], "1"),
        (["repaid", "elsewhere"], "elsewhere"),
    ],
)
def test_the_bad_value_is_known_by_its_word(values: list[str], bad: str) -> None:
    for order in (values, values[::-1]):
        frame = pd.DataFrame({"ended": [order[0]] * 30 + [order[1]] * 10})
        assert bad_value(profile(frame).column("ended")) == bad


def test_without_a_known_word_the_rarer_value_is_bad() -> None:
    frame = pd.DataFrame({"ended": ["moon"] * 30 + ["sun"] * 10})
    assert bad_value(profile(frame).column("ended")) == "sun"


def test_where_all_cases_ended_alike_their_column_is_still_the_outcome() -> None:
    sizes, alike = list(range(40)), ["good"] * 40
    assert guessed(size=sizes, foreign_worker=["no", "yes"] * 20, creditability=alike) == ("creditability", "good")
    assert guessed(size=sizes, status=alike, ended=["good", "bad"] * 20) == ("ended", "bad")


@pytest.mark.parametrize(
    ("said", "approved"),
    [
        (["pass", "reject"], [True, False]),
        (["准予", "拒绝"], [True, False]),
        (["go on", "declined", ""], [True, False, False]),
        (["A", "B"], None),
    ],
)
def test_todays_decisions_are_read_in_many_words_and_never_guessed(
    said: list[str], approved: list[bool] | None
) -> None:
    found = approved_today(pd.Series(said))
    assert (None if found is None else found.tolist()) == approved
