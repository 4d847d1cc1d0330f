"""The queue is the `runs` table: who may work on which run, and how each run ends.

queued -> running -> succeeded | failed; running -> cancelling -> cancelled; running -> interrupted -> running.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from datetime import timedelta
from functools import cache
from typing import Any

import psutil
from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError

from core.store.db import session
from core.store.processes import is_alive
from core.store.tables import (
    CANCELLED,
    CANCELLING,
    FAILED,
    INTERRUPTED,
    OPEN,
    QUEUED,
    RUNNING,
    SUCCEEDED,
    Run,
    now,
)
from core.words import Text

LEASE = timedelta(seconds=60)
MAX_ATTEMPTS = 3
MAX_CRASHES = 2
WAITING = (QUEUED, INTERRUPTED)
ENDED = (SUCCEEDED, FAILED, CANCELLED)

GAVE_UP = Text(
    "Training was cut off {times} times because its process or the machine stopped. Your data and settings are kept. "
    "Look at the log, then start it again.",
    "训练进程或机器意外停止，已中断 {times} 次。数据和设置都已保留。请查看日志后重新开始。",
)


def enqueue(run: Run) -> int:
    """The id of the queued run, or of the open run that already does the same request."""
    try:
        with session() as db:
            db.add(run)
            db.flush()
            return run.id
    except IntegrityError:
        same = select(Run.id).where(Run.request_key == run.request_key, Run.status.in_(OPEN))
        with session() as db:
            known = db.scalar(same)
        if known is None:
            raise
        return known


def claim(worker: str, device: str, run_id: int | None = None) -> int | None:
    """Takes the run that waits longest (or the given one) for this worker, in one statement; None if none waits."""
    waiting = select(Run.id).where(Run.status.in_(WAITING), Run.deleted_at.is_(None))
    if run_id is not None:
        waiting = waiting.where(Run.id == run_id)
    first = waiting.order_by(Run.queued_at, Run.id).limit(1).with_for_update(skip_locked=True).scalar_subquery()
    statement = (
        update(Run)
        .where(Run.id == first, Run.status.in_(WAITING))
        .values(
            status=RUNNING,
            worker=worker,
            device=device,
            claimed_at=now(),
            lease_until=now() + LEASE,
            attempt=Run.attempt + 1,
        )
        .returning(Run.id)
        .execution_options(synchronize_session=False)
    )
    with session() as db:
        return db.scalar(statement)


def heartbeat(run_id: int, worker: str) -> str | None:
    """Renews the worker's lease; the run's status, or None when the run is no longer this worker's."""
    mine = (Run.id == run_id, Run.worker == worker, Run.status.in_((RUNNING, CANCELLING)))
    return _change(*mine, lease_until=now() + LEASE)


def status_of(run_id: int) -> str | None:
    with session() as db:
        return db.scalar(select(Run.status).where(Run.id == run_id))


def attempts(run_id: int) -> int:
    with session() as db:
        return db.scalar(select(Run.attempt).where(Run.id == run_id)) or 0


def cancel(run_id: int) -> str | None:
    """Stops a waiting run at once and asks a running one to stop. The new status; None when it had ended already."""
    stopped = _change(Run.id == run_id, Run.status.in_(WAITING), status=CANCELLED, finished_at=now())
    return stopped or _change(Run.id == run_id, Run.status.in_((RUNNING, CANCELLING)), status=CANCELLING)


def finish(run_id: int, status: str, error: Text | None = None, values: Mapping[str, Any] | None = None) -> bool:
    """Ends a run that is being worked on. Success is refused (False) once the user has asked to cancel."""
    allowed = (RUNNING,) if status == SUCCEEDED else (RUNNING, CANCELLING)
    said = {"error": error.to_json() if error else None, "finished_at": now(), "lease_until": None, **(values or {})}
    return _change(Run.id == run_id, Run.status.in_(allowed), status=status, **said) is not None


def interrupt(run_id: int, *, counted: bool = True) -> str | None:
    """Leaves a run that was cut off to the next worker, or ends it when that happened too often.

    An interruption that was asked for (a restart, a new version) is not counted as an attempt.
    """
    attempt = attempts(run_id)
    _change(Run.id == run_id, Run.status == CANCELLING, status=CANCELLED, finished_at=now(), lease_until=None)
    if counted and attempt >= MAX_ATTEMPTS:
        error = GAVE_UP.fill(times=attempt).to_json()
        return _change(Run.id == run_id, Run.status == RUNNING, status=FAILED, error=error, finished_at=now())
    kept = attempt if counted else max(0, attempt - 1)
    return _change(
        Run.id == run_id, Run.status == RUNNING, status=INTERRUPTED, worker=None, lease_until=None, attempt=kept
    )


def recover() -> list[int]:
    """Frees the runs whose worker is dead: on this host, where that can be seen, or of another and silent since its lease is
    over. Leases of living neighbours may be over when the machine has slept. Their ids."""
    with session() as db:
        held = db.execute(
            select(Run.id, Run.worker, Run.lease_until).where(Run.status.in_((RUNNING, CANCELLING)))
        ).all()
    lost = [
        id
        for id, worker, until in held
        if is_dead(worker) or (not is_here(worker) and (until is None or until < now()))
    ]
    for run_id in lost:
        interrupt(run_id)
    return lost


def waiting() -> int:
    """How many runs wait for a worker."""
    with session() as db:
        return db.scalar(select(func.count()).where(Run.status.in_(WAITING), Run.deleted_at.is_(None))) or 0


def position(run: Run) -> int:
    """The place of a waiting run in the queue, 1 for the next."""
    before = (Run.queued_at < run.queued_at) | ((Run.queued_at == run.queued_at) & (Run.id < run.id))
    with session() as db:
        ahead = db.scalar(select(func.count()).where(Run.status.in_(WAITING), Run.deleted_at.is_(None), before))
    return (ahead or 0) + 1


@cache
def me() -> str:
    """This process's name as a worker: host, pid and creation time."""
    return f"{socket.gethostname()[:60]}:{os.getpid()}:{psutil.Process().create_time():.2f}"


def is_dead(worker: str | None) -> bool:
    """Whether the worker ran on this host and is gone. Of another host's worker only its lease can tell."""
    if not is_here(worker):
        return not worker
    _, pid, started = str(worker).rsplit(":", 2)
    return not is_alive(int(pid), float(started))


def is_here(worker: str | None) -> bool:
    """Whether the worker runs, or ran, on this host."""
    return (worker or "::").rsplit(":", 2)[0] == socket.gethostname()[:60]


def _change(*where: Any, **values: Any) -> str | None:
    """One atomic update of one run; its status afterwards, None when no row fitted."""
    statement = update(Run).where(*where).values(**values).returning(Run.status)
    with session() as db:
        return db.scalar(statement.execution_options(synchronize_session=False))
