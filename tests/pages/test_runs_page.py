"""Models: the list and what can be done with an entry."""

from __future__ import annotations

import csv
import io

import pytest

from core.services import runs
from core.store.tables import SUCCEEDED
from tests.house import add_flowers, change, request
from tests.pages.conftest import Open, all_words, pressable


def finished(name: str = "Garden model", **values: object) -> int:
    run_id = runs.launch(request(dataset_id=add_flowers(), name=name, settings={"seed": len(runs.listed())}))
    change(run_id, status=SUCCEEDED, metrics={"accuracy": 0.84}, intervals={"accuracy": [0.8, 0.88]}, **values)
    return run_id


def test_an_empty_list_teaches_and_leads_on(open_page: Open) -> None:
    at = open_page("runs")
    assert "Your models will be listed here" in all_words(at)
    at.button(key="first").click().run()
    assert at.title[0].value == "Your data"


def test_a_row_says_the_main_figure_with_its_interval(open_page: Open) -> None:
    finished()
    words = all_words(open_page("runs"))
    assert "84%" in words
    assert "80–88%" in words


def test_rename_and_note_are_kept(open_page: Open) -> None:
    run_id = finished()
    at = open_page("runs")
    at.text_input(key=f"run-name-{run_id}").set_value("Best so far")
    at.text_area(key=f"run-note-{run_id}").set_value("for the autumn").run()
    at.button(key=f"save-{run_id}").click().run()
    assert (runs.get(run_id).name, runs.get(run_id).note) == ("Best so far", "for the autumn")


def test_delete_can_be_undone(open_page: Open) -> None:
    run_id = finished()
    at = open_page("runs")
    at.button(key=f"delete-{run_id}").click().run()
    assert runs.listed() == []
    at.button(key="undo-button").click().run()
    assert [run.id for run in runs.listed()] == [run_id]


def test_two_ticked_models_can_be_compared(open_page: Open) -> None:
    first, second = finished("One"), finished("Two")
    at = open_page("runs")
    assert not pressable(at, "compare")
    at.checkbox(key=f"pick-{first}").check()
    at.checkbox(key=f"pick-{second}").check().run()
    at.run()
    assert pressable(at, "compare")


def test_search_narrows_the_list(open_page: Open) -> None:
    finished("Roses"), finished("Tulips")
    at = open_page("runs")
    at.text_input(key="run-search").set_value("tul").run()
    labels = " ".join(link.proto.label for link in at.get("page_link"))
    assert "Tulips" in labels
    assert "Roses" not in labels


def test_the_list_as_a_file_disarms_formulas(open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    import streamlit as st

    seen: dict[str, bytes] = {}
    monkeypatch.setattr(st, "download_button", lambda *_, data, **__: seen.update(data=data))
    finished("=1+1")
    open_page("runs")
    rows = list(csv.DictReader(io.StringIO(seen["data"].decode("utf-8-sig"))))
    assert rows[0]["name"] == "'=1+1"
    assert rows[0]["accuracy"] == "0.84"
