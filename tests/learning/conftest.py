"""Fixtures: a machine with one tiny encoder, a machine with none, and a report that remembers."""

from __future__ import annotations

from pathlib import Path

import pytest

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
def report(tmp_path: Path) -> Recorder:
    return Recorder(tmp_path / "checkpoints")
