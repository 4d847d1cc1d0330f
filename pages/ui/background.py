"""Work that a page asks for and does not wait for."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import streamlit as st

KEEP = 200


@st.cache_resource(show_spinner=False)
def _pool() -> tuple[ThreadPoolExecutor, dict[str, Future[Any]]]:
    return ThreadPoolExecutor(2, thread_name_prefix="pages"), {}


def later(key: str, work: Callable[[], Any]) -> Future[Any]:
    """Starts the work once for a key and returns its future; the same key gives the same future, for every visitor.

    A failed future stays until `forget`.
    """
    pool, known = _pool()
    if key not in known:
        while len(known) >= KEEP:
            known.pop(next(iter(known)))
        known[key] = pool.submit(work)
    return known[key]


def forget(key: str, after: float = 0.0) -> None:
    """The work may be asked for again, `after` seconds from the first time that this is called for it."""
    known = _pool()[1]
    future = known.get(key)
    if future is None:
        return
    first = _FAILED.setdefault(id(future), time.monotonic())
    if time.monotonic() - first >= after:
        known.pop(key, None)
        _FAILED.pop(id(future), None)


_FAILED: dict[int, float] = {}
