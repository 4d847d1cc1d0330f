"""What people say of answers becomes rows to learn from, and a training that can be compared with the one before."""

from __future__ import annotations

import io
import threading

import pytest

from core.data.recipe import Step
from core.jobs import queue, run_one
from core.jobs.inputs import own_test_table
from core.services import comparison, datasets, feedback, predictions, runs
from core.store import files
from core.store.db import session
from core.store.frames import read_frame
from core.store.tables import Feedback, Run
from core.words import UserError
from tests.house import add_flowers, counted, request, row
from tests.toy import flowers

pytestmark = pytest.mark.usefixtures("toy")
UNGROUPED = {"measures": ("width_a", "width_b"), "label": ("kind",)}


@pytest.fixture
def run() -> int:
    return runs.train_here(request(dataset_id=add_flowers(200), settings={"seed": 3}, roles=UNGROUPED))


def say(run: int, number: float, right: bool, label: str | None, correction: str | None = None) -> None:
    inputs = {"width_a": number, "width_b": -1.5}
    predictions.feedback(run, inputs, "Rose", right, correction, label)


def test_confirmed_and_corrected_answers_are_rows_and_thumbs_alone_are_not(run: int) -> None:
    say(run, 1.0, True, "rose")
    say(run, 2.0, False, "tulip", "tulip")
    say(run, 3.0, False, None)
    say(run, 4.0, False, None, "iris")
    found = feedback.loop(run)
    assert (found.right, found.wrong) == (1, 3)
    assert [(one.asked["width_a"], one.right, one.confirmed) for one in found.lessons] == [
        (1.0, "rose", True),
        (2.0, "tulip", False),
        (4.0, "iris", False),
    ]
    assert not found.is_worth_it


def test_what_is_said_last_of_a_thing_counts_once(run: int) -> None:
    say(run, 1.0, True, "rose")
    say(run, 1.0, False, "tulip", "tulip")
    assert [one.right for one in feedback.loop(run).lessons] == ["tulip"]


def test_enough_new_rows_are_worth_a_training(run: int) -> None:
    needed = feedback.loop(run).needed
    assert needed == feedback.LEAST
    for number in range(needed):
        assert not feedback.loop(run).is_worth_it
        say(run, number / 7, True, "rose")
    assert feedback.loop(run).is_worth_it


def test_the_version_holds_the_training_rows_and_the_new_ones_and_none_that_is_tested(run: int) -> None:
    tested = runs.results(run).rows
    held_out = read_frame(feedback_test(run))
    say(run, 9.0, True, "tulip")
    first = held_out.iloc[0]
    predictions.feedback(run, {"width_a": first["width_a"], "width_b": first["width_b"]}, "Rose", True, None, "rose")
    train, test = feedback.gather(run)
    assert feedback.gather(run) == (train, test)
    grown = read_frame(train)
    assert len(grown) == runs.facts(run)["rows"]["train"] + 2
    assert grown.iloc[-1][["width_a", "kind"]].tolist() == [9.0, "tulip"]
    assert len(read_frame(test)) == len(tested)
    assert datasets.get(train).parent_id == datasets.get(test).parent_id == runs.get(run).dataset_id


def feedback_test(run: int) -> str:
    """The dataset of the run's test rows."""
    say(run, 8.0, True, "tulip")
    return feedback.gather(run)[1]


def test_retraining_is_tested_on_the_same_rows_and_begins_the_count_anew(run: int) -> None:
    say(run, 9.0, True, "tulip")
    again = feedback.retrain(run)
    assert queue.claim(queue.me(), "cpu", again) == again
    run_one.execute(again, threading.Event())
    assert runs.facts(again)["rows"]["train"] == runs.facts(run)["rows"]["train"] + 1
    assert runs.get(again).settings == runs.get(run).settings
    assert feedback.learned_by(run, feedback.loop(run).lessons) == runs.get(again)
    found = comparison.compare(again, run)
    assert found.rows == len(runs.results(run).rows)
    assert row(again).test_rows == row(run).test_rows
    assert feedback.loop(again).lessons == ()
    say(again, 7.0, True, "rose")
    assert len(feedback.loop(again).lessons) == 1
    assert len(feedback.loop(run).lessons) == 2
    assert feedback.learned_by(run, feedback.loop(run).lessons) is None, "it has not learned from the latest"


def test_without_anything_new_nothing_is_trained(run: int) -> None:
    say(run, 1.0, False, None)
    with pytest.raises(UserError, match="nothing new"):
        feedback.retrain(run)
    assert len(runs.listed()) == 1


def test_what_people_said_can_be_read_when_the_training_data_is_gone(run: int) -> None:
    say(run, 1.0, True, "rose")
    id = runs.get(run).dataset_id
    datasets.delete(id)
    files.remove(files.dataset(id).folder)
    found = feedback.loop(run)
    assert (found.right, found.lessons) == (1, ())
    with pytest.raises(UserError):
        feedback.gather(run)


def test_the_test_rows_of_a_retraining_are_not_repaired_twice() -> None:
    frame = flowers(200)
    frame.loc[::5, "width_a"] = None
    flagged = Step("flag_missing", ("width_a",), {"width_a": "width_a empty"})
    filled = Step("fill_missing", ("width_a",), {"with": "0"})
    first = datasets.add("gaps.csv", io.BytesIO(frame.to_csv(index=False).encode())).dataset.id
    repaired = datasets.fix(datasets.fix(first, flagged).id, filled).id
    run = runs.train_here(request(dataset_id=repaired, settings={"seed": 3}, roles=UNGROUPED))
    say(run, 9.0, True, "tulip")
    steps = [step.to_json() for step in datasets.get(repaired).recipe]
    _, test = feedback.gather(run)
    again = own_test_table(test, UNGROUPED, {}, steps).frame
    assert again.equals(read_frame(test))
    assert again.filter(like="empty").to_numpy().any()


def test_thousands_of_judgements_and_runs_take_as_many_queries_as_a_few(run: int) -> None:
    def asked() -> int:
        with counted() as said:
            found = feedback.loop(run)
            assert feedback.learned_by(run, found.lessons) is None
        return len(said)

    say(run, 1.0, True, "rose")
    few = asked()
    with session() as db:
        kept = {name: getattr(db.get_one(Run, run), name) for name in ("scenario", "dataset_id", "roles", "settings")}
        more = [Run(name=f"run {n}", request_key=str(n), status="succeeded", **kept) for n in range(2000)]
        said = [
            Feedback(run_id=run, inputs={"width_a": n / 7, "width_b": 0.0}, right=True, label="rose")
            for n in range(2000)
        ]
        db.add_all([*more, *said])
    assert asked() == few
