"""Doubtful labels: decided one by one, learned from again, and measured on the same rows."""

from __future__ import annotations

import io

import pandas as pd
import pytest

from core.data.recipe import Step
from core.services import datasets, labels, runs
from core.services.requests import Request
from core.store import files
from core.words import UserError
from tests.house import ROLES
from tests.toy import flowers

pytestmark = pytest.mark.usefixtures("toy")
CORRECT = flowers(150)["kind"]


def noisy(wrong: int = 12) -> str:
    """Flowers of which some are called by the wrong name."""
    frame = flowers(150)
    frame.loc[: wrong - 1, "kind"] = frame.loc[: wrong - 1, "kind"].map(
        {"iris": "rose", "rose": "tulip", "tulip": "iris"}
    )
    return datasets.add("noisy.csv", io.BytesIO(frame.to_csv(index=False).encode())).dataset.id


def trained(dataset_id: str | None = None) -> int:
    return runs.train_here(Request("toy", dataset_id or noisy(), ROLES))


def correct(run_id: int) -> int:
    """Decides every doubtful row rightly; how many were corrected."""
    for doubt in labels.review(run_id).doubts.rows:
        labels.decide(run_id, doubt.row, CORRECT[doubt.row])
    return len(labels.review(run_id).corrections)


def again(run_id: int, monkeypatch: pytest.MonkeyPatch) -> int:
    """Trains again in this process."""
    monkeypatch.setattr(runs, "launch", runs.train_here)
    return labels.train_again(run_id)


def test_doubtful_rows_are_named_by_their_place_in_the_data() -> None:
    run_id = trained()
    frame = datasets.frame(runs.get(run_id).dataset_id)
    doubts = labels.review(run_id).doubts
    assert doubts.rows
    assert all(frame["kind"].iloc[doubt.row] == doubt.given for doubt in doubts.rows)
    held = pd.read_parquet(files.run(run_id).sides).query("held_out")["row"]
    assert not {doubt.row for doubt in doubts.rows} & set(held)


def test_decisions_are_kept_and_the_last_can_be_taken_back() -> None:
    run_id = trained()
    first, second, third = labels.review(run_id).doubts.rows[:3]
    labels.decide(run_id, first.row, first.suggested)
    labels.decide(run_id, second.row, second.given)
    labels.decide(run_id, third.row, None)
    found = labels.review(run_id)
    assert found.decided == {first.row: first.suggested, second.row: second.given, third.row: None}
    assert found.corrections == {first.row: first.suggested}
    assert not {first.row, second.row, third.row} & {doubt.row for doubt in found.open}
    assert labels.take_back(run_id) == third.row
    labels.decide(run_id, first.row, first.given)
    assert labels.review(run_id).corrections == {}


def test_only_known_labels_of_doubtful_rows_are_taken() -> None:
    run_id = trained()
    row = labels.review(run_id).doubts.rows[0].row
    with pytest.raises(UserError, match="iris"):
        labels.decide(run_id, row, "cactus")
    labels.decide(run_id, 10_000, "iris")
    assert labels.review(run_id).decided == {}


def test_training_again_changes_the_labels_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    run_id = trained()
    corrected = correct(run_id)
    assert corrected > 3
    new = again(run_id, monkeypatch)
    old_data, new_data = (datasets.get(runs.get(one).dataset_id) for one in (run_id, new))
    assert new_data.parent_id == old_data.id
    assert new_data.recipe[-1].do == "set_cells"
    was, now = datasets.frame(old_data.id), datasets.frame(new_data.id)
    assert (was["kind"] != now["kind"]).sum() == corrected
    assert was.drop(columns="kind").equals(now.drop(columns="kind"))


def test_the_new_model_is_measured_on_the_same_untouched_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    run_id = trained()
    corrected = correct(run_id)
    new = again(run_id, monkeypatch)
    sides = [pd.read_parquet(files.run(one).sides) for one in (run_id, new)]
    assert sides[0].equals(sides[1])
    assert runs.results(run_id).rows["actual"].tolist() == runs.results(new).rows["actual"].tolist()
    found = labels.gained(new)
    assert (found.run, found.labels_changed, found.test_labels_changed) == (run_id, corrected, 0)
    assert found.before == runs.get(run_id).metrics["accuracy"]
    assert found.after == runs.get(new).metrics["accuracy"]
    assert found.gain == pytest.approx(found.after - found.before)
    assert found.low <= found.gain <= found.high
    assert labels.gained(run_id) is None


def test_what_was_confirmed_is_not_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    run_id = trained()
    rows = labels.review(run_id).doubts.rows
    labels.decide(run_id, rows[0].row, rows[0].suggested)
    for doubt in rows[1:]:
        labels.decide(run_id, doubt.row, doubt.given)
    new = again(run_id, monkeypatch)
    confirmed = {doubt.row for doubt in rows[1:]}
    assert {doubt.row for doubt in labels.look(new).doubts.rows} & confirmed
    assert not {doubt.row for doubt in labels.review(new).doubts.rows} & confirmed


def test_rows_taken_out_in_between_are_missing_and_the_others_stay_on_their_side() -> None:
    run_id = trained()
    data = runs.get(run_id).dataset_id
    fewer = datasets.fix(data, Step("drop_rows", (), {"0": "", "7": ""}))
    new = runs.train_here(Request("toy", fewer.id, ROLES, same_test_as=run_id))
    before, after = (pd.read_parquet(files.run(one).sides).set_index("key") for one in (run_id, new))
    assert len(after) == len(before) - 2
    assert (before.loc[after.index, "held_out"] == after["held_out"]).all()


def test_both_models_are_judged_by_a_test_label_that_was_changed() -> None:
    run_id = trained()
    held = pd.read_parquet(files.run(run_id).sides).query("held_out")["row"].iloc[0]
    data = runs.get(run_id).dataset_id
    was = datasets.frame(data)["kind"].iloc[held]
    changed = datasets.fix(data, Step("set_cells", ("kind",), {str(held): "rose" if was != "rose" else "iris"}))
    new = runs.train_here(Request("toy", changed.id, ROLES, same_test_as=run_id))
    found = labels.gained(new)
    assert (found.test_labels_changed, found.gain) == (1, 0.0)
    assert found.before != runs.get(run_id).metrics["accuracy"]


def test_without_a_correction_there_is_nothing_to_train() -> None:
    run_id = trained()
    with pytest.raises(UserError, match="nothing new"):
        labels.train_again(run_id)


def test_a_run_whose_earlier_rows_are_gone_makes_a_split_of_its_own() -> None:
    run_id = trained()
    files.run(run_id).sides.unlink()
    new = runs.train_here(Request("toy", runs.get(run_id).dataset_id, ROLES, same_test_as=run_id))
    assert runs.get(new).status == "succeeded"
