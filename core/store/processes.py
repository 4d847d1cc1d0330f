"""The long-lived processes of a workspace: one of each, told apart by version, started detached."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil
from filelock import FileLock, Timeout

from core.config import ROOT, config
from core.store import files
from core.threads import WAITING
from core.version import code_version

BOOT = Path("/proc/sys/kernel/random/boot_id")
TICKS = 19
"""The place of the start, in ticks since the boot, among what /proc/PID/stat says after the name (proc(5), field 22)."""
SAME_SECONDS = 2.0


@dataclass(frozen=True)
class ProcessState:
    """What a process wrote when it started. `started` is its `birth`, so that a reused pid is noticed."""

    pid: int
    version: str
    started: str
    host: str = "127.0.0.1"
    port: int | None = None


def write_state(name: str, port: int | None = None) -> None:
    """Says that this process is the one that does `name`."""
    me = ProcessState(os.getpid(), code_version(), birth(os.getpid()), port=port)
    files.write_json(files.state(name), asdict(me))


def read_state(name: str) -> ProcessState | None:
    """What the process that does `name` said of itself; None where it is not alive on this machine."""
    try:
        said = files.read_json(files.state(name))
        state = ProcessState(**{key: said[key] for key in ProcessState.__dataclass_fields__ if key in said})
    except (OSError, ValueError, TypeError):
        return None
    return state if is_alive(state.pid, state.started) else None


def birth(pid: int) -> str:
    """What tells a process from any other that has its pid, before or after, and stays the same when the clock is set: on
    Linux the boot and the ticks since then, elsewhere the time of its creation. Raises psutil.Error where there is none."""
    process = psutil.Process(pid)
    try:
        boot = BOOT.read_text().strip()
        after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return f"{boot[:8]}-{after_name[TICKS]}"
    except (OSError, IndexError):
        return f"{process.create_time():.2f}"


def is_alive(pid: int, started: str | float) -> bool:
    """Whether the process with this pid and `birth` still runs. Earlier code kept the time of creation for it."""
    try:
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE:
            return False
        return str(started) == birth(pid) or abs(process.create_time() - float(started)) < SAME_SECONDS
    except (psutil.Error, ValueError):
        return False


def is_locked(name: str) -> bool:
    """Whether some process, on this machine or in another container, holds the lock."""
    if not (config().home / "locks").is_dir():
        return False
    lock = FileLock(files.lock(name))
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return True
    lock.release()
    return False


def terminate(name: str, wait_seconds: float = 10) -> bool:
    """Asks the process that does `name` to end and waits; kills it when it does not. Whether there was one."""
    state = read_state(name)
    if state is None:
        return False
    os.kill(state.pid, signal.SIGTERM)
    until = time.monotonic() + wait_seconds
    while is_alive(state.pid, state.started) and time.monotonic() < until:
        time.sleep(0.05)
    if is_alive(state.pid, state.started):
        os.kill(state.pid, signal.SIGKILL)
    return True


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment for a process of this workspace: the same folders whatever directory it runs in, no password."""
    here = config()
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH", "")]))
    said = {"MODELWRIGHT_HOME": str(here.home), "DATABASE_URL": here.database_url, "PYTHONPATH": path}
    if here.models:
        said["MODELWRIGHT_MODELS"] = str(here.models)
    inherited = {name: value for name, value in os.environ.items() if name != "MODELWRIGHT_PASSWORD"}
    return {**WAITING, **inherited, **said, **(extra or {})}


def start_detached(module: str, arguments: Sequence[str], log: str) -> int:
    """Starts `python -m module` with a session of its own, no inherited descriptors and its words in a log file."""
    with files.process_log(log).open("ab") as output:
        return subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            cwd=ROOT,
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            close_fds=True,
            start_new_session=True,
        ).pid
