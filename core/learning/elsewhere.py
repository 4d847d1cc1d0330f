"""A network's answers from elsewhere, say an ONNX runtime: what stands in for torch's own pass over the rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np

Elsewhere = Callable[[Mapping[str, np.ndarray]], list[np.ndarray]]
"""Inputs by name, to the outputs in their order; all have the same rows."""
ROWS_AT_ONCE = 64


def read_elsewhere(run: Elsewhere, ids: Sequence[Sequence[int]], pad: int) -> list[np.ndarray]:
    """The outputs for token ids of any length, float32 [rows, ...] each; rows of like length go together."""
    order = sorted(range(len(ids)), key=lambda row: -len(ids[row]))
    whole: list[np.ndarray] = []
    for start in range(0, len(order), ROWS_AT_ONCE):
        rows = order[start : start + ROWS_AT_ONCE]
        found = run(side_by_side([ids[row] for row in rows], pad))
        whole = whole or [np.zeros((len(ids), *values.shape[1:]), dtype=np.float32) for values in found]
        for values, own in zip(whole, found, strict=True):
            values[rows] = own
    return whole


def side_by_side(ids: Sequence[Sequence[int]], pad: int) -> dict[str, np.ndarray]:
    """Token ids filled up with `pad`, and the mask that is 1 on real ones: int64 [rows, longest]."""
    longest = max(map(len, ids))
    tokens = np.array([[*row, *[pad] * (longest - len(row))] for row in ids], dtype=np.int64)
    mask = np.array([[1] * len(row) + [0] * (longest - len(row)) for row in ids], dtype=np.int64)
    return {"input_ids": tokens, "attention_mask": mask}


def opened(path: Path) -> Elsewhere:
    """An ONNX file on the processor. Needs onnxruntime."""
    import onnxruntime

    network = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])

    def run(rows: Mapping[str, np.ndarray]) -> list[np.ndarray]:
        return list(network.run(None, dict(rows)))

    return run
