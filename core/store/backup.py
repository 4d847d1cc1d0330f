"""A consistent copy of database and workspace, taken while everything runs."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tarfile
import tempfile
from pathlib import Path

from core.store import files
from core.store.db import engine, migrate
from core.words import Text, UserError

FOLDERS = ("datasets", "runs", "batches")
LEFT_OUT = ("checkpoints", "model.part")

EXISTS = Text("“{name}” exists already. Choose another name.", "“{name}”已存在，请换一个名字。")
INSIDE = Text(
    "The copy would be inside the workspace {home}. Choose a folder outside of it.",
    "备份会落在工作区 {home} 里面，请选择工作区之外的位置。",
)


def backup(dest: Path) -> Path:
    """Copies to a `.tar.gz` or to a new folder; the finished path. A copy serves as MODELWRIGHT_HOME.

    The database is copied first: every file that it knows is on disk by then. PostgreSQL is left to pg_dump.
    Raises UserError where the destination exists or lies in the workspace.
    """
    dest = dest.expanduser().absolute()
    if dest.exists():
        raise UserError(EXISTS.fill(name=str(dest)))
    if dest.resolve().is_relative_to(files.home()):
        raise UserError(INSIDE.fill(home=str(files.home())))
    migrate()
    dest.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".modelwright-", dir=dest.parent) as part:
        copied = Path(part) / "modelwright"
        copied.mkdir()
        _copy_database(copied / "modelwright.db")
        if dest.name.endswith((".tar.gz", ".tgz")):
            packed = Path(part) / "packed"
            _pack(copied, packed)
            os.replace(packed, dest)
        else:
            for name in FOLDERS:
                _copy_folder(files.home() / name, copied / name)
            os.replace(copied, dest)
    return dest


def _copy_database(target: Path) -> None:
    if engine().dialect.name != "sqlite" or not engine().url.database:
        return
    source, copy = sqlite3.connect(str(engine().url.database)), sqlite3.connect(target)
    try:
        source.backup(copy)
    finally:
        source.close()
        copy.close()


def _copy_folder(source: Path, target: Path) -> None:
    """Files that vanish meanwhile are left out."""
    for path in _files(source):
        to = target / path.relative_to(source)
        to.parent.mkdir(parents=True, exist_ok=True)
        try:
            shutil.copy2(path, to)
        except FileNotFoundError:
            continue


def _pack(database_folder: Path, packed: Path) -> None:
    with tarfile.open(packed, "w:gz", compresslevel=3) as archive:
        for path in database_folder.iterdir():
            archive.add(path, f"modelwright/{path.name}")
        for folder in FOLDERS:
            for path in _files(files.home() / folder):
                try:
                    archive.add(path, f"modelwright/{path.relative_to(files.home())}")
                except FileNotFoundError:
                    continue


def _files(folder: Path) -> list[Path]:
    found = sorted(folder.rglob("*")) if folder.is_dir() else []
    return [path for path in found if path.is_file() and not set(path.relative_to(folder).parts) & set(LEFT_OUT)]
