"""What the house runs on, in words for people, and whether all of it is up. No torch here."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, Literal, TypeVar

import psutil

from core import threads
from core.jobs import devices, gpus
from core.jobs.gpus import Gpu, Judged, gigabytes
from core.services.sign_in import check_password, is_signed_in, kind
from core.serving import client
from core.serving.process import announced
from core.store import files, processes
from core.version import code_version
from core.words import Text, same

GPU_SECONDS, DISK_SECONDS = 15.0, 60.0
PATIENCE = 90.0
"""Seconds after the start within which a part that is not up yet is starting, and not missing."""

_STARTED = time.monotonic()


@dataclass(frozen=True)
class Machine:
    """`memory_mb` is what training can use: the card's on a GPU, else the machine's. `runs_on` says what training
    runs on; `training` adds why a card that is here is not used. Disk figures are the workspace's, `disk_used` in bytes."""

    hardware: Text
    short: Text
    kind: Literal["cpu", "cuda", "mps"]
    gpus: int
    cores: int
    memory_mb: int
    disk_free_mb: int
    disk_used: int
    disk_low: bool
    runs_on: Text
    training: Text
    processor: Text
    cards: tuple[Judged, ...] = ()


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
    cores, cards, free_mb = threads.cores(), _cards(), files.free_mb()
    used, idle = [one.card for one in cards if one.used], [one.card for one in cards if not one.used]
    kind = _kind(cards)
    on_cards = used if kind == "cuda" else []
    return Machine(
        hardware=hardware_words(on_cards, cores, kind, idle),
        short=short_words(on_cards, cores, kind, idle),
        kind=kind,
        gpus=len(on_cards),
        cores=cores,
        memory_mb=sum(card.total_mb or 0 for card in on_cards) or memory_mb(),
        disk_free_mb=free_mb,
        disk_used=_disk_used(),
        disk_low=not files.enough_space(0),
        runs_on=runs_on_words(cards, cores),
        training=training_words(cards, cores),
        processor=processor_words(cores, memory_mb(), threads.has_bf16()),
        cards=cards,
    )


def _kind(cards: Sequence[Judged]) -> Literal["cpu", "cuda", "mps"]:
    kinds = {devices.kind(one.device) for one in cards if one.used}
    return "cuda" if "cuda" in kinds else "mps" if "mps" in kinds else "cpu"


def hardware_words(cards: Sequence[Gpu], cores: int, kind: str, idle: Sequence[Gpu] = ()) -> Text:
    """One plain phrase on what training runs on and what that means; `idle` are cards that are not used."""
    if cards:
        return Text("{names}{free}", "{names}{free}").fill(names=_names(cards), free=_free_words(cards))
    counted = _counted(cores)
    if kind == "mps":
        return Text("{counted} and an Apple GPU", "{counted}，配有 Apple GPU").fill(counted=counted)
    if idle:
        return Text("{counted}; {names} is not used", "{counted}，{names} 未使用").fill(
            counted=counted, names=_names(idle)
        )
    return Text("{counted}, no GPU: training will be slower", "{counted}，没有 GPU，训练会慢一些").fill(counted=counted)


def short_words(cards: Sequence[Gpu], cores: int, kind: str, idle: Sequence[Gpu] = ()) -> Text:
    if cards:
        return same(_names(cards).removeprefix("NVIDIA ").replace("× NVIDIA ", "× "))
    if kind == "mps":
        return same("Apple GPU")
    counted = f"{cores} core{'s' if cores > 1 else ''}"
    if idle:
        return Text(f"{counted} · GPU not used", f"{cores} 核 · GPU 未使用")
    return Text(f"{counted} · no GPU", f"{cores} 核 · 无 GPU")


def training_words(cards: Sequence[Judged], cores: int) -> Text:
    """What trainings run on, in a sentence; of a card that is here and not used, why."""
    idle = [one for one in cards if not one.used]
    said = [runs_on_words(cards, cores)]
    crowded = [one for one in cards if one.state == "crowded"]
    said += [_SENTENCE.fill(name=_names([one.card]), why=one.why) for one in crowded]
    for why in dict.fromkeys(one.why for one in idle):
        names = _names([one.card for one in idle if one.why == why])
        said.append(_NOT_USED.fill(name=names, why=why))
    return Text(" ".join(sentence.en for sentence in said), "".join(sentence.zh for sentence in said))


_SENTENCE = Text("{name}: {why}.", "{name}：{why}。")
_NOT_USED = Text("{name} is here and not used: {why}.", "本机有 {name} 但未使用：{why}。")


def runs_on_words(found: Sequence[Judged], cores: int) -> Text:
    cards = [one.card for one in found if one.used]
    if len(cards) > 1:
        said = Text(
            "Training runs on {names}{free}: one training on each card, the next one waits.",
            "训练使用 {names}{free}；每张卡同时训练一个模型，其余排队。",
        )
        return said.fill(names=_names(cards), free=_free_words(cards))
    if cards:
        said = Text("Training runs on {names}{free}.", "训练使用 {names}{free}。")
        return said.fill(names=_names(cards), free=_free_words(cards))
    if not found:
        said = Text("Training runs on {counted}; there is no graphics card here.", "训练使用 {counted}，本机没有显卡。")
        return said.fill(counted=_counted(cores))
    return Text("Training runs on {counted}.", "训练使用 {counted}。").fill(counted=_counted(cores))


def processor_words(cores: int, memory: int, bf16: bool) -> Text:
    said = Text("{counted}, {memory} GB of memory", "{counted}，内存 {memory} GB")
    if bf16:
        said = Text(said.en + ", computes in 16 bits (bfloat16)", said.zh + "，支持 16 位运算（bfloat16）")
    return said.fill(counted=_counted(cores), memory=gigabytes(memory))


def card_words(one: Judged) -> Text:
    """A card's state for who runs the server: used or why not, its memory, its driver."""
    said = [Text(one.why.en[:1].upper() + one.why.en[1:], one.why.zh)]
    if one.card.free_mb is not None and one.card.total_mb is not None:
        memory = Text("{free} of {total} GB of its memory are free", "显存 {total} GB，可用 {free} GB")
        said.append(memory.fill(free=gigabytes(one.card.free_mb), total=gigabytes(one.card.total_mb)))
    if one.card.driver:
        said.append(Text("driver {version}", "驱动 {version}").fill(version=one.card.driver))
    return Text("; ".join(part.en for part in said), "；".join(part.zh for part in said))


def _counted(cores: int) -> Text:
    return Text(f"{cores} processor core{'s' if cores > 1 else ''}", f"{cores} 个处理器核心")


def _names(cards: Sequence[Gpu]) -> str:
    """2 × NVIDIA H200; cards of different kinds each by name."""
    kinds = [card.name for card in cards]
    counted = {name: kinds.count(name) for name in kinds}
    return ", ".join(name if many == 1 else f"{many} × {name}" for name, many in counted.items())


def _free_words(cards: Sequence[Gpu]) -> Text:
    """The memory that is free, on the card that has most."""
    free = [card.free_mb for card in cards if card.free_mb is not None]
    if not free:
        return Text("", "")
    if len(cards) == 1:
        return Text(", {free} GB free", "，可用显存 {free} GB").fill(free=gigabytes(max(free)))
    return Text(", up to {free} GB free on one", "，单卡可用显存最多 {free} GB").fill(free=gigabytes(max(free)))


def memory_mb(cgroup: Path = Path("/sys/fs/cgroup/memory.max")) -> int:
    """Memory of the machine, or of the container where that has less."""
    total = psutil.virtual_memory().total
    with suppress(OSError, ValueError):
        total = min(total, int(cgroup.read_text()))
    return total // files.MEGABYTE


def own_processes() -> set[int]:
    """The processes of this workspace that may hold memory on a card: the model server, and the trainings."""
    server, worker = announced(), processes.read_state("worker")
    found = {server.pid} if server else set()
    with suppress(psutil.Error):
        found |= {child.pid for child in psutil.Process(worker.pid).children(recursive=True)} if worker else set()
    return found


_cards = Remembered(lambda: gpus.judged(own_processes(), wait=False), GPU_SECONDS)
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
    "Judged",
    "Machine",
    "card_words",
    "check_password",
    "gate_stands",
    "hardware_words",
    "health",
    "is_signed_in",
    "machine",
    "memory_mb",
    "own_processes",
    "password_needed",
    "processor_words",
    "short_words",
    "training_words",
    "worker_lives",
]
