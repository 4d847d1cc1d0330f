"""A run in this very process, as the worker's child would do it: for the command line's `--here`."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from filelock import FileLock

from core.jobs import devices, queue
from core.jobs.run_one import execute
from core.jobs.worker import HEARTBEAT_SECONDS, discard_model
from core.store import files
from core.store.tables import CANCELLED, RUNNING, Run, now


def train(run: Run) -> int:
    """Trains the run, waiting for the device first, and returns its id when it is over.

    Where an open run does the same already, its id comes back at once. Ctrl-C cancels the run and goes on as
    KeyboardInterrupt.
    """
    device = devices.devices()[0]
    for name, value in devices.environment(device).items():
        os.environ.setdefault(name, value)
    with FileLock(files.lock(devices.lock_name(device))):
        run.status, run.worker, run.device, run.attempt = RUNNING, queue.me(), device, 1
        run.claimed_at, run.lease_until = now(), now() + queue.LEASE
        run_id = queue.enqueue(run)
        if run_id != run.id:
            return run_id
        cancelled = threading.Event()
        with _kept_alive(run_id, cancelled):
            try:
                status = execute(run_id, cancelled)
            except KeyboardInterrupt:
                if not _cancel(run_id):
                    return run_id
                raise
        if status == CANCELLED or cancelled.is_set():
            _cancel(run_id)
        return run_id


def _cancel(run_id: int) -> bool:
    """Whether there was a training to cancel; a second look alone is ended, and the model stays."""
    if queue.finish(run_id, CANCELLED):
        discard_model(run_id)
        return True
    queue.cancel_look(run_id)
    queue.finish_look(run_id, CANCELLED)
    return False


@contextmanager
def _kept_alive(run_id: int, cancelled: threading.Event) -> Iterator[None]:
    """Renews the lease meanwhile, and passes on a cancel from elsewhere."""
    over = threading.Event()

    def beat() -> None:
        waited = 0.0
        while not over.wait(0.5):
            waited += 0.5
            if not queue.is_at_work(run_id):
                cancelled.set()
            elif waited >= HEARTBEAT_SECONDS:
                waited = 0.0
                queue.heartbeat(run_id, queue.me())

    thread = threading.Thread(target=beat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
