"""Findings for a purpose, and going back and forward between versions."""

from __future__ import annotations

import io

import pandas as pd
import pytest

from core.data.recipe import Step
from core.services import datasets, inspecting, runs
from core.words import UserError
from tests.house import add_flowers, request


def reviews() -> str:
    texts = [f"review number {k} of this shop" for k in range(300)]
    labels = ["positive", "negative", "Positive"] * 100
    frame = pd.DataFrame({"text": texts, "label": labels, "shop": ["North", "north", "South"] * 100})
    return datasets.add("reviews.csv", io.BytesIO(frame.to_csv(index=False).encode())).dataset.id


@pytest.mark.usefixtures("toy")
def test_findings_speak_for_what_the_data_is_used_for() -> None:
    id = reviews()
    assert inspecting.best_suited(datasets.profile(id)) == "sentiment"
    said = {one.problem.key: one.effect for one in inspecting.findings(id, "sentiment")}
    assert said["label_spellings"] == "wrong"
    assert said["spellings:shop"] == "note"
    other = {one.problem.key: one.effect for one in inspecting.findings(id, "credit_risk")}
    assert "label_spellings" not in other
    assert other["spellings:shop"] == "less"


def test_a_repair_is_undone_and_done_again() -> None:
    id = reviews()
    repaired = datasets.fix(id, Step("drop_columns", ("shop",))).id
    assert inspecting.history(repaired) == inspecting.History(id, None)
    assert inspecting.undo(repaired) == id
    assert [view.id for view in datasets.listed()] == [id]
    assert inspecting.history(id) == inspecting.History(None, repaired)
    assert inspecting.redo(id) == repaired
    assert datasets.get(repaired).columns == 2
    with pytest.raises(UserError):
        inspecting.undo(id)


def test_forward_leads_to_the_version_that_was_made_or_taken_back_last() -> None:
    id = reviews()
    first = datasets.fix(id, Step("drop_columns", ("shop",))).id
    inspecting.undo(first)
    second = datasets.fix(id, Step("drop_columns", ("text",))).id
    inspecting.undo(second)
    assert inspecting.history(id).forward == second
    assert datasets.fix(id, Step("drop_columns", ("shop",))).id == first


def test_going_back_takes_nothing_from_who_works_with_the_same_version() -> None:
    id = reviews()
    shared = datasets.fix(id, Step("drop_columns", ("shop",))).id
    assert datasets.fix(id, Step("drop_columns", ("shop",))).id == shared
    inspecting.undo(shared)
    assert datasets.get(shared).columns == 2
    built_on_it = datasets.fix(shared, Step("drop_duplicates")).id
    assert [view.id for view in datasets.latest()] == [built_on_it]
    assert {view.id for view in datasets.listed()} == {id, shared, built_on_it}
    inspecting.undo(built_on_it)
    assert {view.id for view in datasets.listed()} == {id}
    assert {view.id for view in datasets.listed(undone=True)} == {id, shared, built_on_it}


def test_redo_leads_to_the_version_that_one_left_whatever_others_made_since() -> None:
    id = reviews()
    mine = datasets.fix(id, Step("drop_columns", ("shop",))).id
    inspecting.undo(mine)
    theirs = datasets.fix(id, Step("drop_columns", ("text",))).id
    assert inspecting.history(id, mine).forward == mine
    assert inspecting.history(id).forward == theirs
    assert inspecting.redo(id, mine) == mine
    assert {view.id for view in datasets.latest()} == {mine, theirs}


def test_what_was_gone_back_from_is_deleted_along_with_what_it_was_made_of() -> None:
    id = reviews()
    first = datasets.fix(id, Step("drop_columns", ("shop",))).id
    second = datasets.fix(first, Step("drop_duplicates")).id
    inspecting.undo(second)
    inspecting.undo(first)
    datasets.delete(id)
    assert datasets.listed(undone=True) == []


@pytest.mark.usefixtures("toy")
def test_going_back_keeps_a_version_that_a_run_uses() -> None:
    id = add_flowers()
    repaired = datasets.fix(id, Step("drop_duplicates")).id
    runs.launch(request(dataset_id=repaired))
    assert inspecting.undo(repaired) == id
    assert datasets.get(repaired).parent_id == id


def test_only_the_latest_versions_are_listed() -> None:
    id = reviews()
    repaired = datasets.fix(id, Step("drop_columns", ("shop",))).id
    assert [view.id for view in datasets.latest()] == [repaired]
    inspecting.undo(repaired)
    assert [view.id for view in datasets.latest()] == [id]


@pytest.mark.usefixtures("toy")
def test_of_a_large_table_the_scenario_checks_evenly_spaced_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    id = reviews()
    monkeypatch.setattr(inspecting, "MOST_CHECKED", 100)
    said = {one.problem.key: one.problem.what.en for one in inspecting.findings(id, "sentiment")}
    assert "only 100 rows" in said["few_rows"]
