"""The queue is the `runs` table: who may work on which run, and how each run ends.

queued -> running -> succeeded | failed; running -> cancelling -> cancelled; running -> interrupted -> running.
A run that succeeded may have a second look to come, which goes the same ways in a column of its own and waits behind trainings.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Collection, Mapping
from datetime import timedelta
from functools import cache
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError

from core.store import files
from core.store.db import session
from core.store.processes import birth, is_alive
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
MAX_RECORDINGS = 20
"""How often a complete run is tried to be recorded."""
MAX_LOOKS = 2
"""How often a second look is begun whose process dies."""
LOOKING = (Run.status == SUCCEEDED) & Run.look.in_((RUNNING, CANCELLING))
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
        known = open_like(run.request_key)
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
    at_work = Run.status.in_((RUNNING, CANCELLING)) | LOOKING
    mine = (Run.id == run_id, Run.worker == worker, at_work)
    return _change(*mine, lease_until=now() + LEASE)


def claim_look(worker: str) -> int | None:
    """Takes the finished run that waits longest for its second look, in one statement; None if none waits."""
    waiting = (Run.status == SUCCEEDED, Run.look == QUEUED, Run.deleted_at.is_(None))
    first = select(Run.id).where(*waiting).order_by(Run.finished_at, Run.id).limit(1)
    chosen = first.with_for_update(skip_locked=True).scalar_subquery()
    values = {"look": RUNNING, "worker": worker, "lease_until": now() + LEASE, "look_attempt": Run.look_attempt + 1}
    statement = update(Run).where(Run.id == chosen, Run.look == QUEUED).values(**values).returning(Run.id)
    with session() as db:
        return db.scalar(statement.execution_options(synchronize_session=False))


def is_at_work(run_id: int, worker: str | None = None) -> bool:
    """Whether somebody, or this worker, trains the run or looks at its data again, and has not been asked to stop."""
    wanted = (Run.status == RUNNING) | ((Run.status == SUCCEEDED) & (Run.look == RUNNING))
    with session() as db:
        return db.scalar(select(Run.id).where(*_of(run_id, worker), wanted)) is not None


def is_held(run_id: int, worker: str | None) -> bool:
    """Whether the run is being trained by this worker."""
    with session() as db:
        mine = select(Run.id).where(*_of(run_id, worker), Run.status.in_((RUNNING, CANCELLING)))
        return db.scalar(mine) is not None


def open_like(request_key: str) -> int | None:
    """The open run that does the same request."""
    with session() as db:
        return db.scalar(select(Run.id).where(Run.request_key == request_key, Run.status.in_(OPEN)))


def look_of(run_id: int) -> str | None:
    """How the run's second look stands."""
    with session() as db:
        return db.scalar(select(Run.look).where(Run.id == run_id))


def ask_for_look(run_id: int) -> bool:
    """Puts the second look of a finished run that has none, or whose was stopped or failed, into the queue."""
    free = Run.look.is_(None) | Run.look.in_(ENDED)
    asked = _change(Run.id == run_id, Run.status == SUCCEEDED, free, look=QUEUED, look_attempt=0)
    return asked is not None


def cancel_look(run_id: int) -> None:
    """Ends a second look that waits, and asks one that is being made to stop."""
    _change(Run.id == run_id, Run.look == QUEUED, look=CANCELLED)
    _change(Run.id == run_id, Run.look == RUNNING, look=CANCELLING)


def finish_look(run_id: int, status: str, worker: str | None = None) -> None:
    """Ends a second look that is being made. One that was to be cancelled is not finished otherwise."""
    mine = _of(run_id, worker)
    _change(*mine, Run.look == CANCELLING, look=CANCELLED, lease_until=None)
    _change(*mine, Run.look == RUNNING, look=status, lease_until=None)


def interrupt_look(run_id: int, *, counted: bool = True, worker: str | None = None) -> None:
    """Puts a second look that was cut off back into the queue, or ends it when that happened too often."""
    mine = _of(run_id, worker)
    _change(*mine, Run.look == CANCELLING, look=CANCELLED, lease_until=None)
    if counted:
        too_often = Run.look_attempt >= MAX_LOOKS
        _change(*mine, Run.look == RUNNING, too_often, look=FAILED, lease_until=None)
    kept = Run.look_attempt if counted else Run.look_attempt - 1
    _change(*mine, Run.look == RUNNING, look=QUEUED, worker=None, lease_until=None, look_attempt=kept)


def looks_waiting() -> bool:
    wanted = select(Run.id).where(Run.status == SUCCEEDED, Run.look == QUEUED, Run.deleted_at.is_(None))
    with session() as db:
        return db.scalar(wanted.limit(1)) is not None


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


def finish(
    run_id: int,
    status: str,
    error: Text | None = None,
    values: Mapping[str, Any] | None = None,
    worker: str | None = None,
) -> bool:
    """Ends a run that is being worked on, by this `worker` where one is named. Success is refused (False) once the user has
    asked to cancel, everything where somebody else works on it by now."""
    allowed = (RUNNING,) if status == SUCCEEDED else (RUNNING, CANCELLING)
    said = {"error": error.to_json() if error else None, "finished_at": now(), "lease_until": None, **(values or {})}
    return _change(*_of(run_id, worker), Run.status.in_(allowed), status=status, **said) is not None


def interrupt(run_id: int, *, counted: bool = True, worker: str | None = None) -> str | None:
    """Leaves a run that was cut off to the next worker, or ends it when that happened too often. Nothing happens where
    another than the named `worker` has it by now.

    An interruption that was asked for (a restart, a new version) is not counted as an attempt. A run that is complete and
    has only to be recorded may be cut off more often, and keeps its files whatever comes.
    """
    attempt, mine = attempts(run_id), _of(run_id, worker)
    most = MAX_RECORDINGS if files.is_complete(files.run(run_id)) else MAX_ATTEMPTS
    _change(*mine, Run.status == CANCELLING, status=CANCELLED, finished_at=now(), lease_until=None)
    if counted and attempt >= most:
        error = GAVE_UP.fill(times=attempt).to_json()
        return _change(*mine, Run.status == RUNNING, status=FAILED, error=error, finished_at=now())
    kept = attempt if counted else max(0, attempt - 1)
    return _change(*mine, Run.status == RUNNING, status=INTERRUPTED, worker=None, lease_until=None, attempt=kept)


def _of(run_id: int, worker: str | None) -> tuple[Any, ...]:
    """The run, in the hands of the worker where one is named."""
    return (Run.id == run_id,) if worker is None else (Run.id == run_id, Run.worker == worker)


def recover(at_work: Collection[int] | None = None) -> list[int]:
    """Frees the runs whose worker is dead: on this host, where that can be seen, or of another and silent since its lease is
    over. Leases of living neighbours may be over when the machine has slept. A worker that says which runs it is `at_work`
    on frees its others too. Their ids."""
    with session() as db:
        held = db.execute(
            select(Run.id, Run.worker, Run.lease_until, Run.status).where(
                Run.status.in_((RUNNING, CANCELLING)) | LOOKING
            )
        ).all()
    lost = [
        (id, worker, status)
        for id, worker, until, status in held
        if is_dead(worker)
        or (not is_here(worker) and (until is None or until < now()))
        or (at_work is not None and worker == me() and id not in at_work)
    ]
    for run_id, worker, status in lost:
        (interrupt_look if status == SUCCEEDED else interrupt)(run_id, worker=worker)
    return [run_id for run_id, _, _ in lost]


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
    """This process's name as a worker: host, pid and birth."""
    return f"{socket.gethostname()[:60]}:{os.getpid()}:{birth(os.getpid())}"


def is_dead(worker: str | None) -> bool:
    """Whether the worker ran on this host and is gone. Of another host's worker only its lease can tell."""
    if not is_here(worker):
        return not worker
    _, pid, started = str(worker).rsplit(":", 2)
    return not is_alive(int(pid), started)


def is_here(worker: str | None) -> bool:
    """Whether the worker runs, or ran, on this host."""
    return (worker or "::").rsplit(":", 2)[0] == socket.gethostname()[:60]


def _change(*where: Any, **values: Any) -> str | None:
    """One atomic update of one run; its status afterwards, None when no row fitted."""
    statement = update(Run).where(*where).values(**values).returning(Run.status)
    with session() as db:
        return db.scalar(statement.execution_options(synchronize_session=False))
