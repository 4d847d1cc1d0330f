"""Among equal scores the first comes first, whatever the processor."""

from __future__ import annotations

import ast

import numpy as np
import pytest

from core.config import ROOT
from core.learning.order import top


@pytest.mark.parametrize("kind", [np.int64, np.float32, np.float64])
@pytest.mark.parametrize("count", [1, 7, 40, 399, 400, 500])
def test_of_equal_scores_the_first_are_taken_and_come_first(kind: type, count: int) -> None:
    scores = np.random.default_rng(0).integers(0, 5, (20, 400)).astype(kind)
    wanted = [sorted(range(400), key=lambda place: -row[place])[:count] for row in scores]
    assert top(scores, count).tolist() == wanted


def test_what_is_left_out_of_sight_comes_last() -> None:
    scores = np.array([[-np.inf, 0.5, -np.inf, 0.5]])
    assert top(scores, 3).tolist() == [[1, 3, 0]]
    assert top(np.zeros((2, 0)), 3).shape == (2, 0)


def test_no_order_of_equal_values_is_left_to_the_processor() -> None:
    """numpy and pandas sort equal values by the processor's kernels (AVX-512, AVX2 or neither) unless asked to keep their order."""
    free = []
    for path in (path for folder in ("core", "pages") for path in (ROOT / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                continue
            kept = any(word.arg == "kind" and ast.unparse(word.value) == "'stable'" for word in node.keywords)
            if node.func.attr == "argpartition" and path.name != "order.py":
                free.append(f"{path.relative_to(ROOT)}:{node.lineno}")
            if node.func.attr in ("argsort", "sort_values") and not kept:
                free.append(f"{path.relative_to(ROOT)}:{node.lineno}")
    assert free == []
