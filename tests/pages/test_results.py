"""Understand: verdict, numbers, sections, the rows behind a cell, and the states without a result."""

from __future__ import annotations

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core.cards import Card, Rows
from core.services import runs
from core.store.tables import FAILED
from core.words import Text, same
from pages.ui import cards
from pages.ui.cards import search, table_bytes
from tests.house import change, request
from tests.pages.conftest import Open, all_words
from tests.pages.trained import every_card, trained
from tests.toy import Toy

__all__ = ["every_card"]


def charts_of(at: AppTest) -> list[str]:
    return [chart.proto.id or chart.proto.figure.spec[:40] for chart in at.get("plotly_chart")]


def tables_of(at: AppTest) -> list:
    return [element.value for element in [*at.dataframe, *at.table]]


def test_the_verdict_comes_first_with_a_sign_and_a_word(open_page: Open) -> None:
    run_id = trained()
    at = open_page("results", run=run_id)
    verdict = runs.get(run_id).verdict
    said = next(block.value for block in at.markdown if verdict.headline.en.rstrip(".") in block.value)
    assert ":material/" in said
    assert "Sorts flowers" in said


def test_the_page_speaks_chinese(open_page: Open) -> None:
    words = all_words(open_page("results", run=trained(), lang="zh"))
    assert "会给花分类" in words
    assert "使用此模型" in words


@pytest.mark.usefixtures("every_card")
def test_only_the_open_section_is_drawn_and_the_address_can_name_it(open_page: Open) -> None:
    run_id = trained()
    at = open_page("results", run=run_id)
    assert len(charts_of(at)) == 2
    assert "It is honest" not in all_words(at)
    at = open_page("results", run=run_id, section="confidence")
    assert "It is honest" in all_words(at)
    assert "Iris is taken for rose" not in all_words(at)


@pytest.mark.usefixtures("every_card")
def test_the_rows_behind_a_cell_open_from_the_keyboard(open_page: Open) -> None:
    run_id = trained()
    at = open_page("results", run=run_id)
    rows = runs.results(run_id).rows
    actual, given = rows.iloc[0]["actual"], rows.iloc[0]["given"]
    at.selectbox(key="confusion-actual").select(actual)
    at.selectbox(key="confusion-given").select(given).run()
    wanted = rows[(rows["actual"] == actual) & (rows["given"] == given)]
    shown = next(table for table in tables_of(at) if "Said" in table)
    assert len(shown) == len(wanted) > 0
    assert set(shown["Is"]) == {actual}


@pytest.mark.usefixtures("every_card")
def test_rows_can_be_searched(open_page: Open) -> None:
    run_id = trained()
    at = open_page("results", run=run_id, section="rows-to-read")
    everything = len(tables_of(at)[0])
    at.text_input(key="search-mistakes").set_value("iris").run()
    found = tables_of(at)[0]
    assert 0 < len(found) < everything
    at.text_input(key="search-mistakes").set_value("no such flower").run()
    assert tables_of(at) == []
    assert "no such flower" in all_words(at)


def test_details_say_what_was_trained_and_how_long_it_took(open_page: Open) -> None:
    run_id = trained()
    at = open_page("results", run=run_id, section="details")
    said = "\n".join(str(table) for table in tables_of(at))
    for word in ("Fingerprint", "Seed", "Time it took", "Versions", "width"):
        assert word in said
    at.toggle(key=f"log-{run_id}").set_value(True).run()
    assert at.code[0].value


def test_use_this_model_leads_to_the_try_page(open_page: Open) -> None:
    at = open_page("results", run=trained())
    at.button(key="use").click().run()
    assert "A whole file" in all_words(at)


def test_a_run_that_is_still_open_says_where_to_watch_it(open_page: Open) -> None:
    at = open_page("results", run=runs.launch(request(name="Slow one")))
    assert "need not wait" in all_words(at)
    assert at.button(key="watch").label == "Watch the training"


def test_a_failed_run_says_why_and_can_be_trained_again(open_page: Open) -> None:
    run_id = runs.launch(request(name="Broken"))
    change(run_id, status=FAILED, error=Text("The machine ran out of memory.", "内存不足。").to_json())
    at = open_page("results", run=run_id)
    assert "ran out of memory" in all_words(at)
    at.button(key="again").click().run()
    assert len(runs.listed()) == 2


@pytest.mark.parametrize("number", ["999", "nonsense"])
def test_an_unknown_run_is_no_dead_end(open_page: Open, number: str) -> None:
    at = open_page("results", run=number)
    assert not at.exception
    assert any("models" in button.label for button in at.button)


def test_a_deleted_run_is_no_dead_end(open_page: Open) -> None:
    run_id = trained()
    runs.delete(run_id)
    at = open_page("results", run=run_id)
    assert not at.exception
    assert any("models" in button.label for button in at.button)


def test_values_are_said_in_words_and_downloaded_as_they_are(open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    saved: dict[str, Any] = {}
    monkeypatch.setattr(cards, "download", lambda frame, name, format, key: saved.update({format: frame}))
    kinds = {name: Text(name.upper(), f"{name}花") for name in ("iris", "rose", "tulip")}
    columns = (("actual", Text("Is", "实际")), ("right", Text("Right", "对")))
    card = Card("rows", same("Rows"), same("Rows"), same("All"), Rows(columns, values=kinds))
    monkeypatch.setattr(Toy, "cards", lambda self, results: [card])
    shown = tables_of(open_page("results", run=trained(), section="rows", lang="zh"))[0]
    assert set(shown["实际"]) == {"iris花", "rose花", "tulip花"}
    assert set(saved["csv"]["实际"]) == {"iris", "rose", "tulip"}
    assert set(shown["对"]) <= {True, False}


def test_the_head_says_from_what_data_how_when_and_how_much(open_page: Open) -> None:
    words = all_words(open_page("results", run=trained()))
    assert "· Quick · just now · 120 rows" in words


def test_search_takes_a_word_as_it_stands() -> None:
    import pandas as pd

    frame = pd.DataFrame({"text": ["50% off (really)", "nothing"]})
    assert len(search(frame, "(REALLY)")) == 1
    assert len(search(frame, " ")) == 2


def test_a_downloaded_table_runs_no_formula() -> None:
    import pandas as pd

    assert b"'=1+1" in table_bytes(pd.DataFrame({"text": ["=1+1"]}), "csv")
