"""Files of rows to predict, one after the other, in pieces that outlive the death of the server."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import select, update

from core.data.reading import read_file
from core.data.recipe import Step
from core.data.table import Table
from core.memory import is_out_of_memory
from core.progress import Cancelled, Silent
from core.serving.inputs import complete, table_to_predict, with_answers
from core.serving.models import Models, release_memory
from core.serving.watching import Given, Watcher, sampled, watched_by
from core.store import files
from core.store.db import session
from core.store.frames import write_frame
from core.store.tables import CANCELLED, CANCELLING, FAILED, QUEUED, RUNNING, SUCCEEDED, Batch, Dataset, Run, now
from core.words import Text, UserError

LOOK_SECONDS = 2.0
FIRST_CHUNK, LARGEST_CHUNK = 32, 2048
CHUNK_SECONDS = 0.25
"""A single answer waits at most about this long for a batch that uses the same model."""
PART_ROWS = 2000
MOST_ATTEMPTS = 3

logger = logging.getLogger(__name__)

_FAILED = Text(
    "The predictions stopped after {done} of {rows} rows ({reason}). The file is kept. Try again, or try it with fewer rows.",
    "预测完成 {done} 行（共 {rows} 行）后中断（{reason}）。文件已保留，请重试，或减少行数后再试。",
)
_UNREADABLE = Text(
    "The file could not be prepared for the model ({reason}). It is kept. Check the file and try again.",
    "无法按模型的要求处理该文件（{reason}）。文件已保留，请检查后重试。",
)
_KEEPS_DYING = Text(
    "The model server stopped {times} times while it worked on this file, so it was put aside. "
    "Try it with fewer rows, or train a smaller model.",
    "模型服务在处理该文件时已中断 {times} 次，因此不再继续。请减少行数，或训练一个较小的模型。",
)


class Batches:
    """The thread that takes queued batches, the oldest first. One server lives at a time, so none is taken twice."""

    def __init__(self, models: Models, watcher: Watcher | None = None) -> None:
        self.models, self.watcher = models, watcher
        self._wake = threading.Event()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="batches", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def look(self) -> None:
        """There may be something new to do."""
        self._wake.set()

    def stop(self, seconds: float = 5.0) -> None:
        """Ends after the current piece; what is unfinished is taken up by the next server."""
        self._stop.set()
        self._wake.set()
        self._thread.join(seconds)

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                while not self._stop.is_set() and (id := _next()):
                    Job(id, self.models, self._stop.is_set, self.watcher).run()
            except Exception:
                logger.exception("the batches pause")
            self._wake.wait(LOOK_SECONDS)
            self._wake.clear()


def _next() -> str | None:
    """The batch to do next: one that an earlier server left unfinished, else the oldest in the queue."""
    with session() as opened:
        waiting = select(Batch.id, Batch.status).where(Batch.status.in_((CANCELLING, RUNNING, QUEUED)))
        found = opened.execute(waiting.order_by(Batch.status == QUEUED, Batch.created_at)).all()
    for id, status in found:
        if status != CANCELLING:
            return id
        _set(id, (CANCELLING,), status=CANCELLED, finished_at=now())
    return None


class Job:
    """One batch from its file to its result. `stopping` says that the server is about to end."""

    def __init__(self, id: str, models: Models, stopping: Callable[[], bool], watcher: Watcher | None = None) -> None:
        self.id, self.models, self.stopping, self.watcher = id, models, stopping, watcher
        self.files = files.batch(id)
        self.parts = self.files.folder / "parts"
        self._attempts = self.files.folder / "attempts.json"
        self.done, self.rows = 0, 0
        self._seconds_before, self._started = 0.0, time.monotonic()

    def run(self) -> None:
        """Leaves the batch succeeded, failed with a plain error, cancelled, or running when the server ends."""
        if not _set(self.id, (QUEUED, RUNNING), status=RUNNING):
            return
        try:
            self._count_attempt()
            table = self._table()
            if self._predict(table):
                self._write()
                self._finish(SUCCEEDED)
            else:
                self._attempts.unlink(missing_ok=True)
        except Cancelled:
            self._finish(CANCELLED)
        except UserError as error:
            self._finish(FAILED, error=error.text.to_json())
        except Exception as error:
            logger.exception("batch %s stopped", self.id)
            text = _FAILED if self.rows else _UNREADABLE
            reason = Text("not enough memory", "内存不足") if is_out_of_memory(error) else type(error).__name__
            self._finish(FAILED, error=text.fill(done=self.done, rows=self.rows, reason=reason).to_json())
            release_memory()

    def _count_attempt(self) -> None:
        tried = files.read_json(self._attempts) if self._attempts.exists() else 0
        if tried >= MOST_ATTEMPTS:
            raise UserError(_KEEPS_DYING.fill(times=tried))
        files.write_json(self._attempts, tried + 1)

    def _table(self) -> Table:
        with session() as opened:
            batch = opened.get_one(Batch, self.id)
            run = opened.get_one(Run, batch.run_id)
            dataset = opened.get(Dataset, run.dataset_id)
        self.run_id, self.controls, self._seconds_before = batch.run_id, batch.controls, batch.seconds or 0.0
        if not self.files.table.exists():
            write_frame(self.files.table, read_file(self.files.original, batch.file_name).frame)
        frame = pd.read_parquet(self.files.table)
        recipe = [Step.from_json(step) for step in (dataset.recipe if dataset else [])]
        trained, chosen = _roles(run.roles), _roles(batch.roles)
        kind = self.models.get(self.run_id).scenario
        self.rows = len(frame)
        _set(self.id, (RUNNING,), rows=self.rows)
        return table_to_predict(kind, frame, trained, recipe, chosen)

    def _predict(self, table: Table) -> bool:
        """Writes the missing parts of the result. False when the server ends first. Within a part rows of like length go
        together, so that a language model fills up little."""
        self.parts.mkdir(parents=True, exist_ok=True)
        size = FIRST_CHUNK
        for number, first in enumerate(range(0, len(table), PART_ROWS)):
            part, last = self.parts / f"{number:06d}.parquet", min(first + PART_ROWS, len(table))
            self.done = max(self.done, first)
            if not part.exists():
                answers, places = [], first + np.argsort(-table.take(range(first, last)).lengths(), kind="stable")
                while self.done < last:
                    if self.stopping():
                        return False
                    some = places[self.done - first :][:size]
                    answer, size = self._chunk(table.take(some), size)
                    answers.append(answer.set_axis(some))
                    self.done += len(some)
                    self._tell()
                whole = pd.concat(answers).sort_index().reset_index(drop=True)
                write_frame(part, whole)
                self._seen(table.take(range(first, last)), whole, first)
            self.done = last
        self._tell()
        return True

    def _chunk(self, rows: Table, size: int) -> tuple[pd.DataFrame, int]:
        """The answers to some rows, and how many rows to give next so that nobody waits long for the model."""
        with self.models.use(self.run_id) as loaded:
            started = time.monotonic()
            answers = loaded.scenario.predict(loaded.model, rows, self.controls, Silent(self.files.folder))
            seconds = time.monotonic() - started
        time.sleep(0.002)
        fitting = int(len(rows) * CHUNK_SECONDS / max(seconds, 1e-3))
        return complete(answers, rows), min(max(fitting, FIRST_CHUNK), size * 4, LARGEST_CHUNK)

    def _seen(self, rows: Table, answers: pd.DataFrame, first: int) -> None:
        """Has some of the answers to the rows from `first` on written down, to watch the model by: in the file's order, since
        those that were worked on together are alike."""
        by = watched_by(self.run_id) if self.watcher else None
        if self.watcher is None or by is None:
            return
        try:
            places, weight = sampled(first, len(rows), self.rows)
            with self.models.use(self.run_id) as loaded:
                given = loaded.scenario.given(loaded.model, answers).iloc[places]
            frame = by.frame_of(rows.take(places))
            self.watcher.saw(Given(self.run_id, "batch", frame, given, weight=weight))
        except Exception:
            logger.exception("some answers of batch %s are not written down", self.id)

    def _tell(self) -> None:
        """Writes how far it is. Raises Cancelled where the user took the batch back."""
        if not _set(self.id, (RUNNING,), done=self.done, seconds=self._seconds()):
            raise Cancelled

    def _seconds(self) -> float:
        """Time spent on the batch, that of earlier servers too."""
        return round(self._seconds_before + time.monotonic() - self._started, 3)

    def _write(self) -> None:
        written = sorted(self.parts.glob("[0-9]*.parquet"))
        answers = pd.concat([pd.read_parquet(part) for part in written], ignore_index=True)
        write_frame(self.files.result("parquet"), with_answers(pd.read_parquet(self.files.table), answers))
        files.remove(self.parts)

    def _finish(self, status: str, **values: Any) -> None:
        if status == CANCELLED:
            files.remove(self.parts)
        seconds = self._seconds()
        _set(self.id, (RUNNING, CANCELLING), status=status, finished_at=now(), seconds=seconds, **values)


def _roles(value: dict[str, Any]) -> dict[str, tuple[str, ...]]:
    return {key: tuple(names) for key, names in value.items()}


def _set(id: str, states: tuple[str, ...], **values: Any) -> bool:
    """Changes the batch where it is in one of these states. Returns whether it was."""
    change = update(Batch).where(Batch.id == id, Batch.status.in_(states)).values(**values)
    with session() as opened:
        return opened.execute(change.returning(Batch.id)).first() is not None
