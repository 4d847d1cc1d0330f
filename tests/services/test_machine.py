"""The machine in words, and whether all parts of the house are up."""

from __future__ import annotations

import math
import threading
from pathlib import Path

import pytest

from core.jobs.gpus import FINE, Gpu, Judged
from core.services import machine
from core.services.machine import Remembered
from core.words import Text

H200 = Gpu("NVIDIA H200", 143771, 142336, driver="580.95.05")
USED = Judged(H200, "used", Text("used for training", "用于训练"), FINE, "cuda:0")
IDLE = Judged(H200, "no_driver", Text("its driver is not installed", "没有安装驱动"), Text("Install it.", "请安装。"))
CROWDED = Judged(H200, "crowded", Text("used, but 137 GB are taken", "用于训练，但占用 137 GB"), FINE, "cuda:1")


def test_a_machine_without_a_gpu_says_that_training_is_slower() -> None:
    said = machine.hardware_words([], 2, "cpu")
    assert said.en == "2 processor cores, no GPU: training will be slower"
    assert said.zh == "2 个处理器核心，没有 GPU，训练会慢一些"
    assert machine.short_words([], 2, "cpu").en == "2 cores · no GPU"
    assert machine.hardware_words([], 1, "cpu").en.startswith("1 processor core,")


def test_a_gpu_is_named_with_its_free_memory() -> None:
    assert machine.hardware_words([H200], 16, "cuda").en == "NVIDIA H200, 139 GB free"
    assert machine.hardware_words([H200], 16, "cuda").zh == "NVIDIA H200，可用显存 139 GB"
    assert machine.short_words([H200], 16, "cuda").en == "H200"


def test_several_gpus_are_counted() -> None:
    assert machine.hardware_words([H200, H200], 16, "cuda").en == "2 × NVIDIA H200, up to 139 GB free on one"
    assert machine.short_words([H200, H200], 16, "cuda").zh == "2 × H200"


def test_cards_of_different_kinds_are_named_each() -> None:
    mixed = [H200, H200, Gpu("NVIDIA L4", 23034, 22500)]
    assert machine.short_words(mixed, 16, "cuda").en == "2 × H200, NVIDIA L4"


def test_a_card_that_is_not_used_is_not_said_to_be_missing() -> None:
    said = machine.hardware_words([], 2, "cpu", [H200])
    assert said.en == "2 processor cores; NVIDIA H200 is not used"
    assert machine.short_words([], 2, "cpu", [H200]).zh == "2 核 · GPU 未使用"


def test_what_trains_is_said_in_a_sentence_and_why_a_card_does_not() -> None:
    assert machine.training_words([], 2).en == "Training runs on 2 processor cores; there is no graphics card here."
    assert machine.training_words([USED], 2).en == "Training runs on NVIDIA H200, 139 GB free."
    assert machine.training_words([USED], 2).zh == "训练使用 NVIDIA H200，可用显存 139 GB。"
    several = machine.training_words([USED, USED], 2).en
    assert several.startswith("Training runs on 2 × NVIDIA H200, up to 139 GB free on one: one training on each card")
    assert machine.training_words([IDLE, IDLE], 2).en == (
        "Training runs on 2 processor cores. 2 × NVIDIA H200 is here and not used: its driver is not installed."
    )
    assert machine.runs_on_words([IDLE], 2).zh == "训练使用 2 个处理器核心。"
    crowded = machine.training_words([CROWDED], 2)
    assert crowded.en.endswith("NVIDIA H200: used, but 137 GB are taken.")
    assert crowded.zh.endswith("NVIDIA H200：用于训练，但占用 137 GB。")


def test_a_card_is_told_with_its_memory_and_its_driver() -> None:
    assert machine.card_words(USED).en == "Used for training; 139 of 140 GB of its memory are free; driver 580.95.05"
    assert machine.card_words(Judged(Gpu("NVIDIA GB10"), "used", USED.why, FINE, "cuda:0")).zh == "用于训练"


def test_only_cards_that_are_used_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "_cards", lambda: (IDLE,))
    assert (machine.machine().kind, machine.machine().gpus) == ("cpu", 0)
    assert machine.machine().cards == (IDLE,)
    monkeypatch.setattr(machine, "_cards", lambda: (USED, IDLE))
    assert (machine.machine().kind, machine.machine().gpus) == ("cuda", 1)
    assert machine.machine().memory_mb == 143771


def test_a_containers_memory_is_what_counts(tmp_path: Path) -> None:
    limit = tmp_path / "memory.max"
    limit.write_text(str(256 * 1024 * 1024))
    assert machine.memory_mb(limit) == 256
    limit.write_text("max")
    assert machine.memory_mb(limit) > 256


def test_what_is_slow_to_know_is_asked_once_and_renewed_without_waiting() -> None:
    asked, may_finish, finished = [], threading.Event(), threading.Event()

    def ask() -> int:
        asked.append(1)
        if len(asked) == 2:
            may_finish.wait(10)
            finished.set()
        return len(asked)

    slow = Remembered(ask, seconds=0)
    assert [slow(), slow(), slow()] == [1, 1, 1]
    may_finish.set()
    assert finished.wait(10)


def test_health_is_ok_only_when_every_part_is_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "PATIENCE", math.inf)
    monkeypatch.setattr(machine, "worker_lives", lambda: True)
    monkeypatch.setattr(machine.client, "health", lambda: {"status": "ok"})
    assert machine.health()["status"] == "ok"
    monkeypatch.setattr(machine.client, "health", lambda: {"status": "starting"})
    assert machine.health() | {"version": ""} == {
        "status": "starting", "pages": "up", "worker": "up", "model_server": "starting", "version": "",
    }  # fmt: skip


def test_a_part_that_is_missing_for_long_is_no_longer_starting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "worker_lives", lambda: False)
    monkeypatch.setattr(machine.client, "health", lambda: {"status": "ok"})
    monkeypatch.setattr(machine, "PATIENCE", -1)
    said = machine.health()
    assert said["status"] == "degraded"
    assert said["worker"] == "down"
