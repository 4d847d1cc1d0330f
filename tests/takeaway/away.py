"""Running an archive where the house cannot be imported, and comparing its answers."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd

CLOSE = 1e-4
OPTIONAL = {"torch", "transformers", "tokenizers", "lightgbm", "catboost", "onnxruntime", "rjieba"}
"""Packages that some models need and others do not."""

ALONE = """
import importlib.util, runpy, sys

class Without:
    def __init__(self, finder):
        self.finder = finder

    def find_spec(self, name, path=None, target=None):
        return None if name.partition(".")[0] in %r else self.finder.find_spec(name, path, target)

    def __getattr__(self, name):
        return getattr(self.finder, name)

sys.meta_path[:] = [Without(finder) for finder in sys.meta_path]
assert importlib.util.find_spec("core") is None
sys.argv = sys.argv[1:]
sys.path.insert(0, sys.argv[0].rpartition("/")[0])
runpy.run_path(sys.argv[0], run_name="__main__")
"""


def alone(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """predict.py in a process that cannot import the house, nor the optional packages that are not among its requirements."""
    gone = sorted(OPTIONAL - required(folder))
    command = [sys.executable, "-I", "-W", "ignore", "-c", ALONE % (gone,), str(folder / "predict.py"), *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def required(folder: Path) -> set[str]:
    """The packages that an unpacked archive asks for."""
    return {line.partition("==")[0] for line in (folder / "requirements.txt").read_text("utf-8").splitlines()}


def assert_same_answers(first: pd.DataFrame, second: pd.DataFrame) -> None:
    assert list(first.columns) == list(second.columns)
    for name in first.columns:
        if pd.api.types.is_float_dtype(first[name]):
            np.testing.assert_allclose(first[name], second[name], atol=CLOSE)
        else:
            assert first[name].astype(str).tolist() == second[name].astype(str).tolist(), name
