from __future__ import annotations

from collections.abc import Iterator

import pytest

from core.jobs import devices, gpus
from core.jobs.gpus import Answer, Build, Gpu

GPUS = tuple(Gpu("NVIDIA H200", 143771, 142336, index, uuid) for index, uuid in (("0", "GPU-a"), ("1", "GPU-b")))


@pytest.fixture(autouse=True)
def afresh() -> Iterator[None]:
    devices.devices.cache_clear()
    yield
    devices.devices.cache_clear()


def machine(monkeypatch: pytest.MonkeyPatch, cards: tuple, visible: str | None = None) -> tuple[str, ...]:
    monkeypatch.setattr(gpus, "listed", lambda: (cards, "" if cards else "nvidia-smi is missing"))
    monkeypatch.setattr(gpus, "build", lambda: Build("2.13.0", "13.0"))
    monkeypatch.setattr(gpus, "torch_says", lambda wait=True: Answer(bool(cards), cards, ("sm_90",)))
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    if visible is not None:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    devices.devices.cache_clear()
    return devices.devices()


def test_every_gpu_is_a_device_and_without_one_there_is_one_device(monkeypatch: pytest.MonkeyPatch) -> None:
    assert machine(monkeypatch, GPUS) == ("cuda:0", "cuda:1")
    assert len(machine(monkeypatch, ())) == 1
    assert not machine(monkeypatch, ())[0].startswith("cuda")


def test_the_operator_can_keep_gpus_back(monkeypatch: pytest.MonkeyPatch) -> None:
    assert machine(monkeypatch, GPUS, "1") == ("cuda:1",)
    assert machine(monkeypatch, GPUS, "GPU-b") == ("cuda:GPU-b",)
    for none in ("", "-1"):
        assert not machine(monkeypatch, GPUS, none)[0].startswith("cuda")


def test_a_training_sees_its_own_gpu_and_its_share_of_the_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    machine(monkeypatch, GPUS)
    monkeypatch.setattr("core.threads.cores", lambda: 16)
    seen = devices.environment("cuda:1")
    assert (seen["CUDA_VISIBLE_DEVICES"], seen["OMP_NUM_THREADS"]) == ("1", "8")
    assert devices.hardware("cuda:1") == "NVIDIA H200"
    machine(monkeypatch, ())
    assert devices.hardware("cuda:1") == "GPU"
    assert devices.environment("cpu")["OMP_NUM_THREADS"] == "16"
    assert devices.environment("cpu")["CUDA_VISIBLE_DEVICES"] == ""
    assert devices.environment("cuda:1")["CUDA_DEVICE_ORDER"] == "PCI_BUS_ID"


def test_every_device_has_a_lock_of_its_own() -> None:
    names = {devices.lock_name(device) for device in ("cpu", "mps", "cuda:0", "cuda:1", "cuda:GPU-b")}
    assert len(names) == 5


def test_a_card_that_torch_cannot_use_is_no_device(monkeypatch: pytest.MonkeyPatch) -> None:
    machine(monkeypatch, GPUS)
    monkeypatch.setattr(gpus, "build", lambda: Build("2.13.0+cpu"))
    devices.devices.cache_clear()
    assert not devices.devices()[0].startswith("cuda")


def test_a_card_that_is_not_there_is_no_device(monkeypatch: pytest.MonkeyPatch) -> None:
    assert machine(monkeypatch, GPUS, "1,7,0") == ("cuda:1",)
    assert not machine(monkeypatch, GPUS, "7")[0].startswith("cuda")
