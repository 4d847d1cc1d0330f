from __future__ import annotations

from collections.abc import Iterator

import pytest

from core.scenarios import base


@pytest.fixture(autouse=True)
def toy(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The toy scenario is installed, in this process and in those that it starts."""
    monkeypatch.setenv("MODELWRIGHT_EXTRA_SCENARIOS", "tests.toy:SCENARIO")
    base.scenarios.cache_clear()
    yield
    base.scenarios.cache_clear()
