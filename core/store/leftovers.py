"""What dead processes left on disk: found and removed when a worker starts, and when the house is stopped."""

from __future__ import annotations

import logging
import time
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute

from core.store import files
from core.store.db import session
from core.store.tables import CANCELLED, FAILED, OPEN, SUCCEEDED, Batch, Dataset, Run

OLD_SECONDS = 24 * 3600.0
"""So long nobody works on a file that has no row yet."""

log = logging.getLogger(__name__)


def sweep() -> None:
    """Uploads that were never finished, folders of no row, and what a training keeps for going on once it has ended. What
    cannot be removed is left for the next time."""
    for what in (_uploads, _strangers, _of_ended_runs):
        try:
            what()
        except Exception:
            log.exception("leftovers stay on the disk")


def _uploads() -> None:
    for path in (files.home() / "incoming").glob("*"):
        if path.is_file() and _is_old(path):
            path.unlink(missing_ok=True)


def _strangers() -> None:
    rows: dict[str, InstrumentedAttribute[int] | InstrumentedAttribute[str]] = {
        "runs": Run.id, "datasets": Dataset.id, "batches": Batch.id
    }  # fmt: skip
    for kind, id_ in rows.items():
        found = [path for path in (files.home() / kind).glob("*") if path.is_dir() and _is_old(path)]
        if not found:
            continue
        with session() as db:
            known = {str(one) for one in db.scalars(select(id_))}
        for path in found:
            if files.is_identifier(path.name) and path.name not in known:
                log.info("%s/%s belongs to nothing and is removed", kind, path.name)
                files.remove(path)


def _of_ended_runs() -> None:
    """Checkpoints and half a model; what a second look needs where none can be wanted any more; the model of a run that came to none."""
    with session() as db:
        ended = db.execute(select(Run.id, Run.status, Run.look).where(Run.status.not_in(OPEN))).all()
    for run_id, status, look in ended:
        folder = files.run(run_id)
        gone = [folder.checkpoints, folder.half_model]
        if look in (None, SUCCEEDED):
            gone.append(folder.learned)
        if status == CANCELLED or (status == FAILED and not folder.manifest.exists()):
            gone.append(folder.model)
        for leftover in gone:
            if leftover.exists():
                files.remove(leftover)


def _is_old(path: Path) -> bool:
    try:
        return time.time() - path.stat().st_mtime > OLD_SECONDS
    except OSError:
        return False
