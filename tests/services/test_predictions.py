"""Using a trained model, and what people said of it."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from core.data.reading import read_file
from core.scenarios import base
from core.services import datasets, predictions
from core.store import files
from core.store.db import session
from core.store.tables import RUNNING, SUCCEEDED, Batch, Feedback
from core.words import UserError
from tests.serving.trained import finished_run
from tests.toy import SCENARIO, flowers

INPUTS = {"width_a": 4.0, "width_b": -2.0}


@pytest.fixture(autouse=True)
def toy(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("MODELWRIGHT_EXTRA_SCENARIOS", "tests.toy:SCENARIO")
    base.scenarios.cache_clear()
    yield
    base.scenarios.cache_clear()


def rows(frame: pd.DataFrame) -> io.BytesIO:
    return io.BytesIO(frame.to_csv(index=False).encode())


def test_a_run_that_is_still_training_is_not_asked() -> None:
    run = finished_run(status=RUNNING)
    for use in (
        lambda: predictions.answer(run, INPUTS, {}),
        lambda: predictions.start_batch(run, "rows.csv", rows(flowers(3)), {}),
        lambda: predictions.feedback(run, INPUTS, "iris", True),
    ):
        with pytest.raises(UserError, match="still training"):
            use()


def test_warming_a_model_while_the_server_starts_is_no_error() -> None:
    assert predictions.warm(finished_run()) is None


def test_predicting_a_frame_here_gives_every_row_its_answer() -> None:
    frame = flowers(40, seed=2)
    told = predictions.predict_frame(finished_run(), frame, {})
    assert list(told.columns) == [*frame.columns, "prediction", "confidence"]
    assert told["prediction"].notna().all()


def test_everyone_known_from_training_can_be_answered_for_without_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(SCENARIO), "everyone", "label")
    id = predictions.start_for_everyone(finished_run(), {})
    listed = pd.read_csv(files.batch(id).original)
    assert list(listed.columns) == ["kind"]
    assert sorted(listed["kind"]) == sorted(set(flowers()["kind"]))


def test_everyones_names_stay_whole_whatever_is_in_them(monkeypatch: pytest.MonkeyPatch) -> None:
    names = ["a;b", "c|d", "e,f", 'g"h', "i\tj"]
    monkeypatch.setattr(type(SCENARIO), "everyone", "label")
    monkeypatch.setattr(datasets, "frame", lambda id, columns: pd.DataFrame({"kind": names}))
    id = predictions.start_for_everyone(finished_run(), {})
    assert read_file(files.batch(id).original, "kind.csv").frame["kind"].tolist() == names


def test_a_file_keeps_what_was_asked_of_it() -> None:
    id = predictions.start_batch(
        finished_run(), "C:\\my files\\rows.csv", rows(flowers(3)), {"day": date(2025, 1, 2)}, {"measures": ["width_b"]}
    )
    with session() as opened:
        kept = opened.get_one(Batch, id)
    assert kept.controls == {"day": "2025-01-02"}
    assert kept.roles == {"measures": ["width_b"]}
    assert "\\" not in kept.file_name


def test_a_file_may_also_come_from_disk(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_bytes(rows(flowers(3)).getvalue())
    id = predictions.start_batch(finished_run(), "rows.csv", path, {})
    assert files.batch(id).original.read_bytes() == path.read_bytes()


def test_a_file_above_the_limit_is_refused_and_leaves_nothing(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    monkeypatch.setenv("MODELWRIGHT_MAX_UPLOAD_MB", "1")
    run = finished_run()
    predictions.config.cache_clear()
    with pytest.raises(UserError, match="1 MB"):
        predictions.start_batch(run, "rows.csv", io.BytesIO(b"x" * (2 << 20)), {})
    assert predictions.batches(run) == []
    assert not any(path.is_file() for path in (home / "batches").rglob("*"))


def test_a_full_disk_refuses_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    run = finished_run()
    monkeypatch.setattr(files, "free_mb", lambda: 3)
    with pytest.raises(UserError, match="3 MB"):
        predictions.start_batch(run, "rows.csv", rows(flowers(3)), {})


def test_the_time_left_follows_from_the_rows_done() -> None:
    id = predictions.start_batch(finished_run(), "rows.csv", rows(flowers(3)), {})
    assert predictions.batch(id).seconds_left is None
    with session() as opened:
        kept = opened.get_one(Batch, id)
        kept.status, kept.rows, kept.done, kept.seconds = RUNNING, 400, 100, 5.0
    view = predictions.batch(id)
    assert view.share == 0.25
    assert view.seconds_left == pytest.approx(15.0)


def test_a_result_too_long_for_excel_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(predictions, "EXCEL_ROWS", 2)
    id = predictions.start_batch(finished_run(), "rows.csv", rows(flowers(3)), {})
    with session() as opened:
        kept = opened.get_one(Batch, id)
        kept.status, kept.rows = SUCCEEDED, 3
    with pytest.raises(UserError, match="CSV"):
        predictions.batch_file(id, "xlsx")


@pytest.mark.parametrize("use", [predictions.batch, predictions.batch_file, predictions.cancel_batch])
def test_an_unknown_file_is_a_plain_error(use: Any) -> None:
    finished_run()
    with pytest.raises(UserError, match="not found"):
        use("0" * 32)


def test_what_people_say_is_kept_and_counted() -> None:
    run, other = finished_run(), finished_run()
    predictions.feedback(run, INPUTS, "iris", True)
    predictions.feedback(run, INPUTS, "iris", False, " rose ")
    predictions.feedback(run, INPUTS, "iris", False, "  ")
    predictions.feedback(run, INPUTS, "iris", None, "tulip")
    predictions.feedback(other, INPUTS, "iris", True)
    assert predictions.feedback_count(run) == (1, 2)
    with session() as opened:
        said = [row.correction for row in opened.query(Feedback).filter_by(run_id=run).order_by(Feedback.id)]
    assert said == [None, "rose", None, "tulip"]
