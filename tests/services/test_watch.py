"""What the watch page says: volume, speed, what was handed over, what moved, and who was right."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sqlalchemy import select

from core.scenarios.base import Answer
from core.services import predictions, runs, watch
from core.serving.watching import Asked, Watcher
from core.store.db import session
from core.store.tables import Served
from core.words import UserError, same
from tests.house import add_flowers, counted, request
from tests.toy import flowers

pytestmark = pytest.mark.usefixtures("toy")


@pytest.fixture
def run() -> int:
    return runs.train_here(request(dataset_id=add_flowers(400)))


def ask(run: int, frame: pd.DataFrame, sure: bool = True) -> None:
    watcher = Watcher()
    for one in frame.to_dict("records"):
        inputs = {name: one[name] for name in ("width_a", "width_b")}
        watcher.saw(Asked(run, inputs, Answer(same("Rose"), 0.9, sure, 0.5, label=one["kind"]), 20.0))
    watcher.write()


def test_few_answers_are_counted_and_nothing_is_said_of_drift(run: int) -> None:
    ask(run, flowers(10, seed=3))
    found = watch.watch(run)
    assert (found.live, found.rows, found.seen, found.drift, found.alarms) == (10, 0, 10, (), 0)
    assert (found.typical_ms, found.slow_ms) == (20.0, 20.0)
    assert found.days[-1][1] == 10
    assert len(found.days) == watch.DAYS


def test_answers_like_those_of_the_training_raise_no_alarm(run: int) -> None:
    predictions.predict_frame(run, flowers(300, seed=3), {})
    found = watch.watch(run)
    assert (found.rows, found.alarms) == (300, 0)
    assert {one.what for one in found.drift if one.kind == "input"} == {"width_a", "width_b"}
    assert {one.kind for one in found.drift} >= {"answer", "score"}


def test_a_column_that_moves_is_named_with_both_measures(run: int) -> None:
    moved = flowers(300, seed=3)
    moved["width_a"] += 4
    predictions.predict_frame(run, moved, {})
    found = watch.watch(run)
    shifted = {one.what for one in found.drift if one.level == "shifted" and one.kind == "input"}
    assert shifted == {"width_a"}
    worst = next(one for one in found.drift if one.what == "width_a")
    assert worst.psi > 0.25 > worst.noise
    assert 0.1 < worst.divergence <= 1
    assert found.alarms >= 1


def test_handing_over_more_than_in_training_is_an_alarm(run: int) -> None:
    ask(run, flowers(100, seed=3), sure=False)
    found = watch.watch(run)
    assert found.handed[0] == 1.0
    assert found.hands_over_more


def test_the_volume_of_models_that_answered_before_counts_and_their_drift_does_not(run: int) -> None:
    other = runs.train_here(request(dataset_id=runs.get(run).dataset_id, settings={"power": 2.0}))
    ask(run, flowers(60, seed=3))
    found = watch.watch(other, [run])
    assert (found.live, found.seen) == (60, 0)


def test_labels_that_arrive_tell_how_often_it_was_right(run: int) -> None:
    later = flowers(200, seed=3).round(6)
    ask(run, later)
    truth = later.copy()
    truth.loc[:79, "kind"] = "iris"
    right = float((truth["kind"] == later["kind"]).mean())
    sent = io.BytesIO(truth.to_csv(index=False).encode())
    assert watch.bring_truth(run, "truth.csv", sent) == (200, 200)
    found = watch.watch(run).right
    assert found.rows == 200
    assert found.share == pytest.approx(right)
    assert found.low < right < found.high
    assert found.is_worse


def test_live_answers_are_held_against_the_test_rows_that_were_answered_alone(
    run: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = flowers(40, seed=3).round(6)
    ask(run, later)
    watch.bring_truth(run, "truth.csv", io.BytesIO(later.to_csv(index=False).encode()))
    own = runs.results(run)
    handed_over = own.rows.assign(right=np.arange(len(own.rows)) % 2 == 0, alone=np.arange(len(own.rows)) % 4 == 0)
    monkeypatch.setattr(runs, "results", lambda id: replace(own, rows=handed_over))
    assert watch.watch(run).right.tested == 1.0


def test_rows_that_were_never_asked_tell_nothing_and_a_file_without_the_answer_is_refused(run: int) -> None:
    ask(run, flowers(20, seed=3))
    other = io.BytesIO(flowers(20, seed=9).to_csv(index=False).encode())
    assert watch.bring_truth(run, "truth.csv", other) == (20, 0)
    assert watch.watch(run).right is None
    with pytest.raises(UserError, match="kind"):
        watch.bring_truth(run, "x.csv", io.BytesIO(flowers(5).drop(columns="kind").to_csv(index=False).encode()))


def test_the_truth_of_many_answers_is_told_in_few_short_transactions(run: int, monkeypatch: pytest.MonkeyPatch) -> None:
    later = flowers(300, seed=3).round(6)
    ask(run, later)
    monkeypatch.setattr(watch, "AT_ONCE", 100)
    sent = io.BytesIO(pd.concat([later, flowers(1700, seed=9)]).to_csv(index=False).encode())
    with counted() as said:
        assert watch.bring_truth(run, "truth.csv", sent) == (2000, 300)
    assert sum(statement.startswith("UPDATE") for statement in said) == 3
    with session() as db:
        told = db.execute(select(Served.answered, Served.truth)).all()
    assert [answered for answered, _ in told] == [truth for _, truth in told]


def test_the_interval_of_a_share_holds_it() -> None:
    from core.paired import share_interval

    low, high = share_interval(8, 10)
    assert (round(low, 3), round(high, 3)) == (0.490, 0.943)
    assert share_interval(0, 0) == (0.0, 1.0)
    assert np.isclose(share_interval(0, 20)[0], 0)
