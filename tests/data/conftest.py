"""What the tests of the data layer share: the shared data beside the checkout, and small tables."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from core.data.how import How
from core.data.reading import Reading, read_file
from core.data.table import Table

SHARED = Path(__file__).parents[2].parent / "shared" / "data"


@pytest.fixture
def shared() -> Callable[[str], Path]:
    """The path of a shared data file; skips the test, saying so, where the folder is absent."""

    def find(name: str) -> Path:
        if not (SHARED / name).exists():
            pytest.skip(f"shared data file {name} is not here")
        return SHARED / name

    return find


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., Reading]:
    """Reads bytes or text (as UTF-8) as if they were an uploaded file."""

    def reader(content: bytes | str, name: str = "file.csv", how: How | None = None) -> Reading:
        path = tmp_path / "upload"
        path.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)
        return read_file(path, name, how)

    return reader


@pytest.fixture
def table() -> Callable[..., Table]:
    """A table with the roles text and label, from its two columns."""

    def build(texts: list, labels: list, **others: list) -> Table:
        frame = pd.DataFrame({"review": pd.Series(texts, dtype="str"), "mood": labels, **others})
        return Table(frame, {"text": ("review",), "label": ("mood",)})

    return build
