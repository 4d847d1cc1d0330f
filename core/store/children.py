"""A process that does one piece of work and ends: what it is asked goes in as JSON, how far it is comes out line by line,
the last other line is its answer. Whoever watches the work can stop it, and the process ends with it."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from core.config import ROOT

_SO_FAR = "\x1e"
"""Begins a line that says how many rows are done."""
EVERY = 0.3
GRACE = 3.0
"""Seconds that a process has to tidy up before it is killed."""


class Stopped(Exception):
    """The work was stopped by whoever asked for it."""


class TooLong(Exception):
    """The work took longer than it may."""


@dataclass
class Watch:
    """A piece of work seen from outside, from any thread: the rows that are done so far (None: not known), and the word
    that stops it."""

    rows: int | None = None
    stopped: bool = False
    _running: list[subprocess.Popen[str]] = field(default_factory=list, repr=False)

    def stop(self) -> None:
        self.stopped = True
        for child in list(self._running):
            end(child)

    @contextmanager
    def over(self, child: subprocess.Popen[str]) -> Iterator[None]:
        self._running.append(child)
        try:
            if self.stopped:
                end(child)
            yield
        finally:
            self._running.remove(child)


watching: ContextVar[Watch | None] = ContextVar("watching", default=None)
"""Who watches what is done in this thread; a process that is started meanwhile ends on their word."""


def end(child: subprocess.Popen[str]) -> None:
    """Asks the process to end and kills it a little later where it does not."""
    child.terminate()
    killing = threading.Timer(GRACE, child.kill)
    killing.daemon = True
    killing.start()


def run(
    command: Sequence[str],
    asked: str,
    *,
    seconds: float | None = None,
    env: Mapping[str, str] | None = None,
    quiet: bool = True,
) -> tuple[int, str]:
    """Runs `python -m` with these words, `asked` on its standard input: its exit code and its last line. `quiet` drops what
    it says on standard error.

    Raises Stopped where whoever watches stopped it, TooLong after so many seconds; the process has ended then.
    """
    watch = watching.get() or Watch()
    if watch.stopped:
        raise Stopped
    with subprocess.Popen(
        [sys.executable, "-m", *command],
        cwd=ROOT,
        env=env,
        text=True,
        encoding="utf-8",
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL if quiet else None,
    ) as child:
        late = threading.Event()

        def too_long(child: subprocess.Popen[str] = child) -> None:
            late.set()
            end(child)

        alarm = threading.Timer(seconds or 0, too_long)
        alarm.daemon = True
        if seconds is not None:
            alarm.start()
        try:
            with watch.over(child):
                said = _listen(child, asked, watch)
        finally:
            alarm.cancel()
    if watch.stopped:
        raise Stopped
    if late.is_set():
        raise TooLong
    return child.returncode, said


def _listen(child: subprocess.Popen[str], asked: str, watch: Watch) -> str:
    if child.stdin is None or child.stdout is None:
        raise ValueError("the process was started without its pipes")
    try:
        child.stdin.write(asked)
        child.stdin.close()
    except BrokenPipeError:
        pass
    said = ""
    for line in child.stdout:
        if line.startswith(_SO_FAR):
            watch.rows = int(line[1:])
        elif line.strip():
            said = line.strip()
    child.wait()
    return said


class Teller:
    """In the process itself: says how many rows are done, now and then."""

    def __init__(self) -> None:
        self._last = 0.0

    def __call__(self, rows: int) -> None:
        if time.monotonic() - self._last >= EVERY:
            self._last = time.monotonic()
            print(f"{_SO_FAR}{rows}", flush=True)


def die_with_parent(parent: int) -> None:
    """Makes sure that this process does not outlive the one that started it, however that dies."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(1)
        os._exit(1)

    if os.getppid() != parent:
        os._exit(1)
    threading.Thread(target=watch, daemon=True).start()
