"""What this machine can compute with: its processor or graphics card, and the memory left on it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import torch

from core.threads import has_bf16, usable

Kind = Literal["cuda", "mps", "cpu"]
MEGABYTE = 1024 * 1024


@dataclass(frozen=True)
class Hardware:
    """The device that training and prediction use. Memory in megabytes: the card's own on a GPU, else the machine's. `bf16`
    says that it multiplies bfloat16 natively; where it does not (cards before Ampere, most processors) everything is
    reckoned in 32 bits: emulated bfloat16 is slower, and float16 would need its losses scaled."""

    kind: Kind
    name: str
    cores: int
    memory_free_mb: float
    memory_total_mb: float
    bf16: bool


def device() -> torch.device:
    """The best device that torch finds here."""
    return torch.device(_kind())


def describe(wanted: str | None = None) -> Hardware:
    """The hardware as it is now; the free memory is read at each call. `wanted` "cpu" looks past a graphics card."""
    kind = "cpu" if wanted == "cpu" else _kind()
    if kind == "cuda":
        free, total = torch.cuda.mem_get_info()
        name, bf16 = torch.cuda.get_device_name(), torch.cuda.is_bf16_supported(including_emulation=False)
    else:
        free, total = system_memory()
        full = bool(os.environ.get("MODELWRIGHT_FULL_PRECISION"))
        name, bf16 = processor_name(), kind == "cpu" and not full and has_bf16()
    return Hardware(kind, name, usable(), free / MEGABYTE, total / MEGABYTE, bf16)


def system_memory() -> tuple[int, int]:
    """Free and total memory in bytes, the limit of a container counted in; zeros where neither can be read."""
    meminfo = _numbers_of(Path("/proc/meminfo"))
    free, total = meminfo.get("MemAvailable", 0) * 1024, meminfo.get("MemTotal", 0) * 1024
    limit = _integer_in(Path("/sys/fs/cgroup/memory.max"))
    used = _integer_in(Path("/sys/fs/cgroup/memory.current"))
    if limit and limit < total:
        free, total = min(free, max(0, limit - (used or 0))), limit
    return free, total


def processor_name() -> str:
    """The processor's model name, or its architecture where the system does not tell."""
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return os.uname().machine if hasattr(os, "uname") else "processor"


def _kind() -> Kind:
    if torch.cuda.is_available():
        return "cuda"
    if torch.backends.mps.is_available():
        return "mps"
    return "cpu"


def _numbers_of(path: Path) -> dict[str, int]:
    try:
        lines = path.read_text().splitlines()
    except OSError:
        return {}
    pairs = (line.split(":", 1) for line in lines if ":" in line)
    return {name: int(rest.split()[0]) for name, rest in pairs if rest.split() and rest.split()[0].isdigit()}


def _integer_in(path: Path) -> int | None:
    try:
        return int(path.read_text())
    except (OSError, ValueError):
        return None
