from __future__ import annotations

import shutil
import subprocess
import sys
import threading
from datetime import datetime
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config as AlembicConfig
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text

from core.config import ROOT
from core.store import db
from core.store.tables import Base, Dataset, Fact, Live, Run
from core.words import UserError

LATER = """
import sqlalchemy as sa
from alembic import op

revision = "{number}"
down_revision = "{before}"


def upgrade() -> None:
    op.add_column("facts", sa.Column("shelf", sa.String(), nullable=True))
    {more}
"""

NEXT = f"{int(db.newest_version()) + 1:04d}"


def later_migration(folder: Path, monkeypatch: pytest.MonkeyPatch, more: str = "") -> None:
    """The migrations with one more after the newest."""
    shutil.copytree(db.MIGRATIONS, folder)
    words = LATER.format(number=NEXT, before=db.newest_version(), more=more)
    (folder / "versions" / f"{NEXT}_shelf.py").write_text(words)
    monkeypatch.setattr(db, "MIGRATIONS", folder)


def test_migrations_give_the_schema_of_the_tables() -> None:
    db.migrate()
    with db.engine().connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []
        indexes = {index["name"]: index for index in inspect(connection).get_indexes("runs")}
        where = f"{connection.dialect.name}_where"
    assert indexes["one_open_run_per_request"]["unique"]
    assert "interrupted" in str(indexes["one_open_run_per_request"]["dialect_options"][where])


def write_and_fail() -> None:
    with db.session() as opened:
        opened.add(Fact(key="lost", value={}))
        opened.flush()
        raise ZeroDivisionError


def test_a_session_keeps_what_went_well_and_nothing_else() -> None:
    with db.session() as opened:
        opened.add(Fact(key="kept", value={"n": 1}))
    with pytest.raises(ZeroDivisionError):
        write_and_fail()
    with db.session() as opened:
        assert [fact.key for fact in opened.query(Fact)] == ["kept"]


def test_an_older_database_is_migrated_and_keeps_its_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with db.session() as opened:
        opened.add(Fact(key="old", value={"n": 1}))
    later_migration(tmp_path / "migrations", monkeypatch)
    db.migrate()
    assert db.schema_version() == NEXT
    with db.engine().connect() as connection:
        assert connection.execute(text("SELECT key, shelf FROM facts")).all() == [("old", None)]


def test_a_workspace_of_before_pointers_loses_nothing_and_finds_equal_work_once() -> None:
    settings = AlembicConfig()
    settings.set_main_option("script_location", str(db.MIGRATIONS))
    with db.engine().connect() as connection:
        settings.attributes["connection"] = connection
        command.upgrade(settings, "0006")
        for id, parent, sha256, day in (
            ("file", None, "f", 1), ("again", None, "f", 2), ("one", "file", "c", 3), ("two", "file", "c", 4)
        ):  # fmt: skip
            connection.execute(
                text(
                    "INSERT INTO datasets (id, name, file_name, sha256, bytes, rows, columns, parent_id, recipe, reading, created_at) "
                    "VALUES (:id, 'n', 'n', :sha256, 1, 1, 1, :parent, '[]', '{}', :at)"
                ),
                {"id": id, "parent": parent, "sha256": sha256, "at": datetime(2024, 1, day)},
            )
        connection.execute(
            text(
                "INSERT INTO runs (id, name, note, scenario, dataset_id, extras, roles, settings, request_key, status, attempt, "
                "created_at, queued_at, deleted_at) "
                "VALUES (1, 'n', '', 'toy', 'one', '{}', '{}', '{}', 'k', 'succeeded', 1, :at, :at, :at)"
            ),
            {"at": datetime(2024, 1, 5)},
        )
        for name in ("ÄRZTE", "Ärzte"):
            said = "INSERT INTO live (name, scenario, run_id, created_at) VALUES (:name, 'toy', 1, :at)"
            connection.execute(text(said), {"name": name, "at": datetime(2024, 1, 5)})
        connection.commit()
    with db.session() as opened:
        kept = {row.id: (row.made_of, row.forward_id, row.undone) for row in opened.query(Dataset)}
        assert kept == {
            "file": ("f", "two", False), "again": (None, None, False),
            "one": ("file c", None, False), "two": (None, None, False),
        }  # fmt: skip
        assert opened.get_one(Run, 1).deleted_at is None, "a use answers by it"
        assert len({use.folded for use in opened.query(Live)}) == 2


def test_a_migration_that_fails_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    db.migrate()
    known = db.newest_version()
    later_migration(tmp_path / "migrations", monkeypatch, more="raise RuntimeError")
    with pytest.raises(RuntimeError):
        db.migrate()
    assert db.schema_version() == known
    assert "shelf" not in {column["name"] for column in inspect(db.engine()).get_columns("facts")}


def test_a_newer_database_is_refused_in_a_sentence() -> None:
    db.migrate()
    with db.engine().connect() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        connection.commit()
    with pytest.raises(UserError, match="newer Modelwright"):
        db.migrate()


def test_a_database_without_its_driver_is_refused_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(UserError, match=r"psycopg.*not installed") as refused:
        db._engine("postgresql+psycopg://somebody@localhost/modelwright")
    assert "尚未安装" in refused.value.text.zh


def test_many_threads_write_without_a_locked_database() -> None:
    db.migrate()
    failures: list[BaseException] = []

    def write(name: int) -> None:
        try:
            for step in range(10):
                with db.session() as opened:
                    opened.get(Fact, "nothing")
                    opened.add(Fact(key=f"{name}-{step}", value={}))
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=write, args=(name,)) for name in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with db.session() as opened:
        assert (failures, opened.query(Fact).count()) == ([], 80)


def test_a_database_that_is_up_to_date_needs_no_alembic() -> None:
    db.migrate()
    code = "import sys; from core.store import db; db.migrate(); print('alembic' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "False"
