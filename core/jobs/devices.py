"""What this machine has to train on, found without torch. One training at a time on each device."""

from __future__ import annotations

import os
import platform
import subprocess
from functools import cache

from core import threads


@cache
def devices() -> tuple[str, ...]:
    """Names of the training devices: "cuda:<index or uuid>" for every GPU that may be used, else "mps" or "cpu"."""
    gpus = _visible_gpus()
    if gpus:
        return tuple(f"cuda:{gpu}" for gpu in gpus)
    return ("mps",) if platform.system() == "Darwin" and platform.machine() == "arm64" else ("cpu",)


def kind(device: str | None) -> str:
    return (device or "cpu").split(":")[0]


def lock_name(device: str) -> str:
    """The lock that whoever trains on the device holds."""
    return "device-" + "".join(letter if letter.isalnum() else "-" for letter in device.lower())[:30]


def environment(device: str) -> dict[str, str]:
    """What a training process on this device should see of the machine."""
    said = {**threads.environment(len(devices())), "TQDM_DISABLE": "1"}
    if kind(device) == "cuda":
        said["CUDA_VISIBLE_DEVICES"] = device.split(":", 1)[1]
    return said


def hardware(device: str) -> str:
    """The device in a word for the run's facts: the GPU's or the processor's name."""
    if kind(device) == "cuda":
        wanted = device.split(":", 1)[1]
        for index, uuid, name in _listed_gpus():
            if wanted in (index, uuid):
                return name
    return f"{kind(device)}, {threads.cores()} cores, {platform.machine()}"


def _visible_gpus() -> list[str]:
    allowed = os.environ.get("CUDA_VISIBLE_DEVICES")
    if allowed is None:
        return [index for index, _, _ in _listed_gpus()]
    named = [part.strip() for part in allowed.split(",") if part.strip() not in ("", "-1")]
    return named if named and _listed_gpus() else []


@cache
def _listed_gpus() -> tuple[tuple[str, str, str], ...]:
    """(index, uuid, name) of every NVIDIA GPU that the driver knows."""
    query = ["nvidia-smi", "--query-gpu=index,uuid,name", "--format=csv,noheader"]
    try:
        said = subprocess.run(query, capture_output=True, text=True, timeout=20, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return ()
    rows = [[part.strip() for part in line.split(",", 2)] for line in said.splitlines() if line.count(",") >= 2]
    return tuple((index, uuid, name) for index, uuid, name in rows)
