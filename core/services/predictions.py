"""Using a trained model: live answers, files of rows, and what people said of the answers. No torch at import."""

from __future__ import annotations

import csv
import io
import json
import logging
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, Literal

import pandas as pd
import pyarrow.parquet as pq
from sqlalchemy import func, select, update

from core.config import config
from core.data.reading import write_table
from core.data.recipe import STEPS, Step
from core.data.table import Table, clean
from core.progress import Silent
from core.scenarios.base import Answer, Scenario, Turn, scenario
from core.services import datasets, workbooks
from core.services.datasets import TOO_LARGE, display_name
from core.serving import client, wire
from core.serving.inputs import complete, table_to_predict, with_answers
from core.serving.models import NO_MODEL, STATUS_WORDS, UNFINISHED, checked
from core.serving.watching import Given, record, sampled, watched_by
from core.store import files
from core.store.db import session
from core.store.tables import (
    CANCELLED,
    CANCELLING,
    LARGEST_ID,
    QUEUED,
    RUNNING,
    SUCCEEDED,
    Batch,
    Dataset,
    Feedback,
    Run,
    now,
)
from core.words import Text, UserError, same

logger = logging.getLogger(__name__)

CHUNK = files.MEGABYTE
EXCEL_ROWS = 1_048_575
LONGEST_CORRECTION = 2000

NO_BATCH = Text(
    "This file of predictions was not found. It may have been deleted.", "找不到这份预测文件，可能已被删除。"
)
NOT_DONE = Text(
    "The predictions for “{name}” are not ready: {done} of {rows} rows are done.",
    "“{name}”的预测尚未完成：共 {rows} 行，已完成 {done} 行。",
)
TOO_LONG_FOR_EXCEL = Text(
    "The result has {rows} rows and an Excel sheet holds {limit}. Download it as CSV.",
    "结果共 {rows} 行，而 Excel 工作表最多容纳 {limit} 行，请下载 CSV 格式。",
)
NO_SPACE = Text(
    "The disk has only {free} MB left, too little to keep “{name}”. Delete runs or data that you no longer need.",
    "磁盘只剩 {free} MB，放不下“{name}”。请删除不再需要的模型或数据。",
)

DECISIONS, MOST_TALLIED = ("decision", "prediction"), 6
"""The columns of an answered file that say what to do with a row, the first that is there; and how many answers are few."""


@dataclass(frozen=True)
class BatchView:
    """A file of rows on its way to its predictions. `share` is 0 to 1; `seconds` is the time spent so far."""

    id: str
    run_id: int
    file_name: str
    status: str
    rows: int
    done: int
    share: float
    seconds: float | None
    seconds_left: float | None
    error: Text | None
    created_at: datetime


def warm(run_id: int) -> None:
    """Has the model loaded while the user is still reading; a server that is not up yet is no error."""
    try:
        client.warm(run_id)
    except UserError:
        return


def answer(run_id: int, inputs: Mapping[str, Any], controls: Mapping[str, Any], history: Sequence[Turn] = ()) -> Answer:
    """The model's answer. Raises UserError where the run has no model or the model server is not up."""
    _usable(run_id)
    return client.answer(run_id, inputs, controls, history)


def start_batch(
    run_id: int,
    name: str,
    source: BinaryIO | Path,
    controls: Mapping[str, Any],
    roles: Mapping[str, Sequence[str]] | None = None,
) -> str:
    """Queues a file of rows and returns the batch's id. `roles` are columns that the user chose for this file."""
    _usable(run_id)
    shown, id = display_name(name), uuid.uuid4().hex
    if not files.enough_space(0):
        raise UserError(NO_SPACE.fill(free=files.free_mb(), name=shown))
    place = files.batch(id)
    try:
        _copy(source, place.original, shown)
    except BaseException:
        files.remove(place.folder)
        raise
    chosen = {key: list(names) for key, names in (roles or {}).items()}
    with session() as opened:
        opened.add(Batch(id=id, run_id=run_id, file_name=shown, controls=_plain(controls), roles=chosen))
    client.look_for_batches()
    return id


def start_for_everyone(run_id: int, controls: Mapping[str, Any]) -> str:
    """Queues a file with a row for each value of the scenario's role `everyone` in the training data. Raises UserError
    where that data was deleted."""
    with session() as opened:
        run = opened.get_one(Run, run_id)
    column = run.roles[scenario(run.scenario).everyone or ""][0]
    values = pd.Series(map(clean, datasets.frame(run.dataset_id, [column])[column]), name=column, dtype="str")
    known = values[values != ""].drop_duplicates()
    file = io.BytesIO(known.to_frame().to_csv(index=False, quoting=csv.QUOTE_ALL).encode())
    return start_batch(run_id, f"{column}.csv", file, controls)


def batch(id: str) -> BatchView:
    return _view(_batch(id))


def batches(run_id: int) -> list[BatchView]:
    """The run's files, the newest first."""
    with session() as opened:
        found = opened.scalars(select(Batch).where(Batch.run_id == run_id).order_by(Batch.created_at.desc())).all()
    return [_view(one) for one in found]


def cancel_batch(id: str) -> None:
    """Takes the file back: at once while it waits, after the current piece while it runs."""
    _batch(id)
    with session() as opened:
        mine = update(Batch).where(Batch.id == id)
        opened.execute(mine.where(Batch.status == QUEUED).values(status=CANCELLED, finished_at=now()))
        opened.execute(mine.where(Batch.status == RUNNING).values(status=CANCELLING))
    client.look_for_batches()


def batch_file(id: str, format: Literal["csv", "xlsx"] = "csv") -> Path:
    """The user's columns with the predictions added, safe to open in a spreadsheet. Raises UserError until done."""
    found, place = _batch(id), files.batch(id)
    if found.status != SUCCEEDED:
        raise UserError(NOT_DONE.fill(name=same(found.file_name), done=found.done, rows=found.rows))
    if format == "xlsx" and found.rows > EXCEL_ROWS:
        raise UserError(TOO_LONG_FOR_EXCEL.fill(rows=found.rows, limit=EXCEL_ROWS))
    path = place.result(format)
    if not path.exists():
        with files.atomic(path) as part:
            if format == "xlsx":
                workbooks.write(place.result("parquet"), part)
            else:
                write_table(pd.read_parquet(place.result("parquet")), part, "csv")
    return path


def tally(id: str) -> tuple[tuple[str, int], ...]:
    """What a finished file's rows were answered and how often, the commonest first; nothing where answers are many."""
    place = files.batch(id).result("parquet")
    if _batch(id).status != SUCCEEDED or not place.exists():
        return ()
    names = pq.read_schema(place).names
    column = next((name for name in DECISIONS if name in names), None)
    counts = pd.read_parquet(place, columns=[column])[column].map(clean).value_counts() if column else pd.Series()
    few = {str(answer): int(rows) for answer, rows in counts.items() if answer}
    return tuple(few.items()) if len(few) <= MOST_TALLIED else ()


def predict_frame(
    run_id: int,
    frame: pd.DataFrame,
    controls: Mapping[str, Any],
    roles: Mapping[str, tuple[str, ...]] | None = None,
) -> pd.DataFrame:
    """The frame with predictions added, computed in this process (which imports torch)."""
    kind = checked(run_id)
    with session() as opened:
        run = opened.get_one(Run, run_id)
        dataset = opened.get(Dataset, run.dataset_id)
    trained = {key: tuple(names) for key, names in run.roles.items()}
    recipe = [Step.from_json(step) for step in (dataset.recipe if dataset else [])]
    table = table_to_predict(kind, frame, trained, recipe, roles)
    place = files.run(run_id)
    model = kind.load(place.model)
    answers = kind.predict(model, table, controls, Silent(place.checkpoints))
    _written_down(run_id, kind, model, table, answers)
    return with_answers(frame, complete(answers, table))


def preparation(run_id: int) -> tuple[Step, ...]:
    """What is done to a file before the model reads it: the steps of the training data's recipe that are not about
    that data's own rows."""
    with session() as opened:
        run = opened.get_one(Run, run_id)
        dataset = opened.get(Dataset, run.dataset_id)
    steps = [Step.from_json(step) for step in (dataset.recipe if dataset else [])]
    return tuple(step for step in steps if not STEPS[step.do].own_rows)


def _written_down(run_id: int, kind: Scenario[Any], model: Any, table: Table, answers: pd.DataFrame) -> None:
    """Some of the answers, to watch the model by; that it cannot be done is no error."""
    by = watched_by(run_id)
    if by is None:
        return
    try:
        places, weight = sampled(0, len(table), len(table))
        given = kind.given(model, answers.reset_index(drop=True)).iloc[places]
        seen = Given(run_id, "shell", by.frame_of(table.take(places)), given, weight=weight)
        record(run_id, [seen], lambda some: kind.meaning(model, some))
    except Exception:
        logger.exception("the answers of run %s are not written down", run_id)


def feedback(
    run_id: int,
    inputs: Mapping[str, Any],
    answered: str,
    right: bool | None,
    correction: str | None = None,
    label: str | None = None,
) -> None:
    """Keeps what a user said of a live answer. `label` is what is right as the data would say it, where that is known."""
    _usable(run_id)
    corrected = correction.strip()[:LONGEST_CORRECTION] if correction and correction.strip() else None
    said = {"answered": answered, "right": right, "correction": corrected, "label": label or None}
    with session() as opened:
        opened.add(Feedback(run_id=run_id, inputs=_plain(inputs), **said))


def feedback_count(run_id: int) -> tuple[int, int]:
    """How many answers users called right, and how many wrong."""
    with session() as opened:
        counted = select(Feedback.right, func.count()).where(Feedback.run_id == run_id).group_by(Feedback.right)
        said = {row[0]: row[1] for row in opened.execute(counted)}
    return said.get(True, 0), said.get(False, 0)


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """A form's values as JSON keeps them."""
    return json.loads(wire.dumps(dict(values)))


def _usable(run_id: int) -> None:
    """Raises UserError where the run is not there or has no finished model."""
    with session() as opened:
        run = opened.get(Run, run_id) if 0 < run_id <= LARGEST_ID else None
    if run is None or run.deleted_at is not None:
        raise UserError(NO_MODEL.fill(run=run_id))
    if run.status != SUCCEEDED:
        raise UserError(UNFINISHED.fill(run=run_id, status=STATUS_WORDS.get(run.status, same(run.status))))


def _batch(id: str) -> Batch:
    with session() as opened:
        found = opened.get(Batch, id)
    if found is None:
        raise UserError(NO_BATCH)
    return found


def _view(found: Batch) -> BatchView:
    left = None
    if found.status == RUNNING and found.done and found.seconds:
        left = found.seconds / found.done * (found.rows - found.done)
    return BatchView(
        id=found.id,
        run_id=found.run_id,
        file_name=found.file_name,
        status=found.status,
        rows=found.rows,
        done=found.done,
        share=found.done / found.rows if found.rows else 0.0,
        seconds=found.seconds,
        seconds_left=left,
        error=Text.from_json(found.error) if found.error else None,
        created_at=found.created_at,
    )


def _copy(source: BinaryIO | Path, target: Path, name: str) -> None:
    """Streams the file to the workspace. Raises UserError above the limit for uploads."""
    if isinstance(source, Path):
        with source.open("rb") as opened:
            return _copy(opened, target, name)
    limit = config().max_upload_mb
    with files.atomic(target) as part, part.open("wb") as output:
        while piece := source.read(CHUNK):
            output.write(piece)
            if output.tell() > limit * files.MEGABYTE:
                raise UserError(TOO_LARGE.fill(name=name, limit=limit))
    return None
