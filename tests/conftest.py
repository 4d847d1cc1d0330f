"""Every test has a workspace of its own; nothing a test does reaches the user's."""

from __future__ import annotations

import os
import threading
import traceback
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, event, make_url
from sqlalchemy.pool import NullPool, Pool

from core import config as config_module
from core.store import db, files


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty workspace."""
    workspace = tmp_path / "home"
    monkeypatch.setenv("MODELWRIGHT_HOME", str(workspace))
    for name in ("DATABASE_URL", "MODELWRIGHT_PASSWORD", "HOST", "PORT", "MODELWRIGHT_SERVER"):
        monkeypatch.delenv(name, raising=False)
    config_module.config.cache_clear()
    with _database(monkeypatch):
        yield workspace
    config_module.config.cache_clear()


@contextmanager
def _database(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """SQLite in the workspace, or an empty database on the PostgreSQL that MODELWRIGHT_TEST_DATABASE names."""
    server = os.environ.get("MODELWRIGHT_TEST_DATABASE")
    if not server:
        yield
        return
    name = f"test_{uuid.uuid4().hex}"
    admin = create_engine(server, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with admin.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    monkeypatch.setenv("DATABASE_URL", make_url(server).set(database=name).render_as_string(hide_password=False))
    used = db.engine()
    yield
    used.dispose()
    with admin.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(autouse=True)
def short_transactions(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No thread opens a second session inside of one, nor removes files inside of one: with many users either makes all
    of them wait."""
    open_here = threading.local()
    wrong: list[str] = []

    def noted(what: str) -> None:
        wrong.append(what + "".join(traceback.format_stack(limit=14)))

    def taken(_connection: Any, record: Any, _proxy: Any) -> None:
        holder = record.info["open"] = open_here.__dict__
        holder["n"] = holder.get("n", 0) + 1
        if holder["n"] > 1:
            noted("a session inside of a session:\n")

    def returned(_connection: Any, record: Any) -> None:
        record.info.pop("open", {"n": 0})["n"] -= 1

    def remove(folder: Path) -> None:
        if open_here.__dict__.get("n"):
            noted("files are removed inside of a session:\n")
        own(folder)

    own = files.remove
    monkeypatch.setattr(files, "remove", remove)
    event.listen(Pool, "checkout", taken)
    event.listen(Pool, "checkin", returned)
    yield
    event.remove(Pool, "checkout", taken)
    event.remove(Pool, "checkin", returned)
    assert not wrong, "\n".join(wrong)
