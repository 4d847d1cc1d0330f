"""A run in this very process, as the worker's child would do it: for the command line's `--here`."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from filelock import FileLock, Timeout

from core.jobs import devices, queue
from core.jobs.run_one import execute
from core.jobs.worker import HEARTBEAT_SECONDS, discard_model
from core.store import files
from core.store.tables import CANCELLED, RUNNING, SUCCEEDED, Run, now

WAIT_SECONDS = 0.5


def train(run: Run) -> int:
    """Trains the run, waiting for the device first, and returns its id when it is over.

    Where an open run does the same already, its id comes back at once. Ctrl-C cancels the run and goes on as
    KeyboardInterrupt.
    """
    device = devices.devices()[0]
    for name, value in devices.environment(device).items():
        os.environ.setdefault(name, value)
    lock = FileLock(files.lock(devices.lock_name(device)))
    while True:
        known = queue.open_like(run.request_key)
        if known is not None:
            return known
        with suppress(Timeout):
            lock.acquire(timeout=WAIT_SECONDS)
            break
    try:
        return _train(run, device)
    finally:
        lock.release()


def _train(run: Run, device: str) -> int:
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
    if status == CANCELLED:
        _cancel(run_id)
    elif cancelled.is_set():
        queue.interrupt_look(run_id, counted=False, worker=queue.me())
    return run_id


def _cancel(run_id: int) -> bool:
    """Whether there was a training of this process to cancel; a second look alone is ended, and the model stays."""
    if queue.finish(run_id, CANCELLED, worker=queue.me()):
        discard_model(run_id)
        return True
    if queue.look_of(run_id) == RUNNING:
        queue.cancel_look(run_id)
    queue.finish_look(run_id, CANCELLED, worker=queue.me())
    return False


@contextmanager
def _kept_alive(run_id: int, cancelled: threading.Event) -> Iterator[None]:
    """Renews the lease meanwhile, passes on a cancel from elsewhere, and has a second look give way to a training."""
    over = threading.Event()

    def beat() -> None:
        waited = 0.0
        while not over.wait(0.5):
            waited += 0.5
            looks = queue.status_of(run_id) == SUCCEEDED
            if not queue.is_at_work(run_id, queue.me()) or (looks and queue.waiting()):
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
