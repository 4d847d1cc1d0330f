"""Models side by side: what differs stands out, and figures of different rows come with a warning."""

from __future__ import annotations

import json

import pytest

from core.scenarios.base import Results
from core.services import runs
from pages.ui import screen
from tests.house import add_flowers
from tests.pages.conftest import Open, all_words
from tests.pages.trained import trained
from tests.toy import Toy


def test_two_models_stand_side_by_side_and_what_differs_is_marked(open_page: Open) -> None:
    data = add_flowers()
    first, second = trained("One", dataset_id=data), trained("Two", dataset_id=data, settings={"power": 2.0})
    at = open_page("compare", runs=f"{first},{second}")
    table = at.table[0].value
    marked = table[table["differs"].astype(str).str.contains("≠")].iloc[:, 0].astype(str).tolist()
    assert any("Power" in label for label in marked)
    assert not any("Data" in label for label in marked)
    assert "One" in "".join(map(str, table.columns))
    assert len(at.get("plotly_chart")) == 3


def test_the_same_test_rows_are_said_to_be_the_same(open_page: Open) -> None:
    data = add_flowers()
    first, second = trained("One", dataset_id=data), trained("Two", dataset_id=data, settings={"power": 2.0})
    assert "tested on the same rows" in all_words(open_page("compare", runs=f"{first},{second}"))


def test_different_test_rows_come_with_a_warning(open_page: Open) -> None:
    first, second = trained("One"), trained("Two", dataset_id=add_flowers(seed=5, name="other.csv"))
    said = all_words(open_page("compare", runs=f"{first},{second}"))
    assert "cannot be ranked" in said
    assert "best figure" not in said


def test_other_rows_of_the_same_data_come_with_a_warning(open_page: Open) -> None:
    data = add_flowers()
    first, second = trained("One", dataset_id=data), trained("Two", dataset_id=data, settings={"seed": 99})
    assert "A small difference may come from the rows" in all_words(open_page("compare", runs=f"{first},{second}"))


def test_the_choice_goes_into_the_address(open_page: Open) -> None:
    data = add_flowers()
    first, second = trained("One", dataset_id=data), trained("Two", dataset_id=data, settings={"power": 2.0})
    at = open_page("compare", runs=str(first))
    assert "at least two" in all_words(at)
    at.multiselect(key="compared").set_value([first, second]).run()
    assert at.query_params["runs"] in (f"{first},{second}", [f"{first},{second}"])


def test_one_model_alone_is_told_what_comparing_needs(open_page: Open) -> None:
    trained("Only one")
    assert "Two models are needed" in all_words(open_page("compare"))


def test_an_unknown_run_in_the_address_is_left_out(open_page: Open) -> None:
    data = add_flowers()
    first, second = trained("One", dataset_id=data), trained("Two", dataset_id=data, settings={"power": 2.0})
    at = open_page("compare", runs=f"{first},{second},999")
    assert not at.exception
    assert len(runs.listed()) == 2


def test_on_a_phone_the_table_is_stacked_and_says_once_what_is_the_same(
    open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(screen, "is_narrow", lambda: True)
    data = add_flowers()
    first, second = trained("One", dataset_id=data), trained("Two", dataset_id=data, settings={"power": 2.0})
    at = open_page("compare", runs=f"{first},{second}")
    said = [markdown.value for markdown in at.markdown]
    assert not at.table
    assert (
        sum("One" in words and ":gray[" in words for words in said)
        == sum("Two" in words and ":gray[" in words for words in said)
        > 0
    )


def test_the_paired_difference_and_the_rows_on_which_two_part_are_shown(
    open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = add_flowers(200)
    first = trained("One", dataset_id=data)
    own = Toy.evaluate

    def worse(self: Toy, *asked: object) -> Results:
        found = own(self, *asked)  # type: ignore[arg-type]
        found.rows["right"] = found.rows["actual"] == "iris"
        found.rows.loc[found.rows.index[:3], ["given", "confidence"]] = None
        return found

    monkeypatch.setattr(Toy, "evaluate", worse)
    second = trained("Two", dataset_id=data, settings={"power": 2.0})
    at = open_page("compare", runs=f"{first},{second}")
    assert "“Two” is worse than “One”" in all_words(at)
    assert "one gets right and the other wrong" in all_words(at)
    assert "The answers shown are those of “Two" in all_words(at)
    assert not at.selectbox
    third = trained("Three", dataset_id=data, settings={"power": 3.0})
    at = open_page("compare", runs=f"{first},{second},{third}")
    at.selectbox(key="parted").set_value(third).run()
    assert "The answers shown are those of “Three" in all_words(at)


def test_of_two_that_are_as_good_neither_is_said_to_be_ahead(open_page: Open) -> None:
    data = add_flowers()
    first, second = (trained(name, dataset_id=data) for name in ("One", "Two"))
    at = open_page("compare", runs=f"{first},{second}")
    assert "is ahead" not in all_words(at)
    assert "no difference" in all_words(at)


def test_curves_are_laid_over_each_other_on_the_shared_rows_with_a_line_in_words(open_page: Open) -> None:
    data = add_flowers(200)
    first, second = trained("One", dataset_id=data), trained("Two", dataset_id=data, settings={"power": 2.0})
    at = open_page("compare", runs=f"{first},{second}")
    said = all_words(at)
    assert "Mistakes among the surest 70 of 100: One" in said
    assert "The best may be so by chance." in said
    assert "Score on rows kept aside" in said
    drawn = next(json.loads(chart.proto.spec) for chart in at.get("plotly_chart") if "alone" in chart.key)
    names = [note["text"].rsplit("</span> ", 1)[-1] for note in drawn["layout"]["annotations"]]
    assert {"One", "Two"} <= set(names)


def test_without_shared_rows_no_curve_is_laid_over_another(open_page: Open) -> None:
    first, second = trained("One"), trained("Two", dataset_id=add_flowers(seed=5, name="other.csv"))
    assert "Mistakes among the surest" not in all_words(open_page("compare", runs=f"{first},{second}"))


def test_choosing_the_best_of_several_is_called_what_it_is(open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    data = add_flowers(200)
    first = trained("One", dataset_id=data)
    own = Toy.evaluate

    def other(self: Toy, *asked: object) -> Results:
        found = own(self, *asked)  # type: ignore[arg-type]
        found.rows["right"] = found.rows["right"].to_numpy()[::-1]
        return found

    monkeypatch.setattr(Toy, "evaluate", other)
    second, third = (trained(name, dataset_id=data, settings={"power": 2.0}) for name in ("Two", "Three"))
    runs.delete(third)
    said = all_words(open_page("compare", runs=f"{first},{second}"))
    assert "3 models have been measured on these rows" in said
    assert "by luck alone" in said
