"""Every test has a workspace of its own; nothing a test does reaches the user's."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from core import config as config_module


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty workspace."""
    workspace = tmp_path / "home"
    monkeypatch.setenv("MODELWRIGHT_HOME", str(workspace))
    for name in ("DATABASE_URL", "MODELWRIGHT_PASSWORD", "HOST", "PORT", "MODELWRIGHT_SERVER"):
        monkeypatch.delenv(name, raising=False)
    config_module.config.cache_clear()
    yield workspace
    config_module.config.cache_clear()
