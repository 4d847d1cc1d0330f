"""What this machine has to train on, found without torch. One training at a time on each device."""

from __future__ import annotations

import platform
from functools import cache

from core import threads
from core.jobs import gpus


@cache
def devices() -> tuple[str, ...]:
    """Names of the training devices: "cuda:<index or uuid>" for every GPU that torch can use, else "mps" or "cpu"."""
    return gpus.usable() or ("cpu",)


def kind(device: str | None) -> str:
    return (device or "cpu").split(":")[0]


def lock_name(device: str) -> str:
    """The lock that whoever trains on the device holds."""
    return "device-" + "".join(letter if letter.isalnum() else "-" for letter in device.lower())[:30]


def environment(device: str) -> dict[str, str]:
    """What a training process on this device should see of the machine: one card, counted as `nvidia-smi` counts, or none."""
    said = {**threads.environment(len(devices())), "TQDM_DISABLE": "1", "CUDA_DEVICE_ORDER": "PCI_BUS_ID"}
    said["CUDA_VISIBLE_DEVICES"] = device.split(":", 1)[1] if kind(device) == "cuda" else ""
    return said


def hardware(device: str) -> str:
    """The device in a word for the run's facts: the GPU's or the processor's name."""
    if kind(device) == "cuda":
        wanted = device.split(":", 1)[1]
        for card in gpus.listed()[0]:
            if gpus.is_called(card, wanted):
                return card.name
        return "GPU"
    return f"{kind(device)}, {threads.cores()} cores, {platform.machine()}"
