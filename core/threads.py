"""What the processor gives a process: how many threads compute and how they wait, for torch, BLAS, LightGBM and CatBoost
alike, and whether it has bfloat16. No torch here."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

WAITING = {"OMP_WAIT_POLICY": "PASSIVE", "GOMP_SPINCOUNT": "1000", "OPENBLAS_THREAD_TIMEOUT": "16"}
"""Threads that wait look for work a few microseconds long and then sleep. Where they look on (OpenMP's and OpenBLAS's own
ways), a process beside another takes its cores for nothing: an encoder's pass took three times as long, boosted trees up to
thirty times. Where they sleep at once, steps as short as those of boosted trees are spent falling asleep and waking up.
Each library reads this once, as it is loaded."""
COUNTS = (
    "OMP_NUM_THREADS",
    "MKL_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "RAYON_NUM_THREADS",
    "POLARS_MAX_THREADS",
)
WORTH = 0.9
"""Of the time with more threads, what fewer must stay below to be taken."""
CGROUPS = Path("/sys/fs/cgroup")
OWN_CGROUPS = Path("/proc/self/cgroup")


def wait_gently() -> None:
    """For this process, where nothing else was said. To be called before a library that has threads is loaded."""
    for name, value in WAITING.items():
        os.environ.setdefault(name, value)


def environment(sharers: int = 1) -> dict[str, str]:
    """What a process should see that computes beside others: one of `sharers` that divide the cores."""
    return {**dict.fromkeys(COUNTS, str(max(1, cores() // sharers))), **WAITING}


def usable() -> int:
    """Threads that this process may compute with: its share as `environment` told it, else all its cores."""
    told = os.environ.get("OMP_NUM_THREADS", "").split(",")[0].strip()
    return min(int(told), cores()) if told.isdecimal() and int(told) else cores()


def cores() -> int:
    """Processor cores that this process may run on, its container's share counted in and at least one."""
    found = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min([found, *(round(share) for share in _shares())]))


@cache
def has_bf16() -> bool:
    """Whether the processor multiplies bfloat16 natively (AVX512-BF16 or AMX); emulated, it is slower than float32."""
    try:
        flags = Path("/proc/cpuinfo").read_text()
    except OSError:
        return False
    return "avx512_bf16" in flags or "amx_bf16" in flags


def quickest(work: Callable[[int], None], most: int) -> int:
    """With how many threads, from `most` down to one, `work(threads)` is done soonest now: a trial of each number, twice in
    turn. More threads are not always quicker: they wait for each other, and neighbours take their cores."""
    tried = sorted({most, most // 2, 1} - {0}, reverse=True)
    if len(tried) == 1:
        return tried[0]
    took = dict.fromkeys(tried, float("inf"))
    for threads in (*tried, *tried):
        started = time.perf_counter()
        work(threads)
        took[threads] = min(took[threads], time.perf_counter() - started)
    best = tried[0]
    for threads in tried[1:]:
        if took[threads] < WORTH * took[best]:
            best = threads
    return best


def _shares() -> Iterator[float]:
    """Cores that each control group above this process may use, of those that are limited (cgroup v2, then v1)."""
    for kind, place in _groups():
        for group in (place, *place.parents):
            if kind == "":
                yield from _quota(CGROUPS / str(group).lstrip("/") / "cpu.max")
            elif "cpu" in kind.split(","):
                yield from _quota_v1(CGROUPS / "cpu" / str(group).lstrip("/"))


def _groups() -> list[tuple[str, Path]]:
    """The controllers and the place of each group that this process is in; in a container its own root."""
    try:
        lines = OWN_CGROUPS.read_text(errors="replace").splitlines()
    except OSError:
        lines = []
    found = [(kind, Path(place)) for _, kind, place in (line.split(":", 2) for line in lines if line.count(":") >= 2)]
    return found or [("", Path("/"))]


def _quota(path: Path) -> Iterator[float]:
    try:
        quota, period = path.read_text().split()
        if quota != "max":
            yield int(quota) / int(period)
    except (OSError, ValueError, ArithmeticError):
        return


def _quota_v1(folder: Path) -> Iterator[float]:
    try:
        quota = int((folder / "cpu.cfs_quota_us").read_text())
        if quota > 0:
            yield quota / int((folder / "cpu.cfs_period_us").read_text())
    except (OSError, ValueError, ArithmeticError):
        return
