"""A run's networks as ONNX, made by a process of its own: `python -m core.jobs.portable RUN_ID FOLDER`.

Each is checked on rows that the run held out; one that does not agree is left out and said so.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.config import ROOT
from core.store import files
from core.words import Text, UserError

if TYPE_CHECKING:
    from core.learning.portable import Portable

PACKAGES = ("onnx", "onnxscript", "onnxruntime")
ABOUT = "onnx.json"
ROWS = 100
NOT_INSTALLED = Text(
    "ONNX needs packages that are not installed here: pip install -r requirements-onnx.txt.",
    "导出 ONNX 需要安装额外的软件包：pip install -r requirements-onnx.txt。",
)
FAILED = Text("The networks could not be written as ONNX: {why}", "无法导出为 ONNX：{why}")


def is_possible() -> bool:
    """Whether the packages are there; none is imported."""
    return all(importlib.util.find_spec(name) for name in PACKAGES)


def make(run_id: int, folder: Path) -> list[dict[str, Any]]:
    """Writes the run's networks into the folder, once, and returns what is known of each: name, file (None where it was
    left out), difference, rows and what goes in and out. Raises UserError where packages are missing or it fails."""
    if not (folder / ABOUT).is_file():
        if not is_possible():
            raise UserError(NOT_INSTALLED)
        command = [sys.executable, "-m", "core.jobs.portable", str(run_id), str(folder)]
        environment = {**os.environ, "CUDA_VISIBLE_DEVICES": "", "MODELWRIGHT_FULL_PRECISION": "1"}
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            raise UserError(FAILED.fill(why=(done.stderr.strip().splitlines() or ["?"])[-1][:200]))
    known: list[dict[str, Any]] = files.read_json(folder / ABOUT)["networks"]
    return known


def main(run_id: int, folder: Path) -> None:
    from core.jobs.inputs import load_inputs
    from core.learning.portable import AGREES
    from core.store.db import session
    from core.store.tables import Run

    with session() as db:
        run = db.get_one(Run, run_id)
    inputs = load_inputs(run)
    kind = inputs.scenario
    model = kind.load(files.run(run_id).model)
    folder.mkdir(parents=True, exist_ok=True)
    found: list[dict[str, Any]] = []
    for network in kind.networks(model, inputs.held_out.take(range(min(ROWS, len(inputs.held_out))))):
        difference = _written(network, folder)
        rows = len(next(iter(network.rows.values())))
        file = f"{network.name}.onnx" if difference is not None and difference <= AGREES else None
        if file and network.tokenizer is not None:
            network.tokenizer.save(str(folder / f"{network.name}.tokenizer.json"))
        elif not file:
            (folder / f"{network.name}.onnx").unlink(missing_ok=True)
        found.append({"name": network.name, "file": file, "difference": difference, "rows": rows, **network.about})
    files.write_json(folder / ABOUT, {"networks": found})


def _written(network: Portable, folder: Path) -> float | None:
    """By how much the written network differs from the model; None where it cannot be written."""
    from core.learning.portable import export

    try:
        return export(network, folder / f"{network.name}.onnx")
    except Exception:  # whatever an exporter makes of an operator's own encoder, the archive goes without it
        traceback.print_exc()
        return None


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
