"""What the house runs on, in words for people, and whether all of it is up. No torch here."""

from __future__ import annotations

import math
import platform
import shutil
import subprocess
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any, Generic, Literal, TypeVar

import psutil

from core import threads
from core.services.sign_in import check_password, is_signed_in, kind
from core.serving import client
from core.store import files, processes
from core.version import code_version
from core.words import Text, same

GPU_SECONDS, DISK_SECONDS = 15.0, 60.0
PATIENCE = 90.0
"""Seconds after the start within which a part that is not up yet is starting, and not missing."""

_STARTED = time.monotonic()


@dataclass(frozen=True)
class Machine:
    """`memory_mb` is what training can use: the card's on a GPU, else the machine's. Disk figures are the workspace's,
    `disk_used` in bytes."""

    hardware: Text
    short: Text
    kind: Literal["cpu", "cuda", "mps"]
    gpus: int
    cores: int
    memory_mb: int
    disk_free_mb: int
    disk_used: int
    disk_low: bool


@dataclass(frozen=True)
class Gpu:
    name: str
    total_mb: int
    free_mb: int


Value = TypeVar("Value")


class Remembered(Generic[Value]):
    """A value that is slow to get: asked for once, then renewed in the background when it is old."""

    def __init__(self, get: Callable[[], Value], seconds: float) -> None:
        self._get, self._seconds = get, seconds
        self._value: Value | None = None
        self._at = -math.inf
        self._lock = threading.Lock()

    def __call__(self) -> Value:
        if self._value is None:
            with self._lock:
                if self._value is None:
                    self._renew()
        elif time.monotonic() - self._at > self._seconds and self._lock.acquire(blocking=False):
            threading.Thread(target=self._renew_and_release, daemon=True).start()
        assert self._value is not None
        return self._value

    def _renew(self) -> None:
        self._value, self._at = self._get(), time.monotonic()

    def _renew_and_release(self) -> None:
        try:
            self._renew()
        finally:
            self._lock.release()


def machine() -> Machine:
    """The machine as it is now (free memory of a card up to 15 s old, the workspace's size up to a minute)."""
    cores, cards, free_mb = threads.cores(), _gpus() if torch_can_use_gpus() else [], files.free_mb()
    kind: Literal["cpu", "cuda", "mps"] = "cuda" if cards else "mps" if _is_apple_silicon() else "cpu"
    return Machine(
        hardware=hardware_words(cards, cores, kind),
        short=short_words(cards, cores, kind),
        kind=kind,
        gpus=len(cards),
        cores=cores,
        memory_mb=sum(card.total_mb for card in cards) or memory_mb(),
        disk_free_mb=free_mb,
        disk_used=_disk_used(),
        disk_low=not files.enough_space(0),
    )


def hardware_words(cards: list[Gpu], cores: int, kind: str) -> Text:
    """One plain phrase on what training runs on and what that means."""
    if cards:
        free = f"{max(card.free_mb for card in cards) / 1024:.0f}"
        names = _names(cards)
        if len(cards) == 1:
            return Text(f"{names}, {free} GB free", f"{names}，可用显存 {free} GB")
        return Text(f"{names}, up to {free} GB free on one", f"{names}，单卡可用显存最多 {free} GB")
    counted = Text(f"{cores} processor core{'s' if cores > 1 else ''}", f"{cores} 个处理器核心")
    if kind == "mps":
        return Text("{counted} and an Apple GPU", "{counted}，配有 Apple GPU").fill(counted=counted)
    return Text("{counted}, no GPU: training will be slower", "{counted}，没有 GPU，训练会慢一些").fill(counted=counted)


def short_words(cards: list[Gpu], cores: int, kind: str) -> Text:
    if cards:
        return same(_names(cards).removeprefix("NVIDIA ").replace("× NVIDIA ", "× "))
    if kind == "mps":
        return same("Apple GPU")
    return Text(f"{cores} core{'s' if cores > 1 else ''} · no GPU", f"{cores} 核 · 无 GPU")


def _names(cards: list[Gpu]) -> str:
    return cards[0].name if len(cards) == 1 else f"{len(cards)} × {cards[0].name}"


def memory_mb(cgroup: Path = Path("/sys/fs/cgroup/memory.max")) -> int:
    """Memory of the machine, or of the container where that has less."""
    total = psutil.virtual_memory().total
    with suppress(OSError, ValueError):
        total = min(total, int(cgroup.read_text()))
    return total // files.MEGABYTE


@cache
def torch_can_use_gpus() -> bool:
    """False where the torch that is installed was built for processors only."""
    try:
        return not metadata.version("torch").endswith("+cpu")
    except metadata.PackageNotFoundError:
        return False


def read_gpus() -> list[Gpu]:
    """The NVIDIA cards as nvidia-smi lists them; none where it is missing or does not answer."""
    program = shutil.which("nvidia-smi")
    if program is None:
        return []
    asked = [program, "--query-gpu=name,memory.total,memory.free", "--format=csv,noheader,nounits"]
    try:
        said = subprocess.run(asked, capture_output=True, text=True, timeout=5, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return []
    return [card for line in said.splitlines() if (card := _gpu(line))]


def _gpu(line: str) -> Gpu | None:
    try:
        name, total, free = (part.strip() for part in line.rsplit(",", 2))
        return Gpu(name, int(total), int(free))
    except ValueError:
        return None


def _is_apple_silicon() -> bool:
    return platform.system() == "Darwin" and platform.machine() == "arm64"


_gpus = Remembered(read_gpus, GPU_SECONDS)
_disk_used = Remembered(lambda: files.size(files.home()), DISK_SECONDS)


def health() -> dict[str, Any]:
    """Whether pages, worker and model server are up: "ok", "starting" (not all yet) or "degraded" (one is missing)."""
    server = client.health()
    parts = {
        "pages": "up",
        "worker": "up" if worker_lives() else "down",
        "model_server": {"ok": "up", "starting": "starting"}.get(server["status"], "down") if server else "down",
    }
    if all(state == "up" for state in parts.values()):
        status = "ok"
    else:
        status = "starting" if time.monotonic() - _STARTED < PATIENCE else "degraded"
    return {"status": status, **parts, "version": code_version()}


def worker_lives() -> bool:
    """Whether a worker holds this workspace's lock, on this machine or in another container."""
    return processes.is_locked("worker")


def password_needed() -> bool:
    """Whether a page has to ask for the password itself: the launcher's gate asks before any page is shown."""
    return kind() == "password" and not _GATED


_GATED: list[bool] = []


def gate_stands() -> None:
    """The launcher says that nobody reaches a page without having signed in."""
    _GATED.append(True)


__all__ = [
    "Gpu",
    "Machine",
    "check_password",
    "gate_stands",
    "hardware_words",
    "health",
    "is_signed_in",
    "machine",
    "memory_mb",
    "password_needed",
    "read_gpus",
    "short_words",
    "torch_can_use_gpus",
    "worker_lives",
]
