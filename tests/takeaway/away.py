"""Running an archive where the house cannot be imported, and comparing its answers."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd

CLOSE = 1e-4


def alone(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """predict.py in a process that cannot import the house."""
    code = (
        "import sys, runpy, importlib.util as u; assert u.find_spec('core') is None; "
        "sys.argv = sys.argv[1:]; sys.path.insert(0, sys.argv[0].rpartition('/')[0]); "
        "runpy.run_path(sys.argv[0], run_name='__main__')"
    )
    command = [sys.executable, "-I", "-W", "ignore", "-c", code, str(folder / "predict.py"), *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def assert_same_answers(first: pd.DataFrame, second: pd.DataFrame) -> None:
    assert list(first.columns) == list(second.columns)
    for name in first.columns:
        if pd.api.types.is_float_dtype(first[name]):
            np.testing.assert_allclose(first[name], second[name], atol=CLOSE)
        else:
            assert first[name].astype(str).tolist() == second[name].astype(str).tolist(), name
