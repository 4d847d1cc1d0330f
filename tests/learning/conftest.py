"""Fixtures: a machine with one tiny encoder, a machine with none, one of uneven arithmetic, and a report that remembers."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch.nn import functional

from core.learning import hardware
from core.learning.encoders import MODELS_VARIABLE
from tests.learning.tiny import Recorder, save_tiny_encoder


@pytest.fixture
def tiny_encoder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The operator's folder holding one tiny encoder, and the hub switched off."""
    root = tmp_path / "models"
    monkeypatch.setenv(MODELS_VARIABLE, str(root))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    return save_tiny_encoder(root / "tiny")


@pytest.fixture
def no_encoder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without any encoder, also in the hub's cache."""
    monkeypatch.delenv(MODELS_VARIABLE, raising=False)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setattr("core.learning.encoders.PACKAGES", ())
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))


@pytest.fixture
def uneven(monkeypatch: pytest.MonkeyPatch) -> None:
    """A processor with bfloat16 whose products differ in their last digits from row to row and from call to call, as they may
    with the place in a batch, the threads and the instructions."""
    exact, random = functional.linear, torch.Generator().manual_seed(0)

    def linear(rows: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None = None) -> torch.Tensor:
        out = exact(rows, weight, bias)
        last_digit = 1e-3 if out.dtype == torch.bfloat16 else 1e-6
        noise = torch.randn(out.shape, generator=random).to(out.device)
        return (out.float() * (1 + last_digit * noise)).to(out.dtype)

    monkeypatch.setattr(functional, "linear", linear)
    monkeypatch.setattr(hardware, "has_bf16", lambda: True)


@pytest.fixture
def report(tmp_path: Path) -> Recorder:
    return Recorder(tmp_path / "checkpoints")
