"""Labels to check: one by one, kept at once, then training again and what it gained."""

from __future__ import annotations

import io

import pytest

from core.services import datasets, labels, runs
from core.services.requests import Request
from core.store import files
from pages.ui.second_look import in_a_line
from tests.house import ROLES
from tests.pages.conftest import Open, all_words, pressable
from tests.toy import flowers


@pytest.fixture
def run_id(toy: None) -> int:
    """A run on flowers of which some have the wrong name."""
    frame = flowers(150)
    frame.loc[:11, "kind"] = frame.loc[:11, "kind"].map({"iris": "rose", "rose": "tulip", "tulip": "iris"})
    id = datasets.add("noisy.csv", io.BytesIO(frame.to_csv(index=False).encode())).dataset.id
    return runs.train_here(Request("toy", id, ROLES, name="Garden"))


def test_every_answer_has_a_key_and_is_kept_at_once(open_page: Open, run_id: int) -> None:
    first, second = labels.review(run_id).doubts.rows[:2]
    at = open_page("check", run=run_id)
    assert not at.exception
    keys = {button.key: button.proto.shortcut for button in at.button}
    assert keys[f"answer-{first.given}"] == "left"
    assert keys[f"answer-{first.suggested}"] == "right"
    assert keys["cannot-tell"] == "s"
    assert not pressable(at, "train-corrected")
    at.button(key=f"answer-{first.suggested}").click().run()
    assert labels.review(run_id).decided == {first.row: first.suggested}
    assert "1 corrected, 0 confirmed" in " ".join(str(bar.proto.text) for bar in at.get("progress"))
    at.button(key="cannot-tell").click().run()
    assert labels.review(run_id).decided[second.row] is None
    at.button(key="take-back").click().run()
    assert second.row not in labels.review(run_id).decided
    assert pressable(at, "train-corrected")


def test_training_again_opens_the_new_run_held_to_the_same_rows(open_page: Open, run_id: int) -> None:
    first = labels.review(run_id).doubts.rows[0]
    labels.decide(run_id, first.row, first.suggested)
    at = open_page("check", run=run_id)
    at.button(key="train-corrected").click().run()
    assert not at.exception
    new = runs.listed()[0]
    assert new.id != run_id
    assert str(new.id) in str(at.query_params["run"])
    assert datasets.get(new.dataset_id).recipe[-1].values == {str(first.row): first.suggested}


def test_when_all_are_decided_the_page_says_so(open_page: Open, run_id: int) -> None:
    for doubt in labels.review(run_id).doubts.rows:
        labels.decide(run_id, doubt.row, doubt.given)
    at = open_page("check", run=run_id, lang="zh")
    assert "已全部核对完毕" in all_words(at)
    assert not pressable(at, "train-corrected")


def test_the_results_say_what_looks_wrong_and_what_more_rows_would_bring(open_page: Open, run_id: int) -> None:
    at = open_page("results", run=run_id, section="your-data")
    assert not at.exception
    words = all_words(at)
    assert "labels look wrong" in words
    assert "50 more labelled rows: about \\+1.2 points \\(\\+0.4 to \\+2.1\\)" in words
    at.button(key="check-labels").click().run()
    assert "of" in " ".join(str(bar.proto.text) for bar in at.get("progress"))


def test_the_new_model_says_what_the_corrections_gained(open_page: Open, run_id: int) -> None:
    for doubt in labels.review(run_id).doubts.rows:
        labels.decide(run_id, doubt.row, flowers(150)["kind"][doubt.row])
    corrections = labels.review(run_id).corrections
    data = datasets.fix(runs.get(run_id).dataset_id, labels.correcting(run_id))
    new = runs.train_here(Request("toy", data.id, ROLES, same_test_as=run_id))
    words = all_words(open_page("results", run=new))
    assert f"With {len(corrections)} corrected labels" in words
    assert "same 25 test rows" in words or "test rows" in words
    assert "None of the test labels was changed" in words
    assert "corrected labels" not in all_words(open_page("results", run=run_id))


def test_a_run_without_a_second_look_is_no_dead_end(open_page: Open, run_id: int) -> None:
    files.run(run_id).second_look.unlink()
    at = open_page("check", run=run_id)
    assert not at.exception
    assert "Nothing to check here" in all_words(at)


def test_without_a_run_the_models_are_offered(open_page: Open) -> None:
    at = open_page("check")
    assert not at.exception
    assert any("models" in button.label for button in at.button)


def test_a_row_of_several_columns_is_said_with_their_names() -> None:
    assert in_a_line({"text": "lovely"}) == "lovely"
    assert in_a_line({"branch": "north", "years": "5.3", "note": ""}) == "branch north · years 5.3"
