"""Writes down which answers were given, behind the answers' back: never slows one, and never breaks one."""

from __future__ import annotations

import logging
import queue
import secrets
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import insert

from core.config import config
from core.data.keys import row_keys
from core.data.table import Table, clean
from core.data.watching import Watched
from core.scenarios.base import Answer
from core.serving.models import Models
from core.store import facts, files
from core.store.db import session
from core.store.tables import Served, now

MOST_WAITING = 2000
EVERY_SECONDS = 2.0
COMPLAIN_SECONDS = 60.0
ROWS_OF_A_FILE = 5000
"""So many rows of a file are written down, evenly taken; each stands for its share of the others."""
MEANINGS_AT_ONCE, MOST_MEANINGS = 8, 64
"""Texts placed by their meaning while the model is held, and of one writing."""
KEY_FACT = "watch-key"

logger = logging.getLogger(__name__)

Meaning = Callable[[Table], np.ndarray | None]


@dataclass(frozen=True)
class Given:
    """Answers to rows: `frame` has the run's own columns, `answers` has label, score and handed."""

    run_id: int
    source: str
    frame: pd.DataFrame
    answers: pd.DataFrame
    milliseconds: float | None = None
    weight: int = 1


@dataclass(frozen=True)
class Asked:
    """One live answer as it came, put into columns later."""

    run_id: int
    inputs: Mapping[str, Any]
    answer: Answer
    milliseconds: float


class Watcher:
    """A queue and the thread that empties it. What does not fit or cannot be written is let go."""

    def __init__(self, models: Models | None = None) -> None:
        self.models = models
        self._waiting: queue.Queue[Given | Asked] = queue.Queue(MOST_WAITING)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watching", daemon=True)
        self._complained = 0.0

    def start(self) -> None:
        self._thread.start()

    def stop(self, seconds: float = 3.0) -> None:
        """Writes what waits, and ends."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(seconds)

    def saw(self, given: Given | Asked) -> None:
        """Takes microseconds."""
        with suppress(queue.Full):
            self._waiting.put_nowait(given)

    def write(self) -> None:
        """Writes all that waits now."""
        taken: list[Given | Asked] = []
        with suppress(queue.Empty):
            while True:
                taken.append(self._waiting.get_nowait())
        for run_id in dict.fromkeys(one.run_id for one in taken):
            try:
                record(run_id, [one for one in taken if one.run_id == run_id], self._meaning(run_id))
            except Exception as error:
                self._complain(run_id, error)

    def _run(self) -> None:
        while not self._stop.wait(EVERY_SECONDS):
            self.write()
        self.write()

    def _complain(self, run_id: int, error: Exception) -> None:
        if time.monotonic() - self._complained > COMPLAIN_SECONDS:
            self._complained = time.monotonic()
            logger.warning("answers of run %s are not written down: %s", run_id, type(error).__name__)

    def _meaning(self, run_id: int) -> Meaning:
        def place(table: Table) -> np.ndarray | None:
            if self.models is None:
                return None
            parts = []
            for start in range(0, len(table), MEANINGS_AT_ONCE):
                with self.models.use(run_id) as loaded:
                    rows = range(start, min(start + MEANINGS_AT_ONCE, len(table)))
                    found = loaded.scenario.meaning(loaded.model, table.take(rows))
                if found is None:
                    return None
                parts.append(found)
            return np.concatenate(parts) if parts else None

        return place


def record(run_id: int, seen: Sequence[Given | Asked], meaning: Meaning) -> None:
    """Writes the answers down in one transaction. Nothing where the run keeps nothing to be watched by."""
    by = watched_by(run_id)
    if by is None:
        return
    rows: list[dict[str, Any]] = []
    for given in [*_live(by, [one for one in seen if isinstance(one, Asked)]), *seen]:
        if isinstance(given, Given):
            rows += _rows(by, given, meaning)
    if rows:
        with session() as db:
            db.execute(insert(Served), rows)


def watched_by(run_id: int) -> Watched | None:
    """What the run is watched by; None for a run of earlier code."""
    path = files.run(run_id).watched
    try:
        return _watched_by(run_id, path.stat().st_mtime_ns)
    except OSError:
        return None


@lru_cache(maxsize=16)
def _watched_by(run_id: int, _written: int) -> Watched:
    return Watched.from_json(files.read_json(files.run(run_id).watched))


def keys_of(by: Watched, frame: pd.DataFrame) -> list[str]:
    """The keyed hash of each row's watched columns."""
    columns = [name for name in by.columns if name in frame.columns]
    return [f"{key:016x}" for key in row_keys(frame, columns, _secret())]


def sampled(first: int, rows: int, of: int) -> tuple[np.ndarray, int]:
    """Of rows `first` to `first + rows` of a file of `of` rows: the positions to write down (from 0), and how many rows
    each stands for."""
    step = max(1, -(-of // ROWS_OF_A_FILE))
    places = np.arange(rows)
    return places[(places + first) % step == 0], step


def _live(by: Watched, asked: Sequence[Asked]) -> list[Given]:
    """Live answers, each with the time it took."""
    found = []
    for one in asked:
        score = one.answer.confidence
        if score is None and one.answer.scale is not None:
            score = one.answer.scale.value
        answers = {"label": one.answer.label or "", "score": score, "handed": not one.answer.sure}
        frame = by.frame_of_form([one.inputs])
        found.append(Given(one.run_id, "live", frame, pd.DataFrame([answers]), one.milliseconds))
    return found


def _rows(by: Watched, given: Given, meaning: Meaning) -> list[dict[str, Any]]:
    frame, answers, at = given.frame, given.answers, now()
    groups: list[int | None] = [None] * len(frame)
    if by.centres is not None:
        found = meaning(Table(frame.head(MOST_MEANINGS).reset_index(drop=True), by.roles))
        if found is not None:
            groups[: len(found)] = by.groups(found).tolist()
    kept = [{name: clean(value) for name, value in row.items()} for row in frame.to_dict("records")]
    scores = pd.to_numeric(answers["score"], errors="coerce").tolist()
    return [
        {
            "run_id": given.run_id, "at": at, "source": given.source, "key": key, "answered": clean(label)[:200],
            "score": float(score) if np.isfinite(score) else None, "handed": bool(handed),
            "milliseconds": given.milliseconds, "weight": given.weight, "places": places, "group": group,
            "inputs": inputs if config().keep_inputs else None,
        }
        for key, label, score, handed, places, group, inputs in zip(
            keys_of(by, frame), answers["label"], scores, answers["handed"], by.places(frame).tolist(), groups, kept,
            strict=True,
        )
    ]  # fmt: skip


@lru_cache(maxsize=4)
def _secret_of(_home: str) -> bytes:
    with session() as db:
        fact = facts.held(db, KEY_FACT)
        fact.value = fact.value or {"hex": secrets.token_hex(32)}
        return bytes.fromhex(fact.value["hex"])


def _secret() -> bytes:
    return _secret_of(config().database_url)
