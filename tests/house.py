"""A small house for tests: the toy scenario installed, a dataset of flowers, runs of it."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Engine, event

from core.jobs import queue
from core.scenarios import base
from core.services import datasets, runs
from core.services.runs import Request
from core.store.db import session
from core.store.tables import Run
from tests.toy import flowers

on_sqlite = pytest.mark.skipif("MODELWRIGHT_TEST_DATABASE" in os.environ, reason="speaks of the database's own file")
ROLES = {"measures": ("width_a", "width_b"), "label": ("kind",), "group": ("garden",)}


@pytest.fixture
def toy(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The toy scenario, here and in every child process; no worker starts by itself."""
    monkeypatch.setenv("MODELWRIGHT_EXTRA_SCENARIOS", "tests.toy:SCENARIO")
    monkeypatch.setenv("MODELWRIGHT_WORKER", "off")
    for name in ("MODELWRIGHT_TOY_SECONDS", "MODELWRIGHT_TOY_ERROR", "MODELWRIGHT_TOY_LOOK"):
        monkeypatch.delenv(name, raising=False)
    base.scenarios.cache_clear()
    yield
    base.scenarios.cache_clear()


def add_flowers(rows: int = 120, seed: int = 0, name: str = "flowers.csv") -> str:
    return datasets.add(name, io.BytesIO(flowers(rows, seed).to_csv(index=False).encode())).dataset.id


def request(**values: Any) -> Request:
    return Request(
        **{"scenario": "toy", "dataset_id": values.get("dataset_id") or add_flowers(), "roles": ROLES, **values}
    )


def claimed(**values: Any) -> int:
    """The id of a run that this process works on."""
    run_id = runs.launch(request(**values))
    assert queue.claim(queue.me(), "cpu", run_id) == run_id
    return run_id


def row(run_id: int) -> Run:
    with session() as db:
        return db.get_one(Run, run_id)


def change(run_id: int, **values: Any) -> None:
    with session() as db:
        run = db.get_one(Run, run_id)
        for name, value in values.items():
            setattr(run, name, value)


@contextmanager
def counted() -> Iterator[list[str]]:
    """The statements that this process sends to the database meanwhile. Many rows in one go are one statement."""
    said: list[str] = []

    def listen(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        said.append(statement)

    event.listen(Engine, "before_cursor_execute", listen)
    try:
        yield said
    finally:
        event.remove(Engine, "before_cursor_execute", listen)
