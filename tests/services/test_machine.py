"""The machine in words, and whether all parts of the house are up."""

from __future__ import annotations

import math
import threading
from pathlib import Path

import pytest

from core.services import machine
from core.services.machine import Gpu, Remembered

H200 = Gpu("NVIDIA H200", 143771, 142336)


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


def test_what_nvidia_smi_says_is_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program = tmp_path / "nvidia-smi"
    program.write_text("#!/bin/sh\necho 'NVIDIA H200, 143771, 142336'\necho 'NVIDIA H200 MIG, [N/A], [N/A]'\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    assert machine.read_gpus() == [H200]


def test_a_driver_that_does_not_answer_means_no_gpu(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program = tmp_path / "nvidia-smi"
    program.write_text("#!/bin/sh\nexit 9\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    assert machine.read_gpus() == []


def test_a_card_that_the_installed_torch_cannot_use_is_not_promised(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "_gpus", lambda: [H200])
    monkeypatch.setattr(machine, "torch_can_use_gpus", lambda: False)
    assert machine.machine().kind != "cuda"
    monkeypatch.setattr(machine, "torch_can_use_gpus", lambda: True)
    assert machine.machine().kind == "cuda"
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
