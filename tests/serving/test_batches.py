"""Files of rows: every row gets an answer, whatever happens on the way."""

from __future__ import annotations

import io
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from core.data import exports
from core.data.recipe import Step
from core.data.table import Table
from core.services import predictions, runs, workbooks
from core.serving import batches
from core.serving.batches import MOST_ATTEMPTS, Job
from core.serving.models import Models
from core.serving.watching import Given
from core.store import files
from core.store.tables import CANCELLED, FAILED, QUEUED, RUNNING, SUCCEEDED
from core.words import UserError
from tests.house import add_flowers, request
from tests.serving.trained import finished_run
from tests.toy import Toy, flowers


def queued(run: int, frame: pd.DataFrame) -> str:
    return predictions.start_batch(run, "rows.csv", io.BytesIO(frame.to_csv(index=False).encode()), {"least": 0.5})


def work(id: str, stopping: Any = lambda: False) -> predictions.BatchView:
    Job(id, Models(), stopping).run()
    return predictions.batch(id)


def result(id: str) -> pd.DataFrame:
    return pd.read_csv(predictions.batch_file(id))


def test_every_row_gets_an_answer_in_its_place() -> None:
    frame = flowers(300, seed=5)
    id = queued(finished_run(), frame)
    view = work(id)
    assert (view.status, view.rows, view.done, view.share) == (SUCCEEDED, 300, 300, 1.0)
    told = result(id)
    assert list(told.columns) == [*frame.columns, "prediction", "confidence"]
    pd.testing.assert_frame_equal(told[list(frame.columns)], frame)
    assert (told["prediction"] == frame["kind"]).mean() > 0.8


def test_rows_of_like_length_go_together_and_come_back_in_their_places(monkeypatch: pytest.MonkeyPatch) -> None:
    frame = flowers(120, seed=5)
    words = ["a", "a longer note", "a note that is by far the longest"]
    frame["note"] = [f"{words[row % 3]} {row}" for row in range(len(frame))]
    monkeypatch.setattr(batches, "PART_ROWS", 90)
    monkeypatch.setattr(batches, "LARGEST_CHUNK", 30)
    monkeypatch.setattr(batches, "FIRST_CHUNK", 30)
    seen: list[list[int]] = []
    own = Toy.predict

    def predict(self: Toy, model: Any, rows: Table, *more: Any) -> pd.DataFrame:
        seen.append([len(text) for text in rows.frame["note"]])
        return own(self, model, rows, *more).assign(note_again=rows.frame["note"])

    monkeypatch.setattr(Toy, "predict", predict)
    monkeypatch.setattr(Table, "lengths", lambda self: self.frame["note"].str.len().to_numpy())
    id = queued(finished_run(), frame)
    assert work(id).status == SUCCEEDED
    told = result(id)
    assert told["note_again"].tolist() == told["note"].tolist() == frame["note"].tolist()
    assert all(max(lengths) - min(lengths) < 12 for lengths in seen[:3])


def test_answers_are_written_down_in_the_order_of_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    frame = flowers(200, seed=5)
    taken: list[Given] = []
    watcher: Any = SimpleNamespace(saw=taken.append)
    monkeypatch.setattr(batches, "PART_ROWS", 90)
    monkeypatch.setattr(Table, "lengths", lambda self: np.argsort(np.argsort(-self.frame["width_a"].to_numpy())))
    id = queued(runs.train_here(request(dataset_id=add_flowers(300))), frame)
    Job(id, Models(), lambda: False, watcher).run()
    assert predictions.batch(id).status == SUCCEEDED
    seen = pd.concat([one.frame for one in taken])
    assert seen["width_a"].tolist() == frame["width_a"].tolist()
    assert pd.concat([one.answers for one in taken])["label"].tolist() == result(id)["prediction"].tolist()


def test_a_finished_file_tells_how_often_it_answered_what() -> None:
    id = queued(finished_run(), flowers(60, seed=5))
    assert predictions.tally(id) == ()
    work(id)
    told = predictions.tally(id)
    assert dict(told) == result(id)["prediction"].value_counts().to_dict()
    assert [rows for _, rows in told] == sorted((rows for _, rows in told), reverse=True)


def test_a_recipe_that_dropped_rows_for_training_drops_none_here() -> None:
    frame = pd.concat([flowers(20), flowers(20)], ignore_index=True)
    id = queued(finished_run([Step("drop_duplicates")]), frame)
    work(id)
    assert len(result(id)) == 40


def test_a_file_that_does_not_fit_fails_with_the_columns_it_lacks() -> None:
    view = work(queued(finished_run(), pd.DataFrame({"colour": ["red", "blue"]})))
    assert view.status == FAILED
    assert view.error is not None
    assert "width_a" in view.error.en
    assert "colour" in view.error.zh


def test_a_model_that_breaks_fails_the_file_in_plain_words(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> Any:
        raise ZeroDivisionError

    monkeypatch.setattr(Toy, "predict", broken)
    view = work(queued(finished_run(), flowers(50)))
    assert view.status == FAILED
    assert view.error is not None
    assert "ZeroDivisionError" in view.error.en


def test_a_model_with_too_few_answers_writes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Toy, "predict", lambda self, model, table, *_: pd.DataFrame({"prediction": ["iris"]}))
    id = queued(finished_run(), flowers(50))
    assert work(id).status == FAILED
    assert not files.batch(id).result("parquet").exists()


def test_what_a_dying_server_left_is_finished_by_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "PART_ROWS", 100)
    frame, given, predict = flowers(250, seed=3), [], Toy.predict

    def dies_after_two_parts(self: Toy, model: Any, table: Any, *rest: Any) -> pd.DataFrame:
        given.append(len(table))
        if sum(given) > 220:
            raise SystemExit
        return predict(self, model, table, *rest)

    monkeypatch.setattr(Toy, "predict", dies_after_two_parts)
    id = queued(finished_run(), frame)
    with pytest.raises(SystemExit):
        work(id)
    assert predictions.batch(id).status == RUNNING
    monkeypatch.setattr(Toy, "predict", predict)
    again: list[int] = []
    monkeypatch.setattr(Toy, "predict", lambda *a: (again.append(len(a[2])), predict(*a))[1])
    assert work(id).status == SUCCEEDED
    assert sum(again) == 50
    assert len(result(id)) == 250


def test_a_server_that_is_asked_to_end_leaves_the_rest_for_the_next() -> None:
    id = queued(finished_run(), flowers(100))
    for _ in range(MOST_ATTEMPTS + 2):
        assert work(id, stopping=lambda: True).status == RUNNING
    assert work(id).status == SUCCEEDED


def test_a_file_that_kills_the_server_again_and_again_is_put_aside(monkeypatch: pytest.MonkeyPatch) -> None:
    def dies(*_: Any) -> Any:
        raise SystemExit

    id = queued(finished_run(), flowers(50))
    with monkeypatch.context() as patched:
        patched.setattr(Toy, "predict", dies)
        for _ in range(MOST_ATTEMPTS):
            with pytest.raises(SystemExit):
                work(id)
    view = work(id)
    assert view.status == FAILED
    assert view.error is not None
    assert "中断" in view.error.zh


def test_a_waiting_file_can_be_taken_back() -> None:
    id = queued(finished_run(), flowers(50))
    predictions.cancel_batch(id)
    assert work(id).status == CANCELLED


def test_a_running_file_stops_after_the_current_piece(monkeypatch: pytest.MonkeyPatch) -> None:
    pieces, predict = [], Toy.predict
    id = queued(finished_run(), flowers(500))

    def takes_back(*arguments: Any) -> pd.DataFrame:
        pieces.append(1)
        predictions.cancel_batch(id)
        return predict(*arguments)

    monkeypatch.setattr(Toy, "predict", takes_back)
    assert work(id).status == CANCELLED
    assert len(pieces) == 1
    with pytest.raises(UserError):
        predictions.batch_file(id)


def test_unfinished_files_come_before_waiting_ones_and_the_oldest_first() -> None:
    run = finished_run()
    ids = [queued(run, flowers(5)) for _ in range(3)]
    batches._set(ids[2], (QUEUED,), status=RUNNING)
    assert batches._next() == ids[2]
    work(ids[2])
    assert batches._next() == ids[0]


def test_a_cancel_that_met_no_server_is_carried_out_by_the_next() -> None:
    id = queued(finished_run(), flowers(5))
    batches._set(id, (QUEUED,), status=RUNNING)
    predictions.cancel_batch(id)
    assert batches._next() is None
    assert predictions.batch(id).status == CANCELLED


def test_the_file_that_comes_back_runs_no_formula() -> None:
    frame = flowers(4).assign(note=["=1+1", "@cmd", "fine", "-x"])
    id = queued(finished_run(), frame)
    work(id)
    assert result(id)["note"].tolist() == ["'=1+1", "'@cmd", "fine", "'-x"]
    excel = pd.read_excel(predictions.batch_file(id, "xlsx"))
    assert list(excel.columns)[-2:] == ["prediction", "confidence"]
    assert excel["note"].tolist() == result(id)["note"].tolist()


def test_a_workbook_is_never_written_by_the_process_that_answers_for_the_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    id = queued(finished_run(), flowers(4))
    work(id)
    monkeypatch.setattr(exports, "write_workbook", lambda *_: pytest.fail("written here"))
    monkeypatch.setattr(pd.DataFrame, "to_excel", lambda *_, **__: pytest.fail("written here"))
    assert len(pd.read_excel(predictions.batch_file(id, "xlsx"))) == 4
    assert workbooks.table_bytes(flowers(4), "xlsx")[:2] == b"PK"
    assert workbooks.dataset_bytes(add_flowers(4), "xlsx")[:2] == b"PK"


def test_a_workbook_that_cannot_be_written_is_told_in_a_sentence() -> None:
    id = queued(finished_run(), flowers(4))
    work(id)
    files.batch(id).result("parquet").write_bytes(b"damaged")
    with pytest.raises(UserError, match="Download it as CSV"):
        predictions.batch_file(id, "xlsx")
    assert not files.batch(id).result("xlsx").exists()


def test_a_file_is_not_given_out_before_it_is_done() -> None:
    id = queued(finished_run(), flowers(5))
    with pytest.raises(UserError, match=r"rows\.csv"):
        predictions.batch_file(id)
