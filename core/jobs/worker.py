"""The training worker: one a workspace. It claims queued runs and trains each in a process of its own."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field

from filelock import BaseFileLock, FileLock, Timeout

from core.config import ROOT
from core.jobs import devices, failures, queue
from core.jobs.run_one import ASKED_TO_STOP
from core.store import db, files, leftovers, logs, processes, trash
from core.store.tables import CANCELLED, CANCELLING, FAILED, RUNNING, SUCCEEDED
from core.version import code_version

NAME = "worker"
IDLE_SECONDS = 300.0
"""A worker that was started for a run leaves after so long without work."""
POLL_SECONDS = 0.25
HEARTBEAT_SECONDS = 5.0
PURGE_SECONDS = 600.0
PEEK_SECONDS = 1.0
"""Longer than anyone who only looks whether a worker lives holds the lock."""
LAST_WORDS_SECONDS = 20.0
"""How long a training process may linger after its run ended."""
STOP_SECONDS = 2.0
"""How long a training that was asked to stop may take before it is killed."""

LOOKING = (RUNNING, CANCELLING)

log = logging.getLogger("modelwright.worker")


def ensure_worker(idle_exit: float | None = None) -> bool:
    """Starts a worker where none of this version lives. Whether one was started.

    MODELWRIGHT_WORKER=off leaves that to the operator (a container of its own).
    """
    if os.environ.get("MODELWRIGHT_WORKER") == "off":
        return False
    state = processes.read_state(NAME)
    if processes.is_locked(NAME) and (state is None or state.version == code_version()):
        return False
    arguments = ["worker"] if idle_exit is None else ["worker", "--idle-exit", str(idle_exit)]
    processes.start_detached("core", arguments, log=NAME)
    return True


def main(idle_exit: float | None = None) -> int:
    """Works until told to stop, or until nothing was to do for `idle_exit` seconds."""
    logs.begin(NAME)
    lock = take_place()
    if lock is None:
        log.info("another worker of this version is at work")
        return 0
    try:
        db.migrate()
        processes.write_state(NAME)
        leftovers.sweep()
        worker = Worker(idle_exit)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: worker.stop.set())
        worker.work()
    finally:
        lock.release()
    return 0


def take_place() -> BaseFileLock | None:
    """The lock of the workspace's one worker; a worker of another version is asked to leave. None if one stays."""
    lock = FileLock(files.lock(NAME))
    with suppress(Timeout):
        lock.acquire(timeout=PEEK_SECONDS)
        return lock
    state = processes.read_state(NAME)
    if state is None or state.version == code_version():
        return None
    processes.terminate(NAME)
    with suppress(Timeout):
        lock.acquire(timeout=10)
        return lock
    return None


@dataclass
class Child:
    """A training process, and the lock of its device."""

    run_id: int
    process: subprocess.Popen[bytes]
    device_lock: BaseFileLock
    told_to_stop: float | None = None
    beat: float = field(default_factory=time.monotonic)

    def tell_to_stop(self) -> None:
        """Asks once, then kills."""
        if self.told_to_stop is None:
            self.told_to_stop = time.monotonic()
            self._send(signal.SIGTERM)
        elif time.monotonic() - self.told_to_stop > STOP_SECONDS:
            self._send(signal.SIGKILL)

    def _send(self, number: signal.Signals) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, number)


class Worker:
    def __init__(self, idle_exit: float | None = None) -> None:
        self.stop = threading.Event()
        self.idle_exit = idle_exit
        self.children: dict[str, Child] = {}
        self._busy = time.monotonic()
        self._recovered = self._purged = 0.0
        self._trouble = ""

    def work(self) -> None:
        log.info("worker %s: devices %s", code_version(), ", ".join(devices.devices()))
        while not self.stop.is_set() and not self._idle_long_enough():
            try:
                self.step()
                self._trouble = ""
            except Exception as error:
                self._say_once(error)
                self.stop.wait(2)
            self.stop.wait(POLL_SECONDS)
        self.leave()

    def _say_once(self, error: Exception) -> None:
        """The whole of it once, for as long as it stays the same: without its database a worker fails every other second."""
        trouble = f"{type(error).__name__}: {error}"
        if trouble != self._trouble:
            log.exception("the worker goes on after an error, which is not said again while it stays the same")
        self._trouble = trouble

    def step(self) -> None:
        """Looks once after everything: running children, lost runs, waiting runs, old rubbish."""
        for device, child in list(self.children.items()):
            self._look_after(device, child)
        moment = time.monotonic()
        if moment - self._recovered > HEARTBEAT_SECONDS:
            self._recovered = moment
            for run_id in queue.recover({child.run_id for child in self.children.values()}):
                log.info("run %d was cut off", run_id)
        self._start_waiting()
        if moment - self._purged > PURGE_SECONDS:
            self._purged = moment
            trash.purge()

    def leave(self) -> None:
        """Stops the children; their runs go back to the queue and are resumed by the next worker."""
        until = time.monotonic() + STOP_SECONDS + 2
        while self.children and time.monotonic() < until:
            for device, child in list(self.children.items()):
                child.tell_to_stop()
                if child.process.poll() is not None:
                    give_back(child.run_id)
                    self._bury(device, child)
            time.sleep(0.05)

    def _idle_long_enough(self) -> bool:
        if self.children:
            self._busy = time.monotonic()
        return self.idle_exit is not None and time.monotonic() - self._busy > self.idle_exit

    def _start_waiting(self) -> None:
        """Trainings first, on every free device; a second look takes one only where none waits, and gives it back."""
        free = [device for device in devices.devices() if device not in self.children]
        trainings = queue.waiting()
        if trainings and not free:
            self._make_room()
        if not free or not (trainings or queue.looks_waiting()):
            return
        for device in free:
            lock = FileLock(files.lock(devices.lock_name(device)))
            try:
                lock.acquire(timeout=0)
            except Timeout:
                continue
            run_id = queue.claim(queue.me(), device) or queue.claim_look(queue.me())
            if run_id is None:
                lock.release()
                return
            self._busy = time.monotonic()
            log.info("run %d starts on %s", run_id, device)
            try:
                self.children[device] = Child(run_id, start_child(run_id, device), lock)
            except BaseException:
                lock.release()
                raise

    def _make_room(self) -> None:
        """Asks the second look that was begun last to stop: a training waits, and whoever asked for it looks at the clock."""
        for child in reversed(self.children.values()):
            if queue.status_of(child.run_id) == SUCCEEDED and queue.is_at_work(child.run_id):
                child.tell_to_stop()
                return

    def _look_after(self, device: str, child: Child) -> None:
        if child.process.poll() is not None:
            settle(child.run_id, child.process.returncode, asked=child.told_to_stop is not None)
            self._bury(device, child)
            return
        moment = time.monotonic()
        working = queue.is_at_work(child.run_id)
        if working and moment - child.beat > HEARTBEAT_SECONDS:
            child.beat = moment
            working = queue.heartbeat(child.run_id, queue.me()) is not None
        if child.told_to_stop is None:
            ended = queue.status_of(child.run_id) in queue.ENDED and queue.look_of(child.run_id) not in LOOKING
            if working or (ended and moment - child.beat < LAST_WORDS_SECONDS):
                return
            log.info("run %d is asked to stop", child.run_id)
        child.tell_to_stop()

    def _bury(self, device: str, child: Child) -> None:
        child._send(signal.SIGKILL)
        child.device_lock.release()
        del self.children[device]
        self._busy = time.monotonic()


def start_child(run_id: int, device: str) -> subprocess.Popen[bytes]:
    """The training process, in a session of its own; what it prints goes to the run's log."""
    output = files.run(run_id).log
    output.parent.mkdir(parents=True, exist_ok=True)
    with output.open("ab") as opened:
        return subprocess.Popen(
            [sys.executable, "-m", "core.jobs.run_one", str(run_id), str(os.getpid())],
            cwd=ROOT,
            env=processes.environment(devices.environment(device)),
            stdin=subprocess.DEVNULL,
            stdout=opened,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def settle(run_id: int, code: int, *, asked: bool = False) -> None:
    """Records the end of a child of this worker that could not do so itself: it was `asked` to stop, killed or vanished."""
    log.info("run %d: its process ended with %d", run_id, code)
    status, me = queue.status_of(run_id), queue.me()
    if status == CANCELLING:
        if queue.finish(run_id, CANCELLED, worker=me):
            discard_model(run_id)
    elif status == SUCCEEDED:
        queue.interrupt_look(run_id, counted=not asked, worker=me)
    elif status != RUNNING:
        return
    elif code == ASKED_TO_STOP:
        queue.interrupt(run_id, counted=False, worker=me)
    elif files.is_complete(files.run(run_id)):
        queue.interrupt(run_id, worker=me)
    elif code >= 0:
        queue.finish(run_id, FAILED, failures.VANISHED, worker=me)
    elif queue.attempts(run_id) >= queue.MAX_CRASHES:
        queue.finish(run_id, FAILED, failures.killed_by(-code), worker=me)
    else:
        queue.interrupt(run_id, worker=me)


def give_back(run_id: int) -> None:
    """Leaves what its process was asked to leave to the next worker."""
    interrupt = queue.interrupt_look if queue.status_of(run_id) == SUCCEEDED else queue.interrupt
    interrupt(run_id, counted=False, worker=queue.me())


def discard_model(run_id: int) -> None:
    """Frees the disk of what a cancelled run had made; its log and progress stay."""
    folder = files.run(run_id)
    folder.manifest.unlink(missing_ok=True)
    for leftover in (folder.checkpoints, folder.half_model, folder.learned, folder.model):
        files.remove(leftover)
