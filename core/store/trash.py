"""Final removal of what was deleted a while ago."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from core.config import config
from core.store import facts, files
from core.store.db import session
from core.store.tables import (
    OPEN,
    PURGED,
    Batch,
    ChatTurn,
    Dataset,
    Feedback,
    LabelReview,
    Live,
    LiveChange,
    Run,
    Served,
    looks_key,
    now,
    uses,
)

log = logging.getLogger(__name__)

SERVED_DAYS = 180
"""How long answers that were given are kept to watch by."""


def purge() -> None:
    """Removes the files of runs and datasets deleted longer ago than `keep_deleted_hours`, and their rows where
    nothing points to them any more."""
    before = now() - timedelta(hours=config().keep_deleted_hours)
    is_live = select(Live.run_id).where(Live.run_id == Run.id).exists()
    ended = (Run.deleted_at < before, Run.deleted_at > PURGED, Run.status.not_in(OPEN), ~is_live)
    with session() as db:
        runs = list(db.scalars(select(Run.id).where(*ended).order_by(Run.id)))
        datasets = list(db.scalars(select(Dataset.id).where(Dataset.deleted_at < before)))
        db.execute(delete(Served).where(Served.at < now() - timedelta(days=SERVED_DAYS)))
    for run_id in runs:
        with _one_try(f"run {run_id}"):
            _purge_run(run_id, before)
    for dataset_id in datasets:
        with _one_try(f"data {dataset_id}"):
            _purge_dataset(dataset_id, before)


@contextmanager
def _one_try(what: str) -> Iterator[None]:
    """What cannot be removed now keeps nothing else from it."""
    try:
        yield
    except Exception:
        log.exception("%s is not purged", what)


def _purge_run(run_id: int, before: datetime) -> None:
    """Unless it was restored meanwhile. The newest run leaves an empty row behind, so that its number is not given again
    while something still remembers it."""
    with session() as db:
        gone = update(Run).where(Run.id == run_id, Run.deleted_at < before).values(deleted_at=PURGED)
        if db.scalar(gone.returning(Run.id)) is None:
            return
        batches = _forget_batches(db, [run_id])
        db.execute(delete(Feedback).where(Feedback.run_id == run_id))
        db.execute(delete(Served).where(Served.run_id == run_id))
        _remember_look(db, db.scalar(select(Run.test_rows).where(Run.id == run_id)))
        db.execute(delete(ChatTurn).where(ChatTurn.run_id == run_id))
        db.execute(delete(LabelReview).where(LabelReview.run_id == run_id))
        newest = run_id == db.scalar(select(func.max(Run.id)))
        own = Run.id == run_id
        db.execute(update(Run).where(own).values(test_rows=None) if newest else delete(Run).where(own))
    for folder in (*batches, files.run(run_id).folder):
        files.remove(folder)


def _forget_batches(db: Session, run_ids: list[int]) -> list[Path]:
    """Removes the rows of these runs' files of predictions; their folders, to be removed when that is certain."""
    gone = delete(Batch).where(Batch.run_id.in_(run_ids)).returning(Batch.id)
    return [files.batch(batch_id).folder for batch_id in db.scalars(gone)]


def _remember_look(db: Session, test_rows: str | None) -> None:
    """A look at test rows stays counted when the run that took it is gone."""
    if test_rows:
        fact = facts.held(db, looks_key(test_rows))
        fact.value = {"gone": fact.value.get("gone", 0) + 1}


def _purge_dataset(dataset_id: str, before: datetime) -> None:
    with session() as db:
        gone = update(Dataset).where(Dataset.id == dataset_id, Dataset.deleted_at < before)
        if db.scalar(gone.values(deleted_at=Dataset.deleted_at).returning(Dataset.id)) is None:
            return
        busy = select(Run.id).where(uses(dataset_id), Run.status.in_(OPEN), Run.deleted_at.is_(None)).limit(1)
        if db.scalar(busy) is not None:
            return
        used = db.scalar(select(Run.id).where(uses(dataset_id)).limit(1)) is not None
        used = used or db.scalar(select(Dataset.id).where(Dataset.parent_id == dataset_id).limit(1)) is not None
        own = Dataset.id == dataset_id
        db.execute(update(Dataset).where(own).values(made_of=None) if used else delete(Dataset).where(own))
    files.remove(files.dataset(dataset_id).folder)


def forget_use(run_ids: Iterable[int]) -> None:
    """Removes what was asked of these runs (feedback, decided labels, files to predict with their answers), and every
    live name with what it answered."""
    wanted = list(run_ids)
    with session() as db:
        batches = _forget_batches(db, wanted)
        db.execute(delete(Feedback).where(Feedback.run_id.in_(wanted)))
        db.execute(delete(LabelReview).where(LabelReview.run_id.in_(wanted)))
        db.execute(delete(ChatTurn).where(ChatTurn.run_id.in_(wanted)))
        db.execute(delete(Served))
        db.execute(delete(LiveChange))
        db.execute(delete(Live))
    for folder in batches:
        files.remove(folder)
