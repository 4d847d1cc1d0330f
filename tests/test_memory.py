"""Memory that runs out is told apart from other failures, and work goes on in smaller parts."""

from __future__ import annotations

import gc
import subprocess
import sys
import weakref

import numpy as np
import pytest

from core.config import ROOT
from core.memory import is_out_of_memory, within_memory
from core.words import Text, UserError


class OutOfMemoryError(RuntimeError):
    """As torch names its own."""


class CatBoostError(Exception):
    """As a library says it that knows no RuntimeError."""


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (MemoryError(), True),
        (OutOfMemoryError("of the card"), True),
        (RuntimeError("CUDA error: out of memory"), True),
        (RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory"), True),
        (OSError(12, "Cannot allocate memory"), True),
        (CatBoostError("std::bad_alloc"), True),
        (RuntimeError("shapes do not match"), False),
        (UserError(Text("Training ran out of memory.", "训练时内存不足。")), False),
    ],
)
def test_every_way_of_saying_that_memory_ran_out_is_known(error: Exception, expected: bool) -> None:
    assert is_out_of_memory(error) is expected


def test_asking_loads_no_torch() -> None:
    code = "import sys, core.memory; print('torch' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "False"


def test_a_part_that_does_not_fit_is_halved_and_so_are_those_after_it() -> None:
    tried: list[list[int]] = []
    done: list[int] = []

    def work(rows: list[int]) -> None:
        tried.append(rows)
        if len(rows) > 3:
            raise MemoryError
        done.extend(rows)

    within_memory([list(range(8)), list(range(8, 16))], work)
    assert done == list(range(16))
    assert [len(rows) for rows in tried] == [8, 4, *[2] * 8]


def test_a_row_that_does_not_fit_alone_is_not_tried_for_ever() -> None:
    def work(rows: range) -> None:
        raise MemoryError

    with pytest.raises(MemoryError):
        within_memory([range(4)], work)


def test_what_the_failed_try_held_is_let_go_before_the_next() -> None:
    held: list[weakref.ref[np.ndarray]] = []

    def work(rows: range) -> None:
        assert all(one() is None for one in held)
        large = np.zeros(10)
        held.append(weakref.ref(large))
        if len(rows) > 1:
            raise MemoryError

    gc.disable()
    try:
        within_memory([range(4)], work)
    finally:
        gc.enable()
    assert len(held) == 6


def test_other_failures_are_not_tried_again() -> None:
    tried: list[int] = []

    def work(rows: range) -> None:
        tried.append(len(rows))
        raise RuntimeError("shapes do not match")

    with pytest.raises(RuntimeError, match="shapes"):
        within_memory([range(4)], work)
    assert tried == [4]
